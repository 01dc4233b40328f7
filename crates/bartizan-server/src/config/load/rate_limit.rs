use std::{ops::Range, time::Duration};

use bartizan::{LimitKey, RateLimitConfig};
use toml::{Spanned, de::DeValue};

use super::{
    Reader,
    items::{ItemKey, in_order},
};
use crate::config::{
    keys::Kind,
    read::{FAILURE, Names, choose, list, put},
};

/// Where limits stand in the file: `[[rate_limit]]`, one table each.
pub(super) const PATH: &str = "rate_limit";

const KEY: Names<LimitKey> = &[
    ("address", LimitKey::Address),
    ("principal", LimitKey::Principal),
    ("account", LimitKey::Account),
    ("tenant", LimitKey::Tenant),
];

const WHOLE: &str = "a whole number";

/// Each key of a limit.
pub(super) const KEYS: [ItemKey<RateLimitConfig>; 13] = [
    ("name", Kind::Text, |limit, text| {
        put(&mut limit.name, text, "a text")
    }),
    ("routes", Kind::List, |limit, text| {
        limit.routes = list(text);
        Ok(())
    }),
    ("methods", Kind::List, |limit, text| {
        limit.methods = list(text);
        Ok(())
    }),
    ("key", Kind::Text, |limit, text| {
        choose(&mut limit.key, text, KEY)
    }),
    ("limit", Kind::Number, |limit, text| {
        put(&mut limit.limit, text, WHOLE)
    }),
    ("period", Kind::Text, |limit, text| {
        limit.period = text.parse().map_err(str::to_owned)?;
        Ok(())
    }),
    ("burst", Kind::Number, |limit, text| {
        put(limit.burst.insert(0), text, WHOLE)
    }),
    ("strict", Kind::Truth, |limit, text| {
        put(&mut limit.strict, text, "true or false")
    }),
    ("cost", Kind::Number, |limit, text| {
        put(&mut limit.cost, text, WHOLE)
    }),
    ("at_once", Kind::Number, |limit, text| {
        put(limit.at_once.insert(0), text, WHOLE)
    }),
    ("shadow", Kind::Truth, |limit, text| {
        put(&mut limit.shadow, text, "true or false")
    }),
    ("fields", Kind::Truth, |limit, text| {
        put(&mut limit.fields, text, "true or false")
    }),
    ("on_failure", Kind::Text, |limit, text| {
        let mut failure = bartizan::LimitFailure::default();
        choose(&mut failure, text, FAILURE)?;
        limit.on_failure = Some(failure);
        Ok(())
    }),
];

impl Reader {
    /// One `[[rate_limit]]`.
    pub(super) fn rate_limit(
        &mut self,
        item: &Spanned<DeValue<'_>>,
        place: &impl Fn(Range<usize>) -> String,
    ) {
        let key = format!("{PATH}[{}]", self.limits.len());
        let before = self.errors.len();
        let mut limit = RateLimitConfig::new("", 0, Duration::ZERO);
        let here = place(item.span());
        if let Some(table) = self.item_table(&key, PATH, item, place) {
            for entry in in_order(table) {
                self.item_key(&key, &KEYS, &[], &mut limit, entry, place);
            }
            for required in ["name", "limit", "period"] {
                if !table.iter().any(|(name, _)| name.get_ref() == required) {
                    self.wrong_at(&here, &key, format!("needs {required}"));
                }
            }
            // What is missing or of a wrong type would only be complained about again.
            if self.errors.len() == before
                && let Err(why) = limit.check()
            {
                self.wrong_at(&here, &key, format!("{}: {why}", limit.name));
            }
        }
        self.limits.push((limit, here));
    }
}
