//! What has been found and learned, over all passes.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeSet, HashMap, HashSet},
};

use super::{
    place::{Path, Root, violation},
    tree::Node,
};
use crate::{MAX_VIOLATIONS, Param, Violation, Violations};

/// Passes over one tree.
const MAX_PASSES: usize = 128;

/// Visits of nodes over all passes, for each node of the tree, and at least [`MIN_VISITS`].
const MAX_VISITS: usize = 16;
const MIN_VISITS: usize = 4_000;

/// Violations that are built, of which the first are told: later passes find some that stand earlier.
const MAX_KEPT: usize = 4 * MAX_VIOLATIONS;

/// Violations that are told apart and counted. Each takes more memory than the two bytes of an empty object, which may lack many
/// fields.
const MAX_COUNTED: usize = 4_096;

/// Texts that the usual types read: numbers, addresses, dates, identifiers. They stand in for a text that is missing or wrong,
/// each in turn until the type takes one; nothing that is made from them leaves this module.
const STAND_INS: [&str; 10] = [
    "",
    "0",
    "1",
    "127.0.0.1",
    "00000000-0000-0000-0000-000000000000",
    "1970-01-01",
    "1970-01-01T00:00:00Z",
    "00:00:00",
    "a@example.com",
    "https://example.com/",
];

/// How a node is read in the passes to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mark {
    /// As it is.
    #[default]
    None,
    /// Something made up is given for it.
    Dummy,
    /// As if it were not there.
    Removed,
}

