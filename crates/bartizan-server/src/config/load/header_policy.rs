use std::ops::Range;

use bartizan::HeaderPolicyConfig;
use toml::{Spanned, de::DeValue};

use super::{
    Reader,
    items::{ItemKey, in_order},
};
use crate::config::{
    keys::Kind,
    read::{list, put},
};

/// Where other security fields for some paths stand in the file: `[[header_policy]]`, one table each.
pub(super) const PATH: &str = "header_policy";

/// Each key of one that is no table itself.
const KEYS: [ItemKey<HeaderPolicyConfig>; 7] = [
    ("routes", Kind::List, |policy, text| {
        policy.routes = list(text);
        Ok(())
    }),
    ("strict_csp", Kind::Truth, |policy, text| {
        put(&mut policy.strict_csp, text, "true or false")
    }),
    ("referrer_policy", Kind::Text, |policy, text| {
        policy.referrer_policy = Some(text.to_owned());
        Ok(())
    }),
    ("opener_policy", Kind::Text, |policy, text| {
        policy.opener_policy = Some(text.to_owned());
        Ok(())
    }),
    ("resource_policy", Kind::Text, |policy, text| {
        policy.resource_policy = Some(text.to_owned());
        Ok(())
    }),
    ("embedder_policy", Kind::Text, |policy, text| {
        policy.embedder_policy = Some(text.to_owned());
        Ok(())
    }),
    ("permissions", Kind::List, |policy, text| {
        policy.permissions = list(text);
        Ok(())
    }),
];

/// Those that are: directives with their sources.
const TABLES: [&str; 3] = ["csp", "danger_csp", "csp_report_only"];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|key| key.0).chain(TABLES)
}

impl Reader {
    /// One `[[header_policy]]`.
    pub(super) fn header_policy(
        &mut self,
        item: &Spanned<DeValue<'_>>,
        place: &impl Fn(Range<usize>) -> String,
    ) {
        let key = format!("{PATH}[{}]", self.config.hardening.header_policy.len());
        let mut policy = HeaderPolicyConfig::default();
        if let Some(table) = self.item_table(&key, PATH, item, place) {
            for (name, value) in in_order(table) {
                let slot = match &**name.get_ref() {
                    "csp" => &mut policy.csp,
                    "danger_csp" => &mut policy.danger_csp,
                    "csp_report_only" => &mut policy.csp_report_only,
                    _ => {
                        self.item_key(&key, &KEYS, &TABLES, &mut policy, (name, value), place);
                        continue;
                    }
                };
                *slot = self.directives(&format!("{key}.{}", name.get_ref()), value, place);
            }
        }
        self.config.hardening.header_policy.push(policy);
    }
}
