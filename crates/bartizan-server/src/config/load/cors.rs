use std::ops::Range;

use bartizan::CorsConfig;
use toml::{Spanned, de::DeValue};

use super::{
    Reader,
    items::{ItemKey, in_order},
};
use crate::config::{
    keys::Kind,
    read::{list, put},
};

/// Where CORS stands in the file: `[[cors]]`, one table each.
pub(super) const PATH: &str = "cors";

/// Each key of one.
pub(super) const KEYS: [ItemKey<CorsConfig>; 15] = [
    ("routes", Kind::List, |cors, text| {
        cors.routes = list(text);
        Ok(())
    }),
    ("except", Kind::Truth, |cors, text| {
        put(&mut cors.except, text, "true or false")
    }),
    ("origins", Kind::List, |cors, text| {
        cors.origins = list(text);
        Ok(())
    }),
    ("any_origin", Kind::Truth, |cors, text| {
        put(&mut cors.any_origin, text, "true or false")
    }),
    ("credentials", Kind::Truth, |cors, text| {
        put(&mut cors.credentials, text, "true or false")
    }),
    ("methods", Kind::List, |cors, text| {
        cors.methods = list(text);
        Ok(())
    }),
    ("any_method", Kind::Truth, |cors, text| {
        put(&mut cors.any_method, text, "true or false")
    }),
    ("request_headers", Kind::List, |cors, text| {
        cors.request_headers = list(text);
        Ok(())
    }),
    ("any_request_header", Kind::Truth, |cors, text| {
        put(&mut cors.any_request_header, text, "true or false")
    }),
    ("expose", Kind::List, |cors, text| {
        cors.expose = list(text);
        Ok(())
    }),
    ("expose_any", Kind::Truth, |cors, text| {
        put(&mut cors.expose_any, text, "true or false")
    }),
    ("expose_defaults", Kind::Truth, |cors, text| {
        put(&mut cors.expose_defaults, text, "true or false")
    }),
    ("max_age", Kind::Text, |cors, text| {
        cors.max_age = bartizan::read_duration(text)?;
        Ok(())
    }),
    ("danger_public_suffix", Kind::Truth, |cors, text| {
        put(&mut cors.danger_public_suffix, text, "true or false")
    }),
    ("danger_insecure_origins", Kind::Truth, |cors, text| {
        put(&mut cors.danger_insecure_origins, text, "true or false")
    }),
];

impl Reader {
    /// One `[[cors]]`. What is wrong with its values is found when all are read.
    pub(super) fn cors(
        &mut self,
        item: &Spanned<DeValue<'_>>,
        place: &impl Fn(Range<usize>) -> String,
    ) {
        let key = format!("{PATH}[{}]", self.config.hardening.cors.len());
        let mut cors = CorsConfig::default();
        if let Some(table) = self.item_table(&key, PATH, item, place) {
            for entry in in_order(table) {
                self.item_key(&key, &KEYS, &[], &mut cors, entry, place);
            }
        }
        self.config.hardening.cors.push(cors);
    }
}
