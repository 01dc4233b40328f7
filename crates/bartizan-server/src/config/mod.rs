//! What the server does, from a TOML file and the environment.

mod edge_keys;
mod error;
mod header_keys;
mod keys;
mod limits;
mod load;
mod read;
mod server_keys;
mod similar;
mod table;

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use bartizan::{
    password::{Ceilings, Cost, Policy, PolicyError},
    token::{Lifetime, refresh::RefreshPolicy},
};

pub use error::{ConfigError, ConfigErrors};
pub use keys::{Key, Strictness};
pub use limits::{LimitStore, Login, StoreKind, default_limits};
pub use load::{DIRECTIVES, Loaded, Source, array_keys, environment, load};
pub use table::all_keys;

/// The milliseconds of a duration's text.
pub(crate) fn duration_millis(text: &str) -> Option<u64> {
    let duration = bartizan::read_duration(text).ok()?;
    u64::try_from(duration.as_millis()).ok()
}

/// The whole configuration. [`Config::default`] is what the server does without a file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Addresses and folders.
    pub server: Server,
    /// Who may sign up.
    pub accounts: Accounts,
    /// What hashing costs.
    pub password: Password,
    /// How long tokens live.
    pub token: Token,
    /// Where mail goes.
    pub mail: Mail,
    /// What is logged.
    pub log: Log,
    /// How many logins may fail.
    pub login: Login,
    /// Where limits are counted.
    pub limit_store: LimitStore,
    /// The hardening layer.
    pub hardening: bartizan::Config,
}

impl Default for Config {
    fn default() -> Self {
        let mut hardening = bartizan::Config::default();
        hardening.rate_limit = default_limits();
        hardening.hosts.allowed = LOOPBACK.map(str::to_owned).to_vec();
        hardening.headers.session_cookies = vec![SESSION_COOKIE.to_owned()];
        hardening.csrf.session_cookies = vec![SESSION_COOKIE.to_owned()];
        hardening.csrf.insecure_bypass = vec![REPORTS.to_owned()];
        Self {
            server: Server::default(),
            accounts: Accounts::default(),
            password: Password::default(),
            token: Token::default(),
            mail: Mail::default(),
            log: Log::default(),
            login: Login::default(),
            limit_store: LimitStore::default(),
            hardening,
        }
    }
}

/// The cookie that logs a browser in.
pub(crate) const SESSION_COOKIE: &str = "__Host-session";

/// Browsers post reports for whatever page they show, and the route goes by nobody's cookie.
pub(crate) const REPORTS: &str = "POST /v1/reports";

/// The hosts that are answered when none is configured.
pub(crate) const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Addresses and folders.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Server {
    /// Where clients come in.
    pub listen: SocketAddr,
    /// Where operators come in: health, later metrics.
    pub management_listen: SocketAddr,
    /// Scheme, host and port that clients see, without a slash at the end. Links in mails begin with it.
    pub public_origin: String,
    /// Database, keys and mail.
    pub data_dir: PathBuf,
    /// The most requests a second from all clients together.
    pub max_requests_per_second: NonZeroU32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8080).into(),
            management_listen: (Ipv4Addr::LOCALHOST, 9090).into(),
            public_origin: "http://127.0.0.1:8080".to_owned(),
            data_dir: "bartizan-data".into(),
            max_requests_per_second: NonZeroU32::MIN.saturating_add(9_999),
        }
    }
}

/// Who may sign up.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Accounts {
    /// The mode.
    pub registration: Registration,
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the routes must answer each")]
pub enum Registration {
    /// Everyone who reads the mail at the address; the answer does not tell whether it was taken.
    #[default]
    Confirm,
    /// Everyone, at once; a taken address is answered 409.
    Open,
    /// Nobody.
    Closed,
}

/// What hashing costs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Password {
    /// Memory of one hash in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// Whether a cost below OWASP's recommendation is taken.
    pub insecure_cost: bool,
    /// Memory in KiB that every check fills at least, at `passes`; `None`: that of the policy.
    pub pad_to_kib: Option<u32>,
    /// Threads that hash; `None`: cores - 1.
    pub workers: Option<NonZeroUsize>,
    /// Logins that may wait.
    pub queue: NonZeroUsize,
    /// The keys that stored hashes are masked with; `None`: no pepper.
    pub pepper_file: Option<PathBuf>,
    /// Whether rows without pepper are taken although there is one.
    pub accept_unpeppered: bool,
    /// A filter of leaked passwords.
    pub breach_file: Option<PathBuf>,
    /// What a login with a leaked password comes to.
    pub leaked_login: LeakedLogin,
    /// Passwords of before that a new one must not be.
    pub history: u32,
    /// Words that a new password must not be made of, beside the account's address and the service's host.
    pub context_words: Vec<String>,
    /// The fewest characters of a new password. 15 for a single factor (NIST SP 800-63B-4 section 3.1.1.2).
    pub min_chars: usize,
}

