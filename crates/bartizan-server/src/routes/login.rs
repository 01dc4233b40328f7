//! The check of a password under the login limits: at a login, and wherever the current password is asked for.

use std::{
    net::Ipv4Addr,
    time::{Instant, SystemTime},
};

use axum::{
    Extension,
    extract::{FromRequestParts, rejection::ExtensionRejection},
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use bartizan::{
    LimitStore,
    client_ip::Client,
    password::{Column, Password, Rehash, Unavailable, UnavailableKind, Verdict},
    token::Cookie,
};
use bartizan_ratelimit::{Attempt, Device};

use super::hash_deadline;
use crate::{
    app::App,
    auth::cookie as cookie_text,
    error::AppError,
    log::Seldom,
    new_hash::account_id,
    store::{accounts::Credentials, audit::Origin, sessions::Session},
};

/// Once a second: a line takes longer than nothing, which could be measured.
static UNREADABLE: Seldom = Seldom::new();

/// The most characters of a `User-Agent` that the session list shows.
const MAX_DEVICE_CHARS: usize = 200;

/// Who shows a password or a token, as far as sessions and events tell it.
pub(crate) struct Visitor {
    client: Client,
    headers: HeaderMap,
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = ExtensionRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ExtensionRejection> {
        let Extension(client) = Extension::from_request_parts(parts, state).await?;
        Ok(Self {
            client,
            headers: parts.headers.clone(),
        })
    }
}

impl Visitor {
    /// As sessions and events show it.
    pub(super) fn address(&self) -> String {
        address(&self.client)
    }

    /// What a cookie of this server says.
    pub(super) fn cookie(&self, cookie: &Cookie) -> Option<&str> {
        cookie_text(cookie, &self.headers)
    }

    /// What the client calls itself.
    pub(super) fn device(&self) -> String {
        let agent = self.headers.get(header::USER_AGENT);
        let agent = agent.and_then(|value| value.to_str().ok());
        agent
            .unwrap_or("unknown")
            .chars()
            .take(MAX_DEVICE_CHARS)
            .collect()
    }

    pub(super) fn origin(&self, now: SystemTime) -> Origin {
        Origin {
            at: now,
            address: self.address(),
        }
    }

    /// The device that has logged in to this account before, if its cookie says so.
    fn known_device(&self, app: &App, email: Option<&str>) -> Option<Device> {
        let text = self.cookie(&app.device_cookie)?;
        app.devices
            .verify(email?.as_bytes(), text, SystemTime::now())
    }
}

pub(super) fn address(client: &Client) -> String {
    client
        .address()
        .map_or_else(|_| "unknown".to_owned(), |ip| ip.to_string())
}

pub(super) fn origin(client: &Client) -> Origin {
    Origin {
        at: SystemTime::now(),
        address: address(client),
    }
}

/// A right password of an account that may log in.
pub(super) struct Checked {
    pub(super) found: Credentials,
    /// Whether it is in the list of leaked ones.
    pub(super) leaked: bool,
    /// The device, if it has logged in to this account before.
    pub(super) device: Option<Device>,
}

/// Checks the password of a session's own account.
pub(super) async fn check_own(
    app: &App,
    visitor: &Visitor,
    session: &Session,
    password: Password,
) -> Result<Credentials, AppError> {
    let checked = check(app, visitor, Some(&session.email), password).await?;
    // The address may have become another account's since the session was looked up.
    match checked.found.account == session.account {
        true => Ok(checked.found),
        false => Err(AppError::Unauthorized),
    }
}

/// Checks the password of an account that may log in. Unknown, unconfirmed, disabled, unusable, unreadable and wrong cost the
/// same and get the same answer.
pub(super) async fn check(
    app: &App,
    visitor: &Visitor,
    email: Option<&str>,
    password: Password,
) -> Result<Checked, AppError> {
    // Looked up for everybody, or time would tell who is right.
    let leaked = app.is_leaked(&password);
    let device = visitor.known_device(app, email);
    let attempt = begin(app, email, &visitor.client, device.as_ref()).await?;
    let found = match email {
        Some(email) => app.store.find_for_login(email.to_owned()).await,
        None => Ok(None),
    };
    let checked = match found {
        Ok(found) => {
            let stored = match &found {
                Some(found) => column(app, found),
                None => {
                    // Reading a row takes some microseconds.
                    let stand_in =
                        Column::read_any(&app.stand_in, &app.ceilings, &app.legacy_ceilings);
                    drop(std::hint::black_box(stand_in));
                    None
                }
            };
            // What is no address is one account, as it is for the limits.
            let mut pool = app.pool.account(email.unwrap_or_default());
            if let Some(found) = &found {
                pool = pool.bound_to(&account_id(found.account));
            }
            match pool.verify_column(password, stored, hash_deadline()).await {
                Ok(verdict) => Ok((found, verdict)),
                Err(error) if is_about_the_row(&error) => {
                    if UNREADABLE.may_speak() {
                        let account = found.as_ref().map(|found| found.account);
                        tracing::error!(account, %error, "a stored hash cannot be checked");
                    }
                    Ok((found, Verdict::Mismatch))
                }
                Err(error) => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    };
    let (found, verdict) = match checked {
        Ok(checked) => checked,
        Err(error) => {
            // Our own failure is no guess of the client.
            attempt.not_checked(Instant::now());
            return Err(error);
        }
    };
    match (found, verdict) {
        (Some(found), Verdict::Match { rehash }) if found.is_active() => {
            attempt.succeeded(Instant::now());
            if let Some(rehash) = rehash {
                tokio::spawn(store_rehash(app.clone(), found.clone(), rehash));
            }
            Ok(Checked {
                found,
                leaked,
                device,
            })
        }
        _ => {
            attempt.failed();
            Err(AppError::LoginRefused)
        }
    }
}

/// Reserves a failure before the password is checked: of a hundred guesses at once no more pass than one after another.
async fn begin(
    app: &App,
    email: Option<&str>,
    client: &Client,
    device: Option<&Device>,
) -> Result<Attempt<LimitStore>, AppError> {
    // What is no address is one account: it exists as little as any other that is not there.
    let account = email.unwrap_or_default().as_bytes();
    // Within the process, or behind a socket without addresses, all callers are one.
    let address = client.address().unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let now = Instant::now();
    Ok(app.logins.begin(account, address, device, now).await?)
}

/// The work of a wrong password was done: the client learns no more.
fn is_about_the_row(error: &Unavailable) -> bool {
    matches!(
        error.kind(),
        UnavailableKind::UnknownPepperKey(_) | UnavailableKind::Unpeppered
    )
}

/// A row that cannot be read counts as no account for the client, and as an alarm for the operator.
fn column(app: &App, credentials: &Credentials) -> Option<Column> {
    let read = Column::read_any(&credentials.password, &app.ceilings, &app.legacy_ceilings);
    if let Err(error) = &read
        && UNREADABLE.may_speak()
    {
        tracing::error!(account = credentials.account, %error, "a stored hash cannot be read; `bartizan-server census` counts them");
    }
    read.ok()
}

async fn store_rehash(app: App, old: Credentials, rehash: Rehash) {
    // A busy pool leaves it undone: the next login asks again.
    let Ok(new) = rehash.await else { return };
    if let Err(error) = app.store.rehash(old, new.to_string()).await {
        tracing::warn!(%error, "stronger hash not stored");
    }
}

/// What a browser is told to forget when a session ends: <https://w3c.github.io/webappsec-clear-site-data/>.
pub(super) const CLEAR: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");
