use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::*;
use crate::{Epoch, Secret, Table};

fn limit(name: &str, quota: Quota) -> Limit {
    let epoch = Epoch::new(Instant::now(), SystemTime::now());
    let secret = Secret::from_bytes([7; 16]);
    Limit::new(name, quota, Arc::new(Table::with_cells(4, epoch)), &secret)
}

fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

fn owned(quota: Quota, cost: u32) -> Owned {
    let limit = limit("a", quota);
    let key = limit.keyer().address([192, 0, 2, 7].into());
    Owned { limit, key, cost }
}

fn words(command: &Cmd) -> Vec<String> {
    command
        .args_iter()
        .map(|word| match word {
            ::redis::Arg::Simple(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        })
        .collect()
}

#[test]
fn all_keys_of_a_decision_have_one_hash_tag_and_are_declared() {
    let claims = [
        owned(Quota::per_second(n(3)).unwrap(), 1),
        owned(Quota::calendar(n(9), Calendar::Month), 2),
        owned(Quota::per_second(n(3)).unwrap(), 4),
    ];
    let command = decide(&Script::decide(), Call::ByHash, "shop", &claims);
    let words = words(&command);
    let [rate, month, _] = &claims;
    assert_eq!(words[0], "EVALSHA");
    assert_eq!(words[2], "2");
    let name = |owned: &Owned| stored(owned.key, owned.limit.quota()).as_u128();
    assert_eq!(words[3], format!("{{shop}}:r:{:032x}", name(rate)));
    assert_eq!(words[4], format!("{{shop}}:M:{:032x}", name(month)));
    // Another quota of the same limit is another key.
    let wider = owned(Quota::per_second(n(4)).unwrap(), 1);
    assert_ne!(name(rate), name(&wider));
    assert_eq!(words[5..7], ["r", "M"]);
    let prices = [
        "1", "333334", "1000002", "2", "2", "9", "1", "1333336", "1000002",
    ];
    assert_eq!(words[7..], prices);
}

#[test]
fn answers_are_decisions_in_the_limits_own_units() {
    let third = owned(Quota::per_second(n(3)).unwrap(), 1);
    let claims = [third.clone(), third];
    let now = 1_764_000_000_000_000;
    let made = decisions(&claims, &[now, 0, 333_334, 0, 666_668]).unwrap();
    assert!(made.iter().all(Decision::is_allowed));
    assert_eq!((made[0].remaining(), made[1].remaining()), (2, 1));
    assert_eq!(made[0].next_after(), Duration::from_nanos(333_333_334));
    assert!(made.iter().all(is_from_store));

    let refused = decisions(&claims, &[now, 0, 666_668, 1234, 1_000_000]).unwrap();
    assert_eq!(refused[0].cost(), 0);
    assert_eq!(refused[1].retry_after(), Some(Duration::from_micros(1234)));
    let never = decisions(&claims, &[now, -1, 0, -1, 0]).unwrap();
    assert_eq!(never[0].retry_after(), None);
}

#[test]
fn what_is_no_answer_of_ours_is_none() {
    let claims = [owned(Quota::per_second(n(3)).unwrap(), 1)];
    for reply in [
        &[][..],
        &[1],
        &[1, 0],
        &[1, 0, -1],
        &[-1, 0, 0],
        &[1, -2, 0],
    ] {
        assert_eq!(decisions(&claims, reply), None, "{reply:?}");
    }
}

#[test]
fn a_refund_says_what_the_decision_left() {
    let claim = owned(Quota::per_second(n(10)).unwrap(), 2);
    let now = 1_764_000_000_000_000;
    let made = decisions(std::slice::from_ref(&claim), &[now, 0, 200_000]).unwrap();
    let pending = Pending {
        limit: claim.limit,
        key: claim.key,
        change: Change::Refund(made[0]),
    };
    let command = settle(&Script::settle(), Call::ByText, "shop", &[pending]);
    assert_eq!(
        words(&command)[4..],
        ["refund", "r", "200000", "1764000000200000"]
    );
}
