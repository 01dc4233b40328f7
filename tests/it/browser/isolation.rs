//! Frames, pop-ups, pictures, and what is left after a logout.

use serde_json::json;

use super::{Case, Stage};

const FRAME: &str = "return told((resolve) => {
    const frame = document.createElement('iframe');
    frame.onload = () => resolve('loaded');
    frame.src = service + PAGE;
    document.body.append(frame);
});";

/// A frame that was refused shows a page of the browser's own.
const SHOWN: &str =
    "return location.protocol === 'chrome-error:' ? 'refused' : document.body.innerText;";

macro_rules! picture {
    ($path:literal) => {
        concat!(
            "return told((resolve) => {
                const picture = new Image();
                picture.onload = () => resolve('shown');
                picture.onerror = () => resolve('not shown');
                picture.src = service + '",
            $path,
            "';
            });"
        )
    };
}

/// Opens a page and waits until it has lost its handle on it, or the page has found its own on the opener.
macro_rules! opens {
    ($page:literal) => {
        concat!(
            "return told(async (resolve) => {
                addEventListener('message', (event) => resolve(event.data));
                const page = open(service + '/pages/",
            $page,
            "');
                while (!page.closed) await new Promise((next) => setTimeout(next));
                resolve('closed');
            });"
        )
    };
}

const EMBEDS: [Case; 6] = [
    Case {
        name: "a picture on another site",
        page: "stranger/",
        script: picture!("/picture"),
        gets: "not shown",
        handled: &["GET /picture"],
    },
    Case {
        name: "a picture on another origin of the site",
        page: "sibling/",
        script: picture!("/picture"),
        gets: "not shown",
        handled: &["GET /picture"],
    },
    Case {
        name: "a picture for everybody on another site",
        page: "stranger/",
        script: picture!("/shared-picture"),
        gets: "shown",
        handled: &["GET /shared-picture"],
    },
    Case {
        name: "a picture on the site itself",
        page: "service/pages/blank",
        script: picture!("/picture"),
        gets: "shown",
        handled: &["GET /picture"],
    },
    Case {
        name: "a page in another site's pop-up",
        page: "stranger/",
        script: opens!("isolated"),
        gets: "closed",
        handled: &[],
    },
    Case {
        name: "a page without isolation in another site's pop-up",
        page: "stranger/",
        script: opens!("opened"),
        gets: "opened",
        handled: &[],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_neither_frame_nor_embed_nor_hold_what_is_not_for_them() {
    let mut stage = Stage::start().await;
    stage.play(&EMBEDS).await;
    stage.browser.close_others().await;

    for (name, page, framed, expected) in [
        ("a frame on another site", "stranger/", "secret", "refused"),
        ("a frame on a trusted origin", "app/", "secret", "refused"),
        ("a frame of a policy for it", "app/", "framed", "shown"),
        (
            "a frame of a policy for others",
            "stranger/",
            "framed",
            "refused",
        ),
        ("a frame of an exemption", "stranger/", "exempt", "shown"),
        (
            "a frame of a policy without exemption",
            "stranger/",
            "unexempt",
            "refused",
        ),
    ] {
        stage.open(page).await;
        let frame = FRAME.replace("PAGE", &format!("'/pages/{framed}'"));
        assert_eq!(stage.run(&frame).await, "loaded", "{name}");
        stage.browser.enter_frame().await;
        let found = stage.run(SHOWN).await;
        stage.browser.leave_frame().await;
        stage.expect(name, &found, expected);
    }
    stage.end().await;
}

const ISOLATED: [Case; 6] = [
    Case {
        name: "a picture on another site is not even made",
        page: "stranger/",
        script: picture!("/picture"),
        gets: "not shown",
        handled: &[],
    },
    Case {
        name: "a picture that is shared",
        page: "stranger/",
        script: picture!("/shared-picture"),
        gets: "shown",
        handled: &["GET /shared-picture"],
    },
    Case {
        name: "a picture on a page of the site",
        page: "service/pages/blank",
        script: picture!("/picture"),
        gets: "shown",
        handled: &["GET /picture"],
    },
    Case {
        name: "a read without CORS",
        page: "stranger/",
        script: "return text(service + '/v1/me', {mode: 'no-cors', credentials: 'include'});",
        gets: "refused",
        handled: &[],
    },
    Case {
        name: "a read under CORS",
        page: "app/",
        script: "return text(service + '/v1/me');",
        gets: "200 nobody",
        handled: &["GET /v1/me"],
    },
    Case {
        name: "a link",
        page: "stranger/",
        script: opens!("opened"),
        gets: "opened",
        handled: &[],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn isolated_reads_of_other_sites_reach_no_handler() {
    let csrf = json!({"isolate_reads": true, "shared_reads": ["/shared-picture"]});
    let mut stage = Stage::start_with(csrf).await;
    stage.play(&ISOLATED).await;
    stage.end().await;
}

/// What the page can read of what it has kept.
const KEPT: &str =
    "return `${document.cookie} ${localStorage.getItem('draft')} ${await text('/v1/me')}`;";

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_leaves_nothing_behind() {
    let mut stage = Stage::start().await;
    stage.open("service/log-in").await;
    stage.open("service/pages/blank").await;
    let found = stage
        .run(&format!(
            "document.cookie = 'colour=blue; path=/'; localStorage.setItem('draft', 'dear'); {KEPT}"
        ))
        .await;
    stage.expect("before", &found, "colour=blue dear 200 ada");
    let found = stage
        .run("return text('/log-out', {method: 'POST'});")
        .await;
    stage.expect("the logout", &found, "200 ");
    stage.open("service/pages/blank").await;
    let found = stage.run(KEPT).await;
    stage.expect("after", &found, " null 200 nobody");
    stage.end().await;
}
