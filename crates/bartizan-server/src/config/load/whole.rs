use axum::http::Uri;
use bartizan::{
    LimitKey, Transport,
    headers::{Origin, OriginPattern, OriginSet},
    read_duration,
    token::{Lifetime, refresh::RefreshPolicy},
};
use lettre::message::Mailbox;

use super::{super::MailKind, Reader, origin_of};
use crate::config::{ConfigError, LOOPBACK, REPORTS, StoreKind, all_keys, default_limits};

impl Reader {
    /// What no key shows alone.
    pub(super) fn whole(&mut self) {
        self.lifetimes();
        if let Err(error) = self.config.password.policy() {
            let keys = ["password.memory_kib", "password.passes", "password.lanes"];
            self.wrong(
                &keys,
                &format!("does not fit: {error}; or set password.insecure_cost"),
            );
        }
        if self.config.mail.from.parse::<Mailbox>().is_err() {
            self.wrong(&["mail.from"], "must be an address");
        }
        if self.config.mail.kind == MailKind::Smtp && self.config.mail.host.is_empty() {
            self.wrong(&["mail.kind"], "= \"smtp\" needs mail.host");
        }
        let mail = &self.config.mail;
        if mail.username.is_some() && mail.password.is_none() && mail.password_file.is_none() {
            self.wrong(&["mail.username"], "needs mail.password_file");
        }
        if !self.set.contains_key("server.public_origin") {
            self.config.server.public_origin = origin_of(self.config.server.listen);
        }
        // Clients come by HTTPS then, whoever ends it before this server.
        let https = self.config.server.public_origin.starts_with("https://");
        if https && !self.set.contains_key("headers.transport") {
            self.config.hardening.headers.transport = Transport::Https;
        }
        // A page over plain HTTP of the same host would be the site itself.
        if https && self.config.hardening.headers.transport == Transport::Plain {
            let why = "= \"plain\" contradicts server.public_origin, which is https";
            self.wrong(&["headers.transport"], why);
        }
        self.limits();
        self.hosts();
        self.cross_origin();
        self.hardening();
    }

    /// The configured limits, and of the default ones those whose name none of them has.
    fn limits(&mut self) {
        let configured = self.limits.iter().map(|(limit, _)| limit);
        let usual = default_limits();
        let usual = usual.iter().filter(|usual| {
            let mut names = configured.clone().map(|limit| &limit.name);
            !names.any(|name| *name == usual.name)
        });
        self.config.hardening.rate_limit = configured.clone().chain(usual).cloned().collect();
        let tenants: Vec<_> = self
            .limits
            .iter()
            .filter(|(limit, _)| limit.key == LimitKey::Tenant)
            .map(|(_, place)| place.clone())
            .collect();
        for place in tenants {
            let why = "= \"tenant\" counts nobody: this server has none";
            self.wrong_at(place, "rate_limit.key", why);
        }
        if self.config.server.max_requests_per_second.get() > 1_000_000_000 {
            let key = "server.max_requests_per_second";
            self.wrong(&[key], "must be at most 1000000000");
        }
        if let Err(error) = self.config.login.check() {
            let keys = [
                "login.failures_at_once",
                "login.failures_per_prefix_hour",
                "login.failures_per_account_day",
            ];
            self.wrong(&keys, &format!("does not fit: {error}"));
        }
        let store = &self.config.limit_store;
        if store.kind == StoreKind::Redis && store.secret_file.is_none() {
            let why = "= \"redis\" needs rate_limit_store.secret_file: 32 hexadecimal digits, the same for all instances";
            self.wrong(&["rate_limit_store.kind"], why);
        }
    }

    /// Without a list, the hosts that links lead to.
    fn hosts(&mut self) {
        if self.config.hardening.hosts.allowed.is_empty() || !self.set.contains_key("hosts.allowed")
        {
            let mut allowed = LOOPBACK.map(str::to_owned).to_vec();
            let origin: Option<Uri> = self.config.server.public_origin.parse().ok();
            let host = origin.as_ref().and_then(Uri::host).map(str::to_owned);
            allowed.extend(host.filter(|host| !LOOPBACK.contains(&host.as_str())));
            self.config.hardening.hosts.allowed = allowed;
        }
    }