/// A type, and the fields that it asked for: variants of one enum differ in these.
pub(super) type Shape = (&'static str, usize);

/// What a type has shown about itself.
#[derive(Debug, Default)]
struct Learned {
    /// Fields that it cannot do without.
    required: Vec<&'static str>,
    /// Whether it refuses fields that it does not know.
    denies: bool,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) root: Root,
    violations: RefCell<Vec<(usize, Violation)>>,
    /// Those that were not kept.
    more: Cell<usize>,
    /// The nodes of all violations.
    faulty: RefCell<BTreeSet<usize>>,
    /// Node, code, and position or name: a violation is told once, however often it is met.
    told: RefCell<HashSet<(usize, &'static str, usize)>>,
    marks: Vec<Cell<Mark>>,
    /// For objects, the fields asked for.
    shapes: Vec<Cell<usize>>,
    learned: RefCell<HashMap<Shape, Learned>>,
    /// Enums that refuse variants they do not list.
    closed: RefCell<HashSet<&'static str>>,
    stand_ins: RefCell<HashMap<&'static str, usize>>,
    /// Fields that must not be made up for an object, since an alias of them is there.
    present: RefCell<HashSet<(usize, &'static str)>>,
    again: Cell<bool>,
    cuts: Cell<usize>,
    visits: Cell<usize>,
    passes: Cell<usize>,
}

impl State {
    pub(super) fn new(root: Root, nodes: usize) -> Self {
        Self {
            root,
            violations: RefCell::default(),
            more: Cell::new(0),
            faulty: RefCell::default(),
            told: RefCell::default(),
            marks: vec![Cell::default(); nodes],
            shapes: vec![Cell::default(); nodes],
            learned: RefCell::default(),
            closed: RefCell::default(),
            stand_ins: RefCell::default(),
            present: RefCell::default(),
            again: Cell::new(false),
            cuts: Cell::new(0),
            visits: Cell::new(0),
            passes: Cell::new(0),
        }
    }

    pub(super) fn is_clean(&self) -> bool {
        self.violations.borrow().is_empty() && !self.again.get()
    }

    /// Whether another pass will do better.
    pub(super) fn goes_on(&self) -> bool {
        self.passes.set(self.passes.get() + 1);
        self.again.replace(false) && self.passes.get() < MAX_PASSES && !self.is_exhausted()
    }

    fn is_exhausted(&self) -> bool {
        self.visits.get() > (self.marks.len() * MAX_VISITS).max(MIN_VISITS)
    }

    /// Counts a visit; `false` if there have been too many.
    pub(super) fn visit(&self) -> bool {
        self.visits.set(self.visits.get() + 1);
        !self.is_exhausted()
    }

    /// Every violation in the order of the text.
    pub(super) fn into_violations(self) -> Violations {
        let mut found = self.violations.into_inner();
        if found.is_empty() {
            // the type has refused it, and only the parser has heard why
            found.push((0, violation(self.root, None, None, "invalid", INVALID)));
        }
        found.sort_by_key(|(id, _)| *id);
        let mut violations = Violations::default();
        for (_, violation) in found {
            violations.push(violation);
        }
        violations.count(self.more.get());
        violations
    }

    /// Notes a violation of `node`, once for each `detail`.
    pub(super) fn tell(
        &self,
        node: &Node,
        path: Option<&Path<'_>>,
        found: Found,
        params: impl IntoIterator<Item = (&'static str, Param)>,
    ) {
        let detail = found
            .name
            .map_or(found.position, |name| name.as_ptr().addr());
        let mut all = self.told.borrow_mut();
        if all.len() >= MAX_COUNTED {
            self.faulty.borrow_mut().insert(node.id);
        } else if all.insert((node.id, found.code, detail)) {
            self.faulty.borrow_mut().insert(node.id);
            let mut violations = self.violations.borrow_mut();
            if violations.len() >= MAX_KEPT {
                self.more.set(self.more.get() + 1);
                return;
            }
            let mut told = violation(self.root, path, found.name, found.code, found.message);
            told.params.extend(params);
            violations.push((node.id, told));
        }
    }

    /// Whether something is wrong with the node or below it.
    pub(super) fn is_told(&self, node: &Node) -> bool {
        let faulty = self.faulty.borrow();
        faulty.range(node.id..node.end).next().is_some()
    }

    pub(super) fn mark(&self, node: &Node) -> Mark {
        self.marks.get(node.id).map_or(Mark::None, Cell::get)
    }

    pub(super) fn is_removed(&self, node: &Node) -> bool {
        self.mark(node) == Mark::Removed
    }

    pub(super) fn set_mark(&self, node: &Node, mark: Mark) {
        if let Some(cell) = self.marks.get(node.id) {
            cell.set(mark);
            self.again.set(true);
        }
    }

    /// The lists that were left early in this and earlier passes: what holds one may fail for that alone.
    pub(super) fn cuts(&self) -> usize {
        self.cuts.get()
    }

    pub(super) fn cut(&self) {
        self.cuts.set(self.cuts.get() + 1);
    }

    pub(super) fn set_shape(&self, node: &Node, fields: usize) {
        if let Some(cell) = self.shapes.get(node.id) {
            cell.set(fields);
        }
    }

    pub(super) fn shape(&self, node: &Node, kind: &'static str) -> Shape {
        (kind, self.shapes.get(node.id).map_or(0, Cell::get))
    }

    /// Learns that a type needs a field; `false` if that was known.
    pub(super) fn require(&self, shape: Shape, name: &'static str) -> bool {
        let mut learned = self.learned.borrow_mut();
        let required = &mut learned.entry(shape).or_default().required;
        let is_new = !required.contains(&name);
        if is_new {
            required.push(name);
            self.again.set(true);
        }
        is_new
    }

    pub(super) fn required(&self, shape: Shape) -> Vec<&'static str> {
        let learned = self.learned.borrow();
        learned
            .get(&shape)
            .map_or_else(Vec::new, |learned| learned.required.clone())
    }

    /// Learns that a type refuses unknown fields; `false` if that was known.
    pub(super) fn deny(&self, shape: Shape) -> bool {
        let mut learned = self.learned.borrow_mut();
        let is_new = !std::mem::replace(&mut learned.entry(shape).or_default().denies, true);
        if is_new {
            self.again.set(true);
        }
        is_new
    }

    pub(super) fn denies(&self, shape: Shape) -> bool {
        let learned = self.learned.borrow();
        learned.get(&shape).is_some_and(|learned| learned.denies)
    }

    /// Learns that an enum refuses what it does not list; `false` if that was known.
    pub(super) fn close(&self, kind: &'static str) -> bool {
        let is_new = self.closed.borrow_mut().insert(kind);
        if is_new {
            self.again.set(true);
        }
        is_new
    }

    pub(super) fn is_closed(&self, kind: &'static str) -> bool {
        self.closed.borrow().contains(kind)
    }

    /// An alias of `name` is there; `false` if that was known.
    pub(super) fn set_present(&self, node: &Node, name: &'static str) -> bool {
        let is_new = self.present.borrow_mut().insert((node.id, name));
        if is_new {
            self.again.set(true);
        }
        is_new
    }

    pub(super) fn is_present(&self, node: &Node, name: &'static str) -> bool {
        self.present.borrow().contains(&(node.id, name))
    }

    /// The text that stands in for one of this type.
    pub(super) fn stand_in(&self, kind: &'static str) -> &'static str {
        let at = self.stand_ins.borrow().get(kind).copied().unwrap_or(0);
        STAND_INS.get(at).copied().unwrap_or_default()
    }

    /// Whether a stand-in is left for the type.
    pub(super) fn has_stand_in(&self, kind: &'static str) -> bool {
        let stand_ins = self.stand_ins.borrow();
        stand_ins.get(kind).is_none_or(|at| *at < STAND_INS.len())
    }

    /// The type does not take the stand-in; `false` if there is no other.
    pub(super) fn next_stand_in(&self, kind: &'static str) -> bool {
        let mut stand_ins = self.stand_ins.borrow_mut();
        let at = stand_ins.entry(kind).or_insert(0);
        *at += 1;
        let is_left = *at < STAND_INS.len();
        if is_left {
            self.again.set(true);
        }
        is_left
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) code: &'static str,
    pub(super) message: &'static str,
    /// A field of the node, where that is what is wrong.
    pub(super) name: Option<&'static str>,
    /// Of a key of the node, from 1, or 0.
    pub(super) position: usize,
}

pub(super) const INVALID: &str = "is not valid";

impl Found {
    pub(super) const fn new(code: &'static str, message: &'static str) -> Self {
        Self {
            code,
            message,
            name: None,
            position: 0,
        }
    }

    pub(super) const fn missing(name: &'static str) -> Self {
        Self {
            name: Some(name),
            ..Self::new("missing", "is missing")
        }
    }
}
