//! Which pepper a row has, and whether it must have one.

use zeroize::Zeroizing;

use crate::{
    PepperKeyId, Unavailable, UnavailableKind, queue::Who, stored_hash::Bytes, worker::Shared,
};

impl Shared {
    /// Masks a new tag under the current key, in place; the answer is that key's id.
    pub(crate) fn mask(
        &self,
        who: &Who,
        salt: &Bytes,
        tag: &mut Bytes,
    ) -> Result<Option<PepperKeyId>, Unavailable> {
        #[cfg(feature = "pepper")]
        if let Some(peppers) = &self.peppers {
            // An unpeppered row would not be taken back.
            let id = who.id.ok_or(Unavailable::new(UnavailableKind::Unbound))?;
            let entry = peppers.current();
            entry.mask(&id, salt.as_slice(), tag.as_mut_slice());
            return Ok(Some(entry.id));
        }
        let _ = (who, salt, tag);
        Ok(None)
    }

    /// The tag without its mask, or why it has none that can be taken off.
    pub(crate) fn unmask(
        &self,
        who: &Who,
        keyid: Option<PepperKeyId>,
        salt: &Bytes,
        tag: &Bytes,
    ) -> Result<Zeroizing<Bytes>, Unavailable> {
        #[cfg(feature = "pepper")]
        if let Some(peppers) = &self.peppers {
            let mut tag = Zeroizing::new(tag.clone());
            let id = who.id.ok_or(Unavailable::new(UnavailableKind::Unbound))?;
            match keyid {
                None if peppers.accepts_unpeppered() => {}
                None => return Err(Unavailable::new(UnavailableKind::Unpeppered)),
                Some(keyid) => {
                    let unknown = UnavailableKind::UnknownPepperKey(keyid);
                    let entry = peppers.find(keyid).ok_or(Unavailable::new(unknown))?;
                    entry.mask(&id, salt.as_slice(), tag.as_mut_slice());
                }
            }
            return Ok(tag);
        }
        let _ = (who, salt);
        match keyid {
            None => Ok(Zeroizing::new(tag.clone())),
            Some(id) => Err(Unavailable::new(UnavailableKind::UnknownPepperKey(id))),
        }
    }

    /// Whether new rows are masked under this key.
    pub(crate) fn is_current(&self, keyid: Option<PepperKeyId>) -> bool {
        keyid == self.current_key()
    }

    pub(crate) fn current_key(&self) -> Option<PepperKeyId> {
        #[cfg(feature = "pepper")]
        if let Some(peppers) = &self.peppers {
            return Some(peppers.current_id());
        }
        None
    }
}
