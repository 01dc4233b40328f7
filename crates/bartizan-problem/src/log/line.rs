//! One line: its parts, their room, and how they are put together.

use std::fmt::{Debug, Write};

use tracing::{Level, Metadata, field::Field};

use super::{escape::Text, fields::Sink, redaction::Redaction};

/// Bytes of a line without its line break: 8 KiB. With the queue's length this bounds the queue's memory.
pub(super) const MAX_LINE: usize = 8 << 10;
/// Bytes of a message.
const MESSAGE_ROOM: usize = MAX_LINE / 8;
/// Bytes of all fields.
const FIELDS_ROOM: usize = MAX_LINE / 2;
/// Bytes of all spans.
const SPANS_ROOM: usize = MAX_LINE / 8;
/// Bytes of a name, a target or an id: eight of them and the punctuation fit into the quarter that is left.
const NAME_ROOM: usize = 192;

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people: time, level, target, message, then `name=value`. Values are written as in JSON.
    Text,
}

/// The buffers of a thread, emptied and used again.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) line: String,
    message: String,
    fields: String,
    spans: String,
    request_id: String,
    trace_id: String,
}

impl Parts {
    pub(super) fn clear(&mut self) {
        for part in [
            &mut self.line,
            &mut self.message,
            &mut self.fields,
            &mut self.spans,
            &mut self.request_id,
            &mut self.trace_id,
        ] {
            part.clear();
        }
    }
}

/// An event on its way into a line.
pub(super) struct EventLine<'a> {
    pub(super) parts: &'a mut Parts,
    pub(super) format: Format,
    pub(super) metadata: &'static Metadata<'static>,
    pub(super) redaction: &'a Redaction,
    /// Where the open field began.
    start: usize,
    cut: usize,
    /// Whether the message was replaced, so that the line must tell where it comes from.
    hidden: bool,
}

impl<'a> EventLine<'a> {
    pub(super) const fn new(
        parts: &'a mut Parts,
        format: Format,
        metadata: &'static Metadata<'static>,
        redaction: &'a Redaction,
    ) -> Self {
        Self {
            parts,
            format,
            metadata,
            redaction,
            start: 0,
            cut: 0,
            hidden: false,
        }
    }

    /// Adds a span, the innermost first: its ids are the event's unless that has its own.
    pub(super) fn span(&mut self, name: &str, fields: &super::spans::SpanFields) {
        for (id, value) in [
            (&mut self.parts.request_id, fields.get("request_id")),
            (&mut self.parts.trace_id, fields.get("trace_id")),
        ] {
            if let (true, Some(value)) = (id.is_empty(), value) {
                id.push_str(value);
            }
        }
        let out = &mut self.parts.spans;
        let start = out.len();
        let values = fields
            .values
            .iter()
            .filter(|(name, _)| !matches!(*name, "request_id" | "trace_id"));
        match self.format {
            Format::Json => {
                out.push_str(if start == 0 {
                    "{\"name\":\""
                } else {
                    ",{\"name\":\""
                });
                push_name(out, name);
                out.push('"');
                for (at, (name, value)) in values.enumerate() {
                    out.push_str(if at == 0 { ",\"fields\":{\"" } else { ",\"" });
                    push_name(out, name);
                    out.push_str("\":");
                    out.push_str(value);
                }
                if fields
                    .values
                    .iter()
                    .any(|(name, _)| !matches!(*name, "request_id" | "trace_id"))
                {
                    out.push('}');
                }
                out.push('}');
            }
            Format::Text => {
                out.push_str(" in=");
                push_name(out, name);
                for (name, value) in values {
                    out.push(' ');
                    push_name(out, name);
                    out.push('=');
                    out.push_str(value);
                }
            }
        }
        self.cut += fields.cut;
        if out.len() > SPANS_ROOM {
            self.cut += out.len() - start;
            out.truncate(start);
        }
    }

