//! What follows from a reading that failed: a violation, and how the next pass does better.

use super::{
    fault::Fault,
    state::{Found, INVALID, Mark},
    tree::Kind,
    value::Value,
};

impl Value<'_> {
    /// What a failed reading of this node means, noted; `before` is what [`State::cuts`] gave before it.
    pub(super) fn settle<T>(&self, result: Result<T, Fault>, before: usize) -> Result<T, Fault> {
        let fault = match result {
            Ok(read) => return Ok(read),
            Err(Fault::Broken) => return Err(Fault::Broken),
            // A list was left early; that may be the reason, and the next pass knows better.
            Err(_) if self.state.cuts() != before => return Err(Fault::Broken),
            Err(fault) => fault,
        };
        let state = self.state;
        let shape = state.shape(self.node, self.kind);
        let is_made_up = self.is_made_up();
        let found = match fault {
            Fault::Missing(name) => {
                if let Kind::Object(entries) = &self.node.kind
                    && !entries.iter().any(|(key, _)| key == name)
                    && state.require(shape, name)
                {
                    self.tell(Found::missing(name), []);
                    return Err(Fault::Broken);
                }
                None
            }
            Fault::Unknown if state.deny(shape) => return Err(Fault::Broken),
            Fault::Twice(name) if state.required(shape).contains(&name) => {
                if state.set_present(self.node, name) {
                    return Err(Fault::Broken);
                }
                None
            }
            Fault::Variant(variants) if !is_made_up => {
                self.tell_variants(variants);
                let is_new = state.close(self.kind);
                if !self.is_key {
                    state.set_mark(self.node, Mark::Dummy);
                    return Err(Fault::Broken);
                }
                // the mark is the value's, and a closed enum is asked before it is read
                if is_new {
                    return Err(Fault::Broken);
                }
                None
            }
            Fault::Twice(_) => Some(("repeated", "stands more than once")),
            Fault::Range => Some(("range", "is out of range")),
            Fault::Length => Some(("length", "has another number of items than expected")),
            Fault::Type => Some(("type", "is of another type than expected")),
            Fault::Own => Some(("invalid", INVALID)),
            Fault::Unknown | Fault::Variant(_) | Fault::Broken | Fault::Stuck => None,
        };
        if let Some((code, message)) = found
            && !state.is_told(self.node)
        {
            self.tell(Found::new(code, message), []);
        }
        let is_leaf = !matches!(
            self.node.kind,
            Kind::Object(_) | Kind::List(_) | Kind::Repeated(_)
        );
        // what is made up already may have another stand-in, and a list or an object has none
        let is_stood_in = if is_made_up {
            state.next_stand_in(self.kind)
        } else {
            is_leaf && !matches!(fault, Fault::Stuck) && state.has_stand_in(self.kind)
        };
        let mark = if is_stood_in && !self.is_key {
            Mark::Dummy
        } else {
            Mark::Removed
        };
        state.set_mark(self.node, mark);
        Err(Fault::Broken)
    }
}
