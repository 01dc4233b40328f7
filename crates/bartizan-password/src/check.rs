//! What a worker does with a hash of ours.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    AccountId, Policy, StoredHash, Unavailable, UnavailableKind,
    arena::{Arena, Input},
    queue::Who,
    stored_hash::Bytes,
    worker::{FAILED, Shared},
};

impl Shared {
    pub(crate) fn hash(
        &self,
        arena: &mut Arena,
        password: &[u8],
        who: &Who,
    ) -> Result<StoredHash, Unavailable> {
        let mut salt = [0; Policy::SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_| Unavailable::new(UnavailableKind::Random))?;
        let cost = self.policy.cost();
        let input = Input {
            password,
            salt: &salt,
            secret: &[],
            associated_data: &[],
        };
        let mut tag = Zeroizing::new([0; Policy::TAG_BYTES]);
        arena.hash(cost, &input, &mut *tag).map_err(|_| FAILED)?;
        // Both are shorter than what `Bytes` holds.
        let (Some(salt), Some(tag)) = (Bytes::new(&salt), Bytes::new(&*tag)) else {
            return Err(FAILED);
        };
        let mut hash = StoredHash {
            cost,
            salt,
            tag,
            nfkc: self.policy.nfkc,
            keyid: None,
        };
        hash.keyid = self.mask(who, &hash.salt, &mut hash.tag)?;
        Ok(hash)
    }

    /// `None`: there is no such account, and the work is done all the same. It is done, too, for a row that cannot be checked.
    pub(crate) fn verify(
        &self,
        arena: &mut Arena,
        password: &[u8],
        stored: Option<&StoredHash>,
        who: &Who,
    ) -> Result<bool, Unavailable> {
        let nobody = Who {
            turn: None,
            id: Some(AccountId::nobody()),
        };
        let (target, who) = match stored {
            Some(stored) => (stored, who),
            None => (&self.dummy, &nobody),
        };
        let wanted = self.unmask(who, target.keyid, &target.salt, &target.tag);
        let like = wanted.as_deref().unwrap_or(&target.tag);
        let same = verify(arena, password, target, like)?;
        wanted.map(|_| same && stored.is_some())
    }
}

/// Whether the password has this tag, under the cost and the salt of `stored`.
pub(crate) fn verify(
    arena: &mut Arena,
    password: &[u8],
    stored: &StoredHash,
    wanted: &Bytes,
) -> Result<bool, Unavailable> {
    let input = Input {
        password,
        salt: stored.salt.as_slice(),
        secret: &[],
        associated_data: &[],
    };
    let wanted = wanted.as_slice();
    let mut tag = Zeroizing::new([0; 64]);
    let tag = &mut tag[..wanted.len()];
    arena.hash(stored.cost, &input, tag).map_err(|_| FAILED)?;
    Ok(wanted.ct_eq(tag).into())
}
