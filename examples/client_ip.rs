//! Who is calling, behind one trusted proxy: `cargo run -p bartizan-examples --example client_ip`.
//!
//! The service below sees one address, one scheme and one host, and none of the fields by which a caller could lie.

use std::{convert::Infallible, error::Error, net::IpAddr};

use bartizan_client_ip::{Client, ClientIpLayer, ForwardingField, HostLayer, Policy, Rejection};
use http::{Request, Response, StatusCode};
use tower::{ServiceBuilder, ServiceExt, service_fn};

type Failure = Box<dyn Error + Send + Sync>;

const PROXY: &str = "10.0.0.1";
const STRANGER: &str = "203.0.113.66";

async fn whoami(request: Request<()>) -> Result<Response<String>, Infallible> {
    let client = request.extensions().get::<Client>();
    let address = client.and_then(|client| client.address().ok());
    let address = address.map_or_else(|| "nobody".to_owned(), |address| address.to_string());
    Ok(Response::new(format!(
        "{address} asks for {}",
        request.uri()
    )))
}

/// A request with these fields; a server puts the peer's address into the extensions.
fn request(peer: &str, fields: &[(&str, &str)]) -> Result<Request<()>, Failure> {
    let mut builder = Request::builder()
        .uri("/")
        .extension(peer.parse::<IpAddr>()?);
    for (name, value) in fields {
        builder = builder.header(*name, *value);
    }
    Ok(builder.body(())?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let policy = Policy::builder()
        .behind(
            [format!("{PROXY}/32").parse()?],
            ForwardingField::XForwardedFor,
        )
        .hosts(["example.com"])
        .build()?;
    let service = ServiceBuilder::new()
        .layer(ClientIpLayer::new(policy).on_alarm(|alarm| println!("alarm: {alarm}")))
        .layer(HostLayer::new())
        .service(service_fn(whoami));

    // The caller sent the left address, the proxy appended the right one and set the scheme.
    let fields = [
        ("host", "example.com"),
        ("x-forwarded-for", "127.0.0.1, 203.0.113.9"),
        ("x-forwarded-proto", "https"),
    ];
    let allowed = service.clone().oneshot(request(PROXY, &fields)?).await?;
    println!("by the proxy:  {}", allowed.body());
    assert_eq!(allowed.body(), "203.0.113.9 asks for https://example.com/");

    // The same fields from a stranger are a forgery.
    let forged = service.clone().oneshot(request(STRANGER, &fields)?).await?;
    println!("by a stranger: {}", forged.body());
    assert_eq!(forged.body(), "203.0.113.66 asks for http://example.com/");

    // Refused: a host that is not ours, and a proxy that does not tell.
    for (name, value) in [("host", "evil.example"), ("x-forwarded-for", "oops")] {
        let fields = fields.map(|field| {
            if field.0 == name {
                (name, value)
            } else {
                field
            }
        });
        let refused = service.clone().oneshot(request(PROXY, &fields)?).await?;
        let reason = refused.extensions().get::<Rejection>();
        println!("{name}: {value} -> {} {reason:?}", refused.status());
        assert!(refused.status() != StatusCode::OK && reason.is_some());
    }
    Ok(())
}
