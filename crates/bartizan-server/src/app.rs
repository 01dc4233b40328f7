//! The two routers and what their handlers share.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Instant, SystemTime},
};

use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{MethodRouter, delete, get, post, put},
};
use bartizan::{
    Hardening, LimitStore,
    password::{
        BreachFilter, Ceilings, Cost, LegacyCeilings, Password, Peppers, Pool, PoolConfig, Rules,
    },
    token::{
        Api, Confirmation, Cookie, EmailChange, EmailUndo, KeyRing, Keys, Refresh, Reset, Session,
    },
    validate::{Limits, Settings},
};
use bartizan_ratelimit::{DeviceKeys, Epoch, LoginLimits, Secret};

use tokio::sync::Semaphore;

use crate::{
    auth::authenticate,
    ceiling,
    config::{self, Config},
    error::AppError,
    keys,
    mail::Mailer,
    notify::Notice,
    reports::Collector,
    routes,
    store::Store,
};

/// Answers whose work goes on; the next one is told to come back.
const BACKGROUND: u32 = 256;

/// The most bytes of a request's body.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// A text of 32 KiB may be twice as long with its escapes; an own rule bounds what it stands for.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.bytes = MAX_BODY_BYTES;
    limits.string_bytes = MAX_BODY_BYTES;
    limits
}

/// What handlers share; a clone is a handful of `Arc`s.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct App {
    pub(crate) store: Store,
    pub(crate) pool: Pool,
    pub(crate) ceilings: Ceilings,
    pub(crate) legacy_ceilings: LegacyCeilings,
    /// Read in place of a row that is not there: as long as one of a new password.
    pub(crate) stand_in: Arc<str>,
    pub(crate) peppers: Option<Peppers>,
    breaches: Option<Arc<BreachFilter>>,
    pub(crate) sessions: Keys<Session>,
    pub(crate) confirmations: Keys<Confirmation>,
    pub(crate) refresh_tokens: Keys<Refresh>,
    pub(crate) api_tokens: Keys<Api>,
    pub(crate) resets: Keys<Reset>,
    pub(crate) email_changes: Keys<EmailChange>,
    pub(crate) email_undos: Keys<EmailUndo>,
    /// Places for work that goes on after its answer.
    pub(crate) background: Arc<Semaphore>,
    pub(crate) cookie: Cookie,
    pub(crate) devices: Arc<DeviceKeys>,
    pub(crate) device_cookie: Cookie,
    pub(crate) logins: LoginLimits<LimitStore>,
    pub(crate) mailer: Mailer,
    pub(crate) reports: Arc<Collector>,
    settings: Arc<RwLock<Arc<Config>>>,
    draining: Arc<AtomicBool>,
}

/// What an [`App`] is put together from, beside its configuration.
#[derive(Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "whoever starts a server builds it"
)]
pub struct Parts {
    /// Keys of tokens.
    pub ring: KeyRing,
    /// Keys of device cookies.
    pub devices: DeviceKeys,
    /// The database.
    pub store: Store,
    /// Mail.
    pub mailer: Mailer,
    /// Where limits count.
    pub limit_store: LimitStore,
    /// What the limits' keys are made with.
    pub limit_secret: Secret,
}

/// A row of the policy's cost that is nobody's.
fn stand_in(config: &config::Password, peppers: Option<&Peppers>) -> String {
    let (memory_kib, passes, lanes) = (config.memory_kib, config.passes, config.lanes);
    let key = peppers.map(|peppers| format!(",keyid={}", peppers.current_id()));
    let key = key.unwrap_or_default();
    let (salt, tag) = ("A".repeat(22), "A".repeat(43));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}{key}${salt}${tag}")
}

