//! Sign-in with a session and a refresh token on axum: `cargo run --release -p bartizan-examples --example sign_in_axum`.
//!
//! Serves on a free port, asks itself like a client, and prints each step. A real service puts limits on failed logins in
//! front (`login_limits`), reads bodies with `bartizan-validate`, and keeps the rows in a database.

use std::{
    collections::HashMap,
    error::Error,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::{
    Json, Router,
    extract::{FromRequestParts, State},
    routing::{get, post, put},
};
use bartizan_password::{Password, Pool, PoolConfig, StoredHash, Verdict};
use bartizan_token::{
    Entropy, KeyId, KeyRing, Keys, Lifetime, Refresh, Session, Token,
    memory::Memory,
    refresh::{self, Family, RefreshPolicy, RefreshStore, Refreshed},
    session::{self, NewSession, SessionStore, StoredSession},
    store::{AccountId, AccountStore, Change},
};
use http::{StatusCode, header::AUTHORIZATION, request::Parts};
use serde::{Deserialize, Serialize};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

struct Service {
    pool: Pool,
    users: Mutex<HashMap<String, (AccountId, StoredHash)>>,
    tokens: Memory,
    sessions: Keys<Session>,
    refreshes: Keys<Refresh>,
    lifetime: Lifetime,
    policy: RefreshPolicy,
    /// Seconds that the client below lets pass.
    later: AtomicU64,
}

type App = Arc<Service>;

/// What is no answer about the caller is a 503 (or 500), never a 401.
struct Refused(StatusCode);

impl axum::response::IntoResponse for Refused {
    fn into_response(self) -> axum::response::Response {
        self.0.into_response()
    }
}

impl<E: Error> From<E> for Refused {
    fn from(error: E) -> Self {
        eprintln!("{error}"); // to the log, not to the client
        Self(StatusCode::SERVICE_UNAVAILABLE)
    }
}

const WHO: Refused = Refused(StatusCode::UNAUTHORIZED);

#[derive(Serialize)]
struct Opened {
    token: String,
    refresh_token: String,
}

impl Service {
    fn now(&self) -> SystemTime {
        SystemTime::now() + Duration::from_secs(self.later.load(Ordering::SeqCst))
    }

    fn user(&self, name: &str) -> Option<(AccountId, StoredHash)> {
        let users = self.users.lock().ok()?;
        users.get(name).cloned()
    }

    /// The account and the version of its credentials that was read *before* the password was checked: what is opened below
    /// is bound to it, and a change of password that comes in between wins.
    async fn check(&self, name: &str, password: String) -> Result<(AccountId, u64), Refused> {
        let user = self.user(name);
        let versions = match &user {
            Some((id, _)) => self.tokens.versions(*id).await?,
            None => None,
        };
        let (id, stored) = user.unzip();
        let password = Password::new(password).map_err(|_| WHO)?;
        // The same work for a name that nobody has; the name as submitted gets the turn.
        match self
            .pool
            .account(name)
            .verify(password, stored, None)
            .await?
        {
            Verdict::Match { .. } => id.zip(versions.map(|v| v.credential)).ok_or(WHO),
            Verdict::Mismatch => Err(WHO),
        }
    }

    async fn open(&self, token: Token<Refresh>, family: Family) -> Result<Json<Opened>, Refused> {
        let now = self.now();
        let session = self.sessions.mint(Entropy::from_os()?);
        let new = NewSession {
            digest: self.sessions.digest(&session),
            account: family.account,
            credential_version: family.credential_version,
            family: Some(family.id),
            device: "example".into(),
            expires: now + self.lifetime.absolute_duration(),
        };
        self.tokens.open_session(new, now).await?.ok_or(WHO)?;
        Ok(Json(Opened {
            token: session.expose().to_string(),
            refresh_token: token.expose().to_string(),
        }))
    }

    async fn start(&self, owner: (AccountId, u64)) -> Result<Json<Opened>, Refused> {
        let (keys, entropy) = (&self.refreshes, Entropy::from_os()?);
        let new = refresh::start(&self.tokens, keys, owner, entropy, self.policy, self.now());
        let (token, family) = new.await?.ok_or(WHO)?;
        self.open(token, family).await
    }
}

/// Whoever shows a live session by `Authorization: Bearer`.
struct Caller(StoredSession);

impl FromRequestParts<App> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let field = parts.headers.get(AUTHORIZATION).ok_or(WHO)?;
        let field = field.to_str().map_err(|_| WHO)?;
        let text = field.strip_prefix("Bearer ").ok_or(WHO)?;
        // A made-up text ends here, without a look-up.
        let token = app.sessions.parse(text).map_err(|_| WHO)?;
        let (keys, now) = (&app.sessions, app.now());
        let found = session::find(&app.tokens, keys, &token, app.lifetime, now).await?;
        found.map(Self).ok_or(WHO)
    }
}

