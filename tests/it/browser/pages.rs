//! What the sites answer: pages, and handlers that note what they get.

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{Path, RawQuery, Request, State, WebSocketUpgrade, ws::WebSocket},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Response},
    routing::{MethodRouter, get, post, put},
};
use bartizan_headers::{ClearSiteData, FloorExemption, Nonce};
use http::{HeaderMap, StatusCode, header};

use super::sites::{Arrival, Log, Origins};

/// A picture of one point.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

const JAVASCRIPT: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/javascript")];
const PLAIN: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/plain")];
const SVG_TYPE: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "image/svg+xml")];
/// What somebody may have uploaded as a picture.
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>document.documentElement.id = 'ran';</script></svg>";
const RUNS: &str = "window.ran = [...(window.ran ?? []), 'file'];";

/// Notes every request that comes.
pub(super) fn logged(router: Router, log: Log) -> Router {
    router.layer(from_fn_with_state(log, note))
}

/// Notes what this handler gets, and not what its route refuses for the method.
fn seen(log: &Log, route: MethodRouter) -> MethodRouter {
    route.route_layer(from_fn_with_state(log.clone(), note))
}

async fn note(State(log): State<Log>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    // A handshake's connection is in the extensions, so nothing is lost by reading the body first.
    let body = to_bytes(body, 1 << 16).await.unwrap();
    log.add(Arrival {
        line: format!("{} {}", head.method, head.uri.path()),
        headers: head.headers.clone(),
        body: body.to_vec(),
    });
    next.run(Request::from_parts(head, Body::from(body))).await
}

/// The service, without its layers.
pub(super) fn service(origins: Origins, log: &Log) -> Router {
    let routes: [(&str, MethodRouter); 21] = [
        ("/v1/notes/{id}", put(echo)),
        ("/forgetful/{id}", put(echo)),
        ("/v1/fields", get(fields)),
        ("/v1/scarce", get(|| async { "one" })),
        ("/v1/panics", get(panics)),
        ("/v1/me", get(who)),
        ("/without/me", get(who)),
        ("/without/notes", put(echo)),
        ("/without/transfer", post(who)),
        ("/public/news", get(|| async { "news" })),
        ("/transfer", post(who)),
        ("/hooks/bank", post(who)),
        ("/live", get(live)),
        ("/picture", get(|| async { picture() })),
        ("/shared-picture", get(|| async { picture() })),
        ("/v1/cookies", get(cookies)),
        ("/drawing", get(|| async { (SVG_TYPE, SVG) })),
        ("/log-out", post(log_out)),
        ("/csp-reports", post(|| async { StatusCode::NO_CONTENT })),
        ("/own.js", get(|| async { (JAVASCRIPT, RUNS) })),
        ("/plain.js", get(|| async { (PLAIN, RUNS) })),
    ];
    let router = routes
        .into_iter()
        .fold(Router::new(), |router, (path, route)| {
            router.route(path, seen(log, route))
        });
    // Pages are not noted: each case begins with one.
    router
        .route("/log-in", get(log_in))
        .route("/pages/{name}", get(page).with_state(origins))
}

/// A site without layers.
pub(super) fn foreign(log: &Log) -> Router {
    let script = get(|| async { (JAVASCRIPT, RUNS) });
    let taken = post(|| async { "taken" });
    let plain = "<!doctype html><script src=/plain.js></script>";
    Router::new()
        .route("/foreign.js", seen(log, script))
        .route("/taken", seen(log, taken))
        .route("/picture", seen(log, get(|| async { picture() })))
        .route(
            "/",
            get(|| async { Html("<!doctype html><title>foreign</title>") }),
        )
        .route("/drawing", get(|| async { (SVG_TYPE, SVG) }))
        .route("/plain.js", get(|| async { (PLAIN, RUNS) }))
        .route("/plain", get(move || async move { Html(plain) }))
}

async fn echo(body: String) -> String {
    format!("kept {body}")
}

async fn fields() -> impl IntoResponse {
    ([("x-listed", "yes"), ("x-unlisted", "no")], "fields")
}

async fn panics() -> &'static str {
    panic!("a secret 4711")
}

fn session(headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut cookies = cookies.filter_map(|value| value.to_str().ok());
    cookies.any(|cookies| cookies.contains("session=ada"))
}

