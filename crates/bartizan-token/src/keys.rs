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
/// digest takes two SHA-256 compressions. A clone is one `Arc`.
pub struct Keys<P> {
    /// The first one mints. Found by a scan: a ring holds a handful of keys.
    subkeys: Arc<[Subkeys]>,
    purpose: PhantomData<fn() -> P>,
}

struct Subkeys {
    id: KeyId,
    tag: Hmac<Sha256>,
    digest: Hmac<Sha256>,
}

impl<P: Purpose> Keys<P> {
    pub(crate) fn derive(roots: &[RootKey]) -> Self {
        const { assert!(P::KIND.is_ascii_lowercase(), "KIND must be `a` to `z`") };
        let subkeys = roots
            .iter()
            .map(|root| Subkeys {
                id: root.id,
                tag: root.subkey(P::NAME, "tag"),
                digest: root.subkey(P::NAME, "digest"),
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
        raw.tag = subkeys.tag_of(&raw);
        Token {
            raw,
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
        let genuine = subkeys
            .tag_of(&raw)
            .to_be_bytes()
            .ct_eq(&raw.tag.to_be_bytes());
        if !bool::from(genuine) {
            return Err(ParseError::new(ParseErrorKind::Forged));
        }
        Ok(Token {
            raw,
            purpose: PhantomData,
        })
    }

    /// What the store keeps for this token.
    ///
    /// A token minted by another ring, whose key id this ring lacks, gets a digest under this ring's first key: it is in no
    /// store, so it is found nowhere.
    pub fn digest(&self, token: &Token<P>) -> Digest {
        let subkeys = self.subkeys(token.raw.key_id).unwrap_or(&self.subkeys[0]);
        Digest::from_bytes(authenticate(&subkeys.digest, &token.raw))
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
    fn tag_of(&self, raw: &RawToken) -> u64 {
        let [head, ..] = *authenticate(&self.tag, raw).as_chunks::<8>().0 else {
            return 0; // 32 bytes hold four such chunks
        };
        u64::from_be_bytes(head)
    }
}

/// 35 bytes, so that the message and its padding fit one block of SHA-256. In two pieces, so that no copy of the secret has to
/// be wiped.
fn authenticate(state: &Hmac<Sha256>, raw: &RawToken) -> [u8; 32] {
    let [high, low] = raw.key_id.get().to_be_bytes();
    let mut mac = state.clone();
    mac.update(&[raw.kind, high, low]);
    mac.update(&raw.secret);
    mac.finalize().into_bytes().into()
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
