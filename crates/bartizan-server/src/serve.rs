//! `bartizan-server serve`: from the configuration to the last answered request.

use std::{
    error::Error,
    future::IntoFuture,
    io::Write,
    net::SocketAddr,
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, SystemTime},
};

use bartizan::{
    Hardening, LimitFields, LimitStore, RateLimitStoreConfig,
    ratelimit::{Redis, RedisConfig, Secret},
    token::store::AccountStore,
};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, timeout_at},
};

use crate::{
    app::{App, Parts},
    cli,
    config::{self, Config, StoreKind},
    data_dir::DataDir,
    keys, log, login_limits,
    mail::Mailer,
    routes,
    store::{Store, StoreError},
};

/// How long requests may take to finish after the signal.
const DRAIN: Duration = Duration::from_secs(10);
/// How often what has expired is deleted.
const SWEEP: Duration = Duration::from_secs(60);
/// The most rounds of one sweep, of at most 1,500 rows each: other writes come in between.
const MAX_ROUNDS: usize = 100;
/// Reader threads: reads of a small database are served from memory, so more than the cores only switch.
const MAX_READERS: usize = 4;

/// Serves until SIGTERM or SIGINT. Any reason not to is one line on stderr and exit code 1.
pub fn run(args: &cli::Serve) -> ExitCode {
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(serve(args)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bartizan-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(args: &cli::Serve) -> Result<(), Box<dyn Error>> {
    let config = read_config(args)?;
    let log = log::init(&config.log)?;
    let _written = log.at_end();
    // Before anything is written: until then a signal ends the process.
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let hangup = signal(SignalKind::hangup())?;
    let data = DataDir::open(&config.server.data_dir)?;
    let keys_file = config
        .token
        .keys_file
        .clone()
        .unwrap_or_else(|| data.keys());
    let ring = keys::load_or_create(&keys_file)?;
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let readers = NonZeroUsize::new(cores.min(MAX_READERS)).unwrap_or(NonZeroUsize::MIN);
    let store = Store::open(&data.database(), readers).map_err(|error| explain(&error))?;
    let mailer = Mailer::start(&config.mail, &data.outbox())?;
    let public = listen(config.server.listen).await?;
    let management = listen(config.server.management_listen).await?;
    let left = login_limits::read(&data.login_limits());
    let limit_secret = match (&config.limit_store.secret_file, &left) {
        (Some(file), _) => keys::limit_secret(file)?,
        (None, Some(left)) => left.secret(),
        (None, None) => Secret::random(),
    };
    let limit_store = limit_store(&config.limit_store)?;
    let hardening =
        Hardening::with_store(&config.hardening, limit_store.clone(), limit_secret.clone())?;
    let management_hardening = Hardening::new(&management_config())?;
    let parts = Parts {
        ring,
        devices: keys::devices_or_create(&data.device_keys())?,
        store,
        mailer: mailer.clone(),
        limit_store,
        limit_secret: limit_secret.clone(),
    };
    let app = App::new(config, parts)?;
    data.tell_peppers(&app.pepper_ids())?;
    shareable(&app, &hardening)?;
    if let Some(left) = &left {
        login_limits::restore(left, app.logins.limits());
    }

    let (management_address, public_address) = (management.local_addr()?, public.local_addr()?);
    let management_router = app.clone().management_router(management_hardening);
    let management = Listening::start(management, management_router);
    let router = app.clone().router(hardening.clone())?;
    let public = Listening::start(public, router);
    let kept = Kept {
        path: data.login_limits(),
        secret: limit_secret,
    };
    let sweeper = tokio::spawn(sweep(app.clone(), kept.clone()));
    let reloader = tokio::spawn(reload_on_hangup(
        hangup,
        args.clone(),
        app.clone(),
        hardening,
        log.clone(),
    ));
    announce(management_address, public_address)?;

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("draining");
    app.start_draining();
    // At once: a client that never ends its request could make the drain last until the process is killed.
    kept.save(&app);
    reloader.abort();
    sweeper.abort();
    let end = Instant::now() + DRAIN;
    let stopped = public.stop(end).await;
    kept.save(&app);
    stopped?;
    // Last, so that whoever asks meanwhile is told "not ready" and not turned away.
    management.stop(end).await?;
    app.finish_background(end).await;
    mailer.flush().await;
    app.pool.shut_down();
    tracing::info!("stopped");
    Ok(())
}

/// For probes and operators, who come by any name: every host, no limits.
fn management_config() -> bartizan::Config {
    let mut config = bartizan::Config::default();
    config.rate_limits.shadow = true;
    config.rate_limits.fields = LimitFields::Off;
    config.rate_limit_store.capacity = *RateLimitStoreConfig::CAPACITY.start();
    config
}

fn limit_store(config: &config::LimitStore) -> Result<LimitStore, Box<dyn Error>> {
    if config.kind == StoreKind::Memory {
        return Ok(LimitStore::default());
    }
    let url = match &config.url_file {
        Some(file) => {
            std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?
        }
        None => config.url.clone(),
    };
    let redis = RedisConfig::new(url.trim())
        .with_namespace(&config.namespace)
        .with_expected_instances(config.expected_instances);
    Ok(LimitStore::Redis(Redis::connect(redis)?))
}

/// A limit that the store cannot keep would refuse everybody with 503, for ever.
fn shareable(app: &App, hardening: &Hardening) -> Result<(), Box<dyn Error>> {
    let LimitStore::Redis(redis) = hardening.limiter().store() else {
        return Ok(());
    };
    for limit in hardening
        .limiter()
        .limits()
        .iter()
        .chain(app.logins.limits())
    {
        redis
            .check(limit)
            .map_err(|error| format!("rate limit {}: {error}", limit.name()))?;
    }
    Ok(())
}

fn read_config(args: &cli::Serve) -> Result<Config, Box<dyn Error>> {
    let mut loaded = config::load(args.config.as_deref(), config::environment())?;
    if let Some(listen) = args.listen {
        loaded.listen_on(listen);
    }
    if let Some(data) = &args.data {
        loaded.config.server.data_dir.clone_from(data);
    }
    Ok(loaded.config)
}

/// That the store can keep the limits of another configuration, before they are in force.
fn stays_shareable(app: &App, hardening: &Hardening, config: &Config) -> Result<(), String> {
    let store = hardening.limiter().store();
    if !matches!(store, LimitStore::Redis(_)) {
        return Ok(());
    }
    let trial = Hardening::with_store(&config.hardening, store.clone(), Secret::random());
    let trial = trial.map_err(|error| explain(&error))?;
    shareable(app, &trial).map_err(|error| error.to_string())
}

/// The configuration while serving: what is no file, or one that is being written, is none. A FIFO would never come to its end.
fn read_again(args: &cli::Serve) -> Result<Config, String> {
    if let Some(path) = &args.config {
        let found = std::fs::metadata(path);
        let fault = match found {
            Ok(found) if !found.is_file() => Some("is no file"),
            Ok(found) if found.len() == 0 => Some("is empty"),
            // told when it is read
            _ => None,
        };
        if let Some(fault) = fault {
            return Err(format!("{} {fault}", path.display()));
        }
    }
    read_config(args).map_err(|error| error.to_string())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// The contract with whoever starts the server: these lines come when it answers, not before.
fn announce(management: SocketAddr, public: SocketAddr) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "management on http://{management}")?;
    writeln!(stdout, "listening on http://{public}")?;
    stdout.flush()
}

/// A listener that accepts until it is told to stop.
struct Listening {
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Listening {
    fn start(listener: TcpListener, router: axum::Router) -> Self {
        let (stop, stopped) = oneshot::channel();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, service).with_graceful_shutdown(async {
            // An error means that the sender has gone, which is a reason to stop too.
            drop(stopped.await);
        });
        let task = tokio::spawn(served.into_future());
        Self { stop, task }
    }

    /// Accepts no more and returns when the last request is answered, or at `end`.
    async fn stop(self, end: Instant) -> Result<(), Box<dyn Error>> {
        // It may have ended by itself.
        let _ = self.stop.send(());
        match timeout_at(end, self.task).await {
            Ok(ended) => ended??,
            Err(_) => tracing::warn!("requests were cut off at the end of the drain"),
        }
        Ok(())
    }
}

/// Where the counts of failed logins are kept, and the secret that belongs to them.
#[derive(Clone)]
struct Kept {
    path: PathBuf,
    secret: Secret,
}

impl Kept {
    fn save(&self, app: &App) {
        login_limits::save(&self.path, app.logins.limits(), &self.secret);
    }
}

async fn sweep(app: App, kept: Kept) {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tick.tick().await;
        let (kept, counted) = (kept.clone(), app.clone());
        // Files are written by a thread that may wait. A failure was told.
        drop(tokio::task::spawn_blocking(move || kept.save(&counted)).await);
        let now = SystemTime::now();
        let lifetime = app.settings().token.session;
        let before = |age| now.checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH);
        let (created, used) = (
            before(lifetime.absolute_duration()),
            before(lifetime.idle_duration()),
        );
        let swept = async {
            for _ in 0..MAX_ROUNDS {
                let sessions = app.store.delete_sessions_before(created, used).await?;
                let unconfirmed = app.store.delete_unconfirmed(now).await?;
                let emails = app.store.delete_email_changes(now).await?;
                let tokens = match app.store.tokens().sweep(now).await {
                    Ok(rows) => rows,
                    Err(error) => {
                        tracing::warn!(%error, "expired tokens not deleted");
                        0
                    }
                };
                if sessions + unconfirmed + emails == 0 && tokens == 0 {
                    break;
                }
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = routes::email::mail_what_was_left(&app).await {
            tracing::warn!(%error, "links to undo not mailed");
        }
        if let Err(error) = swept.await {
            tracing::warn!(%error, "expired rows not deleted");
        }
    }
}

/// SIGHUP: registration, lifetimes, password length, public origin, proxies, hosts, security fields, CORS, trusted origins, limits and
/// log level take effect; listeners,
/// folder, pool, mail, login limits and where limits are counted stay as they are until a restart. With any error in the file,
/// everything stays. Limits that keep their name keep what is owed.
async fn reload_on_hangup(
    mut hangup: Signal,
    args: cli::Serve,
    app: App,
    hardening: Hardening,
    log: log::Log,
) {
    while hangup.recv().await.is_some() {
        let args = args.clone();
        // By a thread that may wait: one that answers requests would keep all of them waiting.
        let read = tokio::task::spawn_blocking(move || read_again(&args)).await;
        let read = read.unwrap_or_else(|error| Err(error.to_string()));
        let reloaded = read.and_then(|config| {
            stays_shareable(&app, &hardening, &config)?;
            let done = hardening.reload(&config.hardening);
            done.map(|()| config).map_err(|error| explain(&error))
        });
        match reloaded {
            Ok(config) => {
                log.set_level(&config.log.level);
                app.set_settings(config);
                tracing::info!("configuration reloaded");
            }
            Err(error) => {
                tracing::error!(error, "configuration not reloaded, the old one stays");
            }
        }
    }
}

/// An error and its causes on one line.
fn explain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
