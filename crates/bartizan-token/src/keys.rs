use std::{fmt, marker::PhantomData, sync::Arc};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{
    Digest, Entropy, KeyId, ParseError, ParseErrorKind, Purpose, Token, key_ring::RootKey,
    token::RawToken,
};

/// The subkeys of one purpose: mints, parses and digests its tokens.
///
/// Make it once with [`KeyRing::keys`](crate::KeyRing::keys) and keep it: the keyed states are prepared there, so a
/// check takes two SHA-256 compressions. A clone is one `Arc`.
pub struct Keys<P> {
    /// The first one mints. Found by a scan: a ring holds a handful of keys.
    subkeys: Arc<[Subkeys]>,
    purpose: PhantomData<fn() -> P>,
}

struct Subkeys {
    id: KeyId,
    mac: Hmac<Sha256>,
}

impl<P: Purpose> Keys<P> {
    pub(crate) fn derive(roots: &[RootKey]) -> Self {
        const { assert!(P::KIND.is_ascii_lowercase(), "KIND must be `a` to `z`") };
        let subkeys = roots
            .iter()
            .map(|root| Subkeys {
                id: root.id,
                mac: root.subkey(P::NAME),
            })
            .collect();
        Self {
            subkeys,
            purpose: PhantomData,
        }
    }

    /// A new token under the ring's first key.
    pub fn mint(&self, entropy: Entropy) -> Token<P> {
        // A ring is never empty: `KeyRing::new` refuses that.
        let subkeys = &self.subkeys[0];
        let mut raw = RawToken {
            kind: P::KIND,
            key_id: subkeys.id,
            secret: *entropy.bytes(),
            tag: 0,
        };
        let mac = subkeys.authenticate(&raw);
        raw.tag = tag(&mac);
        Token {
            raw,
            digest: Digest::from_bytes(mac),
            purpose: PhantomData,
        }
    }

    /// Reads what a client sent; no look-up, no allocation.
    ///
    /// # Errors
    ///
    /// The kinds of [`ParseErrorKind`], the cheapest check first: form, checksum, purpose, key, tag.
    pub fn parse(&self, text: &str) -> Result<Token<P>, ParseError> {
        let raw = RawToken::parse(text)?;
        if raw.kind != P::KIND {
            return Err(ParseError::new(ParseErrorKind::Purpose));
        }
        let subkeys = self
            .subkeys(raw.key_id)
            .ok_or(ParseError::new(ParseErrorKind::UnknownKey))?;
        let mac = subkeys.authenticate(&raw);
        if !bool::from(tag(&mac).ct_eq(&raw.tag)) {
            return Err(ParseError::new(ParseErrorKind::Forged));
        }
        Ok(Token {
            raw,
            digest: Digest::from_bytes(mac),
            purpose: PhantomData,
        })
    }

    /// What the store keeps for this token: the MAC of which the tag is a part, computed when it was minted or parsed.
    pub fn digest(&self, token: &Token<P>) -> Digest {
        token.digest
    }

    /// Whether the token was minted under an older key of the ring: store it anew under a new token when it suits.
    pub fn is_outdated(&self, token: &Token<P>) -> bool {
        token.raw.key_id != self.subkeys[0].id
    }

    fn subkeys(&self, id: KeyId) -> Option<&Subkeys> {
        self.subkeys.iter().find(|subkeys| subkeys.id == id)
    }
}

impl Subkeys {
    /// 35 bytes, so that the message and its padding fit one block of SHA-256. In two pieces, so that no copy of the secret
    /// has to be wiped.
    fn authenticate(&self, raw: &RawToken) -> [u8; 32] {
        let [high, low] = raw.key_id.get().to_be_bytes();
        let mut mac = self.mac.clone();
        mac.update(&[raw.kind, high, low]);
        mac.update(&raw.secret);
        mac.finalize().into_bytes().into()
    }
}

/// The MAC's first 64 bits travel with the token. They tell its holder nothing that helps to make another one, and whoever
/// has the digests of a database learns tags, but no secret to use them with.
const fn tag(mac: &[u8; 32]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *mac;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

impl<P> Clone for Keys<P> {
    fn clone(&self) -> Self {
        Self {
            subkeys: Arc::clone(&self.subkeys),
            purpose: PhantomData,
        }
    }
}

/// Key ids only.
impl<P: Purpose> fmt::Debug for Keys<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.subkeys.iter().map(|subkeys| subkeys.id);
        write!(f, "Keys({}, ", P::NAME)?;
        f.debug_list().entries(ids).finish()?;
        f.write_str(")")
    }
}
