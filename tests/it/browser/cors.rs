//! Cross-origin resource sharing: what scripts of other origins can do and read.

use super::{Case, Stage};

const PREFLIGHTS: [Case; 8] = [
    Case {
        name: "the allowed origin puts JSON",
        page: "app/",
        script: "return text(service + '/v1/notes/1', {
            method: 'PUT', body: '{}', headers: {'content-type': 'application/json'},
        });",
        gets: "200 kept {}",
        handled: &["PUT /v1/notes/1"],
    },
    Case {
        name: "a method that is not allowed",
        page: "app/",
        script: "return text(service + '/v1/notes/2', {method: 'DELETE'});",
        gets: "refused",
        handled: &[],
    },
    Case {
        name: "a request field that is not allowed",
        page: "app/",
        script: "return text(service + '/v1/notes/3', {method: 'PUT', headers: {'x-other': '1'}});",
        gets: "refused",
        handled: &[],
    },
    Case {
        name: "an origin that is not allowed",
        page: "stranger/",
        script: "return text(service + '/v1/notes/4', {method: 'PUT'});",
        gets: "refused",
        handled: &[],
    },
    Case {
        name: "another origin of the same site",
        page: "sibling/",
        script: "return text(service + '/v1/notes/5', {method: 'PUT'});",
        gets: "refused",
        handled: &[],
    },
    Case {
        name: "a path without a policy",
        page: "app/",
        script: "return text(service + '/transfer', {method: 'PUT'});",
        gets: "refused",
        handled: &[],
    },
    Case {
        name: "an origin without credentials, under CORS and as nobody",
        page: "stranger/",
        script: "return text(service + '/without/notes', {method: 'PUT', body: 'note'});",
        gets: "200 kept note",
        handled: &["PUT /without/notes"],
    },
    Case {
        name: "the service's own page needs no preflight",
        page: "service/pages/blank",
        script: "return text('/v1/notes/6', {method: 'PUT', body: 'own', headers: {'x-other': '1'}});",
        gets: "200 kept own",
        handled: &["PUT /v1/notes/6"],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn preflights_keep_from_handlers_what_the_policy_does_not_allow() {
    let mut stage = Stage::start().await;
    stage.play(&PREFLIGHTS).await;

    let twice = |path: &str| {
        format!(
            "const put = () => text(service + '{path}', {{method: 'PUT'}});
             return await put() + ', ' + await put();"
        )
    };
    for (name, path, preflights) in [
        ("a preflight is remembered", "/v1/notes/7", "1"),
        ("not with a max-age of zero", "/forgetful/1", "2"),
    ] {
        stage.open("app/").await;
        let found = stage.run(&twice(path)).await;
        stage.expect(name, &found, "200 kept , 200 kept ");
        let found = stage.sites.arrived("OPTIONS ").len().to_string();
        stage.expect(&format!("{name}, preflights"), &found, preflights);
    }
    stage.end().await;
}

const READS: [Case; 11] = [
    Case {
        name: "the allowed origin reads",
        page: "app/",
        script: "return text(service + '/v1/me');",
        gets: "200 nobody",
        handled: &["GET /v1/me"],
    },
    Case {
        name: "another origin's simple request is handled, and its answer not read",
        page: "stranger/",
        script: "return text(service + '/v1/me');",
        gets: "refused",
        handled: &["GET /v1/me"],
    },
    Case {
        name: "another origin of the same site does not read",
        page: "sibling/",
        script: "return text(service + '/v1/me');",
        gets: "refused",
        handled: &["GET /v1/me"],
    },
    Case {
        name: "with credentials, by a policy with credentials",
        page: "app/",
        script: "return text(service + '/v1/me', {credentials: 'include'});",
        gets: "200 ada",
        handled: &["GET /v1/me"],
    },
    Case {
        name: "with credentials, by a policy without",
        page: "app/",
        script: "return text(service + '/without/me', {credentials: 'include'});",
        gets: "refused",
        handled: &["GET /without/me"],
    },
    Case {
        name: "without credentials, by a policy without",
        page: "app/",
        script: "return text(service + '/without/me');",
        gets: "200 nobody",
        handled: &["GET /without/me"],
    },
    Case {
        name: "any origin reads what is public",
        page: "stranger/",
        script: "return text(service + '/public/news');",
        gets: "200 news",
        handled: &["GET /public/news"],
    },
    Case {
        name: "any origin does not read what is public with credentials",
        page: "stranger/",
        script: "return text(service + '/public/news', {credentials: 'include'});",
        gets: "refused",
        handled: &["GET /public/news"],
    },
    Case {
        name: "the origin null reads what is public",
        page: "stranger/",
        script: FROM_NULL_PUBLIC,
        gets: "null: news",
        handled: &["GET /public/news"],
    },
    Case {
        name: "the origin null reads nothing else",
        page: "app/",
        script: FROM_NULL_OWN,
        gets: "null: refused",
        handled: &["GET /v1/me"],
    },
    Case {
        name: "the service's own page reads",
        page: "service/pages/blank",
        script: "return text('/v1/me');",
        gets: "200 ada",
        handled: &["GET /v1/me"],
    },
];

macro_rules! from_null {
    ($path:literal) => {
        concat!(
            "return told((resolve) => {
                addEventListener('message', (event) => resolve(`${event.origin}: ${event.data}`));
                const frame = document.createElement('iframe');
                frame.sandbox = 'allow-scripts';
                frame.srcdoc = `<script>
                    const tell = (text) => parent.postMessage(text, '*');
                    fetch('${service}",
            $path,
            "').then((answer) => answer.text()).then(tell, () => tell('refused'));
                </` + 'script>';
                document.body.append(frame);
            });"
        )
    };
}
const FROM_NULL_PUBLIC: &str = from_null!("/public/news");
const FROM_NULL_OWN: &str = from_null!("/v1/me");