/// A caller who showed the password at most 15 minutes ago: a refresh does not count, so the moment is the family's.
struct FreshCaller;

impl FromRequestParts<App> for FreshCaller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let Caller(session) = Caller::from_request_parts(parts, app).await?;
        let family = app.tokens.find_family(session.family.ok_or(WHO)?).await?;
        let shown = family.ok_or(WHO)?.created;
        let fresh = session::is_fresh(shown, 15 * MINUTE, app.now());
        fresh.then_some(Self).ok_or(WHO)
    }
}

#[derive(Deserialize)]
struct LogIn {
    name: String,
    password: String,
}

async fn log_in(State(app): State<App>, Json(body): Json<LogIn>) -> Result<Json<Opened>, Refused> {
    let owner = app.check(&body.name, body.password).await?;
    app.start(owner).await
}

#[derive(Deserialize)]
struct Use {
    refresh_token: String,
}

async fn refresh(State(app): State<App>, Json(body): Json<Use>) -> Result<Json<Opened>, Refused> {
    let token = app.refreshes.parse(&body.refresh_token).map_err(|_| WHO)?;
    let (keys, entropy) = (&app.refreshes, Entropy::from_os()?);
    let used = refresh::refresh(&app.tokens, keys, &token, entropy, app.policy, app.now());
    match used.await? {
        Refreshed::Token { token, family } => app.open(token, *family).await,
        Refreshed::Replayed { account } => {
            println!(
                "     (mail to account {}: a token was used twice)",
                account.get()
            );
            Err(WHO)
        }
        Refreshed::Refused => Err(WHO),
    }
}

async fn me(Caller(session): Caller) -> String {
    format!("account {}", session.account.get())
}

async fn pay(FreshCaller: FreshCaller) -> &'static str {
    "paid"
}

#[derive(Deserialize)]
struct NewPassword {
    name: String,
    current: String,
    new: String,
}

/// Ends every session and family, then gives the caller new ones. In a database hash and versions are one transaction.
async fn change_password(
    State(app): State<App>,
    Caller(session): Caller,
    Json(body): Json<NewPassword>,
) -> Result<Json<Opened>, Refused> {
    let (id, checked) = app.check(&body.name, body.current).await?;
    let new = Password::new(body.new).map_err(|_| Refused(StatusCode::UNPROCESSABLE_ENTITY))?;
    let hash = app.pool.account(&body.name).hash(new, None).await?;
    // Whose session it is, and nobody changed it while the hash was made.
    let versions = app.tokens.versions(id).await?;
    if id != session.account || versions.map(|v| v.credential) != Some(checked) {
        return Err(WHO);
    }
    if let Ok(mut users) = app.users.lock() {
        users.insert(body.name, (id, hash));
    }
    let versions = app.tokens.change(id, Change::Password).await?.ok_or(WHO)?;
    app.start((id, versions.credential)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let ring = KeyRing::new([(KeyId::new(1), [0x11; 32])])?; // in a service, from a file
    let pool = Pool::start(PoolConfig::default())?;
    let (ann, tokens) = (AccountId::new(1), Memory::new(NonZeroUsize::MIN));
    tokens.add_account(ann)?;
    let password = Password::new("lantern ferry moss quarry".into())?;
    let hash = pool.account("ann").hash(password, None).await?;
    let app = Arc::new(Service {
        pool,
        users: Mutex::new(HashMap::from([("ann".to_owned(), (ann, hash))])),
        tokens,
        sessions: ring.keys(),
        refreshes: ring.keys(),
        lifetime: Lifetime::new(30 * MINUTE, DAY)?, // short: a refresh gives another
        policy: RefreshPolicy::new(Lifetime::new(30 * DAY, 180 * DAY)?),
        later: AtomicU64::new(0),
    });
    let routes = Router::new()
        .route("/sessions", post(log_in))
        .route("/sessions/refresh", post(refresh))
        .route("/me", get(me))
        .route("/payments", post(pay))
        .route("/password", put(change_password))
        .with_state(Arc::clone(&app))
        .layer(bartizan::Hardening::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, routes.into_make_service()).await });
    tokio::task::spawn_blocking(move || play(address, &app)).await??;
    Ok(())
}

