//! Rows of other programs, checked with the right password: the pool against the crates that do the same rounds on the spot.
//!
//! A wrong password costs the pool the policy's work besides, so that is no comparison. Ours has no way around the pool: the way
//! to its thread and back is in the figure, as are the parse and the ceilings.

use std::hint::black_box;
use std::num::NonZeroUsize;

use bartizan_password::{
    Cost, LegacyCeilings, LegacyHash, Password, Policy, Pool, PoolConfig, Verdict,
};
use djangohashers::{Algorithm, check_password, make_password_with_settings};
use tokio::runtime::Runtime;

use crate::harness::{LOCK, Outcome, alternate, locked, nanoseconds};
use crate::password::{TEXT, runtime};
use crate::row::{Row, Target};

/// Django 5.2's own number of rounds is the crate's for that version; a cost of 10 is what most bcrypt rows have.
const BCRYPT_COST: u32 = 10;

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    // A match always makes a new hash for the row, after the answer; one that costs next to nothing does not disturb the next round.
    let policy = Policy::with_insecure_cost(Cost::new(64, 1, 1)?);
    let config = PoolConfig::default().policy(policy);
    let side = Ours {
        pool: Pool::start(config.workers(NonZeroUsize::MIN))?,
        runtime: runtime()?,
        ceilings: LegacyCeilings::default(),
    };
    let pbkdf2 = make_password_with_settings(TEXT, "saltsaltsalt", Algorithm::PBKDF2);
    let bcrypt = bcrypt::hash(TEXT, BCRYPT_COST)?;
    let django = format!("bcrypt${bcrypt}");
    Ok(vec![
        row(
            "a PBKDF2-SHA256 row of Django's, right password",
            &locked(LOCK, "djangohashers"),
            || side.verify(&pbkdf2),
            || {
                matched(
                    check_password(black_box(TEXT), &pbkdf2)
                        .map_err(|error| format!("{error:?}"))?,
                )
            },
        )?,
        row(
            "a bcrypt row of Django's, cost 10, right password",
            &locked(LOCK, "djangohashers"),
            || side.verify(&django),
            || {
                matched(
                    check_password(black_box(TEXT), &django)
                        .map_err(|error| format!("{error:?}"))?,
                )
            },
        )?,
        row(
            "a bcrypt row, cost 10, right password",
            &locked(LOCK, "bcrypt"),
            || side.verify(&bcrypt),
            || matched(bcrypt::verify(black_box(TEXT), &bcrypt)?),
        )?,
    ])
}

fn row(
    name: &'static str,
    rival: &str,
    mut ours: impl FnMut() -> Outcome<()>,
    mut theirs: impl FnMut() -> Outcome<()>,
) -> Outcome<Row> {
    let pair = alternate(
        || Ok(nanoseconds(3, &mut ours)? / 1e6),
        || Ok(nanoseconds(3, &mut theirs)? / 1e6),
    )?;
    Ok(Row {
        area: "password",
        name,
        pair,
        rival: rival.to_owned(),
        unit: "ms",
        target: Target::AtMost(1.1),
    })
}

struct Ours {
    pool: Pool,
    runtime: Runtime,
    ceilings: LegacyCeilings,
}

impl Ours {
    fn verify(&self, row: &str) -> Outcome<()> {
        let stored = LegacyHash::parse(black_box(row), &self.ceilings)?;
        let password = Password::new(TEXT.to_owned())?;
        let verdict = self
            .runtime
            .block_on(self.pool.verify_legacy(password, stored, None))?;
        matched(matches!(verdict, Verdict::Match { .. }))
    }
}

fn matched(right: bool) -> Outcome<()> {
    match right {
        true => Ok(()),
        false => Err("the right password was refused".into()),
    }
}
