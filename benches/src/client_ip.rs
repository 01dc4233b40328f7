//! What it costs to find a caller's address: ours looks up whether the peer and each hop are trusted, the rival takes the
//! rightmost element from whomever.

use std::hint::black_box;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum_client_ip::RightmostXForwardedFor;
use bartizan_client_ip::{ForwardingField, Policy};
use http::Request;
use http::request::Parts;

use crate::harness::{LOCK, Outcome, alternate, locked, nanoseconds, ready};
use crate::row::{Row, Target};

const CALLS: u32 = 500_000;

const CALLER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    let trusted = ["10.0.0.0/8".parse()?, "192.0.2.0/24".parse()?];
    let policy = Policy::builder()
        .behind(trusted, ForwardingField::XForwardedFor)
        .build()?;
    let peer = Some("10.0.0.1".parse()?);
    // Of two hops both sides find the same caller. Of three, the rival's answer is a proxy, as it cannot step over one.
    let two = "127.0.0.1, 203.0.113.9";
    let three = "127.0.0.1, 203.0.113.9, 10.0.0.2";
    let mut rows = Vec::new();
    for (name, value, same, limit) in [
        ("a caller behind one proxy", two, true, 1.0),
        ("a caller behind two proxies", three, false, 1.5),
    ] {
        let mut parts = parts(value)?;
        let ours = policy.address(peer, &parts.headers)?;
        if ours != CALLER || (rival(&mut parts)? == CALLER) != same {
            return Err("the two sides do not answer as expected".into());
        }
        let mut other = parts.clone();
        let pair = alternate(
            || {
                nanoseconds(CALLS, || {
                    let headers = black_box(&parts.headers);
                    black_box(policy.address(black_box(peer), headers)?);
                    Ok(())
                })
            },
            || {
                nanoseconds(CALLS, || {
                    black_box(rival(black_box(&mut other))?);
                    Ok(())
                })
            },
        )?;
        rows.push(Row {
            area: "client-ip",
            name,
            pair,
            rival: format!("RightmostXForwardedFor, {}", locked(LOCK, "axum-client-ip")),
            unit: "ns",
            target: Target::AtMost(limit),
        });
    }
    Ok(rows)
}

/// The head of a browser's request, as a proxy hands it on.
fn parts(forwarded: &str) -> Outcome<Parts> {
    let request = Request::builder()
        .uri("/v1/articles?limit=10")
        .header("host", "example.com")
        .header("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)")
        .header("accept", "text/html,application/xhtml+xml")
        .header("accept-language", "en-GB,en;q=0.5")
        .header("accept-encoding", "gzip, deflate, br, zstd")
        .header("cookie", "theme=dark")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-for", forwarded)
        .body(())?;
    Ok(request.into_parts().0)
}

fn rival(parts: &mut Parts) -> Outcome<IpAddr> {
    let RightmostXForwardedFor(address) =
        ready(RightmostXForwardedFor::from_request_parts(parts, &()))??;
    Ok(address)
}