    /// The site's own origin is trusted, whatever `Host` a proxy sends on; and the route of reports passes.
    fn cross_origin(&mut self) {
        let csrf = &mut self.config.hardening.csrf;
        let own = &self.config.server.public_origin;
        let known = csrf.trusted_origins.iter();
        let known: OriginSet = known
            .filter_map(|text| OriginPattern::parse(text).ok())
            .collect();
        // One over plain HTTP is nobody's proof, and one that stands there already would stand there twice.
        if own.starts_with("https://")
            && own.parse::<Origin>().is_ok()
            && !known.contains(own.as_bytes())
        {
            csrf.trusted_origins.push(own.clone());
        }
        if !csrf.insecure_bypass.iter().any(|route| route == REPORTS) {
            csrf.insecure_bypass.push(REPORTS.to_owned());
        }
    }

    fn hardening(&mut self) {
        // An item that could not be read is only complained about again.
        let unread =
            |error: &ConfigError| error.key.split_once('.').map(|(item, _)| item.to_owned());
        let unread: Vec<_> = self.errors.iter().filter_map(unread).collect();
        let is_unread = |key: &str| {
            let item = key.split('.').next().unwrap_or_default();
            item.ends_with(']') && unread.iter().any(|known| known == item)
        };
        for error in self.config.hardening.check().err().unwrap_or_default() {
            if is_unread(error.key()) {
                continue;
            }
            let why = std::error::Error::source(&error)
                .map_or_else(|| error.to_string(), ToString::to_string);
            self.unbuildable(error.key(), &format!("does not fit: {why}"));
        }
    }

    /// An error of the hardening, which knows a section or a key.
    fn unbuildable(&mut self, key: &str, why: &str) {
        if key == "rate_limit" {
            // A limit's own mistakes were told at its place; this is about all of them.
            let said = |error: &ConfigError| error.key.starts_with(key);
            if !self.errors.iter().any(said) {
                let place = self.limits.first().map(|(_, place)| place.clone());
                self.wrong_at(place.unwrap_or_default(), key, why);
            }
            return;
        }
        if let Some(place) = self.place_of(key).cloned() {
            self.wrong_at(place, key, why);
            return;
        }
        let of_section = all_keys().map(|key| key.path).filter(|path| {
            *path == key
                || path
                    .strip_prefix(key)
                    .is_some_and(|rest| rest.starts_with('.'))
        });
        let keys: Vec<_> = of_section.collect();
        self.wrong(&keys, why);
    }

    /// Idle and absolute ends are set one by one, in any order, and must fit each other.
    fn lifetimes(&mut self) {
        let token = &self.config.token;
        let (session, refresh) = (token.session, token.refresh);
        let keys = ["token.session.idle", "token.session.absolute"];
        if let Some(lifetime) = self.lifetime(keys, session) {
            self.config.token.session = lifetime;
        }
        let keys = ["token.refresh.idle", "token.refresh.absolute"];
        if let Some(lifetime) = self.lifetime(keys, refresh.lifetime()) {
            let policy = RefreshPolicy::new(lifetime).with_grace(refresh.grace());
            self.config.token.refresh = policy.unwrap_or(refresh);
        }
    }

    fn lifetime(&mut self, keys: [&'static str; 2], usual: Lifetime) -> Option<Lifetime> {
        let read = |key| {
            let (_, text) = self.set.get(key)?;
            read_duration(text).ok()
        };
        let absolute = read(keys[1]).unwrap_or(usual.absolute_duration());
        // An idle end that nobody set gives way to a short absolute one.
        let idle = read(keys[0]).unwrap_or(usual.idle_duration().min(absolute));
        match Lifetime::new(idle, absolute) {
            Ok(lifetime) => Some(lifetime),
            Err(error) => {
                self.wrong(&keys, &format!("does not fit: {error}"));
                None
            }
        }
    }

    /// An error at the first of these keys that is set.
    fn wrong(&mut self, keys: &[&'static str], error: &str) {
        let set = keys.iter().find_map(|key| Some((*key, self.set.get(key)?)));
        let (key, place) = match set {
            Some((key, (place, _))) => (key, place.clone()),
            None => (keys.first().copied().unwrap_or_default(), String::new()),
        };
        self.wrong_at(place, key, error);
    }
}
