//! Peppers over the real database: rotated beside a server, killed at any point, and destroyed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::server::{CHEAP, PASSWORD, Server, binary, wait_for};

/// Rows beside that of `ann@example.com`: some batches.
const ROWS: u32 = 20_000;

struct Service {
    dir: Arc<TempDir>,
}

impl Service {
    /// A table of accounts without pepper, all with one password, and no server.
    fn without_pepper() -> Self {
        let mut server = Server::start(CHEAP);
        server.account("ann@example.com");
        server.signal("TERM");
        assert_eq!(server.wait(), Some(0));
        let dir = Arc::clone(&server.dir);
        let service = Self { dir };
        let many = "INSERT INTO account (email, password, confirmed_at, created_at, last_sign_up_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
            SELECT 'u' || i || '@example.com', a.password, 1, 1, 1 FROM n, account AS a WHERE a.id = 1";
        service.database().execute(many, [ROWS]).unwrap();
        service
    }

    fn database(&self) -> Connection {
        let connection = Connection::open(self.dir.path().join("data/bartizan.db")).unwrap();
        connection
            .busy_timeout(std::time::Duration::from_secs(5))
            .unwrap();
        connection
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("peppers")
    }

    fn config(&self) -> String {
        let file = self.file();
        format!(
            "{CHEAP}pepper_file = \"{}\"\n[rate_limits]\nshadow = true\n",
            file.display()
        )
    }

    fn start(&self) -> Server {
        Server::start_in(Arc::clone(&self.dir), &self.config())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.arg("pepper").args(args);
        command.arg("--data").arg(self.dir.path().join("data"));
        command.env("BARTIZAN__PASSWORD__PEPPER_FILE", self.file());
        command.env("BARTIZAN__PASSWORD__INSECURE_COST", "true");
        command.stdin(Stdio::null());
        command
    }

    /// What it said; it must have gone well.
    fn pepper(&self, args: &[&str]) -> String {
        let done = self.command(args).output().unwrap();
        let error = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success(), "{args:?}: {error}");
        String::from_utf8(done.stdout).unwrap()
    }

    /// Rows under a key.
    fn under(&self, id: &str) -> u32 {
        let count =
            "SELECT count(*) FROM account WHERE instr(password, ',keyid=' || ?1 || '$') > 0";
        self.database()
            .query_row(count, [id], |row| row.get(0))
            .unwrap()
    }

    fn kill_when(&self, mut child: Child, id: &str, rows: u32) {
        wait_for(|| (self.under(id) >= rows).then_some(()));
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
    }
}

fn can_log_in(server: &Server, user: &str) -> bool {
    let right = server.try_log_in(&format!("{user}@example.com"), PASSWORD);
    let wrong = server.try_log_in(&format!("{user}@example.com"), "not the password");
    assert_eq!(wrong.status, 401);
    right.status == 201
}

fn holds(file: &Path, id: &str) -> bool {
    let text = fs::read_to_string(file).unwrap();
    text.lines().any(|line| line.starts_with(&format!("{id} ")))
}

