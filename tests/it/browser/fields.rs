//! Single fields, each by what a page notices of it.

use super::{Case, Stage};

const NOTICED: [Case; 9] = [
    Case {
        name: "no camera (Permissions-Policy)",
        page: "service/pages/blank",
        script: "return document.featurePolicy.allowsFeature('camera');",
        gets: "false",
        handled: &[],
    },
    Case {
        name: "a camera where the policy allows it",
        page: "service/pages/camera",
        script: "return document.featurePolicy.allowsFeature('camera');",
        gets: "true",
        handled: &[],
    },
    Case {
        name: "an agent cluster of its own (Origin-Agent-Cluster)",
        page: "service/pages/blank",
        script: "return window.originAgentCluster;",
        gets: "true",
        handled: &[],
    },
    Case {
        name: "not isolated without Cross-Origin-Embedder-Policy",
        page: "service/pages/blank",
        script: "return window.crossOriginIsolated;",
        gets: "false",
        handled: &[],
    },
    Case {
        name: "isolated with it",
        page: "service/pages/shielded",
        script: "return window.crossOriginIsolated;",
        gets: "true",
        handled: &[],
    },
    Case {
        name: "an uploaded drawing opened as a page runs nothing",
        page: "service/drawing",
        script: "return document.documentElement.tagName + document.documentElement.id;",
        gets: "svg",
        handled: &["GET /drawing"],
    },
    Case {
        name: "without our fields it does",
        page: "stranger/drawing",
        script: "return document.documentElement.tagName + document.documentElement.id;",
        gets: "svgran",
        handled: &[],
    },
    Case {
        name: "a repaired cookie is stored",
        page: "service/pages/blank",
        script: "return text('/v1/cookies');",
        gets: "200 bare session",
        handled: &["GET /v1/cookies"],
    },
    Case {
        name: "and no script reads it (HttpOnly)",
        page: "service/pages/blank",
        script: "return document.cookie;",
        gets: "",
        handled: &[],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn pages_notice_each_field() {
    let mut stage = Stage::start().await;
    stage.open("service/log-in").await;
    stage.play(&NOTICED).await;

    let leave = "location.href = stranger + '/';";
    let arrived = "return location.origin === stranger && document.readyState === 'complete'
        ? `from ${document.referrer}` : 'not yet';";
    let origin = stage.sites.url("service/");
    for (name, page, referrer) in [
        (
            "no word of the page that was left",
            "service/pages/blank",
            "",
        ),
        (
            "its origin where the policy says so",
            "service/pages/refers",
            &*origin,
        ),
    ] {
        stage.open(page).await;
        stage.run(leave).await;
        let found = stage.until(arrived, "not yet").await;
        stage.expect(name, &found, &format!("from {referrer}"));
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_one_person_is_kept() {
    let mut stage = Stage::start().await;
    // Whatever is stored would do.
    let twice = "const ask = () => text('/pages/secret' + QUERY, {cache: 'force-cache'});
        return await ask() === await ask();";
    for (name, start, query, asked) in [
        (
            "anybody's page is stored",
            "service/pages/blank",
            "'?1'",
            "1",
        ),
        (
            "the page of one person is not",
            "service/log-in",
            "'?2'",
            "2",
        ),
    ] {
        stage.open(start).await;
        let found = stage.run(&twice.replace("QUERY", query)).await;
        stage.expect(name, &found, "true");
        let found = stage.sites.arrived("GET /pages/secret").len().to_string();
        stage.expect(&format!("{name}, asked"), &found, asked);
    }
    let log_out = "await text('/log-out', {method: 'POST'});";
    for (name, start, leave, asked) in [
        ("back to anybody's page", "service/pages/blank", "", "1"),
        (
            "the same after a logout",
            "service/pages/blank",
            log_out,
            "2",
        ),
        (
            "back to the page of one person after a logout",
            "service/log-in",
            log_out,
            "2",
        ),
    ] {
        stage.run(log_out).await;
        stage.open(start).await;
        stage.open("service/pages/secret").await;
        let next = stage.sites.url("service/pages/blank");
        stage.browser.open(&next).await;
        stage.run(&format!("{leave} history.back();")).await;
        let back = "return location.pathname === '/pages/secret' && document.readyState === 'complete' ? 'back' : 'not yet';";
        assert_eq!(stage.until(back, "not yet").await, "back");
        let found = stage.sites.arrived("GET /pages/secret").len().to_string();
        stage.expect(name, &found, asked);
    }
    stage.end().await;
}
