//! Whatever a file of leaked passwords holds, opening it gives an error or a filter whose look-ups stay inside; and whatever a list
//! or the answer of a range service holds, reading it ends.
//!
//! Input: a byte that says what is tried. A file has its magic and its checksum put right, so that more than those is reached.

#![no_main]

use std::{
    fs,
    future::{pending, ready},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bartizan_password::{
    BreachFilter, BreachFilterBuilder, BreachLines, BreachLookup, BreachRange, OnFailure, Password,
    RangeFuture,
};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

const HEAD: usize = 64;

struct Body(Vec<u8>);

impl BreachRange for Body {
    fn suffixes<'a>(&'a self, _: &'a str) -> RangeFuture<'a> {
        Box::pin(ready(Ok(self.0.clone())))
    }
}

fn password(text: &str) -> Password {
    Password::new(text.into()).expect("a password")
}

fn file(data: &[u8], right: bool) {
    let mut bytes = data.to_vec();
    if right && bytes.len() >= HEAD {
        bytes[..12].copy_from_slice(b"BZBREACH\x01\0\0\0");
        let (head, body) = bytes.split_at(HEAD);
        let sum = Sha256::new()
            .chain_update(&head[..48])
            .chain_update(body)
            .finalize();
        bytes[48..64].copy_from_slice(&sum[..16]);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("filter");
    fs::write(&path, &bytes).expect("a file");
    let opened = [BreachFilter::open(&path), BreachFilter::read(&path)];
    assert_eq!(opened[0].is_ok(), opened[1].is_ok());
    for filter in opened.into_iter().flatten() {
        assert!(right || bytes.len() > HEAD);
        for number in 0..64 {
            filter.contains(&password(&format!("any {number}")));
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((what, data)) = data.split_first() else {
        return;
    };
    match what % 4 {
        0 => file(data, false),
        1 => file(data, true),
        2 => {
            for lines in [BreachLines::Plain, BreachLines::Sha1] {
                let _ = BreachFilterBuilder::new(lines).add_lines(data, |_| {});
            }
        }
        _ => {
            let lookup = BreachLookup::new(
                Arc::new(Body(data.to_vec())),
                Duration::from_secs(1),
                |_| pending::<()>(),
                OnFailure::Refuse,
            );
            let typed = password("password");
            let answer = pin!(lookup.check(&typed)).poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(answer, Poll::Ready(_)));
        }
    }
});
