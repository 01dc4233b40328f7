use bartizan_problem::{Describe, Problem, Rejection};
use http::response::Parts;

/// Where the siblings' types meet: what each one's rejection says to a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Siblings;

impl Describe for Siblings {
    fn describe(&self, head: &Parts) -> Option<Problem> {
        match head.extensions.get::<Rejection>()? {
            // Not a word of the panic: the id leads to the log.
            Rejection::Panicked => Some(
                Problem::new(head.status).with_detail("an internal error; report the request id"),
            ),
            _ => None,
        }
    }
}
