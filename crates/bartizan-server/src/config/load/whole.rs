use bartizan::{Transport, token::Lifetime};
use lettre::message::Mailbox;

use super::{super::MailKind, Reader, origin_of};
use crate::config::units::read_duration;

impl Reader {
    /// What no key shows alone.
    pub(super) fn whole(&mut self) {
        self.session();
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
        if let Err(error) = bartizan::Hardening::new(&self.config.hardening) {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            let keys = ["headers.hsts_max_age_secs", "headers.transport"];
            let why = source.unwrap_or_else(|| error.to_string());
            self.wrong(&keys, &format!("does not fit: {why}"));
        }
    }

    /// Idle and absolute end are set one by one, in any order, and must fit each other.
    fn session(&mut self) {
        let usual = self.config.token.session;
        let read = |key| {
            let (_, text) = self.set.get(key)?;
            read_duration(text).ok()
        };
        let absolute = read("token.session.absolute").unwrap_or(usual.absolute_duration());
        // An idle end that nobody set gives way to a short absolute one.
        let idle = read("token.session.idle").unwrap_or(usual.idle_duration().min(absolute));
        match Lifetime::new(idle, absolute) {
            Ok(lifetime) => self.config.token.session = lifetime,
            Err(error) => {
                let keys = ["token.session.idle", "token.session.absolute"];
                self.wrong(&keys, &format!("does not fit: {error}"));
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
