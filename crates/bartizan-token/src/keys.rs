use std::{fmt, marker::PhantomData, sync::Arc};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::{
    Digest, Entropy, KeyId, Lookup, ParseError, ParseErrorKind, Purpose, Refresh, Token,
    key_ring::RootKey,
    refresh::{FamilyId, Seed},
    token::RawToken,
};

/// The subkeys of one purpose: mints, parses and digests its tokens.
///
/// Make it once with [`KeyRing::keys`](crate::KeyRing::keys) and keep it: the keyed states are prepared there, so a
/// check takes two SHA-256 compressions. A clone is one `Arc`.
pub struct Keys<P> {
    /// The first one mints. Found by a scan: a ring holds a handful of keys.
    subkeys: Arc<[Subkeys]>,
    /// Empty for all purposes but those that outlive their keys.
    retired: Arc<[KeyId]>,
    purpose: PhantomData<fn() -> P>,
}

struct Subkeys {
    id: KeyId,
    mac: Hmac<Sha256>,
}

impl<P: Purpose> Keys<P> {
    pub(crate) fn derive(roots: &[RootKey], retired: &Arc<[KeyId]>) -> Self {
        const { assert!(P::KIND.is_ascii_lowercase(), "KIND must be `a` to `z`") };
        let subkeys = roots
            .iter()
            .map(|root| Subkeys {
                id: root.id,
                mac: root.subkey(P::NAME),
            })
            .collect();
        let retired = match P::OUTLIVES_KEY {
            true => Arc::clone(retired),
            false => Arc::default(),
        };
        Self {
            subkeys,
            retired,
            purpose: PhantomData,
        }
    }

    /// A new token under the ring's first key.
    pub fn mint(&self, entropy: Entropy) -> Token<P> {
        // A ring is never empty: `KeyRing::new` refuses that.
        Self::seal(&self.subkeys[0], *entropy.bytes())
    }

    fn seal(subkeys: &Subkeys, secret: [u8; 32]) -> Token<P> {
        let mut raw = RawToken {
            kind: P::KIND,
            key_id: subkeys.id,
            secret,
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
        let Some(subkeys) = self.subkeys(raw.key_id) else {
            return self.parse_retired(raw);
        };
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

    /// Nobody can check the tag any more. The digest of the first key decides, in the store: it cannot be made without that
    /// key, and only a token that was genuine when its old key was there has a row under it.
    fn parse_retired(&self, raw: RawToken) -> Result<Token<P>, ParseError> {
        if !self.retired.contains(&raw.key_id) {
            return Err(ParseError::new(ParseErrorKind::UnknownKey));
        }
        Ok(Token {
            digest: Digest::from_bytes(self.subkeys[0].authenticate(&raw)),
            raw,
            purpose: PhantomData,
        })
    }

    /// What the store keeps for this token: the MAC of which the tag is a part, computed when it was minted or parsed.
    pub fn digest(&self, token: &Token<P>) -> Digest {
        token.digest
    }

    /// Every digest that the token's row can stand under: the first key's, then those of the older keys.
    ///
    /// A row is stored under the key that was first then, and moves to the first key's digest when it is next used
    /// ([`Lookup::newest`]). A ring of one key allocates nothing here.
    pub fn lookup(&self, token: &Token<P>) -> Lookup {
        let under = |subkeys: &Subkeys| {
            if subkeys.id == token.raw.key_id {
                return token.digest;
            }
            Digest::from_bytes(subkeys.authenticate(&token.raw))
        };
        Lookup {
            newest: under(&self.subkeys[0]),
            older: self.subkeys[1..].iter().map(under).collect(),
        }
    }

    /// Whether the token was minted under an older key of the ring: store it anew under a new token when it suits.
    pub fn is_outdated(&self, token: &Token<P>) -> bool {
        token.raw.key_id != self.subkeys[0].id
    }

    fn subkeys(&self, id: KeyId) -> Option<&Subkeys> {
        self.subkeys.iter().find(|subkeys| subkeys.id == id)
    }
}

/// Refresh tokens have a family in their first half and a secret in the second; see [`refresh`](crate::refresh).
impl Keys<Refresh> {
    pub(crate) fn mint_first(&self, family: FamilyId, entropy: &Entropy) -> Token<Refresh> {
        let mut secret = *entropy.bytes();
        secret[..16].copy_from_slice(family.as_bytes());
        let token = Self::seal(&self.subkeys[0], secret);
        secret.zeroize();
        token
    }

    /// The child of `parent` by `seed`, under each key of the ring, the first key's first: the same inputs give the same
    /// tokens, so a lost answer can be given again without the store holding a token.
    pub(crate) fn children<'a>(
        &'a self,
        parent: &'a Token<Refresh>,
        seed: &'a Seed,
    ) -> impl Iterator<Item = Token<Refresh>> + 'a {
        self.subkeys.iter().map(move |subkeys| {
            let mut mac = subkeys.mac.clone();
            // No purpose has the kind 0: this message is never that of a token.
            mac.update(&[0]);
            mac.update(&parent.raw.secret);
            mac.update(seed.as_bytes());
            let mut secret: [u8; 32] = mac.finalize().into_bytes().into();
            secret[..16].copy_from_slice(parent.family().as_bytes());
            let child = Self::seal(subkeys, secret);
            secret.zeroize();
            child
        })
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
            retired: Arc::clone(&self.retired),
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
