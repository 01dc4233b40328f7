//! What a policy can be told beside its defaults: names, people, cookies, reports, single fields.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bartizan_headers::{
    Allowlist, Authenticated, CookieRepair, Csp, Directive, EmbedderPolicy, Feature, Field,
    OpenerPolicy, PermissionsPolicy, Policies, Policy, PolicyError, PolicyName, ReferrerPolicy,
    ResourcePolicy, Transport,
};
use http::{HeaderValue, Request, Response};

type Own = [(&'static str, &'static str)];

fn answer(own: &Own) -> Response<()> {
    let mut response = Response::new(());
    for (name, value) in own {
        response
            .headers_mut()
            .append(*name, HeaderValue::from_static(value));
    }
    response
}

fn all(response: &Response<()>, name: &str) -> String {
    let values: Vec<_> = response
        .headers()
        .get_all(name)
        .iter()
        .map(|value| value.to_str().unwrap())
        .collect();
    values.join(" | ")
}

/// The answer to a request with these fields.
fn exchanged(policies: &Policies, asked: &Own, mut response: Response<()>) -> Response<()> {
    let mut request = Request::new(());
    for (name, value) in asked {
        request
            .headers_mut()
            .append(*name, HeaderValue::from_static(value));
    }
    policies.begin(&mut request).finish(&mut response);
    response
}

const PAGE: (&str, &str) = ("content-type", "text/html");

#[test]
fn a_page_for_one_person_is_not_stored() {
    let policy = Policy::builder().session_cookie("__Host-session").build();
    let policies = Policies::new(policy.unwrap());
    for (asked, expected) in [
        (("authorization", "Bearer x"), "no-store"),
        (("cookie", "a=1; __Host-session=x"), "no-store"),
        (("cookie", "a=1"), ""),
        (("accept", "text/html"), ""),
    ] {
        let response = exchanged(&policies, &[asked], answer(&[PAGE]));
        assert_eq!(all(&response, "cache-control"), expected, "{asked:?}");
        let own = answer(&[PAGE, ("cache-control", "private, max-age=5")]);
        let response = exchanged(&policies, &[asked], own);
        assert_eq!(all(&response, "cache-control"), "private, max-age=5");
    }
    let mut certificate = answer(&[PAGE]);
    certificate.extensions_mut().insert(Authenticated::new());
    let response = exchanged(&policies, &[], certificate);
    assert_eq!(all(&response, "cache-control"), "no-store");
}

#[test]
fn who_leaves_cache_control_out_leaves_it_out_for_people_too() {
    let policy = Policy::builder().without(Field::CacheControl).build();
    let policies = Policies::new(policy.unwrap());
    let response = exchanged(&policies, &[("authorization", "x")], answer(&[PAGE]));
    assert_eq!(all(&response, "cache-control"), "");
}

#[test]
fn an_answer_gets_the_policy_that_it_or_its_route_names() {
    let embed = Policy::builder()
        .allow(Directive::FrameAncestors, "https://partner.example")
        .build()
        .unwrap();
    let policies = Policies::new(Policy::default())
        .named("embed", embed)
        .choose(|request| {
            let route = request.get::<&str>()?;
            route.starts_with("/embed/").then_some(PolicyName("embed"))
        });
    let ask = |route: Option<&'static str>, name: Option<PolicyName>| {
        let mut request = Request::new(());
        let mut response = answer(&[PAGE]);
        if let Some(route) = route {
            request.extensions_mut().insert(route);
        }
        if let Some(name) = name {
            response.extensions_mut().insert(name);
        }
        policies.begin(&mut request).finish(&mut response);
        all(&response, "content-security-policy").contains("partner.example")
    };
    assert!(!ask(None, None));
    assert!(!ask(Some("/"), None));
    assert!(ask(Some("/embed/{id}"), None));
    assert!(ask(None, Some(PolicyName("embed"))));
    assert_eq!(policies.unknown_names(), 0);
    // the answer's word goes before the route's; one that nobody knows is the site's own policy
    assert!(!ask(Some("/embed/{id}"), Some(PolicyName("embde"))));
    assert_eq!(policies.unknown_names(), 1);
}

