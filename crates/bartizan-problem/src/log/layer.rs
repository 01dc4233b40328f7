//! The layer of `tracing-subscriber` that writes the lines.

use std::{cell::Cell, fmt, sync::Arc};

use jiff::Timestamp;
use tracing::{Event, Subscriber, span};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use super::{
    Redaction, Writer,
    fields::Values,
    line::{EventLine, Parts},
    spans::SpanFields,
};

thread_local! {
    /// Taken while a line is made: a value that logs while it is written finds none and makes its own.
    static PARTS: Cell<Option<Box<Parts>>> = const { Cell::new(None) };
}

/// Writes one line for each event, in which every field, span and message has passed a [`Redaction`].
///
/// It is a `Layer` of its own and not a formatter inside another: no field of a span is ever stored unredacted.
///
/// ```
/// use bartizan_problem::{Format, LogLayer, Redaction, Writer};
/// use tracing_subscriber::layer::SubscriberExt;
///
/// # fn main() -> std::io::Result<()> {
/// let writer = Writer::new(Format::Json, std::io::stderr())?;
/// let layer = LogLayer::new(Redaction::trusting(["my_app"]).allow("article"), writer.clone());
/// let log = tracing_subscriber::registry().with(layer);
/// tracing::subscriber::with_default(log, || {
///     tracing::info!(target: "my_app", article = 7, email = "ann@example.com", "shown");
/// });
/// // {"timestamp":"..","level":"INFO","target":"my_app","message":"shown",
/// //  "fields":{"article":7,"email":"[redacted: text, 15 bytes]"}}
/// assert!(writer.flush(std::time::Duration::from_secs(1)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LogLayer {
    redaction: Arc<Redaction>,
    writer: Writer,
}

impl LogLayer {
    /// A layer that shows what `redaction` allows and hands its lines to `writer`.
    #[must_use]
    pub fn new(redaction: Redaction, writer: Writer) -> Self {
        Self {
            redaction: Arc::new(redaction),
            writer,
        }
    }
}

impl fmt::Debug for LogLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLayer")
            .field("writer", &self.writer)
            .finish_non_exhaustive()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn on_new_span(
        &self,
        attributes: &span::Attributes<'_>,
        id: &span::Id,
        context: Context<'_, S>,
    ) {
        let Some(span) = context.span(id) else { return };
        let mut fields = SpanFields::default();
        attributes.record(&mut Values {
            sink: &mut fields,
            redaction: &self.redaction,
        });
        span.extensions_mut().replace(fields);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        // A value that logs while it is written would wait for this lock: it is taken out meanwhile.
        let fields = span.extensions_mut().remove::<SpanFields>();
        let mut fields = fields.unwrap_or_default();
        values.record(&mut Values {
            sink: &mut fields,
            redaction: &self.redaction,
        });
        span.extensions_mut().replace(fields);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut parts = PARTS.take().unwrap_or_default();
        parts.clear();
        let mut line = EventLine::new(
            &mut parts,
            self.writer.format(),
            event.metadata(),
            &self.redaction,
        );
        event.record(&mut Values {
            sink: &mut line,
            redaction: &self.redaction,
        });
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<SpanFields>() {
                line.span(span.name(), fields);
            }
        }
        line.finish(format_args!("{:.6}", Timestamp::now()));
        self.writer.send(&parts.line);
        PARTS.set(Some(parts));
    }
}
