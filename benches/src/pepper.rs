//! Another pepper for every row, without a password: what one core does in a second, beside the database.

use std::hint::black_box;

use bartizan_password::{AccountId, Ceilings, PepperKey, PepperKeyId, Peppers, Rotation};

use crate::harness::{Outcome, alternate, per_second};
use crate::row::{Row, Target};

const ROWS: u32 = 100_000;
/// Any tag does: a mask looks at none of its bits.
const PLAIN: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$DEwLbbIZGUtgBuB4gYok6r6hNvevYZoxkwMQ5/LXSaU";

pub(crate) fn row() -> Outcome<Row> {
    let (old, new) = (PepperKeyId::new("old")?, PepperKeyId::new("new")?);
    let old_key = PepperKey::random()?;
    let peppers = Peppers::new(old, old_key).accept_unpeppered();
    let ceilings = Ceilings::default();
    let mut rows = Vec::new();
    for number in 0..ROWS {
        let account = AccountId::from(i64::from(number));
        match peppers.rotate(PLAIN, &account, &ceilings)? {
            Rotation::Changed(text) => rows.push((account, text)),
            Rotation::Current => return Err("a row had its pepper already".into()),
        }
    }
    let mut text = String::new();
    peppers.write(&mut text)?;
    let mut both = String::new();
    Peppers::new(new, PepperKey::random()?).write(&mut both)?;
    both.push_str(&text);
    let peppers = Peppers::read(&both)?;
    let mut out = String::new();
    let ours = || {
        per_second(ROWS, || {
            for (account, text) in &rows {
                if !peppers.rotate_into(text, account, &ceilings, &mut out)? {
                    return Err("a row was not rotated".into());
                }
                black_box(&out);
            }
            Ok(())
        })
    };
    Ok(Row {
        area: "password",
        name: "pepper rotation, one core, without the database",
        pair: alternate(ours, || Ok(1e6))?,
        rival: "a limit of 1 M rows/s".to_owned(),
        unit: "rows/s",
        target: Target::AtLeast(1.0),
    })
}