#[test]
fn cookies_are_repaired_on_request_only() {
    let own = answer(&[
        ("set-cookie", "a=1; Path=/"),
        ("set-cookie", "__Host-b=2"),
        ("set-cookie", "csrf=3; Secure; SameSite=Strict"),
        ("set-cookie", "__Host-c=4; Path=/admin"),
    ]);
    let plain = Policies::new(Policy::default());
    let untouched = exchanged(&plain, &[], own.clone());
    assert_eq!(all(&untouched, "set-cookie"), all(&own, "set-cookie"));

    let policy = Policy::builder()
        .transport(Transport::Https)
        .repair_cookies(CookieRepair::new().readable("csrf"))
        .build()
        .unwrap();
    let response = exchanged(&Policies::new(policy.clone()), &[], own);
    assert_eq!(
        all(&response, "set-cookie"),
        "a=1; Path=/; Secure; HttpOnly; SameSite=Lax | \
         __Host-b=2; Path=/; Secure; HttpOnly; SameSite=Lax | \
         csrf=3; Secure; SameSite=Strict | \
         __Host-c=4; Path=/admin"
    );
    assert_eq!(policy.unrepaired_cookies(), 1);
}

#[test]
fn reports_of_documents_go_to_the_endpoint_by_both_ways_over_https() {
    let trial = Csp::document().none(Directive::ConnectSrc).build().unwrap();
    let builder = Policy::builder()
        .document_csp_report_only(trial)
        .reports("csp", "/reports");
    let sent = |transport| {
        let policies = Policies::new(builder.clone().transport(transport).build().unwrap());
        (exchanged(&policies, &[], answer(&[PAGE])), policies)
    };
    // Chromium takes `report-to` over HTTPS only, and ignores `report-uri` beside it.
    for (transport, end) in [
        (Transport::Https, "; report-uri /reports; report-to csp"),
        (Transport::Plain, "; report-uri /reports"),
    ] {
        let (response, _) = sent(transport);
        for name in [
            "content-security-policy",
            "content-security-policy-report-only",
        ] {
            let sent = all(&response, name);
            assert!(sent.ends_with(end), "{sent}");
        }
    }
    let (response, policies) = sent(Transport::Https);
    assert_eq!(all(&response, "reporting-endpoints"), "csp=\"/reports\"");
    let trial = all(&response, "content-security-policy-report-only");
    assert!(trial.contains("connect-src 'none'"), "{trial}");

    let api = exchanged(&policies, &[], answer(&[]));
    assert!(!all(&api, "content-security-policy").contains("report"));
    assert_eq!(all(&api, "reporting-endpoints"), "");
}

#[test]
fn a_trial_that_nobody_hears_of_is_not_built() {
    let builder = Policy::builder().document_csp_report_only(Csp::document().build().unwrap());
    let errors = builder.clone().build().unwrap_err();
    assert_eq!(
        errors.iter().collect::<Vec<_>>(),
        [&PolicyError::ReportsUnheard]
    );
    for (name, url) in [
        ("csp", "reports"),
        ("csp", "//a.example"),
        ("csp", "http://a.example/r"),
        ("csp", "/a b"),
        ("csp", "/a\", x=\"/b"),
        ("csp", "/a; script-src *"),
        ("C S P", "/r"),
        ("", "/r"),
        ("a=\"b\", c", "/r"),
    ] {
        let policy = builder.clone().reports(name, url).build();
        assert!(policy.is_err(), "{name:?} {url:?}");
    }
}

