//! What a read allocates: no more than serde_json for an ordinary body, next to nothing for a hostile one.

use allocation_counter::{AllocationInfo, measure};
use bartizan_validate::{Limits, read_json};
use http::HeaderValue;
use serde::Deserialize;
use serde_json::Value;

const HOSTILE: usize = 10 * 1024 * 1024;

fn ours(body: &[u8], limits: &Limits) -> AllocationInfo {
    let json = HeaderValue::from_static("application/json");
    measure(|| {
        let _ = std::hint::black_box(read_json::<Value>(Some(&json), body, limits));
    })
}

fn object(keys: usize) -> String {
    let keys: Vec<_> = (0..keys)
        .map(|i| format!("\"k\\u006{i:x} key {i}\":{{\"a\":1.25}}"))
        .collect();
    format!("{{{}}}", keys.join(","))
}

#[test]
fn below_17_keys_an_object_nothing_is_allocated_beside_what_serde_json_does() {
    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Item<'a> {
        id: u64,
        name: String,
        tags: Vec<String>,
        #[serde(skip)]
        nothing: &'a str,
    }
    let item = r#"{"id":1,"name":"a name that is long enough","tags":["x","y\u0061"]}"#;
    let body = format!("[{}]", vec![item; 100].join(","));
    let json = HeaderValue::from_static("application/json");
    let strict = measure(|| {
        let read =
            read_json::<Vec<Item<'static>>>(Some(&json), body.as_bytes(), &Limits::default());
        assert_eq!(read.expect("good").len(), 100);
    });
    let theirs = measure(|| {
        let read = serde_json::from_slice::<Vec<Item<'static>>>(body.as_bytes());
        assert_eq!(read.expect("good").len(), 100);
    });
    assert_eq!(strict, theirs);
    for keys in [1, 15, 16] {
        let body = object(keys);
        let theirs = measure(|| {
            let _ = std::hint::black_box(serde_json::from_slice::<Value>(body.as_bytes()));
        });
        assert_eq!(ours(body.as_bytes(), &Limits::default()), theirs, "{keys}");
    }
}

#[test]
fn a_hostile_body_of_10_mib_costs_64_kib_at_most() {
    let mut limits = Limits::default();
    limits.bytes = 2 * HOSTILE;
    let fill = |unit: &str| unit.repeat(HOSTILE / unit.len());
    let keys = |count: usize| {
        let keys: Vec<_> = (0..count).map(|i| format!("\"{i:036}\":0")).collect();
        keys.join(",")
    };
    // as many keys open at once as the limits allow: 31 objects with 256 keys each, the last of which holds the next object
    let mut chain = String::new();
    for _ in 0..31 {
        chain += &format!("{{{},\"x\":", keys(255));
    }
    chain += &fill("[1,");
    let bodies = [
        ("depth", fill("[")),
        ("depth of objects", fill("{\"a\":")),
        ("one string", format!("\"{}\"", fill("x"))),
        ("one string of escapes", format!("\"{}\"", fill("\\n"))),
        ("one key", format!("{{\"{}\":1}}", fill("x"))),
        ("keys", format!("{{{}}}", keys(HOSTILE / 40))),
        ("items", format!("[{}1]", fill("1,"))),
        ("small lists", format!("[{}1]", fill("[1,2,3],"))),
        ("one number", fill("1")),
        ("one exponent", format!("1e{}", fill("1"))),
        ("blanks", fill(" ")),
        ("open keys", chain),
        ("no UTF-8 at the end", format!("[{}", fill(" "))),
    ];
    for (name, body) in &bodies {
        let mut body = body.clone().into_bytes();
        if name.contains("UTF-8") {
            body.push(0xFF);
        }
        let cost = ours(&body, &limits);
        assert!(
            cost.bytes_max <= 64 * 1024,
            "{name}: {} bytes",
            cost.bytes_max
        );
        if *name != "open keys" && *name != "keys" {
            assert_eq!(cost.count_total, 0, "{name}");
        }
    }
}

#[test]
fn fields_that_many_small_objects_lack_cost_no_more_than_other_faults() {
    macro_rules! wide {
        ($($field:ident)*) => {
            #[derive(Debug, Deserialize)]
            #[allow(dead_code)]
            struct Wide {
                $($field: String,)*
            }
        };
    }
    wide!(a b c d e f g h i j k l m n o p q r s t u v w x y z aa bb cc dd);
    let json = HeaderValue::from_static("application/json");
    let row = format!("[{}]", vec!["{}"; 990].join(","));
    let body = format!("[{}]", vec![row; 9].join(","));
    let cost = measure(|| {
        let read = read_json::<Vec<Vec<Wide>>>(Some(&json), body.as_bytes(), &Limits::default());
        assert!(read.is_err());
    });
    // there are 267,300 of them in 27 KiB
    assert!(cost.bytes_max < 8 * 1024 * 1024, "{}", cost.bytes_max);
    assert!(cost.count_total < 200_000, "{}", cost.count_total);
}

#[test]
fn what_is_wrong_with_a_body_is_found_in_bounded_work() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Item {
        a: std::net::IpAddr,
        b: std::net::IpAddr,
        c: Never,
        d: u8,
    }
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "String")]
    struct Never;
    impl TryFrom<String> for Never {
        type Error = &'static str;
        fn try_from(_: String) -> Result<Self, &'static str> {
            Err("never")
        }
    }
    let json = HeaderValue::from_static("application/json");
    let items = |item: &str| format!("[{}]", vec![item; 900].join(","));
    for item in [
        "{}",
        r#"{"a":1,"c":2}"#,
        r#"{"a":"x","b":"y","c":"z","d":"v"}"#,
        "7",
        r#"{"x":{}}"#,
    ] {
        let body = items(item);
        let mut told = 0;
        // the work is told by what it allocates: each violation and each key that is made up allocates something
        let cost = measure(|| {
            let read = read_json::<Vec<Item>>(Some(&json), body.as_bytes(), &Limits::default());
            if let Err(bartizan_validate::Rejection::Invalid(violations)) = read {
                told = violations.as_slice().len() + violations.more();
            }
        });
        assert!(told >= 64, "{item}: {told}");
        assert!(cost.count_total < 400_000, "{item}: {}", cost.count_total);
        assert!(
            cost.bytes_max < 8 * 1024 * 1024,
            "{item}: {}",
            cost.bytes_max
        );
    }
}
