//! What a worker does with a foreign hash.

use std::{
    sync::{MutexGuard, PoisonError},
    time::Instant,
};

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{LegacyHash, Outer, Setting, Wrapped};
use crate::{
    Policy, Unavailable, UnavailableKind,
    arena::{Arena, Input},
    queue::Who,
    stored_hash::Bytes,
    worker::{FAILED, Shared},
};

impl Shared {
    /// Whether the password is right. What the scheme's work leaves of a full hash is done too.
    pub(crate) fn verify_legacy(
        &self,
        arena: &mut Arena,
        password: &[u8],
        stored: &LegacyHash,
        who: &Who,
    ) -> Result<bool, Unavailable> {
        let (keyid, salt) = match &stored.outer {
            Some(outer) => (outer.keyid, &outer.salt),
            None => (None, &stored.tag),
        };
        let plain = self.unmask(who, keyid, salt, &stored.tag);
        let wanted = plain.as_deref().unwrap_or(&stored.tag);
        // Waiting for memory is no work that was done, so the clock starts behind it.
        let alone = self.alone(&stored.setting);
        let begun = Instant::now();
        let same = matches(arena, password, stored, wanted)?;
        let spent = begun.elapsed();
        drop(alone);
        self.fill_up(arena, None, spent)?;
        plain.map(|_| same)
    }

    pub(crate) fn wrap(
        &self,
        arena: &mut Arena,
        stored: &LegacyHash,
        who: &Who,
    ) -> Result<Wrapped, Unavailable> {
        let mut salt = [0; Policy::SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_| Unavailable::new(UnavailableKind::Random))?;
        let mut outer = Outer {
            cost: self.policy.cost(),
            salt: Bytes::new(&salt).ok_or(FAILED)?,
            keyid: None,
        };
        let room = Bytes::new(&[0; Policy::TAG_BYTES]).ok_or(FAILED)?;
        let tag = around(arena, &outer, &stored.setting, stored.tag.as_slice(), &room)?;
        let mut tag = Bytes::new(&tag).ok_or(FAILED)?;
        outer.keyid = self.mask(who, &outer.salt, &mut tag)?;
        Ok(Wrapped(LegacyHash {
            setting: stored.setting.clone(),
            tag,
            outer: Some(outer),
        }))
    }

    /// Memory of its own is taken by one check at a time.
    fn alone(&self, setting: &Setting) -> Option<MutexGuard<'_, ()>> {
        (setting.memory_kib() > 0)
            .then(|| self.large.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn matches(
    arena: &mut Arena,
    password: &[u8],
    stored: &LegacyHash,
    wanted: &Bytes,
) -> Result<bool, Unavailable> {
    for candidate in stored.setting.candidates(password) {
        let digest = stored.setting.digest(candidate).map_err(|_| FAILED)?;
        let digest = digest.get(..stored.setting.tag_bytes).ok_or(FAILED)?;
        let same = match &stored.outer {
            None => wanted.as_slice().ct_eq(digest).into(),
            Some(outer) => {
                let tag = around(arena, outer, &stored.setting, digest, wanted)?;
                wanted.as_slice().ct_eq(tag.as_slice()).into()
            }
        };
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The Argon2id tag around a digest, as long as `like`.
fn around(
    arena: &mut Arena,
    outer: &Outer,
    setting: &Setting,
    digest: &[u8],
    like: &Bytes,
) -> Result<Zeroizing<Vec<u8>>, Unavailable> {
    let mut password = Zeroizing::new(setting.text().into_bytes());
    // Once: growing later would leave a copy of the digest behind.
    password.reserve_exact(1 + digest.len());
    password.push(b'$');
    password.extend_from_slice(digest);
    let input = Input {
        password: &password,
        salt: outer.salt.as_slice(),
        secret: &[],
        associated_data: &[],
    };
    let mut tag = Zeroizing::new(vec![0; like.as_slice().len()]);
    arena
        .hash(outer.cost, &input, &mut tag)
        .map_err(|_| FAILED)?;
    Ok(tag)
}
