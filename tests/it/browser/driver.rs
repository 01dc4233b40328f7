//! The harness: one Chromium with a profile of its own, driven by chromedriver, gone when the test ends.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, WebDriver};

use crate::server::wait_for;

/// A script that has not ended by then has failed: it waits for something that will not come.
const SCRIPT_TIMEOUT: Duration = Duration::from_secs(30);

const ARGUMENTS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A proxy of the environment has no business with loopback.
    "--no-proxy-server",
    // Reports of `report-to` wait for a minute otherwise.
    "--short-reporting-delay",
];

/// What every script begins with: the sites' origins, and an answer as a text.
const PRELUDE: &str = "
    const {service, app, stranger, sibling} = arguments[0];
    const done = arguments[arguments.length - 1];
    const text = async (url, init) => {
        let answer;
        try { answer = await fetch(url, init); } catch (error) { return 'refused'; }
        return `${answer.status} ${await answer.text()}`;
    };
    const told = (start) => new Promise((resolve) => start(resolve));
";

pub(super) struct Browser {
    // Before the process: what is left of the session is ended while there is somebody to end it.
    driver: Option<WebDriver>,
    _process: Process,
    // One browser at a time on this machine, across processes too: several at once on few processors only wait for each other.
    _turn: fs::File,
}

/// chromedriver with all that it has started.
struct Process {
    child: Child,
    profile: TempDir,
}

impl Browser {
    pub(super) async fn start() -> Self {
        let turn = tokio::task::spawn_blocking(turn).await.unwrap();
        let profile = tempfile::tempdir().unwrap();
        let child = Command::new("chromedriver")
            .arg("--port=0")
            // Nothing of the user's is read or written, and every process that comes of it can be told by its environment.
            .env("HOME", profile.path())
            .env("TMPDIR", profile.path())
            // A group of its own: a Ctrl-C in the terminal reaches us first, and we end it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver, of the package chromium-driver");
        let mut process = Process { child, profile };
        let port = process.port();

        let mut capabilities = DesiredCapabilities::chrome();
        for argument in ARGUMENTS {
            capabilities.add_arg(argument).unwrap();
        }
        // Cookies go to other sites as they do for most users, so that a refusal is ours.
        let cookies =
            json!({"profile.cookie_controls_mode": 0, "profile.block_third_party_cookies": false});
        capabilities
            .add_experimental_option("prefs", cookies)
            .unwrap();
        let folder = process.profile.path().display();
        capabilities
            .add_arg(&format!("--user-data-dir={folder}"))
            .unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities)
            .await
            .expect("a session of Chromium, of the package chromium");
        driver.set_script_timeout(SCRIPT_TIMEOUT).await.unwrap();
        Self {
            driver: Some(driver),
            _process: process,
            _turn: turn,
        }
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("a browser that runs")
    }

    /// Goes to a page and waits until it is loaded.
    pub(super) async fn open(&self, url: &str) {
        let gone = self.driver().goto(url).await;
        gone.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// What the body of an asynchronous function returns on the page that is open, as a text.
    pub(super) async fn run(&self, sites: &Value, body: &str) -> String {
        let script = format!(
            "{PRELUDE}(async () => {{ {body} }})()\
             .then((value) => done(String(value)), (error) => done(`failed: ${{error}}`));"
        );
        let answer = self.driver().execute_async(&script, [sites.clone()]).await;
        match answer {
            Ok(answer) => answer.json().as_str().unwrap_or("nothing").to_owned(),
            Err(error) => format!("no answer: {error}"),
        }
    }

    /// Enters the first frame of the page, where scripts run until [`leave_frame`](Self::leave_frame).
    pub(super) async fn enter_frame(&self) {
        self.driver().enter_frame(0).await.unwrap();
    }

    pub(super) async fn leave_frame(&self) {
        self.driver().enter_default_frame().await.unwrap();
    }

    /// Closes every window but the first.
    pub(super) async fn close_others(&self) {
        let windows = self.driver().windows().await.unwrap();
        let (first, others) = windows.split_first().unwrap();
        for other in others {
            self.driver().switch_to_window(other.clone()).await.unwrap();
            self.driver().close_window().await.unwrap();
        }
        self.driver().switch_to_window(first.clone()).await.unwrap();
    }

    /// Ends the session; without it, dropping does the same more slowly.
    pub(super) async fn quit(mut self) {
        if let Some(driver) = self.driver.take() {
            driver.quit().await.unwrap();
        }
    }
}

/// Waits for the machine's other tests with a browser. The lock goes with the process, however that ends.
fn turn() -> fs::File {
    let path = std::env::current_exe().unwrap();
    let file = fs::File::create(path.with_file_name("browser.lock")).unwrap();
    file.lock().unwrap();
    file
}

impl Process {
    /// The port that the system has given it, which stands in its last line before it serves.
    fn port(&mut self) -> u16 {
        let lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        let port = lines.find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        // Read on, or it would fail to write.
        std::thread::spawn(move || lines.for_each(drop));
        port.expect("chromedriver tells its port")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        // Killed, it ends nobody; and what it has ended may take its time.
        let profile = self.profile.path();
        wait_for(|| {
            let left = processes_of(profile);
            for pid in &left {
                let kill = Command::new("sh")
                    .args(["-c", &format!("kill -KILL {pid}")])
                    .stderr(Stdio::null())
                    .status();
                drop(kill);
            }
            left.is_empty().then_some(())
        });
    }
}

/// Processes that live in this folder.
fn processes_of(profile: &Path) -> Vec<u32> {
    let home = [b"HOME=", profile.as_os_str().as_encoded_bytes()].concat();
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| {
        // Those of others cannot be read, and some are gone by now.
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|it| it == home)
    })
    .collect()
}