#[tokio::test(flavor = "multi_thread")]
async fn scripts_read_answers_where_the_policy_lets_them() {
    let mut stage = Stage::start().await;
    stage.open("service/log-in").await;
    stage.play(&READS).await;
    stage.play(&FIELDS).await;
    stage.end().await;
}

/// In this order: the first takes the only request of the day.
const FIELDS: [Case; 8] = [
    Case {
        name: "fields of a limit are readable",
        page: "app/",
        script: "const answer = await fetch(service + '/v1/scarce');
            const told = ['ratelimit', 'ratelimit-policy'].map((name) => answer.headers.get(name));
            return told[0].includes('\"scarce\";r=0;') + ' ' + told[1].includes('\"scarce\";q=1;w=86400');",
        gets: "true true",
        handled: &["GET /v1/scarce"],
    },
    Case {
        name: "a limit's refusal is readable, with the time to wait",
        page: "app/",
        script: "const answer = await fetch(service + '/v1/scarce');
            const wait = Number(answer.headers.get('retry-after'));
            return `${answer.status} ${wait > 80000 && wait <= 86400} ${(await answer.json()).title}`;",
        gets: "429 true Quota exceeded",
        handled: &[],
    },
    Case {
        name: "a 404 is readable",
        page: "app/",
        script: "const answer = await fetch(service + '/v1/nowhere');
            return `${answer.status} ${(await answer.json()).title}`;",
        gets: "404 Not Found",
        handled: &[],
    },
    Case {
        name: "a 405 is readable",
        page: "app/",
        script: "const answer = await fetch(service + '/v1/me', {method: 'POST'});
            return `${answer.status} ${(await answer.json()).title}`;",
        gets: "405 Method Not Allowed",
        handled: &[],
    },
    Case {
        name: "a panic's 500 is readable, with the id to report and without the secret",
        page: "app/",
        script: "const answer = await fetch(service + '/v1/panics');
            const body = await answer.text(), id = answer.headers.get('x-request-id');
            return `${answer.status} ${id !== null && JSON.parse(body).request_id === id} ${body.includes('4711')}`;",
        gets: "500 true false",
        handled: &["GET /v1/panics"],
    },
    Case {
        name: "a listed field is readable",
        page: "app/",
        script: "return (await fetch(service + '/v1/fields')).headers.get('x-listed');",
        gets: "yes",
        handled: &["GET /v1/fields"],
    },
    Case {
        name: "a field that is not listed is not readable",
        page: "app/",
        script: "return (await fetch(service + '/v1/fields')).headers.get('x-unlisted');",
        gets: "null",
        handled: &["GET /v1/fields"],
    },
    Case {
        name: "the service's own page reads every field",
        page: "service/pages/blank",
        script: "return (await fetch('/v1/fields')).headers.get('x-unlisted');",
        gets: "no",
        handled: &["GET /v1/fields"],
    },
];
