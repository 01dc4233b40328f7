/// What a token is for: a type, so that a token of one purpose cannot be given where another is wanted.
///
/// A service's own purposes are unit structs that implement this. The kind is part of the text and of the MAC; the name
/// goes into the purpose's subkeys, so a token never parses under another purpose, not even one with the same letter.
///
/// A refresh token where a session token is wanted does not compile:
///
/// ```compile_fail,E0308
/// # use bartizan_token::{Digest, Entropy, KeyId, KeyRing, Keys, Refresh, Session, Token};
/// # let ring = KeyRing::new([(KeyId::new(1), [7; 32])]).unwrap();
/// # let (sessions, refreshes) = (ring.keys::<Session>(), ring.keys::<Refresh>());
/// let refresh: Token<Refresh> = refreshes.mint(Entropy::new([1; 32]));
/// let digest: Digest = sessions.digest(&refresh);
/// ```
///
/// The same lines with the right purpose do:
///
/// ```
/// # use bartizan_token::{Digest, Entropy, KeyId, KeyRing, Keys, Refresh, Session, Token};
/// # let ring = KeyRing::new([(KeyId::new(1), [7; 32])]).unwrap();
/// # let (sessions, refreshes) = (ring.keys::<Session>(), ring.keys::<Refresh>());
/// let refresh: Token<Refresh> = refreshes.mint(Entropy::new([1; 32]));
/// let digest: Digest = refreshes.digest(&refresh);
/// ```
///
/// A kind that is no lower-case letter does not compile either:
///
/// ```compile_fail,E0080
/// # use bartizan_token::{KeyId, KeyRing, Purpose};
/// struct Invitation;
/// impl Purpose for Invitation {
///     const KIND: u8 = b'1';
///     const NAME: &'static str = "invitation";
/// }
/// KeyRing::new([(KeyId::new(1), [7; 32])]).unwrap().keys::<Invitation>();
/// ```
///
/// ```
/// # use bartizan_token::{KeyId, KeyRing, Purpose};
/// struct Invitation;
/// impl Purpose for Invitation {
///     const KIND: u8 = b'i';
///     const NAME: &'static str = "invitation";
/// }
/// KeyRing::new([(KeyId::new(1), [7; 32])]).unwrap().keys::<Invitation>();
/// ```
pub trait Purpose: 'static {
    /// The letter in the text, `a` to `z`. The purposes of this crate take `a`, `c`, `e`, `m`, `p`, `r` and `s`.
    const KIND: u8;
    /// The name that separates this purpose's subkeys from all others. Never change it: all live tokens would die.
    const NAME: &'static str;
    /// Whether a token is still taken when its root key is gone, if its row has moved to a newer key meanwhile
    /// ([`KeyRing::with_retired`](crate::KeyRing::with_retired)). For tokens that nobody can replace by logging in again.
    const OUTLIVES_KEY: bool = false;
}

macro_rules! purpose {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $text:literal $(, $outlives:literal)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        #[non_exhaustive]
        pub struct $name;

        impl Purpose for $name {
            const KIND: u8 = $kind;
            const NAME: &'static str = $text;
            $(const OUTLIVES_KEY: bool = $outlives;)?
        }
    };
}

purpose! {
    /// A logged-in session (kind `s`).
    Session, b's', "session"
}
purpose! {
    /// The right to a new session token (kind `r`).
    Refresh, b'r', "refresh"
}
purpose! {
    /// An API key of a program (kind `a`).
    Api, b'a', "api", true
}
purpose! {
    /// A one-time link that confirms an address (kind `c`).
    Confirmation, b'c', "confirmation"
}
purpose! {
    /// A one-time link that sets a new password (kind `p`).
    Reset, b'p', "reset"
}
purpose! {
    /// A one-time link that moves an account to another address (kind `e`).
    EmailChange, b'e', "email-change"
}
purpose! {
    /// A one-time link that takes a change of address back, from the old one (kind `u`).
    EmailUndo, b'u', "email-undo"
}

purpose! {
    /// A one-time link that logs its holder in (kind `m`).
    MagicLink, b'm', "magic-link"
}

/// A purpose whose tokens are used once: [`one_time`](crate::one_time) issues and consumes them, and takes no other.
///
/// ```compile_fail,E0277
/// # use bartizan_token::{Keys, Session, Token, memory::Memory, one_time::consume};
/// # fn f(store: &Memory, keys: &Keys<Session>, token: &Token<Session>) {
/// let used = consume(store, keys, token, None, std::time::SystemTime::UNIX_EPOCH);
/// # }
/// ```
///
/// ```
/// # use bartizan_token::{Keys, Reset, Token, memory::Memory, one_time::consume};
/// # fn f(store: &Memory, keys: &Keys<Reset>, token: &Token<Reset>) {
/// let used = consume(store, keys, token, None, std::time::SystemTime::UNIX_EPOCH);
/// # }
/// ```
pub trait OneTime: Purpose {
    /// Whether a token dies when the account's password, address or last login changes after it was made.
    ///
    /// Without it a reset link in an old mailbox would outlive the password change that was made because of that mailbox.
    const BOUND: bool;
}

impl OneTime for Confirmation {
    // A log-in by another device must not kill the link that confirms the address.
    const BOUND: bool = false;
}

impl OneTime for Reset {
    const BOUND: bool = true;
}

impl OneTime for EmailChange {
    const BOUND: bool = true;
}

impl OneTime for EmailUndo {
    // Whoever made the change would kill it by a log-in.
    const BOUND: bool = false;
}

impl OneTime for MagicLink {
    const BOUND: bool = true;
}
