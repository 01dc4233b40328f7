//! A filter of a million leaked passwords against Bloom filters of the same rate of false positives, and against fixed limits.

use std::hint::black_box;

use bartizan_password::{
    BreachFilter, BreachFilterBuilder, BreachLines, FingerprintBits, Password,
};
use bloomfilter::Bloom;
use fastbloom::BloomFilter;

use crate::harness::{LOCK, Outcome, Pair, alternate, locked, nanoseconds};
use crate::row::{Row, Target};

const ENTRIES: usize = 1_000_000;
/// Passwords that are looked up, every other one leaked, spread over the whole filter.
const ASKED: usize = 50_000;

/// One length of fingerprints with what it must keep to.
struct Length {
    bits: FingerprintBits,
    rate: f64,
    most_bytes: f64,
    most_false: f64,
    names: [&'static str; 5],
}

const LENGTHS: [Length; 2] = [
    Length {
        bits: FingerprintBits::Eight,
        rate: 1.0 / 256.0,
        most_bytes: 1.2e6,
        most_false: 0.004,
        names: [
            "look-up among 1 M, 8 bits",
            "the same of a hash, 8 bits",
            "bytes an entry, 8 bits",
            "file of 1 M entries, 8 bits",
            "false positives, 8 bits",
        ],
    },
    Length {
        bits: FingerprintBits::Sixteen,
        rate: 1.0 / 65_536.0,
        most_bytes: 2.3e6,
        most_false: 0.00002,
        names: [
            "look-up among 1 M, 16 bits",
            "the same of a hash, 16 bits",
            "bytes an entry, 16 bits",
            "file of 1 M entries, 16 bits",
            "false positives, 16 bits",
        ],
    },
];

fn leaked(number: usize) -> String {
    format!("leaked password {number}")
}

fn other(number: usize) -> String {
    format!("another password {number}")
}

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("filter");
    let mut rows = Vec::new();
    let asked: Vec<String> = (0..ASKED)
        .map(|n| if n % 2 == 0 { leaked(n * 19) } else { other(n) })
        .collect();
    let passwords: Vec<Password> = asked
        .iter()
        .map(|text| Password::new(text.clone()))
        .collect::<Result<_, _>>()?;
    // No leaked ones: a look-up reads the same three places, whatever it finds.
    let mut hashes = vec![[0; 20]; ASKED];
    for hash in &mut hashes {
        getrandom::fill(hash)?;
    }
    for length in &LENGTHS {
        let mut builder =
            BreachFilterBuilder::new(BreachLines::Plain).fingerprint_bits(length.bits);
        let mut bloom = Bloom::<[u8]>::new_for_fp_rate(ENTRIES, length.rate)?;
        let mut fast = BloomFilter::with_false_pos(length.rate).expected_items(ENTRIES);
        for number in 0..ENTRIES {
            let text = leaked(number);
            builder.add(text.as_bytes())?;
            bloom.set(text.as_bytes());
            fast.insert(text.as_bytes());
        }
        let bytes = builder.write(&path)?.bytes as f64;
        let filter = BreachFilter::open(&path)?;
        let missed = (0..ENTRIES).filter_map(|n| Password::new(leaked(n)).ok());
        if missed.filter(|password| !filter.contains(password)).count() > 0 {
            return Err("the filter misses an entry".into());
        }

        let bloom_name = locked(LOCK, "bloomfilter");
        let fast_name = locked(LOCK, "fastbloom");
        let mut ours = || look_up(&passwords, |password| filter.contains(password));
        let mut row = |name, pair, rival: &str, unit, target| {
            rows.push(Row {
                area: "breach",
                name,
                pair,
                rival: rival.to_owned(),
                unit,
                target,
            });
        };
        let [look, test, each, file, wrong] = length.names;
        let pair = alternate(&mut ours, || {
            look_up(&asked, |text| bloom.check(text.as_bytes()))
        })?;
        row(look, pair, &bloom_name, "ns", Target::AtMost(1.0));
        let pair = alternate(&mut ours, || {
            look_up(&asked, |text| fast.contains(text.as_bytes()))
        })?;
        row(look, pair, &fast_name, "ns", Target::AtMost(1.0));
        let pair = alternate(
            || look_up(&hashes, |hash| filter.contains_sha1(hash)),
            || Ok(100.0),
        )?;
        row(test, pair, "a limit of 100 ns", "ns", Target::AtMost(1.0));
        let limit = alternate(&mut ours, || Ok(100.0))?;
        row(look, limit, "a limit of 100 ns", "ns", Target::AtMost(1.0));

        let entries = ENTRIES as f64;
        let sizes = against(bytes / entries, bloom.len() as f64 / 8.0 / entries);
        row(each, sizes, &bloom_name, "bytes", Target::AtMost(0.9));
        let sizes = against(bytes / entries, fast.num_bits() as f64 / 8.0 / entries);
        row(each, sizes, &fast_name, "bytes", Target::AtMost(0.9));
        let sizes = against(bytes / 1e6, length.most_bytes / 1e6);
        row(file, sizes, "a limit", "MB", Target::AtMost(1.0));

        // Ten times as many as entries, so that the rarer rate has something to count.
        let strangers = 10 * ENTRIES;
        let taken = (0..strangers).filter_map(|n| Password::new(other(n)).ok());
        let taken = taken.filter(|password| filter.contains(password)).count();
        let percent = 100.0 * taken as f64 / strangers as f64;
        let limit = against(percent, 100.0 * length.most_false);
        row(
            wrong,
            limit,
            "a limit, 10 M strangers",
            "%",
            Target::AtMost(1.0),
        );
    }
    Ok(rows)
}

fn look_up<T>(asked: &[T], contains: impl Fn(&T) -> bool) -> Outcome<f64> {
    let mut turn = asked.iter().cycle();
    nanoseconds(u32::try_from(asked.len())?, || {
        let one = turn.next().ok_or("nothing to ask")?;
        black_box(contains(black_box(one)));
        Ok(())
    })
}

fn against(ours: f64, rival: f64) -> Pair {
    Pair {
        ours,
        rival,
        ratio: ours / rival,
    }
}
