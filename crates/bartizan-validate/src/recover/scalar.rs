//! Numbers and texts, and whether they fit.

use super::{fault::Fault, state::Found, tree::Kind, value::Value};
use crate::{Param, scan::number};

impl<'p> Value<'p> {
    pub(super) fn whole(&self, min: i128, max: i128) -> Result<Option<i128>, Fault> {
        let read = match &self.node.kind {
            Kind::Whole(value) => Some(Some(*value)),
            // a number that is too long for an i128 is out of every range
            Kind::Words(text) => number(text.as_bytes(), text.len())
                .is_ok_and(|number| number.whole && number.len == text.len() && text != "-0")
                .then(|| text.parse().ok()),
            _ => None,
        };
        let Some(read) = self.fit(read, "integer")? else {
            return Ok(None);
        };
        let read = read.filter(|value| (min..=max).contains(value));
        if read.is_none() {
            let params = [("min", Param::Whole(min)), ("max", Param::Whole(max))];
            self.tell(Found::new("range", "is out of range"), params);
        }
        Ok(read)
    }

    /// A number that an `f64` holds exactly, where it is written as an integer.
    pub(super) fn real(&self) -> Result<Option<f64>, Fault> {
        let of_whole = |value: i128| (value as f64, value as f64 as i128 == value);
        let read = match &self.node.kind {
            Kind::Whole(value) => Some(of_whole(*value)),
            Kind::Real(value) => Some((*value, true)),
            Kind::Words(text) => number(text.as_bytes(), text.len())
                .ok()
                .filter(|number| number.len == text.len())
                .and_then(|_| match text.parse::<i128>() {
                    Ok(value) if text != "-0" => Some(of_whole(value)),
                    _ => text.parse().ok().map(|value| (value, true)),
                }),
            _ => None,
        };
        match self.fit(read, "number")? {
            Some((value, true)) => Ok(Some(value)),
            Some((_, false)) => {
                self.tell(Found::new("inexact", "has more digits than are kept"), []);
                Ok(None)
            }
            None => Ok(None),
        }
    }

    pub(super) fn text(&self) -> Option<&'p str> {
        match &self.node.kind {
            Kind::Text(text) | Kind::Words(text) => Some(text),
            _ => None,
        }
    }
}