/// In whose name the request is done.
async fn who(headers: HeaderMap) -> &'static str {
    if session(&headers) { "ada" } else { "nobody" }
}

/// The names of all cookies.
async fn cookies(headers: HeaderMap) -> String {
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.filter_map(|value| value.to_str().ok());
    let names = cookies.flat_map(|cookies| cookies.split("; "));
    let mut names: Vec<_> = names.filter_map(|it| it.split('=').next()).collect();
    names.sort_unstable();
    names.join(" ")
}

async fn live(upgrade: WebSocketUpgrade, headers: HeaderMap) -> Response {
    let name = who(headers).await;
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        drop(socket.send(name.into()).await);
    })
}

fn picture() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/gif")], GIF)
}

/// The cookie goes to every site, so that nothing but our check stands before the handlers.
async fn log_in() -> impl IntoResponse {
    let session = "session=ada; Path=/; Secure; HttpOnly; SameSite=None";
    // To be repaired.
    let bare = "bare=1; Path=/";
    let cookies = [(header::SET_COOKIE, session), (header::SET_COOKIE, bare)];
    (
        axum::response::AppendHeaders(cookies),
        Html("<!doctype html>"),
    )
}

async fn log_out() -> impl IntoResponse {
    [(ClearSiteData::NAME, ClearSiteData::logout().to_value())]
}

async fn page(
    State(origins): State<Origins>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    Extension(nonce): Extension<Nonce>,
) -> Response {
    let Origins { stranger, .. } = origins;
    // Drawn where it is used only: an answer with a nonce is not stored.
    let script = |code: &str| format!("<script nonce=\"{nonce}\">{code}</script>");
    // Each page with a script that must not run has one behind it that must.
    let twin = || script("window.ran = [...(window.ran ?? []), 'twin'];");
    let before_twin = |markup: &str| format!("{markup}{}", twin());
    let body = match &*name {
        "blank" | "camera" | "refers" | "shielded" => String::new(),
        "framed" | "exempt" | "unexempt" | "secret" => "<p>shown".to_owned(),
        "twin" => twin(),
        "inline" => before_twin("<script>window.ran = ['inline'];</script>"),
        "stale" => {
            let old = query.unwrap_or_default();
            let old = old.strip_prefix("nonce=").unwrap_or_default();
            before_twin(&format!(
                "<script nonce=\"{old}\">window.ran = ['stale'];</script>"
            ))
        }
        "clicks" => {
            let handler = "<p id=handler onclick=\"window.ran.push('handler')\">a</p>";
            let address = "<a id=address href=\"javascript:window.ran.push('address')\">b</a>";
            let listener =
                "document.getElementById('listener').onclick = () => window.ran.push('listener');";
            let listener = script(listener);
            before_twin(&format!("{handler}{address}<p id=listener>c</p>{listener}"))
        }
        "foreign-script" => {
            before_twin(&format!("<script src=\"{stranger}/foreign.js\"></script>"))
        }
        "own-script" | "watched" => "<script src=/own.js></script>".to_owned(),
        "plain-script" => before_twin("<script src=/plain.js></script>"),
        // A script that may run may fetch others; what only stands in the markup may not.
        "strict" => {
            let fetches = "const file = document.createElement('script');
                file.src = '/own.js';
                document.head.append(file);";
            before_twin("<script src=/own.js></script>") + script(fetches).as_str()
        }
        "frames" => format!("<iframe src=\"{stranger}/\"></iframe>"),
        "base" => format!("<base href=\"{stranger}/\"><a id=link href=next>a</a>"),
        "forms" => format!("<form id=foreign method=post action=\"{stranger}/taken\"></form>"),
        "isolated" | "opened" => {
            script("if (window.opener) window.opener.postMessage('opened', '*');")
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let html = Html(format!("<!doctype html><title>{name}</title>{body}"));
    let anywhere = "default-src 'none'; frame-ancestors *";
    let anywhere = [(header::CONTENT_SECURITY_POLICY, anywhere)];
    match &*name {
        "exempt" => (Extension(FloorExemption::framing()), anywhere, html).into_response(),
        "unexempt" => (anywhere, html).into_response(),
        _ => html.into_response(),
    }
}
