//! A node as what serde reads from.

use super::{
    dummy::Dummy,
    fault::Fault,
    place::Path,
    state::{Found, Mark, State},
    tree::{Kind, Node},
};
use crate::Param;

#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'p> {
    pub(super) node: &'p Node,
    pub(super) path: Option<&'p Path<'p>>,
    pub(super) state: &'p State,
    /// The type that is read, by its name.
    pub(super) kind: &'static str,
    /// Whether it is a key of a map.
    pub(super) is_key: bool,
}

impl<'p> Value<'p> {
    pub(super) const fn new(
        node: &'p Node,
        path: Option<&'p Path<'p>>,
        state: &'p State,
        kind: &'static str,
    ) -> Self {
        Self {
            node,
            path,
            state,
            kind,
            is_key: false,
        }
    }

    pub(super) fn tell(
        &self,
        found: Found,
        params: impl IntoIterator<Item = (&'static str, Param)>,
    ) {
        self.state.tell(self.node, self.path, found, params);
    }

    pub(super) fn tell_variants(&self, variants: &'static [&'static str]) {
        let names = variants.iter().map(|name| (*name).into()).collect();
        let found = Found::new("one_of", "is not one of what there is to choose from");
        self.tell(found, [("variants", Param::Texts(names))]);
    }

    /// What the node gives for a hint, unless it does not fit or something made up is to be given.
    pub(super) fn fit<T>(
        &self,
        read: Option<T>,
        expected: &'static str,
    ) -> Result<Option<T>, Fault> {
        self.enter()?;
        if self.is_made_up() {
            return Ok(None);
        }
        if read.is_none() {
            self.tell_type(expected);
        }
        Ok(read)
    }

    pub(super) fn enter(&self) -> Result<(), Fault> {
        if !self.state.visit() || (!self.is_key && self.state.is_removed(self.node)) {
            return Err(Fault::Stuck);
        }
        Ok(())
    }

    pub(super) fn is_made_up(&self) -> bool {
        !self.is_key && self.state.mark(self.node) == Mark::Dummy
    }

    pub(super) fn tell_type(&self, expected: &'static str) {
        if matches!(self.node.kind, Kind::Repeated(_)) {
            return self.tell(Found::new("repeated", "stands more than once"), []);
        }
        let found = Found::new("type", "is of another type than expected");
        self.tell(found, [("expected", Param::Text(expected.into()))]);
    }

    pub(super) fn dummy(&self) -> Dummy {
        Dummy::new(self.state.stand_in(self.kind))
    }
}
