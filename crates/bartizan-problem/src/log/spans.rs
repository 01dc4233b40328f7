//! What is kept of a span while it lives.

use std::fmt::Debug;

use tracing::field::Field;

use super::fields::Sink;

/// Bytes of one value of a span.
const VALUE_ROOM: usize = 512;
/// Fields of one span.
const MAX_FIELDS: usize = 32;

/// The fields of a span as JSON values. A later record of a field replaces the first.
#[derive(Default)]
pub(super) struct SpanFields {
    pub(super) values: Vec<(&'static str, String)>,
    pub(super) cut: usize,
}

impl SpanFields {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.values.iter().find(|(known, _)| *known == name)?;
        Some(value)
    }
}

impl Sink for SpanFields {
    fn open(&mut self, field: &Field) -> Option<(&mut String, usize)> {
        let name = field.name();
        let at = match self.values.iter().position(|(known, _)| *known == name) {
            Some(at) => at,
            None if self.values.len() >= MAX_FIELDS => return None,
            None => {
                self.values.push((name, String::new()));
                self.values.len() - 1
            }
        };
        let (_, value) = self.values.get_mut(at)?;
        value.clear();
        Some((value, VALUE_ROOM))
    }

    fn close(&mut self, cut: usize) {
        self.cut += cut;
    }

    /// A span has none. A field that is called so is no message: it is hidden.
    fn message(&mut self, _: &dyn Debug) {
        self.hidden_message();
    }

    fn hidden_message(&mut self) {
        self.values.retain(|(known, _)| *known != "message");
        if self.values.len() < MAX_FIELDS {
            let mark = "\"[redacted: message]\"".to_owned();
            self.values.push(("message", mark));
        }
    }
}
