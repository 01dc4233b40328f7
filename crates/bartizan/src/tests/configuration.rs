use std::error::Error;

use crate::{Config, Hardening};

fn refused(json: &str) -> (String, String) {
    let config: Config = serde_json::from_str(json).unwrap();
    let error = Hardening::new(&config).unwrap_err();
    (error.key().to_owned(), error.source().unwrap().to_string())
}

#[test]
fn what_cannot_work_is_refused_by_its_key() {
    for (json, key, why) in [
        (
            r#"{"client_ip": {"trusted_proxies": ["10.0.0.0/40"]}}"#,
            "client_ip.trusted_proxies",
            "networks",
        ),
        (
            r#"{"client_ip": {"trusted_proxies": ["0.0.0.0/0"]}}"#,
            "client_ip",
            "",
        ),
        (
            r#"{"client_ip": {"header": "forwarded"}}"#,
            "client_ip.header",
            "trusted_proxies",
        ),
        (
            r#"{"hosts": {"allowed": ["https://a.example"]}}"#,
            "hosts.allowed",
            "host name",
        ),
        (
            r#"{"rate_limits": {"deny": ["x"]}}"#,
            "rate_limits.deny",
            "networks",
        ),
        (
            r#"{"rate_limit_store": {"capacity": 5}}"#,
            "rate_limit_store.capacity",
            "1024",
        ),
        (
            r#"{"rate_limit": [{"name": "a", "limit": 0, "period": "1s"}]}"#,
            "rate_limit",
            "a: limit",
        ),
        (
            r#"{"rate_limit": [{"name": "A", "limit": 1, "period": "1s"}]}"#,
            "rate_limit",
            "name",
        ),
        (
            r#"{"rate_limit": [{"name": "a", "limit": 1, "period": "0s"}]}"#,
            "rate_limit",
            "zero",
        ),
        (
            r#"{"rate_limit": [{"name": "a", "limit": 5, "period": "1s", "cost": 6}]}"#,
            "rate_limit",
            "burst",
        ),
        (
            r#"{"rate_limit": [{"name": "a", "limit": 5, "period": "1d", "strict": true}]}"#,
            "rate_limit",
            "burst",
        ),
        (
            r#"{"rate_limit": [{"name": "a", "limit": 5, "period": "calendar-day", "burst": 2}]}"#,
            "rate_limit",
            "burst",
        ),
        (
            r#"{"rate_limit": [{"name": "a", "limit": 5, "period": "1s", "routes": ["v1"]}]}"#,
            "rate_limit",
            "/v1",
        ),
    ] {
        let (found, text) = refused(json);
        assert_eq!(found, key, "{json}");
        assert!(text.contains(why), "{json}: {text}");
    }
    for json in [
        r#"{"rate_limit": [{"name": "a", "limit": 1, "period": "1 s"}]}"#,
        r#"{"rate_limit": [{"name": "a", "limit": 1, "perod": "1s"}]}"#,
        r#"{"rate_limits": {"allowed": []}}"#,
    ] {
        assert!(serde_json::from_str::<Config>(json).is_err(), "{json}");
    }
}

#[test]
fn every_kind_of_limit_can_be_configured() {
    let json = r#"{"rate_limit": [
        {"name": "a", "limit": 100, "period": "1m", "burst": 10},
        {"name": "b", "limit": 100, "period": "30d", "burst": 20, "strict": true},
        {"name": "c", "limit": 5, "period": "calendar-month", "key": "tenant", "on_failure": "closed"},
        {"name": "d", "limit": 5, "period": "1h", "methods": ["POST"], "routes": ["/v1/**"],
         "cost": 5, "at_once": 2, "shadow": true, "fields": false, "key": "account"}
    ], "rate_limits": {"allow": ["10.0.0.0/8", "::1"], "fields": "both"}, "rate_limit_store": {"on_failure": "open"}}"#;
    let hardening = Hardening::new(&serde_json::from_str(json).unwrap()).unwrap();
    let names: Vec<_> = hardening
        .limiter()
        .report()
        .iter()
        .map(|rule| rule.name.to_string())
        .collect();
    assert_eq!(names, ["a", "b", "c", "d", "edge"]);
}