    /// Puts the parts together, with a line break at the end.
    pub(super) fn finish(self, time: impl std::fmt::Display) {
        let Parts {
            line,
            message,
            fields,
            spans,
            request_id,
            trace_id,
        } = self.parts;
        let level = level(*self.metadata.level());
        let json = self.format == Format::Json;
        if json {
            let mut target = String::new();
            push_name(&mut target, self.metadata.target());
            let _ = write!(
                line,
                "{{\"timestamp\":\"{time}\",\"level\":\"{level}\",\"target\":\"{target}\""
            );
            if !message.is_empty() {
                let _ = write!(line, ",\"message\":\"{message}\"");
            }
        } else {
            let _ = write!(line, "{time} {level:5} ");
            push_name(line, self.metadata.target());
            let _ = write!(line, ": {message}");
        }
        let mut member = |name: &str, value: &str| {
            if !value.is_empty() {
                let _ = match json {
                    true => write!(line, ",\"{name}\":{value}"),
                    false => write!(line, " {name}={value}"),
                };
            }
        };
        member("request_id", request_id);
        member("trace_id", trace_id);
        if self.hidden
            && let Some(file) = self.metadata.file()
        {
            let mut place = String::from("\"");
            push_name(&mut place, file);
            let _ = write!(place, ":{}\"", self.metadata.line().unwrap_or(0));
            member("logged_at", &place);
        }
        match json {
            true if !fields.is_empty() => _ = write!(line, ",\"fields\":{{{fields}}}"),
            true => {}
            false => line.push_str(fields),
        }
        match json {
            true if !spans.is_empty() => _ = write!(line, ",\"spans\":[{spans}]"),
            true => {}
            false => line.push_str(spans),
        }
        if self.cut > 0 {
            let _ = match json {
                true => write!(line, ",\"cut\":{}", self.cut),
                false => write!(line, " cut={}", self.cut),
            };
        }
        line.push_str(if json { "}\n" } else { "\n" });
    }
}

impl Sink for EventLine<'_> {
    fn open(&mut self, field: &Field) -> Option<(&mut String, usize)> {
        let name = field.name();
        let id = match name {
            "request_id" => Some(&mut self.parts.request_id),
            "trace_id" => Some(&mut self.parts.trace_id),
            _ => None,
        };
        if let Some(id) = id {
            id.clear();
            self.start = usize::MAX;
            return Some((id, NAME_ROOM));
        }
        // two members of one name make an object that readers understand differently: the first stays
        let first = self.metadata.fields().field(name)?;
        if first.index() != field.index() {
            return None;
        }
        let fields = &mut self.parts.fields;
        self.start = fields.len();
        match self.format {
            Format::Json => {
                fields.push_str(if self.start == 0 { "\"" } else { ",\"" });
                push_name(fields, name);
                fields.push_str("\":");
            }
            Format::Text => {
                fields.push(' ');
                push_name(fields, name);
                fields.push('=');
            }
        }
        // the mark of a cut value needs its place too
        let room = FIELDS_ROOM.saturating_sub(fields.len() + 40);
        Some((fields, room))
    }

    fn close(&mut self, cut: usize) {
        self.cut += cut;
        let fields = &mut self.parts.fields;
        if self.start != usize::MAX && fields.len() > FIELDS_ROOM {
            self.cut += fields.len() - self.start;
            fields.truncate(self.start);
        }
    }

    fn message(&mut self, value: &dyn Debug) {
        let message = &mut self.parts.message;
        message.clear();
        if self.redaction.trusts(self.metadata.target()) {
            let mut text = Text::new(message, MESSAGE_ROOM);
            let _ = write!(text, "{value:?}");
            let (pieces, cut) = (text.pieces, text.cut);
            if pieces <= 1 {
                self.cut += cut;
                return;
            }
        }
        self.hidden_message();
    }

    fn hidden_message(&mut self) {
        self.parts.message.clear();
        self.parts.message.push_str("[redacted: message]");
        self.hidden = true;
    }
}

/// A name is the program's, but a line must stay one whatever it is.
fn push_name(out: &mut String, name: &str) {
    let _ = Text::new(out, NAME_ROOM).write_str(name);
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARN",
        Level::INFO => "INFO",
        Level::DEBUG => "DEBUG",
        Level::TRACE => "TRACE",
    }
}
