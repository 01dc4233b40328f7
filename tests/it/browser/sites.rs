//! The sites: a service behind all layers, and two without any, each on a free port.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::Router;
use bartizan::{Config, Hardening};
use http::HeaderMap;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::pages;

/// What came in.
#[derive(Clone)]
pub(super) struct Arrival {
    /// `PUT /v1/notes/1`.
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Requests at one place of the service, in their order.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<Arrival>>>);

impl Log {
    pub(super) fn add(&self, arrival: Arrival) {
        self.0.lock().unwrap().push(arrival);
    }

    fn read(&self) -> Vec<Arrival> {
        self.0.lock().unwrap().clone()
    }
}

#[derive(Clone)]
pub(super) struct Origins {
    /// Where the service answers.
    pub(super) service: String,
    /// Another site, whose scripts the service lets act for its users.
    pub(super) app: String,
    /// Another site.
    pub(super) stranger: String,
    /// Another origin of the service's own site.
    pub(super) sibling: String,
}

pub(super) struct Sites {
    origins: Origins,
    /// Outside all layers.
    arrived: Log,
    /// Inside all layers.
    handled: Log,
}

impl Sites {
    /// With this `csrf` section.
    pub(super) async fn start(csrf: Value) -> Self {
        let mut listeners = Vec::new();
        for _ in 0..3 {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
        }
        let [service, app, stranger] = [0, 1, 2].map(|at| {
            let listener: &TcpListener = &listeners[at];
            listener.local_addr().unwrap().port()
        });
        let origins = Origins {
            service: format!("http://localhost:{service}"),
            app: format!("http://127.0.0.1:{app}"),
            stranger: format!("http://127.0.0.1:{stranger}"),
            sibling: format!("http://localhost:{stranger}"),
        };
        let (arrived, handled) = (Log::default(), Log::default());
        let router = pages::service(origins.clone(), &handled);
        let routers = [
            pages::logged(hardened(router, &origins, csrf), arrived.clone()),
            pages::foreign(&handled),
            pages::foreign(&handled),
        ];
        for (listener, router) in listeners.into_iter().zip(routers) {
            let router = router.into_make_service_with_connect_info::<SocketAddr>();
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
        Self {
            origins,
            arrived,
            handled,
        }
    }

    /// The origins, for scripts.
    pub(super) fn origins(&self) -> Value {
        let Origins {
            service,
            app,
            stranger,
            sibling,
        } = &self.origins;
        json!({"service": service, "app": app, "stranger": stranger, "sibling": sibling})
    }

    /// The address of a page such as `stranger/`.
    pub(super) fn url(&self, page: &str) -> String {
        let (site, path) = page.split_once('/').unwrap();
        let origins = self.origins();
        let origin = origins[site].as_str().unwrap();
        format!("{origin}/{path}")
    }

    pub(super) fn forget(&self) {
        for log in [&self.arrived, &self.handled] {
            log.0.lock().unwrap().clear();
        }
    }

    /// What got as far as a handler of the service, or of a foreign site that is not a page.
    pub(super) fn handled(&self) -> Vec<String> {
        let handled = self.handled.read().into_iter();
        let lines = handled.map(|arrival| arrival.line);
        // Browsers send reports when they like.
        lines.filter(|line| line != "POST /csp-reports").collect()
    }

    /// What came to the service, with this start of its line.
    pub(super) fn arrived(&self, start: &str) -> Vec<Arrival> {
        let mut arrived = self.arrived.read();
        arrived.retain(|arrival| arrival.line.starts_with(start));
        arrived
    }

    /// What a handler got, with this start of its line.
    pub(super) fn received(&self, start: &str) -> Vec<Arrival> {
        let mut handled = self.handled.read();
        handled.retain(|arrival| arrival.line.starts_with(start));
        handled
    }
}

/// The service's routes behind the layer, with every section that browsers notice.
fn hardened(router: Router, origins: &Origins, csrf: Value) -> Router {
    let Origins { app, stranger, .. } = origins;
    let scripts = json!(["'self'", "'nonce'"]);
    let config = json!({
        "headers": {
            "csp": {"script_src": scripts},
            "reports_to": "/csp-reports",
            "session_cookies": ["session"],
            "repair_cookies": true,
        },
        "header_policy": [
            {"routes": ["/pages/strict"], "strict_csp": true},
            {"routes": ["/pages/watched"], "csp": {"script_src": scripts}, "csp_report_only": {"script_src": []}},
            {"routes": ["/pages/camera"], "permissions": ["camera"]},
            {"routes": ["/pages/refers"], "referrer_policy": "origin"},
            {"routes": ["/pages/shielded"], "embedder_policy": "require-corp"},
            // An origin of plain HTTP is a danger anywhere but on this machine.
            {"routes": ["/pages/framed"], "danger_csp": {"frame_ancestors": [app]}},
            {"routes": ["/pages/opened"], "csp": {"script_src": scripts}, "opener_policy": "unsafe-none"},
            {"routes": ["/shared-picture"], "resource_policy": "cross-origin"},
        ],
        "cors": [
            {
                "routes": ["/v1/**"],
                "origins": [app],
                "credentials": true,
                "methods": ["PUT"],
                "request_headers": ["content-type"],
                "expose": ["x-listed"],
            },
            {"routes": ["/forgetful/**"], "origins": [app], "methods": ["PUT"], "max_age": "0s"},
            {"routes": ["/without/**"], "origins": [app, stranger], "methods": ["PUT"]},
            {"routes": ["/public/**"], "any_origin": true},
        ],
        "csrf": csrf,
        "rate_limit": [{"name": "scarce", "routes": ["/v1/scarce"], "limit": 1, "period": "1d"}],
    });
    let config: Config = serde_json::from_value(config).unwrap();
    router.layer(Hardening::new(&config).unwrap())
}
