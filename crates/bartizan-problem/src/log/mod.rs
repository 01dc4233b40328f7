//! The log: one line an event, fields by allow-list (feature `log`).

mod escape;
mod fields;
mod layer;
mod line;
mod redaction;
mod spans;
mod writer;

pub use self::{
    layer::LogLayer,
    line::Format,
    redaction::Redaction,
    writer::{Writer, WriterCounts},
};
