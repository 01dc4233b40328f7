//! For services that stay on tower-governor: a key that cannot be forged, a refusal that tells the truth, and a janitor.

use std::{
    fmt,
    hash::Hash,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use governor::{
    RateLimiter,
    clock::{DefaultClock, QuantaInstant},
    middleware::RateLimitingMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use http::{Request, Response, StatusCode};
use tower_governor::{GovernorError, key_extractor::KeyExtractor};

use crate::{
    caller::Caller,
    fields::Fields,
    key::{Key, Keyer, Secret, prefix},
    rejection::Rejection,
};

/// A key for `GovernorLayer`: the address that a [`Caller`] trusts, IPv6 grouped by prefix, as a keyed hash.
///
/// Its own `SmartIpKeyExtractor` takes the leftmost forwarded address, which every client can write.
#[derive(Clone)]
pub struct GovernorKey<C> {
    caller: C,
    keyer: Keyer,
    v6_bits: u8,
}

impl<C: Caller> GovernorKey<C> {
    /// Keys by the caller's address, IPv6 by /64.
    pub fn new(caller: C) -> Self {
        Self {
            caller,
            keyer: Keyer::new(&Secret::random(), "governor"),
            v6_bits: 64,
        }
    }

    /// Groups IPv6 addresses by this many leading bits.
    #[must_use]
    pub fn v6_prefix(mut self, bits: u8) -> Self {
        self.v6_bits = bits;
        self
    }
}

impl<C> fmt::Debug for GovernorKey<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GovernorKey").finish_non_exhaustive()
    }
}

impl<C: Caller> KeyExtractor for GovernorKey<C> {
    type Key = Key;

    fn name(&self) -> &'static str {
        "bartizan"
    }

    fn extract<T>(&self, request: &Request<T>) -> Result<Key, GovernorError> {
        let address = self.caller.address(request.extensions());
        address
            .map(|address| self.keyer.address(prefix(address, self.v6_bits)))
            .ok_or(GovernorError::UnableToExtractKey)
    }
}

/// For `GovernorLayer::error_handler`: an empty body, a [`Rejection`] in the extensions, and a `Retry-After` that is rounded
/// up. The crate itself rounds down, and tells who has to wait for 900 ms to come back at once.
///
/// A key that cannot be made is a 500 without a word: it is a mistake in the service, not of the client.
#[must_use]
pub fn governor_refusal<B: Default>(error: GovernorError) -> Response<B> {
    let status = |status| {
        let mut response = Response::new(B::default());
        *response.status_mut() = status;
        response
    };
    match error {
        GovernorError::TooManyRequests { wait_time, .. } => {
            let rejection = Rejection::QuotaExceeded {
                rules: [].into(),
                retry_after: Some(Duration::from_secs(wait_time.saturating_add(1))),
            };
            rejection.into_response(Fields::default())
        }
        GovernorError::UnableToExtractKey => status(StatusCode::INTERNAL_SERVER_ERROR),
        GovernorError::Other { code, .. } => status(code),
    }
}

/// Makes a keyed governor forget who owes nothing any more, again and again, until this is dropped. Without it the map grows
/// by every address that ever asked. It still grows without bound *between* two sweeps: only
/// [`Limiter`](crate::Limiter)'s memory is fixed.
#[derive(Debug)]
pub struct GovernorJanitor {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl GovernorJanitor {
    /// Sweeps this often, on a thread of its own.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn start<K, M>(
        limiter: Arc<RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, M>>,
        every: Duration,
    ) -> std::io::Result<Self>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        M: RateLimitingMiddleware<QuantaInstant> + Send + Sync + 'static,
    {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("governor-janitor".into())
            .spawn(move || {
                while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                    limiter.retain_recent();
                    limiter.shrink_to_fit();
                }
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for GovernorJanitor {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // it ends at once, and a panic of it is no reason for one here
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use http_body::Body as _;
    use http_body_util::Empty;
    use tower_governor::governor::GovernorConfigBuilder;

    use super::*;
    use crate::FromExtensions;

    fn from(address: &str) -> Request<()> {
        let mut request = Request::new(());
        let claimed = "203.0.113.9".parse().unwrap();
        request.headers_mut().insert("x-forwarded-for", claimed);
        request
            .extensions_mut()
            .insert(address.parse::<IpAddr>().unwrap());
        request
    }

    #[test]
    fn the_key_is_the_trusted_address_by_prefix_and_no_forwarded_one() {
        let key = GovernorKey::new(FromExtensions::new());
        let of = |address| key.extract(&from(address)).unwrap();
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert!(key.extract(&Request::new(())).is_err());
    }

    #[test]
    fn a_refusal_rounds_up_and_says_nothing() {
        let refused = |wait_time| {
            let error = GovernorError::TooManyRequests {
                wait_time,
                headers: None,
            };
            governor_refusal::<Empty<bytes::Bytes>>(error)
        };
        assert_eq!(refused(0).headers()["retry-after"], "1");
        assert_eq!(refused(59).headers()["retry-after"], "60");
        assert_eq!(refused(0).status(), 429);
        let broken = governor_refusal::<Empty<bytes::Bytes>>(GovernorError::UnableToExtractKey);
        assert_eq!(broken.status(), 500);
        assert!(broken.body().is_end_stream());
    }

    #[test]
    fn the_janitor_forgets_who_owes_nothing_and_stops_when_dropped() {
        let config = GovernorConfigBuilder::default()
            .per_nanosecond(1)
            .burst_size(1)
            .key_extractor(GovernorKey::new(FromExtensions::new()))
            .finish()
            .unwrap();
        let limiter = Arc::clone(config.limiter());
        let janitor =
            GovernorJanitor::start(Arc::clone(&limiter), Duration::from_millis(1)).unwrap();
        limiter.check_key(&Key::from_u128(1)).unwrap();
        while !limiter.is_empty() {
            thread::yield_now();
        }
        drop(janitor);
        assert_eq!(
            Arc::strong_count(&limiter),
            2,
            "ours and the configuration's"
        );
    }
}