#[test]
fn killed_at_any_point_a_rotation_goes_on_and_every_password_verifies() {
    let service = Service::without_pepper();
    service.pepper(&["add", "one", "--first"]);
    // A table that has no pepper yet gets one, in several deaths.
    for rows in [1, ROWS / 4, ROWS / 2] {
        let mut rotate = service.command(&["rotate", "--accept-unpeppered"]);
        let child = rotate.stdout(Stdio::null()).spawn().unwrap();
        service.kill_when(child, "one", rows);
    }
    let said = service.pepper(&["rotate", "--accept-unpeppered"]);
    assert_eq!(service.under("one"), ROWS + 1, "{said}");
    // From one key to another, killed too; then the old one goes.
    service.pepper(&["add", "two"]);
    assert!(holds(&service.file(), "one"));
    let child = service
        .command(&["rotate"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    service.kill_when(child, "two", ROWS / 3);
    let (one, two) = (service.under("one"), service.under("two"));
    assert_eq!(one + two, ROWS + 1);
    let half = service.start(); // both keys are live
    for user in ["ann", "u1", "u9999", "u20000"] {
        assert!(can_log_in(&half, user), "{user}");
    }
    drop(half);
    let said = service.pepper(&["rotate"]);
    assert!(said.contains("key one is destroyed"), "{said}");
    assert!(!holds(&service.file(), "one") && holds(&service.file(), "two"));
    assert_eq!((service.under("one"), service.under("two")), (0, ROWS + 1));
    let server = service.start();
    for user in ["ann", "u1", "u9999", "u20000"] {
        assert!(can_log_in(&server, user), "{user}");
    }
}

#[test]
fn a_row_that_is_copied_or_written_without_the_key_opens_nothing() {
    let service = Service::without_pepper();
    let plain: String = service
        .database()
        .query_row("SELECT password FROM account WHERE id = 1", [], |row| {
            row.get(0)
        })
        .unwrap();
    service.pepper(&["add", "one", "--first"]);
    service.pepper(&["rotate", "--accept-unpeppered"]);
    let copy = "UPDATE account SET password = (SELECT password FROM account WHERE email = 'u1@example.com')
        WHERE email = 'u2@example.com'";
    service.database().execute(copy, []).unwrap();
    let planted = "UPDATE account SET password = ?1 WHERE email = 'u3@example.com'";
    service.database().execute(planted, [&plain]).unwrap();
    let server = service.start();
    assert!(can_log_in(&server, "u1"));
    assert!(!can_log_in(&server, "u2") && !can_log_in(&server, "u3"));
    let refused = server.try_log_in("u3@example.com", PASSWORD);
    let wrong = server.try_log_in("u1@example.com", "not the password");
    assert_eq!(refused.anonymous(), wrong.anonymous());
    assert_eq!(refused.header_names(), wrong.header_names());
    assert!(server.log().contains("a stored hash cannot be checked"));
    // A sign-up is masked from its first write on.
    server.account("new@example.com");
    server.log_in("new@example.com");
    drop(server);
    assert_eq!(service.under("one"), ROWS + 1); // all but u3, and the new one
}

#[test]
fn no_row_without_pepper_is_left_in_the_files() {
    let service = Service::without_pepper();
    let text = "SELECT password FROM account WHERE id = 1";
    let text: String = service
        .database()
        .query_row(text, [], |row| row.get(0))
        .unwrap();
    let tag = text.rsplit('$').next().unwrap().as_bytes();
    let files = || {
        let files = fs::read_dir(service.dir.path().join("data")).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let files = files.filter(|file| file.is_file());
        files.filter(|file| memchr::memmem::find(&fs::read(file).unwrap(), tag).is_some())
    };
    assert!(files().count() > 0);
    service.pepper(&["add", "k1", "--first"]);
    let said = service.pepper(&["rotate", "--accept-unpeppered"]);
    assert!(!said.contains("may be left"), "{said}");
    assert_eq!(files().collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

#[test]
fn a_row_that_cannot_be_read_keeps_the_key_that_it_names() {
    let service = Service::without_pepper();
    service.pepper(&["add", "k1", "--first"]);
    service.pepper(&["rotate", "--accept-unpeppered"]);
    service.pepper(&["add", "k2"]);
    let dearer =
        "UPDATE account SET password = replace(password, 'm=64,', 'm=131072,') WHERE id = 2";
    assert_eq!(service.database().execute(dearer, []).unwrap(), 1);
    let refused = service.command(&["rotate"]).output().unwrap();
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains("1 rows that cannot be read"), "{error}");
    assert!(holds(&service.file(), "k1") && holds(&service.file(), "k2"));
}

#[test]
fn beside_a_server_no_key_is_destroyed_and_none_is_used_that_it_has_not_read() {
    let service = Service::without_pepper();
    service.pepper(&["add", "one", "--first"]);
    service.pepper(&["rotate", "--accept-unpeppered"]);
    let mut server = service.start();
    service.pepper(&["add", "two"]);
    let refused = service.command(&["rotate"]).output().unwrap();
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && error.contains("restart it first"),
        "{error}"
    );
    assert_eq!(service.under("two"), 0);
    assert!(can_log_in(&server, "u1"));
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));

    let server = service.start();
    let said = service.pepper(&["rotate"]);
    assert!(said.contains("the older keys stay"), "{said}");
    assert!(holds(&service.file(), "one"));
    assert!(can_log_in(&server, "u1") && can_log_in(&server, "u20000"));
    drop(server);
    let said = service.pepper(&["rotate"]);
    assert!(said.contains("key one is destroyed"), "{said}");
    // And to leave peppers behind.
    let said = service.pepper(&["remove"]);
    assert!(
        said.contains(&format!("{} rows have no pepper", ROWS + 1)),
        "{said}"
    );
    let server = Server::start_in(
        Arc::clone(&service.dir),
        &format!("{CHEAP}[rate_limits]\nshadow = true\n"),
    );
    assert!(can_log_in(&server, "u1"));
}

#[test]
fn a_file_that_is_missing_is_no_reason_to_begin_another_one() {
    let server = Server::start(CHEAP);
    let service = Service {
        dir: Arc::clone(&server.dir),
    };
    let refused = service.command(&["add", "one"]).output().unwrap();
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && error.contains("is its disk there"),
        "{error}"
    );
    assert!(!service.file().exists());
    service.pepper(&["add", "one", "--first"]);
    assert!(
        !service
            .command(&["add", "two", "--first"])
            .status()
            .unwrap()
            .success()
    );
    // Of any number at once, each is in the file.
    std::thread::scope(|scope| {
        for number in 0..8 {
            let service = &service;
            scope.spawn(move || service.pepper(&["add", &format!("id{number}")]));
        }
    });
    assert!((0..8).all(|number| holds(&service.file(), &format!("id{number}"))));
    assert!(holds(&service.file(), "one"));
}
