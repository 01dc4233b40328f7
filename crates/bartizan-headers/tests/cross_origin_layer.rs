//! The layer: what a refused request gets, what is counted, what can be changed while serving.

#![cfg(feature = "layer")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;

use bartizan_headers::{
    CrossOrigin, CrossOriginAllow as Allow, CrossOriginLayer, CrossOriginPolicy,
    CrossOriginRefuse as Refuse, CrossOriginRejection,
};
use http::{Request, Response, StatusCode};
use tower::{Layer, Service, ServiceExt, service_fn};

async fn handler(_: Request<()>) -> Result<Response<String>, Infallible> {
    Ok(Response::new("done".to_owned()))
}

fn request(method: &str, path: &str, site: &str) -> Request<()> {
    let uri = format!("https://example.com{path}");
    let builder = Request::builder().method(method).uri(uri);
    builder.header("sec-fetch-site", site).body(()).unwrap()
}

fn service(
    layer: &CrossOriginLayer,
) -> CrossOrigin<
    impl Service<Request<()>, Response = Response<String>, Error = Infallible, Future: Send> + Clone,
> {
    layer.layer(service_fn(handler))
}

async fn status(layer: &CrossOriginLayer, request: Request<()>) -> StatusCode {
    service(layer).oneshot(request).await.unwrap().status()
}

#[tokio::test]
async fn a_refused_request_gets_403_an_empty_body_and_a_reason() {
    let layer = CrossOriginLayer::default();
    let response = service(&layer)
        .oneshot(request("POST", "/", "cross-site"))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(response.body(), "");
    assert!(response.headers().is_empty());
    let rejection = response.extensions().get::<CrossOriginRejection>().unwrap();
    assert_eq!(rejection.reason(), Refuse::CrossSite);
    assert_eq!(rejection.status(), response.status());

    let response = service(&layer)
        .oneshot(request("POST", "/", "same-origin"))
        .await
        .unwrap();
    assert_eq!(response.body(), "done");
    assert!(
        response
            .extensions()
            .get::<CrossOriginRejection>()
            .is_none()
    );
}

#[tokio::test]
async fn decisions_are_counted_by_reason_and_reads_are_not() {
    let layer = CrossOriginLayer::default();
    for (method, site, times) in [
        ("POST", "same-origin", 2),
        ("PUT", "cross-site", 3),
        ("POST", "x", 1),
        ("GET", "none", 9),
    ] {
        for _ in 0..times {
            status(&layer, request(method, "/", site)).await;
        }
    }
    let stats = layer.clone().stats();
    assert_eq!(stats.allowed(Allow::SameOrigin), 2);
    assert_eq!(stats.refused(Refuse::CrossSite), 3);
    assert_eq!(stats.refused(Refuse::MalformedFetchSite), 1);
    assert_eq!(Allow::all().map(|it| stats.allowed(it)).sum::<u64>(), 2);
    assert_eq!(Refuse::all().map(|it| stats.refused(it)).sum::<u64>(), 4);
    assert_eq!(Refuse::all().map(|it| stats.reported(it)).sum::<u64>(), 0);
}

#[tokio::test]
async fn a_policy_that_only_reports_refuses_nothing_and_counts() {
    let policy = CrossOriginPolicy::builder().report_only().build().unwrap();
    let layer = CrossOriginLayer::new(policy);
    assert_eq!(
        status(&layer, request("POST", "/", "cross-site")).await,
        StatusCode::OK
    );
    let stats = layer.stats();
    assert_eq!(stats.reported(Refuse::CrossSite), 1);
    assert_eq!(stats.refused(Refuse::CrossSite), 0);
}

