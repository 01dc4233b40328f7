//! A nonce for each answer that wants one.

use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
};

/// How many random bytes a nonce has: 144 bits, of which CSP 3, section 7.1 asks for 128. A multiple of three, so that its
/// text needs no padding.
pub const NONCE_BYTES: usize = 18;

/// Fills a nonce's bytes from a generator that nobody can predict.
///
/// A plain function, so that a policy stays comparable in what it holds: nothing but values.
pub type NonceEntropy = fn(&mut [u8; NONCE_BYTES]) -> Result<(), NonceError>;

/// The nonce of the answer to one request: found in the request's extensions if the layer's policy has a place for one
/// ([`Source::NONCE`](crate::Source::NONCE)), and drawn when it is first asked for.
///
/// An answer for which it was drawn has it in its policies, says `Cache-Control: no-store` and carries [`NonceUsed`]. All
/// clones give the same nonce.
///
/// ```
/// use bartizan_headers::Nonce;
///
/// fn page(nonce: &Nonce) -> String {
///     format!("<script nonce=\"{nonce}\">start()</script>")
/// }
/// ```
#[derive(Clone)]
pub struct Nonce {
    shared: Arc<Shared>,
}

struct Shared {
    entropy: NonceEntropy,
    /// Set once: the text, or why there is none.
    drawn: OnceLock<Result<[u8; 24], NonceError>>,
}

impl Nonce {
    pub(crate) fn new(entropy: NonceEntropy) -> Self {
        Self {
            shared: Arc::new(Shared {
                entropy,
                drawn: OnceLock::new(),
            }),
        }
    }

    /// The nonce: 24 characters that need no escape in HTML.
    ///
    /// # Errors
    ///
    /// [`NonceError::Entropy`] if the generator failed, and [`NonceError::Late`] if the answer's fields were written before
    /// anyone asked, as in a body that is made while it is sent. Then no script with a nonce will run.
    pub fn get(&self) -> Result<&str, NonceError> {
        let drawn = self.shared.drawn.get_or_init(|| {
            let mut bytes = [0; NONCE_BYTES];
            (self.shared.entropy)(&mut bytes)?;
            Ok(crate::base64::url_safe(&bytes))
        });
        text(drawn)
    }

    /// The nonce if it was drawn; from now on it cannot be any more.
    pub(crate) fn close(&self) -> Option<&str> {
        text(self.shared.drawn.get_or_init(|| Err(NonceError::Late))).ok()
    }
}

fn text(drawn: &Result<[u8; 24], NonceError>) -> Result<&str, NonceError> {
    match drawn {
        Ok(text) => std::str::from_utf8(text).map_err(|_| NonceError::Entropy),
        Err(error) => Err(*error),
    }
}

/// Draws the nonce. Without one it writes nothing: a template keeps its shape, and the browser runs none of its scripts.
impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().map_or(Ok(()), |text| f.write_str(text))
    }
}

/// Draws nothing and tells nothing: a nonce in a log is one that an attacker may read.
impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(..)")
    }
}

/// Stands in the extensions of an answer that used a nonce: no cache may store it, for a stored nonce is known to everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonceUsed {
    _private: (),
}

impl NonceUsed {
    pub(crate) const fn new() -> Self {
        Self { _private: () }
    }
}

/// Why there is no nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NonceError {
    /// The generator gave no bytes.
    Entropy,
    /// The answer's fields have been written without it.
    Late,
}

impl fmt::Display for NonceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entropy => "no random bytes for a nonce",
            Self::Late => "the answer's fields were written before its nonce was drawn",
        })
    }
}

impl Error for NonceError {}

/// The operating system's generator.
#[cfg(feature = "nonce")]
pub(crate) fn from_os(bytes: &mut [u8; NONCE_BYTES]) -> Result<(), NonceError> {
    getrandom::fill(bytes).map_err(|_| NonceError::Entropy)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    fn counting(bytes: &mut [u8; NONCE_BYTES]) -> Result<(), NonceError> {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        *bytes = [NEXT.fetch_add(1, Ordering::Relaxed); NONCE_BYTES];
        Ok(())
    }

    #[test]
    fn clones_give_one_nonce_and_requests_do_not_share_it() {
        let nonce = Nonce::new(counting);
        let first = nonce.clone().get().unwrap().to_owned();
        assert_eq!(first.len(), 24);
        assert_eq!(nonce.get(), Ok(first.as_str()));
        assert_eq!(nonce.to_string(), first);
        assert_ne!(Nonce::new(counting).get(), nonce.get());
    }

    #[test]
    fn a_nonce_that_no_policy_can_carry_is_not_given() {
        let nonce = Nonce::new(counting);
        assert_eq!(nonce.close(), None);
        assert_eq!(nonce.get(), Err(NonceError::Late));
        assert_eq!(nonce.to_string(), "");
    }

    #[test]
    fn a_generator_that_fails_stops_scripts_not_the_page() {
        let nonce = Nonce::new(|_| Err(NonceError::Entropy));
        assert_eq!(nonce.get(), Err(NonceError::Entropy));
        assert_eq!(format!("<script nonce=\"{nonce}\">"), "<script nonce=\"\">");
        assert_eq!(nonce.close(), None);
    }

    #[test]
    fn a_log_line_does_not_tell_the_nonce() {
        let nonce = Nonce::new(counting);
        let drawn = nonce.to_string();
        assert!(!format!("{nonce:?}").contains(&drawn));
    }
}