impl Default for Password {
    fn default() -> Self {
        let cost = Policy::default().cost();
        Self {
            memory_kib: cost.memory_kib(),
            passes: cost.passes(),
            lanes: cost.lanes(),
            insecure_cost: false,
            pad_to_kib: None,
            workers: None,
            queue: NonZeroUsize::MIN.saturating_add(63),
            pepper_file: None,
            accept_unpeppered: false,
            breach_file: None,
            leaked_login: LeakedLogin::Tell,
            history: 0,
            context_words: Vec::new(),
            min_chars: 15,
        }
    }
}

/// What a login with a leaked password comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the routes must answer each")]
pub enum LeakedLogin {
    /// A session, and a mail once a week.
    Tell,
    /// The answer of a wrong one, and a mailed link for a new one.
    Refuse,
}

impl Password {
    /// The policy for new hashes.
    ///
    /// # Errors
    ///
    /// A cost that cannot be, or one below OWASP's recommendation without `insecure_cost`.
    pub fn policy(&self) -> Result<Policy, PolicyError> {
        if self.insecure_cost {
            return Cost::new(self.memory_kib, self.passes, self.lanes)
                .map(Policy::with_insecure_cost);
        }
        Policy::new(self.memory_kib, self.passes, self.lanes)
    }

    /// What a stored hash may cost: at least what a new one costs, or nobody with a new hash could log in.
    pub fn ceilings(&self) -> Ceilings {
        // Those of `Ceilings::default`.
        const USUAL: (u32, u32, u32) = (65_536, 10, 4);
        let (memory_kib, passes, lanes) = USUAL;
        let cost = Cost::new(
            self.memory_kib.max(memory_kib),
            self.passes.max(passes),
            self.lanes.max(lanes),
        );
        cost.map_or_else(|_| Ceilings::default(), Ceilings::new)
    }
}

/// How long tokens live.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Token {
    /// The root keys; `None`: in the data folder.
    pub keys_file: Option<PathBuf>,
    /// Sessions.
    pub session: Lifetime,
    /// Links that confirm an address.
    pub confirmation: Duration,
    /// Refresh tokens.
    pub refresh: RefreshPolicy,
    /// Links for a new password.
    pub reset: Duration,
    /// Links that confirm a change of address.
    pub email_change: Duration,
    /// How long after the password was shown a session may do what asks for a fresh login.
    pub fresh: Duration,
}

pub(crate) const SESSION_IDLE: Duration = Duration::from_secs(12 * 60 * 60);
pub(crate) const SESSION_ABSOLUTE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
pub(crate) const REFRESH_IDLE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
pub(crate) const REFRESH_ABSOLUTE: Duration = Duration::from_secs(180 * 24 * 60 * 60);

impl Default for Token {
    fn default() -> Self {
        const SESSION: Lifetime = match Lifetime::new(SESSION_IDLE, SESSION_ABSOLUTE) {
            Ok(lifetime) => lifetime,
            Err(_) => panic!("idle is below absolute"),
        };
        const REFRESH: Lifetime = match Lifetime::new(REFRESH_IDLE, REFRESH_ABSOLUTE) {
            Ok(lifetime) => lifetime,
            Err(_) => panic!("idle is below absolute"),
        };
        Self {
            keys_file: None,
            session: SESSION,
            confirmation: Duration::from_secs(24 * 60 * 60),
            refresh: RefreshPolicy::new(REFRESH),
            reset: Duration::from_secs(15 * 60),
            email_change: Duration::from_secs(24 * 60 * 60),
            fresh: Duration::from_secs(15 * 60),
        }
    }
}

/// Where mail goes.
#[derive(Clone)]
#[non_exhaustive]
pub struct Mail {
    /// To a folder or to a server.
    pub kind: MailKind,
    /// The sender's address.
    pub from: String,
    /// The SMTP server.
    pub host: String,
    /// Its port; 465 speaks TLS from the start, others by STARTTLS.
    pub port: u16,
    /// The login, if the server wants one.
    pub username: Option<String>,
    /// A file with the login's password.
    pub password_file: Option<PathBuf>,
    /// The login's password, from the environment alone.
    pub password: Option<String>,
}

/// To a folder or to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MailKind {
    /// `.eml` files in `outbox/`.
    File,
    /// An SMTP server, always under TLS.
    Smtp,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            kind: MailKind::File,
            from: "bartizan@localhost.localdomain".to_owned(),
            host: String::new(),
            port: 465,
            username: None,
            password_file: None,
            password: None,
        }
    }
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("kind", &self.kind)
            .field("from", &self.from)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// What is logged, on stderr.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Log {
    /// JSON for machines, text for people.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For reading.
    Text,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Json,
            level: "info".to_owned(),
        }
    }
}
