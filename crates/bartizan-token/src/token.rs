use std::{fmt, marker::PhantomData, ops::Deref};

use zeroize::Zeroize;

use crate::{
    Api, Digest, KeyId, ParseError, ParseErrorKind, Purpose, Refresh,
    base62::{self, CHARS_16, CHARS_32, CHARS_64, CHARS_256},
    refresh::FamilyId,
};

const PREFIX: &[u8; 4] = b"bz1_";
const KIND_AT: usize = PREFIX.len();
const KEY_AT: usize = KIND_AT + 1;
const SEPARATOR_AT: usize = KEY_AT + CHARS_16;
const SECRET_AT: usize = SEPARATOR_AT + 1;
const TAG_AT: usize = SECRET_AT + CHARS_256;
const CHECKSUM_AT: usize = TAG_AT + CHARS_64;
/// Characters of a token's text.
pub(crate) const TEXT_LEN: usize = CHECKSUM_AT + CHARS_32;

/// A token of purpose `P`, minted or parsed by [`Keys`](crate::Keys) and so known to be genuine. (Of an API token under a
/// [retired](crate::KeyRing::with_retired) key only the store knows that.)
///
/// It says nothing about whether the session it names still lives: that is the store's to know. Wiped on drop; neither
/// `Clone` nor `Serialize`, and `Debug` shows no secret.
pub struct Token<P> {
    pub(crate) raw: RawToken,
    pub(crate) digest: Digest,
    pub(crate) purpose: PhantomData<fn() -> P>,
}

impl<P: Purpose> Token<P> {
    /// The text for the client: the only way to see the secret, so each place that sends one can be found by this name.
    pub fn expose(&self) -> TokenText {
        self.raw.text()
    }

    /// The key it was minted under.
    pub const fn key_id(&self) -> KeyId {
        self.raw.key_id
    }
}

impl Token<Refresh> {
    /// The family that it belongs to. Not a secret: the other half of the token is.
    pub fn family(&self) -> FamilyId {
        let (family, _) = self.raw.secret.split_at(16);
        FamilyId::from_bytes(family.try_into().unwrap_or_default())
    }
}

impl Token<Api> {
    /// The first characters, for a list in which the owner must find a token again: `bz1_a001_` and 4 of the secret's 43.
    ///
    /// They give away 24 of 256 bits.
    pub fn shown(&self) -> String {
        self.expose().chars().take(SECRET_AT + 4).collect()
    }
}

impl<P: Purpose> fmt::Debug for Token<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, ..)", P::NAME)
    }
}

/// The text of a token: 69 ASCII characters, wiped on drop. `Debug` is redacted; `Deref` gives the `str`.
///
/// It lies on the heap: moving a value leaves its bytes behind on the stack, and there nothing wipes them.
pub struct TokenText(Box<[u8; TEXT_LEN]>);

impl Deref for TokenText {
    type Target = str;

    fn deref(&self) -> &str {
        // Base62 and `_` alone: the fallback cannot be reached, and no text is a safer answer than a panic.
        std::str::from_utf8(&*self.0).unwrap_or_default()
    }
}

impl AsRef<str> for TokenText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Drop for TokenText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for TokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenText(..)")
    }
}

/// The parts of a text whose form and checksum are right; the tag is not checked yet.
pub(crate) struct RawToken {
    pub(crate) kind: u8,
    pub(crate) key_id: KeyId,
    pub(crate) secret: [u8; 32],
    pub(crate) tag: u64,
}

impl RawToken {
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        const MALFORMED: ParseError = ParseError::new(ParseErrorKind::Malformed);
        let text: &[u8; TEXT_LEN] = text.as_bytes().try_into().map_err(|_| MALFORMED)?;
        if !text.starts_with(PREFIX)
            || !text[KIND_AT].is_ascii_lowercase()
            || text[SEPARATOR_AT] != b'_'
        {
            return Err(MALFORMED);
        }
        let (body, checksum) = text.split_at(CHECKSUM_AT);
        let checksum = base62::decode(checksum, u64::from(u32::MAX)).ok_or(MALFORMED)?;
        if checksum != u64::from(crc32fast::hash(body)) {
            return Err(ParseError::new(ParseErrorKind::Checksum));
        }
        let key_id = base62::decode(&body[KEY_AT..SEPARATOR_AT], u64::from(u16::MAX));
        let secret = body[SECRET_AT..TAG_AT].try_into().ok();
        let tag = base62::decode(&body[TAG_AT..], u64::MAX);
        let (Some(key_id), Some(secret), Some(tag)) =
            (key_id, secret.and_then(base62::decode_256), tag)
        else {
            return Err(MALFORMED);
        };
        Ok(Self {
            kind: text[KIND_AT],
            key_id: KeyId::new(key_id as u16),
            secret,
            tag,
        })
    }

    fn text(&self) -> TokenText {
        let mut text = Box::new([b'_'; TEXT_LEN]);
        text[..KIND_AT].copy_from_slice(PREFIX);
        text[KIND_AT] = self.kind;
        base62::encode(
            u64::from(self.key_id.get()),
            &mut text[KEY_AT..SEPARATOR_AT],
        );
        let mut secret = [0; CHARS_256];
        base62::encode_256(&self.secret, &mut secret);
        text[SECRET_AT..TAG_AT].copy_from_slice(&secret);
        secret.zeroize();
        base62::encode(self.tag, &mut text[TAG_AT..CHECKSUM_AT]);
        let checksum = crc32fast::hash(&text[..CHECKSUM_AT]);
        base62::encode(u64::from(checksum), &mut text[CHECKSUM_AT..]);
        TokenText(text)
    }
}

impl Drop for RawToken {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}
