//! Asks whether a password leaked, by the first 20 bits of its SHA-1: whoever answers learns no more of it than that.

mod body;
#[cfg(test)]
mod tests;

use std::{
    error::Error,
    fmt,
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use sha1::{Digest as _, Sha1};

use crate::Password;

/// What [`BreachRange::suffixes`] gives.
pub type RangeFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<u8>, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// A service that knows which hashes begin with a prefix, such as `https://api.pwnedpasswords.com/range/`.
///
/// This crate speaks no HTTP: you bring the client that you have. Send `Add-Padding: true`, so that the length of the answer does
/// not tell the prefix to who watches the line, and stop reading at [`BreachLookup::MAX_BODY_BYTES`].
pub trait BreachRange: Send + Sync {
    /// The body for five hexadecimal digits in upper case: a line for each hash, its other 35 digits, `:` and a count.
    /// Any other status than 200 is an error.
    fn suffixes<'a>(&'a self, prefix: &'a str) -> RangeFuture<'a>;
}

/// What a password that could not be checked is taken for. There is no default: who depends on another's service says what is to
/// happen without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// For one that did not leak: sign-up goes on while the service is down, leaked passwords with it.
    Accept,
    /// For none: [`BreachLookup::check`] gives an error, and nobody chooses a password meanwhile.
    Refuse,
}

/// Asks a [`BreachRange`], for a limited time and a limited answer.
///
/// `sleep` is your runtime's, such as `tokio::time::sleep`: so the limit holds whatever the client does, and no runtime is a
/// dependency of this crate.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use bartizan_password::{BreachLookup, BreachRange, OnFailure, Password, RangeFuture};
///
/// struct Fake;
/// impl BreachRange for Fake {
///     fn suffixes<'a>(&'a self, prefix: &'a str) -> RangeFuture<'a> {
///         assert_eq!(prefix, "5BAA6"); // of `password`
///         Box::pin(async { Ok(b"1E4C9B93F3F0682250B6CF8331B7EE68FD8:9659365\r\n".to_vec()) })
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let lookup = BreachLookup::new(Arc::new(Fake), Duration::from_secs(1), tokio::time::sleep, OnFailure::Accept);
/// assert!(lookup.check(&Password::new("password".into()).unwrap()).await.unwrap());
/// # });
/// ```
pub struct BreachLookup<S> {
    range: Arc<dyn BreachRange>,
    limit: Duration,
    sleep: S,
    on_failure: OnFailure,
    failures: AtomicU64,
}

impl<S, F> BreachLookup<S>
where
    S: Fn(Duration) -> F,
    F: Future,
{
    /// `limit` is the longest that a check takes.
    pub const fn new(
        range: Arc<dyn BreachRange>,
        limit: Duration,
        sleep: S,
        on_failure: OnFailure,
    ) -> Self {
        Self {
            range,
            limit,
            sleep,
            on_failure,
            failures: AtomicU64::new(0),
        }
    }

    /// Whether a password leaked, as typed.
    ///
    /// # Errors
    ///
    /// Under [`OnFailure::Refuse`]: it could not be found out. Under [`OnFailure::Accept`] there is none.
    pub async fn check(&self, password: &Password) -> Result<bool, BreachUnavailable> {
        let digest: [u8; 20] = Sha1::digest(&*password.form(false)).into();
        let hex = body::hex(&digest);
        let (prefix, suffix) = hex.split_at(5);
        let found = self.ask(prefix).await.and_then(|body| {
            body::contains(&body, suffix.as_bytes())
                .ok_or_else(|| BreachUnavailable::new(BreachUnavailableKind::Malformed))
        });
        match (found, self.on_failure) {
            (Ok(found), _) => Ok(found),
            (Err(error), on_failure) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                match on_failure {
                    OnFailure::Accept => Ok(false),
                    OnFailure::Refuse => Err(error),
                }
            }
        }
    }

    async fn ask(&self, prefix: &str) -> Result<Vec<u8>, BreachUnavailable> {
        let mut answer = self.range.suffixes(prefix);
        let mut sleep = pin!((self.sleep)(self.limit));
        let body = std::future::poll_fn(|context| {
            // An answer that is there counts, even if the time is over as well.
            if let Poll::Ready(answer) = answer.as_mut().poll(context) {
                return Poll::Ready(answer.map_err(BreachUnavailable::failed));
            }
            let deadline = || Err(BreachUnavailable::new(BreachUnavailableKind::Deadline));
            sleep.as_mut().poll(context).map(|_| deadline())
        })
        .await?;
        match body.len() > Self::MAX_BODY_BYTES {
            true => Err(BreachUnavailable::new(BreachUnavailableKind::TooLarge)),
            false => Ok(body),
        }
    }
}

impl<S> BreachLookup<S> {
    /// The longest answer that is read: real ones are 40 to 70 KB, with padding.
    pub const MAX_BODY_BYTES: usize = 256 * 1024;

    /// Checks that failed since the start, whatever was made of them: watch it under [`OnFailure::Accept`].
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }
}

impl<S> fmt::Debug for BreachLookup<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreachLookup")
            .field("limit", &self.limit)
            .field("on_failure", &self.on_failure)
            .finish_non_exhaustive()
    }
}

/// It could not be found out whether a password leaked.
#[derive(Debug)]
pub struct BreachUnavailable {
    kind: BreachUnavailableKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreachUnavailableKind {
    /// The client's error, which is in `source()`.
    Failed,
    /// No answer in time.
    Deadline,
    /// An answer above [`BreachLookup::MAX_BODY_BYTES`].
    TooLarge,
    /// Lines that are no suffixes with counts: perhaps a page of a portal or a proxy.
    Malformed,
}

impl BreachUnavailable {
    const fn new(kind: BreachUnavailableKind) -> Self {
        Self { kind, source: None }
    }

    fn failed(source: Box<dyn Error + Send + Sync>) -> Self {
        Self {
            kind: BreachUnavailableKind::Failed,
            source: Some(source),
        }
    }

    /// Why not.
    pub const fn kind(&self) -> BreachUnavailableKind {
        self.kind
    }
}

impl fmt::Display for BreachUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("leaked passwords could not be asked for: ")?;
        f.write_str(match self.kind {
            BreachUnavailableKind::Failed => "the service or the way to it failed",
            BreachUnavailableKind::Deadline => "no answer in time",
            BreachUnavailableKind::TooLarge => "the answer is too large",
            BreachUnavailableKind::Malformed => {
                "the answer is no list of suffixes with counts, look at what the client receives"
            }
        })
    }
}

impl Error for BreachUnavailable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
