//! Token checks: against one bare HMAC-SHA-256 over the same bytes, the least that any keyed token can cost, and against the
//! session ids of tower-sessions, which say nothing until they are looked up.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Mutex;

use bartizan_token::{Entropy, KeyId, KeyRing, Keys, Session};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tower_sessions::cookie::time::{Duration, OffsetDateTime};
use tower_sessions::session::{Id, Record};
use tower_sessions::{MemoryStore, SessionStore};

use crate::harness::{LOCK, Outcome, Pair, alternate, locked, nanoseconds, ready};
use crate::row::{Row, Target};

const CALLS: u32 = 50_000;
/// In each store.
const SESSIONS: usize = 10_000;
/// Nanoseconds for a good token and for a forged one.
const LIMITS: [f64; 2] = [250.0, 180.0];

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let ring = KeyRing::new([(KeyId::new(1), [7; 32])])?;
    let keys = ring.keys::<Session>();
    let check = bare(&keys)?;
    let (found, forged) = against_a_store(&keys)?;
    let rival = format!("MemoryStore, {}", locked(LOCK, "tower-sessions"));
    Ok(vec![
        row(
            "parse, check and digest",
            check,
            &format!("{} alone", locked(LOCK, "hmac")),
            2.0,
        ),
        row(
            "parse, check and digest",
            limit(check.ours, LIMITS[0]),
            "a limit of 250 ns, medians of 9",
            1.0,
        ),
        row(
            "parse, check, digest and look-up in a map",
            found,
            &rival,
            1.0,
        ),
        row("a forged token refused", forged, &rival, 1.0),
        row(
            "a forged token refused",
            limit(forged.ours, LIMITS[1]),
            "a limit of 180 ns, medians of 9",
            1.0,
        ),
    ])
}

fn row(name: &'static str, pair: Pair, rival: &str, most: f64) -> Row {
    Row {
        area: "token",
        name,
        pair,
        rival: rival.to_owned(),
        unit: "ns",
        target: Target::AtMost(most),
    }
}

fn limit(ours: f64, limit: f64) -> Pair {
    Pair {
        ours,
        rival: limit,
        ratio: ours / limit,
    }
}

fn bare(keys: &Keys<Session>) -> Outcome<Pair> {
    let token = keys.mint(Entropy::new([9; 32]));
    let text = token.expose();
    // The keyed state is made once and cloned, as ours does and as a careful user of the crate would.
    let keyed = Hmac::<Sha256>::new_from_slice(&[7; 32])?;
    alternate(
        || {
            nanoseconds(CALLS, || {
                let token = keys.parse(black_box(&text))?;
                black_box(keys.digest(&token));
                Ok(())
            })
        },
        || {
            nanoseconds(CALLS, || {
                let mut mac = keyed.clone();
                mac.update(black_box(text.as_bytes()));
                black_box(mac.finalize().into_bytes());
                Ok(())
            })
        },
    )
}

/// Places far apart, so that neighbours in time are not neighbours in memory.
fn walk() -> impl FnMut() -> usize {
    let mut place = 0;
    move || {
        place = (place + 7919) % SESSIONS;
        place
    }
}

/// A good token and a forged one, from a client's text to what the store says.
fn against_a_store(keys: &Keys<Session>) -> Outcome<(Pair, Pair)> {
    let mut texts = Vec::new();
    let mut rows: HashMap<[u8; 32], i64> = HashMap::new();
    let memory = MemoryStore::default();
    let mut cookies = Vec::new();
    for (session, account) in (0..SESSIONS).zip(0_i64..) {
        let token = keys.mint(Entropy::from_os()?);
        texts.push(token.expose().to_string());
        rows.insert(*keys.digest(&token).as_bytes(), account);
        let data = HashMap::from([("account".to_owned(), account.into())]);
        let mut record = Record {
            // far apart, as random ones are
            id: Id((session as i128 + 1).wrapping_mul(0x3f58_476d_1ce4_e5b9_94d0_49bb_1331_11eb)),
            data,
            expiry_date: OffsetDateTime::now_utc() + Duration::days(30),
        };
        ready(memory.create(&mut record))??;
        cookies.push(record.id.to_string());
    }
    // As MemoryStore does, one lock for all.
    let rows = Mutex::new(rows);
    let (mut next, mut step) = (walk(), walk());
    let found = alternate(
        || {
            nanoseconds(CALLS, || {
                let token = keys.parse(black_box(&texts[next()]))?;
                let digest = keys.digest(&token);
                let rows = rows.lock().map_err(|error| error.to_string())?;
                black_box(rows.get(digest.as_bytes()).copied().ok_or("no session")?);
                Ok(())
            })
        },
        || {
            nanoseconds(CALLS, || {
                let id: Id = black_box(&cookies[step()]).parse()?;
                black_box(ready(memory.load(&id))??.ok_or("no session")?);
                Ok(())
            })
        },
    )?;
    // Well formed, with a right checksum, but of another key: the most that an attacker can do.
    let other = KeyRing::new([(KeyId::new(1), [8; 32])])?.keys::<Session>();
    let forged = other.mint(Entropy::from_os()?).expose().to_string();
    let unknown = Id(1).to_string();
    let refused = alternate(
        || {
            nanoseconds(CALLS, || match keys.parse(black_box(&forged)) {
                Err(_) => Ok(()),
                Ok(_) => Err("a forged token was taken".into()),
            })
        },
        || {
            nanoseconds(CALLS, || {
                let id: Id = black_box(&unknown).parse()?;
                match ready(memory.load(&id))?? {
                    None => Ok(()),
                    Some(_) => Err("an unknown id was found".into()),
                }
            })
        },
    )?;
    Ok((found, refused))
}