/// The client.
fn play(address: SocketAddr, app: &Service) -> std::io::Result<()> {
    let ask = |line: &str, bearer: &str, body: &str, status: u16| {
        let answer = ask(address, line, bearer, body)?;
        println!("{status}  {line}");
        assert_eq!(
            answer.get(9..12),
            Some(status.to_string().as_str()),
            "{line}: {answer}"
        );
        Ok::<_, std::io::Error>((field(&answer, "token"), field(&answer, "refresh_token")))
    };
    let with = |token: &str| format!(r#"{{"refresh_token": "{token}"}}"#);
    let login = r#"{"name": "ann", "password": "lantern ferry moss quarry"}"#;

    ask("POST /sessions", "", &login.replace("moss", "boss"), 401)?;
    let (desk, desk_refresh) = ask("POST /sessions", "", login, 200)?;
    let (phone, phone_refresh) = ask("POST /sessions", "", login, 200)?;
    ask("GET /me", &desk, "", 200)?;
    ask("POST /payments", &desk, "", 200)?;

    println!("16 minutes later");
    app.later.fetch_add(16 * 60, Ordering::SeqCst);
    ask("POST /payments", &desk, "", 401)?;
    let (desk, next) = ask("POST /sessions/refresh", "", &with(&desk_refresh), 200)?;
    ask("POST /payments", &desk, "", 401)?; // still not: no password was shown
    let lost = ask("POST /sessions/refresh", "", &with(&desk_refresh), 200)?;
    assert_eq!(lost.1, next, "an answer that was lost is given again");

    println!("a minute later, somebody has the used token");
    app.later.fetch_add(60, Ordering::SeqCst);
    ask("POST /sessions/refresh", "", &with(&desk_refresh), 401)?;
    ask("GET /me", &desk, "", 401)?; // the thief, and the owner: he logs in again
    ask("POST /sessions/refresh", "", &with(&next), 401)?;
    ask("GET /me", &phone, "", 200)?; // another login, another family

    let change = r#"{"name": "ann", "current": "lantern ferry moss quarry", "new": "copper willow drift harbour"}"#;
    let (desk, _) = ask("POST /sessions", "", login, 200)?;
    let (desk, _) = ask("PUT /password", &desk, change, 200)?;
    ask("GET /me", &desk, "", 200)?;
    ask("GET /me", &phone, "", 401)?;
    ask("POST /sessions/refresh", "", &with(&phone_refresh), 401)?;
    ask("POST /sessions", "", login, 401)?;
    Ok(())
}

fn field(answer: &str, name: &str) -> String {
    let rest = answer.split_once(&format!(r#""{name}":""#));
    let value = rest.and_then(|(_, rest)| rest.split_once('"'));
    value.map(|(value, _)| value.to_owned()).unwrap_or_default()
}

fn ask(address: SocketAddr, line: &str, bearer: &str, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "{line} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {bearer}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
