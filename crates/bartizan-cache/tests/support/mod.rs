//! Chance with a seed, so that a failure can be run again, and answers to store.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::time::{Duration, SystemTime};

use bartizan_cache::{Answer, Asked, Born, CacheTags, Found, Key, KeyParts, Policy, Store, Times};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri};

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `bound`, which is not zero. The bias of a remainder does not matter here.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A second of November 2023.
pub(crate) fn t0() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

pub(crate) fn key(path: &str) -> Key {
    let uri: Uri = path.parse().unwrap();
    Key::new(&Method::GET, &KeyParts::new("https", "example.com", &uri)).unwrap()
}

/// An answer that is fresh for an hour, with these tags.
pub(crate) fn answer<'a>(
    request: &'a HeaderMap,
    body: &str,
    tags: &[&str],
    born: Born,
) -> Answer<'a> {
    with_fields(
        request,
        body,
        tags,
        born,
        &[("cache-control", "max-age=3600")],
    )
}

pub(crate) fn with_fields<'a>(
    request: &'a HeaderMap,
    body: &str,
    tags: &[&str],
    born: Born,
    fields: &[(&'static str, &str)],
) -> Answer<'a> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(*name, value.parse().unwrap());
    }
    let asked = Asked::new(&Method::GET, request);
    let times = Times::new(t0(), t0());
    let storable = Policy::default()
        .storable(&asked, StatusCode::OK, &headers, times)
        .unwrap();
    let body = Bytes::copy_from_slice(body.as_bytes());
    let mut answer = Answer::new(StatusCode::OK, storable, body, request, born);
    answer.tags = CacheTags::new(tags.iter().copied());
    answer
}

/// The body that is found under a key.
pub(crate) fn body(store: &Store, key: &Key) -> Option<String> {
    match store.find(key, &HeaderMap::new()) {
        Found::Entry { entry, .. } => Some(String::from_utf8(entry.body().to_vec()).unwrap()),
        Found::OtherVariant | Found::Nothing => None,
    }
}
