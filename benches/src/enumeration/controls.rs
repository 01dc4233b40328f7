//! Servers whose answer is known: if the measurement does not find what they leak, it is the measurement that is wrong.

#![expect(
    clippy::disallowed_methods,
    reason = "the leak that the report must find"
)]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use argon2::{Algorithm, Argon2, Params, Version};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::harness::{LOCK, Outcome, locked};

/// What such a server does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing: it hashes for everybody.
    None,
    /// It hashes for those who have an account.
    HashesForKnown,
    /// It hashes for everybody, and takes 200 microseconds more for those who have an account.
    SleepsForKnown,
    /// As axum-login's examples do: the user is looked up, and only then does password-auth check, in a blocking task.
    PasswordAuth,
}

/// A server, and whether it has to be caught.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Control {
    pub(crate) fault: Fault,
    pub(crate) leaks: bool,
}

pub(crate) const CONTROLS: [Control; 4] = [
    Control {
        fault: Fault::None,
        leaks: false,
    },
    Control {
        fault: Fault::HashesForKnown,
        leaks: true,
    },
    Control {
        fault: Fault::SleepsForKnown,
        leaks: true,
    },
    Control {
        fault: Fault::PasswordAuth,
        leaks: true,
    },
];

impl Fault {
    pub(crate) fn text(self) -> String {
        match self {
            Self::None => "control: hashes for everybody".to_owned(),
            Self::HashesForKnown => "control: hashes for known users".to_owned(),
            Self::SleepsForKnown => "control: 200 us more for known users".to_owned(),
            Self::PasswordAuth => format!(
                "rival: as axum-login's examples, {}",
                locked(LOCK, "password-auth")
            ),
        }
    }
}

struct Users {
    fault: Fault,
    /// Stored hashes by address.
    hashes: HashMap<String, String>,
}

#[derive(Deserialize)]
struct LogIn {
    email: String,
    password: String,
}

/// Serves until the process ends; HTTP/1.1 on the first address, HTTP/2 without TLS on the second.
pub(crate) fn start(fault: Fault, known: Vec<String>) -> Outcome<[SocketAddr; 2]> {
    let hash = password_auth::generate_hash("the password of all of them");
    let users = Users {
        fault,
        hashes: known
            .into_iter()
            .map(|email| (email, hash.clone()))
            .collect(),
    };
    let router = Router::new()
        .route("/v1/sessions", post(log_in))
        .with_state(Arc::new(users));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let http1 = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    let http2 = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    let addresses = [http1.local_addr()?, http2.local_addr()?];
    thread::Builder::new().spawn(move || {
        runtime.block_on(async move {
            tokio::spawn(serve_http2(http2, router.clone()));
            // A failure shows as requests without answers.
            drop(axum::serve(http1, router).await);
        });
    })?;
    Ok(addresses)
}

async fn serve_http2(listener: TcpListener, router: Router) {
    while let Ok((stream, _)) = listener.accept().await {
        // Else the second answer waits until the first one is acknowledged.
        if stream.set_nodelay(true).is_err() {
            continue;
        }
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(
            hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn log_in(State(users): State<Arc<Users>>, Json(body): Json<LogIn>) -> StatusCode {
    let known = users.hashes.get(&body.email).cloned();
    let fault = users.fault;
    let check = move || match (fault, known) {
        (Fault::HashesForKnown | Fault::PasswordAuth, None) => {}
        (Fault::PasswordAuth, Some(hash)) => {
            // Nobody sends the right password.
            let _ = password_auth::verify_password(&body.password, &hash);
        }
        (Fault::SleepsForKnown, Some(_)) => {
            hash(&body.password);
            // Not tokio's sleep, which counts in milliseconds.
            thread::sleep(Duration::from_micros(200));
        }
        _ => hash(&body.password),
    };
    // As services do. Two checks on the thread that answers would run one after the other, and order would tell nothing.
    drop(tokio::task::spawn_blocking(check).await);
    StatusCode::UNAUTHORIZED
}

/// As cheap as the server's hash in the quick run.
fn hash(password: &str) {
    let params = Params::new(64, 1, 1, Some(32)).unwrap_or_default();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut tag = [0; 32];
    // The result is of no interest, its time is.
    let _ = argon2.hash_password_into(password.as_bytes(), &[3; 16], &mut tag);
    std::hint::black_box(tag);
}
