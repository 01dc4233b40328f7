//! What a worker does with a hash of ours.

use std::{
    sync::{MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    AccountId, Cost, Policy, StoredHash, Unavailable, UnavailableKind,
    arena::{Arena, Input},
    gap::{Share, Typical, fill, remaining, remaining_work, scaled},
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
        let begun = Instant::now();
        arena.hash(cost, &input, &mut *tag).map_err(|_| FAILED)?;
        self.record(begun.elapsed());
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
        let begun = Instant::now();
        let same = verify(arena, password, target, like)?;
        self.fill_up(arena, Some(target.cost), begun.elapsed())?;
        wanted.map(|_| same && stored.is_some())
    }
}

impl Shared {
    /// Spends what a check has left of the work that every check costs, before its answer. Right or wrong makes no difference.
    pub(crate) fn fill_up(
        &self,
        arena: &mut Arena,
        done: Option<Cost>,
        spent: Duration,
    ) -> Result<(), Unavailable> {
        let policy = self.policy.cost();
        let share = match done {
            Some(done) if done == policy => {
                self.record(spent);
                remaining_work(done, self.pad_to)
            }
            Some(done) if done.work() >= self.pad_to.work() => return Ok(()),
            _ => match self.typical().median() {
                Some(typical) => remaining(spent, scaled(typical, policy, self.pad_to)),
                // Nothing to compare with yet: rather too much than too little.
                None => Share::WHOLE,
            },
        };
        let Some(cost) = fill(self.pad_to, share) else {
            return Ok(());
        };
        let input = Input {
            password: &[],
            salt: &[0; Policy::SALT_BYTES],
            secret: &[],
            associated_data: &[],
        };
        let mut unused = [0; Policy::TAG_BYTES];
        arena.hash(cost, &input, &mut unused).map_err(|_| FAILED)
    }

    fn record(&self, full: Duration) {
        self.typical().record(full);
    }

    pub(crate) fn typical(&self) -> MutexGuard<'_, Typical> {
        let typical = self.typical.lock();
        typical.unwrap_or_else(PoisonError::into_inner)
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
