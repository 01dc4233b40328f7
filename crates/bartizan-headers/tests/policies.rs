//! Which of several policies an answer gets, and how they are replaced.

#![cfg(feature = "layer")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;

use bartizan_headers::{
    Field, HeadersLayer, Policies, Policy, PolicyError, PolicyName, ReferrerPolicy,
};
use http::{Request, Response};
use tower::{Layer, ServiceExt, service_fn};

/// A policy that can be told apart.
fn refers(word: ReferrerPolicy) -> Policy {
    Policy::builder().referrer_policy(word).build().unwrap()
}

fn referrer(policies: &Policies, path: &str, name: Option<&'static str>) -> String {
    let exchange = policies.begin(&mut Request::get(path).body(()).unwrap());
    let mut response = Response::new(());
    if let Some(name) = name {
        response.extensions_mut().insert(PolicyName(name));
    }
    exchange.finish(&mut response);
    let value = response.headers().get("referrer-policy").unwrap();
    value.to_str().unwrap().to_owned()
}

#[test]
fn the_answers_name_goes_before_the_path_and_the_path_before_the_sites_own() {
    let policies = Policies::new(Policy::default())
        .named("origin", refers(ReferrerPolicy::Origin))
        .by_path([
            ("/embed/**", refers(ReferrerPolicy::SameOrigin)),
            ("/embed/strict", refers(ReferrerPolicy::StrictOrigin)),
        ])
        .unwrap();
    for (path, name, expected) in [
        ("/", None, "no-referrer"),
        ("/embedded", None, "no-referrer"),
        ("/embed", None, "same-origin"),
        ("/embed/a?b", None, "same-origin"),
        ("/embed/strict", None, "strict-origin"),
        ("/embed/strict", Some("origin"), "origin"),
        ("/embed/strict", Some("unknown"), "no-referrer"),
    ] {
        assert_eq!(referrer(&policies, path, name), expected, "{path} {name:?}");
    }
    assert_eq!(policies.unknown_names(), 1);
}

#[test]
fn a_pattern_that_is_none_or_is_there_twice_is_refused() {
    let routes = ["embed", "/a", "/a", "/a/*"].map(|route| (route, Policy::default()));
    let errors = Policies::default().by_path(routes).unwrap_err();
    let routes: Vec<_> = errors
        .iter()
        .map(|error| match error {
            PolicyError::Route { route, duplicate } => (route.as_str(), *duplicate),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(routes, [("embed", false), ("/a", true), ("/a/*", false)]);
}

/// A request that met the old policies is answered by them, the next one by the new ones, through every clone.
#[tokio::test]
async fn a_replaced_policy_is_never_mixed_with_the_old_one() {
    let layer = HeadersLayer::new(refers(ReferrerPolicy::Origin));
    let replaces = layer.clone();
    let service = layer.layer(service_fn(move |_: Request<()>| {
        let bare = Policy::builder()
            .without(Field::ReferrerPolicy)
            .without(Field::PermissionsPolicy)
            .build();
        replaces.set_policies(bare.unwrap());
        async { Ok::<_, Infallible>(Response::new(())) }
    }));
    let names = ["referrer-policy", "permissions-policy"];
    for expected in [true, false] {
        let request = Request::new(());
        let answer = service.clone().oneshot(request).await.unwrap();
        let has = names.map(|name| answer.headers().contains_key(name));
        assert_eq!(has, [expected; 2]);
    }
}