#[test]
fn an_endpoint_is_checked_though_no_policy_reports_to_it() {
    let own = Csp::document().report("own", "https://reports.example/csp");
    let policy = Policy::builder().document_csp(own.build().unwrap());
    assert!(policy.clone().reports("other", "/r").build().is_ok());
    let errors = policy.reports("csp", "/a\", x=\"/b").build().unwrap_err();
    assert!(
        matches!(errors.iter().next(), Some(PolicyError::Endpoint { .. })),
        "{errors}"
    );
}

#[test]
fn single_fields_have_types() {
    let permissions = PermissionsPolicy::default()
        .allow(Feature::Camera, Allowlist::Page)
        .deny(Feature::Bluetooth);
    let policy = Policy::builder()
        .permissions_policy(permissions)
        .referrer_policy(ReferrerPolicy::StrictOriginWhenCrossOrigin)
        .opener_policy(OpenerPolicy::SameOriginAllowPopups)
        .resource_policy(ResourcePolicy::CrossOrigin)
        .embedder_policy(EmbedderPolicy::Credentialless)
        .origin_agent_cluster(false)
        .build()
        .unwrap();
    let response = exchanged(&Policies::new(policy), &[], answer(&[]));
    let permissions = all(&response, "permissions-policy");
    assert!(permissions.contains("camera=(self)"), "{permissions}");
    assert!(
        permissions.ends_with("usb=(), bluetooth=()"),
        "{permissions}"
    );
    for (name, value) in [
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("cross-origin-opener-policy", "same-origin-allow-popups"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("cross-origin-embedder-policy", "credentialless"),
        ("origin-agent-cluster", "?0"),
    ] {
        assert_eq!(all(&response, name), value, "{name}");
    }
    let silent = Policy::builder().permissions_policy(PermissionsPolicy::empty());
    let response = exchanged(&Policies::new(silent.build().unwrap()), &[], answer(&[]));
    assert_eq!(all(&response, "permissions-policy"), "");
}

#[test]
fn a_policy_tells_everything_that_is_wrong_with_it() {
    let errors = Policy::builder()
        .allow(Directive::ScriptSrc, "*")
        .allow(Directive::FrameAncestors, "*")
        .hsts_preload()
        .hsts_without_subdomains()
        .session_cookie("a b")
        .repair_cookies(CookieRepair::new().readable(""))
        .permissions_policy(PermissionsPolicy::empty().deny(Feature::Custom("A".into())))
        .reports("csp", "nowhere")
        .replace(Field::ReferrerPolicy, "a\r\nb")
        .danger_document_csp("\n")
        .build()
        .unwrap_err();
    let count = |kind: fn(&PolicyError) -> bool| errors.iter().filter(|e| kind(e)).count();
    // report-uri of the endpoint's address is among them
    assert_eq!(
        count(|e| matches!(e, PolicyError::Directive { .. })),
        3,
        "{errors}"
    );
    assert_eq!(
        count(|e| matches!(e, PolicyError::Preload { .. })),
        1,
        "{errors}"
    );
    assert_eq!(
        count(|e| matches!(e, PolicyError::CookieName { .. })),
        2,
        "{errors}"
    );
    assert_eq!(
        count(|e| matches!(e, PolicyError::Permission { .. })),
        1,
        "{errors}"
    );
    assert_eq!(
        count(|e| matches!(e, PolicyError::Endpoint { .. })),
        1,
        "{errors}"
    );
    assert_eq!(
        count(|e| matches!(e, PolicyError::Value { .. })),
        2,
        "{errors}"
    );
}

#[test]
fn a_policy_that_forgets_framing_forbids_it() {
    let silent = Csp::document().without(Directive::FrameAncestors).build();
    let policy = Policy::builder()
        .document_csp(silent.unwrap())
        .build()
        .unwrap();
    let response = exchanged(&Policies::new(policy), &[], answer(&[PAGE]));
    let sent = all(&response, "content-security-policy");
    assert!(sent.ends_with("; frame-ancestors 'none'"), "{sent}");
    assert_eq!(all(&response, "x-frame-options"), "DENY");
}
