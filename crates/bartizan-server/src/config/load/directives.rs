use std::ops::Range;

use bartizan::Directives;
use toml::{Spanned, de::DeValue};

use super::{Reader, items::in_order, text_of};
use crate::config::{keys::Kind, read::list};

/// Sections whose keys are directives of Content-Security-Policy, each with a list of sources.
pub const DIRECTIVES: [&str; 3] = [
    "headers.csp",
    "headers.danger_csp",
    "headers.csp_report_only",
];

impl Reader {
    /// The directives of one section. Whether there are such is found when all are read.
    pub(super) fn directives(
        &mut self,
        path: &str,
        value: &Spanned<DeValue<'_>>,
        place: &impl Fn(Range<usize>) -> String,
    ) -> Directives {
        let mut directives = Directives::new();
        self.places.insert(path.to_owned(), place(value.span()));
        let DeValue::Table(table) = value.get_ref() else {
            let why = "must be a table, as {script_src = [\"'self'\"]}";
            self.wrong_at(place(value.span()), path, why);
            return directives;
        };
        for (name, value) in in_order(table) {
            let path = format!("{path}.{}", name.get_ref());
            self.remember(&path, name.span(), value, place);
            match text_of(Kind::List, value) {
                Ok(text) => {
                    directives.insert(name.get_ref().to_string(), list(&text));
                }
                Err(why) => self.wrong_at(place(name.span()), &path, why),
            }
        }
        directives
    }

    /// Adds to what a section says; a directive that is there is replaced, however it is spelled.
    pub(super) fn set_directives(&mut self, section: &str, read: Directives) {
        let headers = &mut self.config.hardening.headers;
        let slot = match section {
            "headers.csp" => &mut headers.csp,
            "headers.danger_csp" => &mut headers.danger_csp,
            _ => &mut headers.csp_report_only,
        };
        slot.retain(|old, _| !read.keys().any(|new| is_same(old, new)));
        slot.extend(read);
    }
}

/// Names have no case, and may have `_` for `-`.
fn is_same(one: &str, other: &str) -> bool {
    one.replace('_', "-")
        .eq_ignore_ascii_case(&other.replace('_', "-"))
}
