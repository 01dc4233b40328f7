use std::time::SystemTime;

use super::{Family, FamilyId, Parent, RefreshDecision, RefreshPolicy, RefreshStore, Seed};
use crate::{
    Entropy, Keys, Refresh, Token,
    store::{AccountId, StoreError},
};

/// How often a lost race is looked at again. Each loss means that somebody else's write was done; the second look sees it,
/// and only a stream of rotations of the same family could make a third necessary.
const MOST_LOOKS: usize = 8;

/// What a refresh token got.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "callers must match it")]
pub enum Refreshed {
    /// A successor, new or the same again: answer with it and a new session.
    Token {
        /// The successor.
        token: Token<Refresh>,
        /// The family as it is now; open the session with its account, version and id.
        family: Box<Family>,
    },
    /// It was used before. The family has ended, with its sessions: answer 401, and tell the owner.
    ///
    /// Of the callers that show tokens of one ended family, one gets this answer; for the others it is
    /// [`Refused`](Self::Refused).
    Replayed {
        /// Whose family it was.
        account: AccountId,
    },
    /// No such family, or its time is over, or the password was changed: answer 401.
    Refused,
}

/// A new family for a login, and its first token; `None` when the password was changed since it was checked.
///
/// # Errors
///
/// The store gave no answer.
pub async fn start<S: RefreshStore>(
    store: &S,
    keys: &Keys<Refresh>,
    (account, credential_version): (AccountId, u64),
    entropy: Entropy,
    policy: RefreshPolicy,
    now: SystemTime,
) -> Result<Option<(Token<Refresh>, Family)>, StoreError> {
    // The first half of the random bytes names the family, the second is the first token's secret.
    let mut id = [0; 16];
    id.copy_from_slice(&entropy.bytes()[..16]);
    let id = FamilyId::from_bytes(id);
    let token = keys.mint_first(id, &entropy);
    let lifetime = policy.lifetime().absolute_duration();
    let family = Family {
        id,
        account,
        credential_version,
        created: now,
        expires: now.checked_add(lifetime).unwrap_or(now),
        rotated: now,
        current: keys.digest(&token),
        parent: None,
    };
    let started = store.start_family(family.clone()).await?;
    Ok(started.then_some((token, family)))
}

/// Uses a refresh token: one conditional write, of which one of any number of callers at once makes it; the others find what
/// it wrote, and get the same answer.
///
/// # Errors
///
/// The store gave no answer. The client can try again with the same token.
pub async fn refresh<S: RefreshStore>(
    store: &S,
    keys: &Keys<Refresh>,
    token: &Token<Refresh>,
    entropy: Entropy,
    policy: RefreshPolicy,
    now: SystemTime,
) -> Result<Refreshed, StoreError> {
    let presented = keys.digest(token);
    let fresh = Seed::from(entropy);
    for _ in 0..MOST_LOOKS {
        let Some(family) = store.find_family(token.family()).await? else {
            return Ok(Refreshed::Refused);
        };
        match family.decide(presented, &policy, now) {
            RefreshDecision::Rotate => {
                let Some(child) = keys.children(token, &fresh).next() else {
                    return Ok(Refreshed::Refused);
                };
                let next = Family {
                    rotated: now.max(family.rotated),
                    current: keys.digest(&child),
                    parent: Some(Parent {
                        digest: presented,
                        seed: fresh.clone(),
                    }),
                    ..family
                };
                if store.swap_family(presented, next.clone()).await? {
                    return Ok(Refreshed::Token {
                        token: child,
                        family: Box::new(next),
                    });
                }
            }
            RefreshDecision::Repeat => {
                // Under the key that was first then: a new key in the ring must not change the answer.
                let child = family.parent.as_ref().and_then(|parent| {
                    keys.children(token, &parent.seed)
                        .find(|child| keys.digest(child) == family.current)
                });
                return Ok(match child {
                    Some(token) => Refreshed::Token {
                        token,
                        family: Box::new(family),
                    },
                    None => Refreshed::Refused,
                });
            }
            RefreshDecision::Replay => {
                let account = family.account;
                return Ok(match store.end_family(family.id).await? {
                    true => Refreshed::Replayed { account },
                    false => Refreshed::Refused,
                });
            }
            RefreshDecision::Expired => return Ok(Refreshed::Refused),
        }
    }
    Err(StoreError::unavailable(
        "the family changed under each attempt",
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Digest, KeyId, KeyRing, Lifetime};

    fn keys(ring: &[u16]) -> Keys<Refresh> {
        let keys = ring.iter().map(|id| (KeyId::new(*id), [*id as u8; 32]));
        KeyRing::new(keys).unwrap().keys()
    }

    fn t(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    fn family() -> Family {
        let digest = |byte| Digest::from_bytes([byte; 32]);
        Family {
            id: FamilyId::from_bytes([1; 16]),
            account: AccountId::new(1),
            credential_version: 1,
            created: t(0),
            expires: t(1000),
            rotated: t(100),
            current: digest(3),
            parent: Some(Parent {
                digest: digest(2),
                seed: Seed::from_bytes([9; 32]),
            }),
        }
    }

    #[test]
    fn the_newest_rotates_the_parent_repeats_in_the_grace_and_all_else_is_a_replay() {
        let lifetime = Lifetime::new(Duration::from_secs(300), Duration::from_secs(1000)).unwrap();
        let policy = RefreshPolicy::new(lifetime);
        let decide = |byte, now| family().decide(Digest::from_bytes([byte; 32]), &policy, t(now));
        assert_eq!(decide(3, 100), RefreshDecision::Rotate);
        assert_eq!(decide(3, 399), RefreshDecision::Rotate);
        assert_eq!(decide(2, 100), RefreshDecision::Repeat);
        assert_eq!(decide(2, 109), RefreshDecision::Repeat);
        // A clock that was set back makes no thief of anyone.
        assert_eq!(decide(2, 50), RefreshDecision::Repeat);
        assert_eq!(decide(2, 110), RefreshDecision::Replay);
        assert_eq!(decide(1, 100), RefreshDecision::Replay);
        assert_eq!(decide(3, 400), RefreshDecision::Expired);
        assert_eq!(decide(1, 400), RefreshDecision::Expired);
    }

    #[test]
    fn a_successor_needs_the_key_the_parent_and_the_seed_and_stays_in_the_family() {
        let (ours, theirs) = (keys(&[1]), keys(&[2]));
        let id = FamilyId::from_bytes([5; 16]);
        let parent = ours.mint_first(id, &Entropy::new([7; 32]));
        let other = ours.mint_first(id, &Entropy::new([8; 32]));
        let seed = Seed::from_bytes([9; 32]);
        let child = |keys: &Keys<Refresh>, parent, seed| {
            let token = keys.children(parent, seed).next().unwrap();
            (token.raw.secret, token.family())
        };
        let (secret, family) = child(&ours, &parent, &seed);
        assert_eq!(family, id);
        assert_eq!(child(&ours, &parent, &seed).0, secret);
        assert_ne!(child(&theirs, &parent, &seed).0, secret);
        assert_ne!(child(&ours, &other, &seed).0, secret);
        assert_ne!(child(&ours, &parent, &Seed::from_bytes([1; 32])).0, secret);
    }
}