#[tokio::test]
async fn a_policy_is_exchanged_for_services_that_are_there_already() {
    let layer = CrossOriginLayer::default();
    let mut service = service(&layer);
    let mut post = async || {
        let request = request("POST", "/", "cross-site");
        service
            .ready()
            .await
            .unwrap()
            .call(request)
            .await
            .unwrap()
            .status()
    };
    assert_eq!(post().await, StatusCode::FORBIDDEN);
    let policy = CrossOriginPolicy::builder().with_insecure_bypass(http::Method::POST, "/");
    layer.set_policy(policy.build().unwrap());
    assert_eq!(post().await, StatusCode::OK);
    layer.set_policy(CrossOriginPolicy::default());
    assert_eq!(post().await, StatusCode::FORBIDDEN);
    assert!(!layer.policy().is_report_only());
    assert_eq!(layer.stats().allowed(Allow::Bypass), 1);
}

#[tokio::test]
async fn isolation_comes_and_goes_with_the_policy() {
    let image = || {
        let mut request = request("GET", "/me", "cross-site");
        let mode = http::HeaderValue::from_static("no-cors");
        request.headers_mut().insert("sec-fetch-mode", mode);
        request
    };
    let layer = CrossOriginLayer::default();
    assert_eq!(status(&layer, image()).await, StatusCode::OK);
    let isolated = CrossOriginPolicy::builder().isolate_reads();
    layer.set_policy(isolated.build().unwrap());
    assert_eq!(status(&layer, image()).await, StatusCode::FORBIDDEN);
    assert_eq!(layer.stats().refused(Refuse::CrossSiteRead), 1);
    layer.set_policy(CrossOriginPolicy::default());
    assert_eq!(status(&layer, image()).await, StatusCode::OK);
}

#[tokio::test]
async fn a_handshake_is_no_read_to_the_layer() {
    let mut handshake = request("GET", "/", "cross-site");
    let websocket = http::HeaderValue::from_static("websocket");
    handshake.headers_mut().insert("upgrade", websocket);
    let layer = CrossOriginLayer::default();
    assert_eq!(status(&layer, handshake).await, StatusCode::FORBIDDEN);
}

#[derive(Clone)]
struct Template(&'static str);

#[tokio::test]
async fn a_bypass_goes_by_the_routers_template() {
    let policy =
        CrossOriginPolicy::builder().with_insecure_bypass(http::Method::POST, "/hooks/{name}");
    let by_path = CrossOriginLayer::new(policy.build().unwrap());
    let by_template = by_path
        .clone()
        .route_from(|uri, extensions| extensions.get::<Template>().map_or(uri.path(), |it| it.0));
    let hook = |template| {
        let mut request = request("POST", "/hooks/a", "cross-site");
        request.extensions_mut().insert(Template(template));
        request
    };
    assert_eq!(
        status(&by_template, hook("/hooks/{name}")).await,
        StatusCode::OK
    );
    assert_eq!(
        status(&by_template, hook("/hooks/{other}")).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        status(&by_path, hook("/hooks/{name}")).await,
        StatusCode::FORBIDDEN
    );
    let literal = request("POST", "/hooks/%7Bname%7D", "cross-site");
    assert_eq!(status(&by_path, literal).await, StatusCode::FORBIDDEN);
}

/// A browser without cookies of the site, told to send them, sends none and keeps what comes: the attacker's session.
#[tokio::test]
async fn who_asks_as_nobody_gets_no_cookie() {
    let policy = CrossOriginPolicy::builder()
        .trusted_without_credentials(|_, _| true)
        .build()
        .unwrap();
    let layer = CrossOriginLayer::new(policy);
    let login = layer.layer(service_fn(|_: Request<()>| async {
        let mut response = Response::new("done".to_owned());
        for cookie in ["session=attacker", "device=attacker"] {
            let headers = response.headers_mut();
            headers.append("set-cookie", http::HeaderValue::from_static(cookie));
        }
        Ok::<_, Infallible>(response)
    }));
    for (site, cookies) in [("cross-site", 0), ("same-site", 0), ("same-origin", 2)] {
        let mut request = request("POST", "/login", site);
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("sec-fetch-mode", "cors"),
        ] {
            let value = http::HeaderValue::from_static(value);
            request.headers_mut().insert(name, value);
        }
        let response = login.clone().oneshot(request).await.unwrap();
        assert_eq!(response.body(), "done");
        let kept = response.headers().get_all("set-cookie").iter().count();
        assert_eq!(kept, cookies, "{site}");
    }
}
