//! Requests of other sites: what pages make a browser do in its user's name.

use super::{Case, Stage};

/// Sends a form from the page and waits for the page that answers.
struct Form {
    name: &'static str,
    page: &'static str,
    /// Where it is posted, such as `/transfer`.
    path: &'static str,
    /// How the answer begins.
    gets: &'static str,
    handled: &'static [&'static str],
}

const FORMS: [Form; 6] = [
    Form {
        name: "another site's form",
        page: "stranger/",
        path: "/transfer",
        gets: "403",
        handled: &[],
    },
    // The same request where nothing is checked: it was not the cookie that stayed away.
    Form {
        name: "another site's form, to a bypass",
        page: "stranger/",
        path: "/hooks/bank",
        gets: "ada",
        handled: &["POST /hooks/bank"],
    },
    Form {
        name: "a form of another origin of the site",
        page: "sibling/",
        path: "/transfer",
        gets: "403",
        handled: &[],
    },
    Form {
        name: "a trusted origin's form",
        page: "app/",
        path: "/transfer",
        gets: "ada",
        handled: &["POST /transfer"],
    },
    // Its page says `no-referrer`, so its `Origin` is `null`.
    Form {
        name: "the site's own form",
        page: "service/pages/forms",
        path: "/transfer",
        gets: "ada",
        handled: &["POST /transfer"],
    },
    Form {
        name: "a form of an origin that only CORS without credentials allows",
        page: "stranger/",
        path: "/without/transfer",
        gets: "403",
        handled: &[],
    },
];

const ANSWER: &str = "if (location.origin !== service || !location.pathname.startsWith(PATH) || document.readyState !== 'complete')
        return 'not yet';
    const body = document.body.innerText;
    return body.startsWith('{') ? JSON.parse(body).status : body;";

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_reach_no_handler() {
    let mut stage = Stage::start().await;
    for form in FORMS {
        stage.open("service/log-in").await;
        stage.open(form.page).await;
        let submit = format!(
            "const form = document.createElement('form');
             form.method = 'post';
             form.action = service + '{}';
             document.body.append(form);
             form.submit();",
            form.path
        );
        stage.run(&submit).await;
        let answer = ANSWER.replace("PATH", &format!("'{}'", form.path));
        let found = stage.until(&answer, "not yet").await;
        stage.expect(form.name, &found, form.gets);
        let handled = stage.sites.handled().join(", ");
        stage.expect(form.name, &handled, &form.handled.join(", "));
        // It came, and with the cookie: no rule of the browser's own has stopped it.
        let came = stage.sites.arrived("POST ");
        let cookies = came.iter().filter_map(|it| it.headers.get("cookie"));
        let cookies: Vec<_> = cookies.filter_map(|it| it.to_str().ok()).collect();
        let with_session = cookies.iter().filter(|it| it.contains("session=ada"));
        let found = format!("{} of {}", with_session.count(), came.len());
        stage.expect(&format!("{}, with the cookie", form.name), &found, "1 of 1");
    }
    stage.end().await;
}

const SOCKET: &str = "return told((resolve) => {
    const socket = new WebSocket(service.replace('http', 'ws') + '/live');
    socket.onmessage = (event) => resolve(`opened for ${event.data}`);
    socket.onclose = () => resolve('refused');
});";

/// A request without CORS. No script sees its answer, and not even that there is one: `Cross-Origin-Resource-Policy`.
const BLIND: &str = "return text(service + '/transfer',
    {method: 'POST', mode: 'no-cors', credentials: 'include', body: 'all'});";

const SCRIPTS: [Case; 9] = [
    Case {
        name: "a WebSocket of another site",
        page: "stranger/",
        script: SOCKET,
        gets: "refused",
        handled: &[],
    },
    Case {
        name: "a WebSocket of another origin of the site",
        page: "sibling/",
        script: SOCKET,
        gets: "refused",
        handled: &[],
    },
    Case {
        name: "a WebSocket of a trusted origin",
        page: "app/",
        script: SOCKET,
        gets: "opened for ada",
        handled: &["GET /live"],
    },
    Case {
        name: "a WebSocket of the site",
        page: "service/pages/blank",
        script: SOCKET,
        gets: "opened for ada",
        handled: &["GET /live"],
    },
    Case {
        name: "a POST of another site that does not care for the answer",
        page: "stranger/",
        script: BLIND,
        gets: "refused",
        handled: &[],
    },
    Case {
        name: "a POST with cookies of an origin that may read without",
        page: "stranger/",
        script: "return text(service + '/without/transfer', {method: 'POST', credentials: 'include'});",
        gets: "refused",
        handled: &[],
    },
    Case {
        name: "a POST without cookies of the same origin",
        page: "stranger/",
        script: "return text(service + '/without/transfer', {method: 'POST'});",
        gets: "200 nobody",
        handled: &["POST /without/transfer"],
    },
    Case {
        name: "a POST of a trusted origin that does not care for the answer",
        page: "app/",
        script: BLIND,
        gets: "refused",
        handled: &["POST /transfer"],
    },
    Case {
        name: "a POST of the site",
        page: "service/pages/blank",
        script: "return text('/transfer', {method: 'POST'});",
        gets: "200 ada",
        handled: &["POST /transfer"],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn scripts_of_other_sites_change_nothing_and_open_no_socket() {
    let mut stage = Stage::start().await;
    stage.open("service/log-in").await;
    stage.play(&SCRIPTS).await;
    stage.end().await;
}
