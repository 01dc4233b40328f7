//! Token checks against one bare HMAC-SHA-256 over the same bytes, the least that any keyed token can cost.

use std::hint::black_box;

use bartizan_token::{Entropy, KeyId, KeyRing, Session};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::harness::{LOCK, Outcome, alternate, locked, nanoseconds};
use crate::row::{Row, Target};

const CALLS: u32 = 50_000;

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let ring = KeyRing::new([(KeyId::new(1), [7; 32])])?;
    let keys = ring.keys::<Session>();
    let token = keys.mint(Entropy::new([9; 32]));
    let text = token.expose();
    // The keyed state is made once and cloned, as ours does and as a careful user of the crate would.
    let keyed = Hmac::<Sha256>::new_from_slice(&[7; 32])?;
    let pair = alternate(
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
    )?;
    Ok(vec![Row {
        area: "token",
        name: "parse, check and digest",
        pair,
        rival: format!("{} alone", locked(LOCK, "hmac")),
        unit: "ns",
        target: Target::AtMost(2.0),
    }])
}
