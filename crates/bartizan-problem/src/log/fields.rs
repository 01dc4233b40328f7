//! The values of an event or a span, each shown or replaced.

use std::{
    error::Error,
    fmt::{Debug, Write},
};

use tracing::field::{Field, Visit};

use super::{escape::Text, redaction::Redaction};

/// Levels of an error's chain that are written.
const MAX_CAUSES: usize = 8;

/// Receives one value after the other, as JSON.
pub(super) trait Sink {
    /// Where the next value of this field is appended, and how many bytes it may have. `None`: not at all.
    fn open(&mut self, field: &Field) -> Option<(&mut String, usize)>;
    /// The value is written; so many bytes of it were left out.
    fn close(&mut self, cut: usize);
    /// The event's message, which may have values in it.
    fn message(&mut self, value: &dyn Debug);
    /// A message that must not be shown.
    fn hidden_message(&mut self);
}

/// Writes values into a sink by the rules of a redaction.
pub(super) struct Values<'a, S> {
    pub(super) sink: &'a mut S,
    pub(super) redaction: &'a Redaction,
}

impl<S: Sink> Values<'_, S> {
    /// A value that needs no escaping, or the mark in its place.
    fn plain(&mut self, field: &Field, value: impl std::fmt::Display) {
        let allowed = self.redaction.allows(field.name());
        if let Some((out, _)) = self.sink.open(field) {
            match allowed {
                true => _ = write!(out, "{value}"),
                false => out.push_str("\"[redacted: number]\""),
            }
            self.sink.close(0);
        }
    }

    fn text(&mut self, field: &Field, write: impl FnOnce(&mut Text<'_>)) {
        if let Some((out, room)) = self.sink.open(field) {
            out.push('"');
            let mut text = Text::new(out, room);
            write(&mut text);
            let cut = text.cut;
            if cut > 0 {
                // a `String` takes everything
                let _ = write!(out, "[cut: {cut} bytes]");
            }
            out.push('"');
            self.sink.close(cut);
        }
    }

    /// An object of the attached values, each by its own name's rule.
    #[cfg(feature = "report")]
    fn attachments(&mut self, field: &Field, attachments: &crate::report::Attachments) {
        let Some((out, room)) = self.sink.open(field) else {
            return;
        };
        let (start, mut cut) = (out.len(), 0);
        for (at, (name, value)) in attachments.values().iter().enumerate() {
            let left = room.saturating_sub(out.len() - start + 64);
            out.push_str(if at == 0 { "{\"" } else { ",\"" });
            let _ = Text::new(out, 64).write_str(name);
            out.push_str("\":\"");
            match self.redaction.allows(name) {
                true => {
                    let mut text = Text::new(out, left);
                    let _ = text.write_str(value);
                    cut += text.cut;
                }
                false => _ = write!(out, "[redacted: text, {} bytes]", value.len()),
            }
            out.push('"');
        }
        out.push('}');
        self.sink.close(cut);
    }

    fn mark(&mut self, field: &Field, kind: &str, length: Option<usize>) {
        if let Some((out, _)) = self.sink.open(field) {
            match length {
                Some(length) => _ = write!(out, "\"[redacted: {kind}, {length} bytes]\""),
                None => _ = write!(out, "\"[redacted: {kind}]\""),
            }
            self.sink.close(0);
        }
    }
}

impl<S: Sink> Visit for Values<'_, S> {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    // Readers of JSON keep 53 bits of a number; a wider one is a string, so that it stays what it was.
    fn record_i128(&mut self, field: &Field, value: i128) {
        self.plain(field, format_args!("\"{value}\""));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.plain(field, format_args!("\"{value}\""));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        match value.is_finite() {
            // with an exponent where it needs one, not with three hundred digits, which some readers take for infinite
            true => self.plain(field, format_args!("{value:?}")),
            // JSON has no such numbers
            false => self.plain(field, format_args!("\"{value}\"")),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            // a text made at run time: what it is made of cannot be seen
            self.sink.hidden_message();
        } else if self.redaction.allows(field.name()) {
            self.text(field, |text| _ = text.write_str(value));
        } else {
            self.mark(field, "text", Some(value.len()));
        }
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        if self.redaction.allows(field.name()) {
            self.text(field, |text| {
                for byte in value {
                    if write!(text, "{byte:02x}").is_err() {
                        break;
                    }
                }
            });
        } else {
            self.mark(field, "bytes", Some(value.len()));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        #[cfg(feature = "report")]
        if let Some(attachments) = value.downcast_ref::<crate::report::Attachments>() {
            return self.attachments(field, attachments);
        }
        if !self.redaction.allows(field.name()) {
            return self.mark(field, "error", None);
        }
        self.text(field, |text| {
            let mut error = Some(value);
            for level in 0..MAX_CAUSES {
                let Some(now) = error else { break };
                let joint = if level > 0 { ": " } else { "" };
                if write!(text, "{joint}{now}").is_err() {
                    break;
                }
                error = now.source();
            }
        });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.sink.message(value);
        } else if self.redaction.allows(field.name()) {
            self.text(field, |text| _ = write!(text, "{value:?}"));
        } else {
            // not even formatted: that may cost, and its length may tell
            self.mark(field, "value", None);
        }
    }
}
