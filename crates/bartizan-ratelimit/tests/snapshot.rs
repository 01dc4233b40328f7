//! A new process goes on where the old one stopped, and reads nothing that it did not write.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bartizan_ratelimit::{
    Calendar, Epoch, Key, KeyPart, Keyer, Limit, Quota, Secret, Snapshot, SnapshotError, Table,
    snapshot,
};
use proptest::prelude::*;
use support::Rng;

const MINUTE: Duration = Duration::from_secs(60);

fn n(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap()
}

/// 12:00:30 on a day of 2023.
fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_049_630)
}

fn secret() -> Secret {
    Secret::from_bytes(*b"of sixteen bytes")
}

/// A process: its own monotonic clock, and limits of a rate and of a calendar.
struct Process {
    start: Instant,
    limits: [Limit; 2],
}

impl Process {
    fn new(start: Instant, wall: SystemTime, cells: usize, secret: &Secret) -> Self {
        let limit = |name, quota| {
            let table = Table::with_cells(cells, Epoch::new(start, wall));
            Limit::new(name, quota, Arc::new(table), secret)
        };
        let rate = Quota::new(n(10), 10 * MINUTE).unwrap();
        let calendar = Quota::calendar(n(10), Calendar::Minute);
        Self {
            start,
            limits: [limit("rate", rate), limit("calendar", calendar)],
        }
    }

    fn key(limit: &Limit, number: u64) -> Key {
        limit.keyer().parts(&[KeyPart::Number(number)])
    }

    fn take(&self, number: u64, cost: u32, at: Duration) {
        for limit in &self.limits {
            let key = Self::key(limit, number);
            let now = self.start + at;
            let decision = limit.table().decide(key, limit.quota(), cost, now);
            assert!(decision.is_allowed());
        }
    }

    fn left(&self, number: u64, at: Duration) -> [u32; 2] {
        self.limits.each_ref().map(|limit| {
            let key = Self::key(limit, number);
            let decision = limit.table().peek(key, limit.quota(), 0, self.start + at);
            decision.remaining()
        })
    }
}

/// Old process with key `number` having taken `number` for 1..=10, saved five seconds after its start.
fn saved(cells: usize) -> Vec<u8> {
    let old = Process::new(Instant::now(), noon(), cells, &secret());
    for number in 1..=10 {
        old.take(number, u32::try_from(number).unwrap(), Duration::ZERO);
    }
    let at = Duration::from_secs(5);
    snapshot(&old.limits, &secret(), old.start + at, noon() + at)
}

/// A new process that restores `bytes` when the wall clock has gone on by so much since the old one's start.
fn restored(bytes: &[u8], after: Duration) -> Process {
    let wall = noon() + after;
    let snapshot = Snapshot::parse(bytes).unwrap();
    // another machine's clock, as far as Instants go
    let start = Instant::now() + Duration::from_secs(1_000_000);
    let new = Process::new(start, wall, 1 << 12, &snapshot.secret());
    snapshot.restore(&new.limits, start, wall).unwrap();
    new
}

#[test]
fn what_is_owed_is_owed_in_the_new_process() {
    let new = restored(&saved(1 << 12), Duration::from_secs(5));
    for number in 1..=10 {
        // five seconds of a minute have passed, so no whole request came back
        let left = 10 - u32::try_from(number).unwrap();
        assert_eq!(new.left(number, Duration::ZERO), [left, left]);
    }
    // It goes on by the new process's clock.
    assert_eq!(new.left(10, Duration::from_secs(54))[0], 0);
    assert_eq!(new.left(10, Duration::from_secs(55))[0], 1);
    assert_eq!(new.left(10, Duration::from_secs(24))[1], 0);
    assert_eq!(new.left(10, Duration::from_secs(25))[1], 10);
}

#[test]
fn what_has_expired_meanwhile_is_dropped() {
    let new = restored(&saved(1 << 12), 5 * MINUTE);
    assert_eq!(new.left(5, Duration::ZERO), [10, 10]);
    assert_eq!(new.left(7, Duration::ZERO), [8, 10]);
    let later = restored(&saved(1 << 12), 1_000 * MINUTE);
    assert_eq!(later.left(10, Duration::ZERO), [10, 10]);
    let snapshot = Snapshot::parse(&saved(1 << 12)).unwrap();
    assert_eq!(
        format!("{snapshot:?}"),
        r#"Snapshot {"rate": 10, "calendar": 10}"#
    );
}

#[test]
fn expired_cells_are_not_written() {
    let old = Process::new(Instant::now(), noon(), 1 << 12, &secret());
    for number in 0..100 {
        old.take(number, 1, Duration::ZERO);
    }
    let bytes = |at| snapshot(&old.limits, &secret(), old.start + at, noon() + at).len();
    let (full, none) = (bytes(Duration::ZERO), bytes(2 * MINUTE));
    assert_eq!(full - none, 2 * 100 * 24);
    assert!(none < 150);
}

#[test]
fn a_wall_clock_that_was_set_back_gives_nothing() {
    let bytes = saved(1 << 12);
    let snapshot = Snapshot::parse(&bytes).unwrap();
    let start = Instant::now();
    for wall in [SystemTime::UNIX_EPOCH, noon() - 1_000 * MINUTE] {
        let new = Process::new(start, wall, 1 << 12, &secret());
        snapshot.restore(&new.limits, start, wall).unwrap();
        assert_eq!(new.left(10, Duration::ZERO), [0, 0]);
    }
}

