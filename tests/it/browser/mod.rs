//! What a real Chromium does with what our layers send.
//!
//! A service behind all layers stands at `http://localhost:A`. `http://127.0.0.1:B` is another site whose origin the service
//! trusts, `http://127.0.0.1:C` one that it does not, and `http://localhost:C` another origin of its own site. Browsers take all
//! of them for secure contexts, so they send `Sec-Fetch-Site` and keep `Secure` cookies.

mod cors;
mod csp;
mod csrf;
mod driver;
mod fields;
mod isolation;
mod pages;
mod sites;

use std::time::Instant;

use serde_json::{Value, json};

use self::{driver::Browser, sites::Sites};

/// One thing that a script does on a page, what it sees, and what handlers see of it.
struct Case {
    name: &'static str,
    /// Where the script runs, such as `stranger/`.
    page: &'static str,
    /// The body of an asynchronous function.
    script: &'static str,
    /// What it returns, as a text.
    gets: &'static str,
    /// The requests that got as far as a handler of the service, such as `PUT /v1/notes/1`. Pages do not count.
    handled: &'static [&'static str],
}

/// The sites and a browser that looks at them.
struct Stage {
    sites: Sites,
    browser: Browser,
    failures: Vec<String>,
}

impl Stage {
    async fn start() -> Self {
        let csrf = json!({"session_cookies": ["session"], "insecure_bypass": ["POST /hooks/bank"]});
        Self::start_with(csrf).await
    }

    /// With this `csrf` section.
    async fn start_with(csrf: Value) -> Self {
        Self {
            sites: Sites::start(csrf).await,
            browser: Browser::start().await,
            failures: Vec::new(),
        }
    }

    /// Goes to a page such as `stranger/`, and forgets what was handled before its scripts ran.
    async fn open(&self, page: &str) {
        self.sites.forget();
        self.browser.open(&self.sites.url(page)).await;
    }

    async fn run(&self, script: &str) -> String {
        self.browser.run(&self.sites.origins(), script).await
    }

    /// Asks until the answer is another one: for what comes after a page that leaves.
    async fn until(&self, script: &str, not_yet: &str) -> String {
        let start = Instant::now();
        loop {
            let found = self.run(script).await;
            // A page that is about to leave takes the script with it.
            if found != not_yet && !found.starts_with("no answer") {
                return found;
            }
            assert!(start.elapsed().as_secs() < 20, "waited for 20 s: {found}");
        }
    }

    async fn play(&mut self, cases: &[Case]) {
        for case in cases {
            self.open(case.page).await;
            let found = self.run(case.script).await;
            self.expect(case.name, &found, case.gets);
            let handled = self.sites.handled();
            self.expect(
                &format!("{}, handled", case.name),
                &handled.join(", "),
                &case.handled.join(", "),
            );
        }
    }

    /// Notes a failure and goes on: one run tells all of them.
    fn expect(&mut self, name: &str, found: &str, expected: &str) {
        if found != expected {
            let failure = format!("{name}: expected `{expected}`, found `{found}`");
            self.failures.push(failure);
        }
    }

    async fn end(self) {
        self.browser.quit().await;
        let failures = self.failures;
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