impl App {
    /// The parts of a server that answer requests.
    ///
    /// # Errors
    ///
    /// A password policy, pool or limits that cannot be.
    pub fn new(config: Config, parts: Parts) -> Result<Self, Box<dyn std::error::Error>> {
        let Parts {
            ring,
            devices,
            store,
            mailer,
            limit_store,
            limit_secret,
        } = parts;
        let epoch = Epoch::new(Instant::now(), SystemTime::now());
        let on_failure = config.hardening.rate_limit_store.on_failure;
        let login = config.login.limits(on_failure.into())?;
        let logins = LoginLimits::new(&login, &limit_secret, epoch, limit_store)?;
        logins.on_alarm(|alarm| {
            tracing::warn!(
                failures = alarm.failures,
                "logins fail all over: somebody tries passwords that leaked elsewhere"
            );
        });
        let mut pool = PoolConfig::default()
            .policy(config.password.policy()?)
            .queue(config.password.queue);
        if let Some(memory_kib) = config.password.pad_to_kib {
            let policy = &config.password;
            pool = pool.pad_to(Cost::new(memory_kib, policy.passes, policy.lanes)?);
        }
        if let Some(workers) = config.password.workers {
            pool = pool.workers(workers);
        }
        let breaches = match &config.password.breach_file {
            Some(file) => Some(Arc::new(BreachFilter::open(file)?)),
            None => None,
        };
        let peppers = keys::peppers(&config.password)?;
        if let Some(peppers) = &peppers {
            pool = pool.peppers(peppers.clone());
        }
        Ok(Self {
            legacy_ceilings: LegacyCeilings::default(),
            stand_in: stand_in(&config.password, peppers.as_ref()).into(),
            peppers,
            breaches,
            store,
            pool: Pool::start(pool)?,
            ceilings: config.password.ceilings(),
            sessions: ring.keys(),
            confirmations: ring.keys(),
            refresh_tokens: ring.keys(),
            api_tokens: ring.keys(),
            resets: ring.keys(),
            email_changes: ring.keys(),
            email_undos: ring.keys(),
            background: Arc::new(Semaphore::new(BACKGROUND as usize)),
            cookie: Cookie::host_only("session")?,
            devices: Arc::new(devices),
            device_cookie: Cookie::host_only("device")?,
            logins,
            mailer,
            reports: Arc::new(Collector::new()?),
            settings: Arc::new(RwLock::new(Arc::new(config))),
            draining: Arc::default(),
        })
    }

    /// The configuration in force.
    pub fn settings(&self) -> Arc<Config> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another configuration in force for what can be changed while serving.
    pub fn set_settings(&self, config: Config) {
        *self
            .settings
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }

    /// The ids of the pepper keys, for commands that run beside the server.
    pub(crate) fn pepper_ids(&self) -> String {
        let ids = self.peppers.iter().flat_map(Peppers::ids);
        ids.map(|id| format!("{id}\n")).collect()
    }

    /// The rules for new passwords.
    pub(crate) fn rules(&self, settings: &Config) -> Rules {
        let rules = Rules::default();
        // Checked when the configuration was read.
        let rules = rules
            .min_chars(settings.password.min_chars)
            .unwrap_or_default();
        match &self.breaches {
            Some(filter) => rules.breach_filter(Arc::clone(filter)),
            None => rules,
        }
    }

    /// Whether a password is in the configured list of leaked ones.
    pub(crate) fn is_leaked(&self, password: &Password) -> bool {
        let filter = self.breaches.as_ref();
        filter.is_some_and(|filter| filter.contains(password))
    }

    /// Mails an owner something that is worth a mail, but not a failure: what it tells of is done.
    pub(crate) fn notify(&self, to: String, notice: &Notice<'_>) {
        // A full queue is told by the mailer.
        let _ = self.must_notify(to, notice);
    }

