//! Content-Security-Policy: which scripts of a page run, and what else a page can do.

use bartizan_headers::{Report, ReportDisposition, ReportKind, ReportLimits, read_reports};

use super::{Case, Stage};
use crate::server::wait_for;

/// Scripts that have run, in their order.
const RAN: &str = "return window.ran ?? 'nothing';";

const SCRIPTS: [Case; 11] = [
    Case {
        name: "with strict-dynamic a script's own scripts run, and no others",
        page: "service/pages/strict",
        script: RAN,
        gets: "twin,file",
        handled: &["GET /own.js"],
    },
    Case {
        name: "what is only tried stops nothing",
        page: "service/pages/watched",
        script: RAN,
        gets: "file",
        handled: &["GET /own.js"],
    },
    Case {
        name: "a script with the nonce of its answer runs",
        page: "service/pages/twin",
        script: RAN,
        gets: "twin",
        handled: &[],
    },
    Case {
        name: "an inline script without a nonce does not",
        page: "service/pages/inline",
        script: RAN,
        gets: "twin",
        handled: &[],
    },
    Case {
        name: "a foreign script is not even asked for",
        page: "service/pages/foreign-script",
        script: RAN,
        gets: "twin",
        handled: &[],
    },
    Case {
        name: "an own file runs",
        page: "service/pages/own-script",
        script: RAN,
        gets: "file",
        handled: &["GET /own.js"],
    },
    Case {
        name: "an own file of another type does not (nosniff)",
        page: "service/pages/plain-script",
        script: RAN,
        gets: "twin",
        handled: &["GET /plain.js"],
    },
    Case {
        name: "without nosniff it does",
        page: "stranger/plain",
        script: RAN,
        gets: "file",
        handled: &[],
    },
    // A click is handled before it returns.
    Case {
        name: "a listener of a script that may run",
        page: "service/pages/clicks",
        script: "document.getElementById('listener').click(); return window.ran;",
        gets: "twin,listener",
        handled: &[],
    },
    Case {
        name: "an event handler of the markup",
        page: "service/pages/clicks",
        script: "document.getElementById('handler').click(); return window.ran;",
        gets: "twin",
        handled: &[],
    },
    Case {
        name: "a javascript: address",
        page: "service/pages/clicks",
        script: "return told((resolve) => {
            window.ran.push = resolve;
            addEventListener('securitypolicyviolation', (event) => resolve(`blocked by ${event.effectiveDirective}`));
            document.getElementById('address').click();
        });",
        gets: "blocked by script-src-elem",
        handled: &[],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn only_scripts_of_the_policy_run() {
    let mut stage = Stage::start().await;
    stage.play(&SCRIPTS).await;

    // The nonce of one answer is of no use in the next.
    stage.open("service/pages/twin").await;
    let nonce = stage
        .run("return document.querySelector('script').nonce;")
        .await;
    assert_eq!(nonce.len(), 24, "{nonce}");
    stage
        .open(&format!("service/pages/stale?nonce={nonce}"))
        .await;
    let found = stage.run(RAN).await;
    stage.expect("a nonce of another answer", &found, "twin");
    let found = stage
        .run("return [...document.querySelectorAll('script')].map((it) => it.nonce).join(' ');")
        .await;
    assert!(found.starts_with(&nonce), "{found} is not of {nonce}");
    stage.end().await;
}

const PAGES: [Case; 5] = [
    Case {
        name: "a base address is ignored",
        page: "service/pages/base",
        script: "return document.getElementById('link').href === service + '/pages/next';",
        gets: "true",
        handled: &[],
    },
    Case {
        name: "a foreign form target",
        page: "service/pages/forms",
        script: "return told((resolve) => {
            addEventListener('securitypolicyviolation', (event) => resolve(`blocked by ${event.effectiveDirective}`));
            document.getElementById('foreign').submit();
        });",
        gets: "blocked by form-action",
        handled: &[],
    },
    Case {
        name: "a foreign picture",
        page: "service/pages/blank",
        script: "return told((resolve) => {
            const picture = new Image();
            picture.onload = () => resolve('shown');
            picture.onerror = () => resolve('not shown');
            picture.src = stranger + '/picture';
        });",
        gets: "not shown",
        handled: &[],
    },
    Case {
        name: "an own picture",
        page: "service/pages/blank",
        script: "return told((resolve) => {
            const picture = new Image();
            picture.onload = () => resolve('shown');
            picture.onerror = () => resolve('not shown');
            picture.src = '/picture';
        });",
        gets: "shown",
        handled: &["GET /picture"],
    },
    Case {
        name: "a script cannot send what it reads elsewhere",
        page: "service/pages/blank",
        script: "return text(stranger + '/taken', {method: 'POST', mode: 'no-cors'});",
        gets: "refused",
        handled: &[],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_within_their_policy_and_tell_what_was_stopped() {
    let mut stage = Stage::start().await;
    stage.play(&PAGES).await;

    stage.open("service/pages/frames").await;
    stage.browser.enter_frame().await;
    let found = stage.run("return location.protocol;").await;
    stage.browser.leave_frame().await;
    // The browser's own page, in place of the foreign one.
    stage.expect("a foreign frame", &found, "chrome-error:");

    for (page, expected, disposition) in [
        (
            "inline",
            "script-src-elem inline",
            ReportDisposition::Enforce,
        ),
        (
            "watched",
            "script-src-elem /own.js",
            ReportDisposition::Report,
        ),
    ] {
        let page = format!("service/pages/{page}");
        stage.open(&page).await;
        let url = stage.sites.url(&page);
        let report = wait_for(|| stage.report_of(&url));
        assert_eq!(report.kind, ReportKind::CspViolation);
        assert_eq!(report.disposition, disposition);
        let own = stage.sites.url("service/");
        let blocked = report.blocked.replace(own.trim_end_matches('/'), "");
        stage.expect(&page, &format!("{} {blocked}", report.directive), expected);
    }
    stage.end().await;
}

impl Stage {
    /// The first report about this page that has come.
    fn report_of(&self, url: &str) -> Option<Report> {
        let bodies = self.sites.received("POST /csp-reports").into_iter();
        let mut reports = bodies.flat_map(|arrival| {
            let kind = arrival.headers["content-type"].as_bytes();
            let reports = read_reports(kind, &arrival.body, ReportLimits::default());
            reports.unwrap().into_reports()
        });
        reports.find(|report| report.document == url)
    }
}
