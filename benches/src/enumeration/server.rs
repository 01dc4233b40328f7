//! The real server as its own process, in a folder and on ports of its own, with rows written into its database.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bartizan_password::{Cost, Password, Policy, Pool, PoolConfig};
use rusqlite::types::Value;
use tempfile::TempDir;

use super::cases::{PASSWORD, Row, Who};
use crate::harness::Outcome;
use crate::password::runtime;

/// Where `cargo xtask enumeration` put the server's program.
const PROGRAM: &str = "BARTIZAN_SERVER";

/// Nobody is refused for asking often, and the same is counted all the same: what a limit does is part of the time.
const CONFIG: &str = "\
[server]
listen = \"127.0.0.1:0\"
management_listen = \"127.0.0.1:0\"
[client_ip]
trusted_proxies = [\"127.0.0.0/8\"]
[rate_limits]
shadow = true
[login]
failures_at_once = 1000
failures_per_prefix_hour = 1000000
failures_per_account_day = 1000000
";

/// What a hash of the server costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HashCost {
    /// Next to nothing, so that a thousand pairs take seconds, and what else differs shows all the more.
    Cheap,
    Default,
}

impl HashCost {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Cheap => "64 KiB, 1 pass",
            Self::Default => "default",
        }
    }

    fn config(self) -> &'static str {
        match self {
            Self::Cheap => "[password]\ninsecure_cost = true\nmemory_kib = 64\npasses = 1\n",
            Self::Default => "[password]\n",
        }
    }

    /// A row of this policy, as the server would write it.
    fn hash(self) -> Outcome<String> {
        let policy = match self {
            Self::Cheap => Policy::with_insecure_cost(Cost::new(64, 1, 1)?),
            Self::Default => Policy::default(),
        };
        let config = PoolConfig::default().policy(policy);
        let pool = Pool::start(config.workers(NonZeroUsize::MIN))?;
        let password = Password::new(PASSWORD.to_owned())?;
        Ok(runtime()?.block_on(pool.hash(password, None))?.to_string())
    }
}

/// A folder with a database that the server has made.
pub(crate) struct Folder {
    folder: TempDir,
    program: PathBuf,
    cost: HashCost,
    more: &'static str,
}

impl Folder {
    /// `more` follows the section `[password]`.
    pub(crate) fn new(cost: HashCost, more: &'static str) -> Outcome<Self> {
        let program = std::env::var_os(PROGRAM)
            .ok_or("the server's program is missing: start me by `cargo xtask enumeration`")?;
        let made = Self {
            folder: tempfile::tempdir()?,
            program: program.into(),
            cost,
            more,
        };
        made.start()?.stop()?;
        Ok(made)
    }

    pub(crate) fn start(&self) -> Outcome<Server> {
        let folder = self.folder.path();
        let file = folder.join("bartizan.toml");
        fs::write(
            &file,
            format!("{CONFIG}{}{}", self.cost.config(), self.more),
        )?;
        let mut child = Command::new(&self.program)
            .args(["serve", "--config"])
            .arg(&file)
            .arg("--data")
            .arg(folder.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(
                File::options()
                    .create(true)
                    .append(true)
                    .open(folder.join("log"))?,
            )
            .spawn()?;
        let output = child.stdout.take().ok_or("no stdout")?;
        let mut server = Server {
            child,
            address: ([127, 0, 0, 1], 0).into(),
        };
        for line in BufReader::new(output).lines() {
            if let Some(address) = line?.strip_prefix("listening on http://") {
                server.address = address.parse()?;
                return Ok(server);
            }
        }
        let log = fs::read_to_string(folder.join("log"))?;
        Err(format!("the server did not start:\n{log}").into())
    }

    /// Writes `count` rows of each kind, while no server runs; of each kind that cannot be written, why.
    pub(crate) fn fill(&self, kinds: &[&Who], count: u32) -> Outcome<Vec<(&'static str, String)>> {
        let mut database = rusqlite::Connection::open(self.database())?;
        let columns: Vec<String> = database
            .prepare("SELECT name FROM pragma_table_info('account')")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let hash = self.cost.hash()?;
        let mut left_out = Vec::new();
        let transaction = database.transaction()?;
        for who in kinds {
            let Some(row) = &who.row else { continue };
            let missing = |column: &&str| !columns.iter().any(|known| known == column);
            if let Some(column) = row.column.map(|(column, _)| column).filter(missing) {
                let reason = format!("the server's table `account` has no column `{column}`");
                left_out.push((who.prefix, reason));
                continue;
            }
            for number in 0..count {
                insert(&transaction, who.email(number), row, &hash)?;
            }
        }
        transaction.commit()?;
        Ok(left_out)
    }

    fn database(&self) -> PathBuf {
        Path::new(self.folder.path()).join("data/bartizan.db")
    }
}

fn insert(database: &rusqlite::Connection, email: String, row: &Row, hash: &str) -> Outcome<()> {
    const TIME: i64 = 1_700_000_000_000;
    let mut names = vec![
        "email",
        "password",
        "created_at",
        "last_sign_up_at",
        "confirmed_at",
    ];
    let mut values = vec![
        Value::Text(email),
        Value::Text(row.password.unwrap_or(hash).to_owned()),
        Value::Integer(TIME),
        Value::Integer(TIME),
        if row.confirmed {
            Value::Integer(TIME)
        } else {
            Value::Null
        },
    ];
    if let Some((name, value)) = row.column {
        names.push(name);
        values.push(Value::Integer(value));
    }
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!(
        "INSERT INTO account ({}) VALUES ({places})",
        names.join(", ")
    );
    database
        .prepare_cached(&sql)?
        .execute(rusqlite::params_from_iter(values))?;
    Ok(())
}

pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// As an operator stops it, so that the database is whole.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        let kill = format!("kill -TERM {}", self.child.id());
        Command::new("sh").args(["-c", &kill]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A failed kill means that it has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