    /// Works to its end even when the client goes away: whoever closes the connection must not keep the owner from the mail
    /// that tells of what was done.
    pub(crate) async fn to_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) -> Result<T, AppError> {
        // A server that stops waits for it.
        let place = self.background.clone().try_acquire_owned().ok();
        let task = tokio::spawn(async move {
            let done = work.await;
            drop(place);
            done
        });
        task.await.unwrap_or(Err(AppError::Unavailable {
            retry_after_secs: 5,
        }))
    }

    /// Mails what the client waits for.
    pub(crate) fn must_notify(&self, to: String, notice: &Notice<'_>) -> Result<(), AppError> {
        let message = notice.to(to, &self.settings().server.public_origin);
        let busy = AppError::Unavailable {
            retry_after_secs: 10,
        };
        self.mailer.send(message).then_some(()).ok_or(busy)
    }

    /// Does work that goes on after its answer, if there is a place for it.
    pub(crate) fn in_background(
        &self,
        work: impl Future<Output = Result<(), AppError>> + Send + 'static,
    ) -> Result<(), AppError> {
        let place = Arc::clone(&self.background).try_acquire_owned();
        let place = place.map_err(|_| AppError::Unavailable {
            retry_after_secs: 5,
        })?;
        tokio::spawn(async move {
            if let Err(error) = work.await {
                tracing::warn!(%error, "work after an answer failed");
            }
            drop(place);
        });
        Ok(())
    }

    /// Waits until what goes on after its answer is done, or until `end`.
    pub(crate) async fn finish_background(&self, end: tokio::time::Instant) {
        let all = self.background.acquire_many(BACKGROUND);
        if tokio::time::timeout_at(end, all).await.is_err() {
            tracing::error!("links for new passwords were left unsent");
        }
    }

    /// From now on the server is not ready.
    pub fn start_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// The public router, hardened.
    ///
    /// # Errors
    ///
    /// A ceiling that is too high.
    pub fn router(self, hardening: Hardening) -> Result<Router, Box<dyn std::error::Error>> {
        let most = self.settings().server.max_requests_per_second;
        let own = |methods: MethodRouter<Self>| {
            // The last one added is passed first: who asks, then how often.
            methods
                .route_layer(hardening.principal_quotas())
                .route_layer(from_fn_with_state(self.clone(), authenticate))
        };
        let routes = Router::new()
            .route("/v1/accounts", post(routes::accounts::sign_up))
            .route("/v1/accounts/confirm", post(routes::accounts::confirm))
            .route(
                "/v1/sessions",
                post(routes::sessions::log_in).merge(own(
                    get(routes::sessions::list).delete(routes::sessions::end_others)
                )),
            )
            .route(
                "/v1/sessions/current",
                own(delete(routes::sessions::end_current)),
            )
            .route("/v1/sessions/refresh", post(routes::refresh::refresh))
            .route(
                "/v1/sessions/current/password",
                own(post(routes::refresh::reauthenticate)),
            )
            .route("/v1/sessions/{id}", own(delete(routes::sessions::end)))
            .route("/v1/account", own(get(routes::accounts::show)))
            .route("/v1/account/events", own(get(routes::accounts::events)))
            .route("/v1/account/password", own(put(routes::password::change)))
            .route("/v1/account/email", own(post(routes::email::ask)))
            .route("/v1/account/email/confirm", post(routes::email::confirm))
            .route("/v1/account/email/undo", post(routes::email::undo))
            .route("/v1/password-resets", post(routes::password::ask_reset))
            .route("/v1/password-resets/confirm", post(routes::password::reset))
            .route(
                "/v1/tokens",
                own(get(routes::api_tokens::list).post(routes::api_tokens::create)),
            )
            .route("/v1/tokens/{id}", own(delete(routes::api_tokens::end)))
            .route("/v1/tokens/{id}/roll", own(post(routes::api_tokens::roll)))
            .route(
                "/v1/articles",
                get(routes::articles::list).merge(own(post(routes::articles::create))),
            )
            .route(
                "/v1/articles/{id}",
                get(routes::articles::show).merge(own(
                    put(routes::articles::replace).delete(routes::articles::remove)
                )),
            )
            .route("/v1/reports", post(routes::reports::collect))
            .route("/problems/{name}", get(routes::problems::page))
            .layer(Extension(Settings::new(limits())))
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
        let routes = ceiling::under(routes, most)?;
        Ok(routes.layer(hardening).with_state(self))
    }

    /// The management router: never on the public listener.
    pub fn management_router(self, hardening: Hardening) -> Router {
        Router::new()
            .route("/healthz", get(routes::health::live))
            .route("/readyz", get(routes::health::ready))
            .route("/reports", get(routes::reports::summary))
            .layer(hardening)
            .with_state(self)
    }
}

#[cfg(test)]
mod tests {
    use bartizan::password::{Column, LegacyCeilings, PepperKey, PepperKeyId, Peppers};

    use super::{config::Password, stand_in};

    #[test]
    fn what_is_read_in_place_of_a_row_reads_like_one() {
        let config = Password::default();
        let id = PepperKeyId::new("2026").unwrap();
        let peppers = Peppers::new(id, PepperKey::random().unwrap());
        for peppers in [None, Some(&peppers)] {
            let text = stand_in(&config, peppers);
            let read = Column::read_any(&text, &config.ceilings(), &LegacyCeilings::default());
            assert!(matches!(read, Ok(Column::Argon2id(_))), "{text}");
        }
    }
}
