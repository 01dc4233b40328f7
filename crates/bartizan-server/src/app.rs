//! The two routers and what their handlers share.

use std::{
    net::SocketAddr,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{delete, get, post},
};
use bartizan::{
    Hardening,
    password::{Ceilings, Pool, PoolConfig},
    token::{Confirmation, Cookie, CookieError, KeyRing, Keys, Session},
};

use crate::{config::Config, mail::Mailer, routes, store::Store};

/// The most bytes of a request's body.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// What handlers share; a clone is a handful of `Arc`s.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct App {
    pub(crate) store: Store,
    pub(crate) pool: Pool,
    pub(crate) ceilings: Ceilings,
    pub(crate) sessions: Keys<Session>,
    pub(crate) confirmations: Keys<Confirmation>,
    pub(crate) cookie: Cookie,
    pub(crate) mailer: Mailer,
    settings: Arc<RwLock<Arc<Config>>>,
    draining: Arc<AtomicBool>,
}

impl App {
    /// The parts of a server that answer requests.
    ///
    /// # Errors
    ///
    /// A password policy or pool that cannot be.
    pub fn new(
        config: Config,
        ring: &KeyRing,
        store: Store,
        mailer: Mailer,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let mut pool = PoolConfig::default()
            .policy(config.password.policy()?)
            .queue(config.password.queue);
        if let Some(workers) = config.password.workers {
            pool = pool.workers(workers);
        }
        Ok(Self {
            store,
            pool: Pool::start(pool)?,
            ceilings: config.password.ceilings(),
            sessions: ring.keys(),
            confirmations: ring.keys(),
            cookie: cookie()?,
            mailer,
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

    /// From now on the server is not ready.
    pub fn start_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// The public router, hardened.
    pub fn router(self, hardening: Hardening) -> Router {
        Router::new()
            .route("/v1/accounts", post(routes::accounts::sign_up))
            .route("/v1/accounts/confirm", post(routes::accounts::confirm))
            .route(
                "/v1/sessions",
                post(routes::sessions::log_in)
                    .get(routes::sessions::list)
                    .delete(routes::sessions::end_others),
            )
            .route(
                "/v1/sessions/current",
                delete(routes::sessions::end_current),
            )
            .route("/v1/sessions/{id}", delete(routes::sessions::end))
            .route("/v1/account", get(routes::accounts::show))
            .route(
                "/v1/articles",
                get(routes::articles::list).post(routes::articles::create),
            )
            .route(
                "/v1/articles/{id}",
                get(routes::articles::show)
                    .put(routes::articles::replace)
                    .delete(routes::articles::remove),
            )
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .layer(hardening)
            .with_state(self)
    }

    /// The management router: never on the public listener.
    pub fn management_router(self, hardening: Hardening) -> Router {
        Router::new()
            .route("/healthz", get(routes::health::live))
            .route("/readyz", get(routes::health::ready))
            .layer(hardening)
            .with_state(self)
    }
}

fn cookie() -> Result<Cookie, CookieError> {
    Cookie::host_only("session")
}

/// The connection's peer as text, for the session list.
pub(crate) fn address_text(peer: SocketAddr) -> String {
    peer.ip().to_canonical().to_string()
}