#[test]
fn limits_that_do_not_fit_are_named_and_left_as_they_are() {
    let snapshot = Snapshot::parse(&saved(1 << 12)).unwrap();
    let start = Instant::now();
    let small = Process::new(start, noon(), 1 << 10, &secret());
    let expected = SnapshotError::Cells {
        limit: "rate".into(),
        expected: 1 << 10,
        found: 1 << 12,
    };
    assert_eq!(
        snapshot.restore(&small.limits, start, noon()),
        Err(expected)
    );

    let other = Process::new(start, noon(), 1 << 12, &Secret::random());
    let expected = SnapshotError::OtherSecret {
        limit: "rate".into(),
    };
    assert_eq!(
        snapshot.restore(&other.limits, start, noon()),
        Err(expected)
    );

    let good = Process::new(start, noon(), 1 << 12, &secret());
    let table = Table::with_cells(1 << 12, Epoch::new(start, noon()));
    let daily = Quota::calendar(n(10), Calendar::Day);
    let changed = Limit::new("calendar", daily, Arc::new(table), &secret());
    let expected = SnapshotError::Kind {
        limit: "calendar".into(),
    };
    let limits = [good.limits[0].clone(), changed];
    assert_eq!(snapshot.restore(&limits, start, noon()), Err(expected));
    assert_eq!(good.left(10, Duration::ZERO), [10, 10], "all or nothing");
}

#[test]
fn limits_go_by_name_and_may_come_and_go() {
    let snapshot = Snapshot::parse(&saved(1 << 12)).unwrap();
    let start = Instant::now();
    let new = Process::new(start, noon(), 1 << 12, &snapshot.secret());
    let table = Arc::new(Table::with_cells(64, Epoch::new(start, noon())));
    let added = Limit::new("added", Quota::per_second(n(1)).unwrap(), table, &secret());
    let limits = [added, new.limits[1].clone()];
    snapshot.restore(&limits, start, noon()).unwrap();
    assert_eq!(new.left(10, Duration::ZERO), [10, 0]);
}

#[test]
fn other_versions_and_foreign_bytes_are_told_apart() {
    let mut bytes = saved(64);
    bytes[8] = 2;
    assert_eq!(
        Snapshot::parse(&bytes).unwrap_err(),
        SnapshotError::Version { found: 2 }
    );
    for foreign in [&b""[..], b"bzlimit", b"{\"limits\": []}", &[0; 100]] {
        assert_eq!(
            Snapshot::parse(foreign).unwrap_err(),
            SnapshotError::Foreign
        );
    }
}

#[test]
fn every_cut_and_every_flipped_bit_is_noticed() {
    let bytes = saved(64);
    for length in 0..bytes.len() {
        assert!(
            Snapshot::parse(&bytes[..length]).is_err(),
            "cut to {length}"
        );
    }
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(Snapshot::parse(&flipped).is_err(), "bit {bit}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(Snapshot::parse(&longer).is_err());
}

/// Whoever has the secret can make the sum fit. What such bytes say must not hurt either.
fn with_fitting_sum(body: &[u8]) -> Vec<u8> {
    let hasher = siphasher::sip128::SipHasher13::new_with_key(b"of sixteen bytes");
    let mut bytes = body.to_vec();
    bytes.extend_from_slice(&hasher.hash(body).as_bytes());
    bytes
}

#[test]
fn counts_that_promise_more_than_there_is_allocate_nothing() {
    let bytes = saved(64);
    let body = &bytes[..bytes.len() - 16];
    assert!(Snapshot::parse(&with_fitting_sum(body)).is_ok());
    // the number of limits, a name's length, the number of cells
    let name = 44;
    for at in [36, name, name + 8 + 4 + 1 + 8] {
        for count in [u64::MAX, 1 << 60, 1 << 32, 1_000] {
            let mut body = body.to_vec();
            body[at..at + 8].copy_from_slice(&count.to_le_bytes());
            let error = Snapshot::parse(&with_fitting_sum(&body)).unwrap_err();
            assert_eq!(error, SnapshotError::Damaged, "{count} at {at}");
        }
    }
}

#[test]
fn cells_that_cannot_be_are_restored_without_harm() {
    let bytes = saved(64);
    let body = &bytes[..bytes.len() - 16];
    let cells = 44 + 8 + 4 + 1 + 8 + 8;
    let mut rng = Rng::new(5);
    for _ in 0..200 {
        let mut body = body.to_vec();
        for byte in &mut body[cells..cells + 10 * 24] {
            if rng.below(3) == 0 {
                *byte = [0, 0xff, rng.next() as u8][rng.below(3) as usize];
            }
        }
        let snapshot = Snapshot::parse(&with_fitting_sum(&body)).unwrap();
        let start = Instant::now();
        let new = Process::new(start, noon(), 64, &secret());
        snapshot.restore(&new.limits, start, noon()).unwrap();
        for number in 0..20 {
            for limit in &new.limits {
                let key = Process::key(limit, number);
                let _ = limit.table().decide(key, limit.quota(), 1, start);
            }
        }
    }
}

#[test]
fn nothing_shows_the_secret() {
    let snapshot = Snapshot::parse(&saved(64)).unwrap();
    assert!(!format!("{snapshot:?} {:?}", snapshot.secret()).contains("sixteen"));
    // but it is the same
    let key = |secret: &Secret| Keyer::new(secret, "x").parts(&[]);
    assert_eq!(key(&snapshot.secret()), key(&secret()));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(tail in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut bytes = b"bzlimits\x01\0\0\0of sixteen bytes".to_vec();
        bytes.extend_from_slice(&tail);
        prop_assert!(Snapshot::parse(&bytes).is_err());
        let _ = Snapshot::parse(&with_fitting_sum(&bytes));
    }
}
