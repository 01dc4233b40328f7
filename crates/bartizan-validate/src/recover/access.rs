//! The items of a list and the entries of an object.

use std::any::type_name;

use serde::de::{
    DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
    value::StrDeserializer,
};

use super::{
    dummy::Dummy,
    fault::Fault,
    names::meant,
    place::{Path, Step},
    state::Found,
    tree::{Kind, Node},
    value::Value,
};
use crate::Param;

pub(super) struct Items<'p> {
    of: Value<'p>,
    nodes: std::iter::Enumerate<std::slice::Iter<'p, Node>>,
    /// Of a tuple, how many are still to be given, whatever is there.
    left: Option<usize>,
}

impl<'p> Items<'p> {
    pub(super) fn list(of: Value<'p>, nodes: &'p [Node]) -> Self {
        Self {
            of,
            nodes: nodes.iter().enumerate(),
            left: None,
        }
    }

    pub(super) fn tuple(of: Value<'p>, nodes: &'p [Node], length: usize) -> Self {
        Self {
            left: Some(length),
            ..Self::list(of, nodes)
        }
    }

    fn read<'de, S: DeserializeSeed<'de>>(
        &self,
        index: usize,
        node: &Node,
        seed: S,
    ) -> Result<S::Value, Fault> {
        let path = Path {
            before: self.of.path,
            step: Step::Item(index),
        };
        let state = self.of.state;
        let value = Value::new(node, Some(&path), state, type_name::<S::Value>());
        let before = state.cuts();
        value.settle(seed.deserialize(value), before)
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let state = self.of.state;
        if let Some(left) = self.left {
            let Some(left) = left.checked_sub(1) else {
                return Ok(None);
            };
            self.left = Some(left);
            return match self.nodes.next() {
                Some((index, node)) => self.read(index, node, seed).map(Some),
                None => {
                    let kind = type_name::<S::Value>();
                    made_up(&self.of, kind, |dummy| seed.deserialize(dummy)).map(Some)
                }
            };
        }
        match self.nodes.find(|(_, node)| !state.is_removed(node)) {
            None => Ok(None),
            Some((index, node)) => match self.read(index, node, seed) {
                Ok(read) => Ok(Some(read)),
                // The rest of the list waits for the next pass, what stands behind the list does not.
                Err(Fault::Broken) => {
                    state.cut();
                    Ok(None)
                }
                Err(fault) => Err(fault),
            },
        }
    }
}

/// Reads something made up, of a type that is called `kind`, inside a node.
pub(super) fn made_up<T>(
    of: &Value<'_>,
    kind: &'static str,
    read: impl FnOnce(Dummy) -> Result<T, Fault>,
) -> Result<T, Fault> {
    // an empty object that lacks thirty fields is thirty times the work of one that lacks none
    if !of.state.visit() {
        return Err(Fault::Stuck);
    }
    read(Dummy::new(of.state.stand_in(kind))).map_err(|_| {
        if of.state.next_stand_in(kind) {
            Fault::Broken
        } else {
            Fault::Stuck
        }
    })
}

/// What `next_value_seed` gives.
#[derive(Clone, Copy)]
enum Next<'p> {
    Nothing,
    Entry(Step, &'p str, &'p Node),
    Missing(&'static str),
}

pub(super) struct Entries<'p> {
    of: Value<'p>,
    entries: std::iter::Zip<std::slice::Iter<'p, (String, Node)>, std::ops::RangeFrom<usize>>,
    /// Of a struct: the names that it asks for.
    fields: Option<&'static [&'static str]>,
    /// Names that the struct needs and nobody has sent.
    missing: Vec<&'static str>,
    denies: bool,
    next: Next<'p>,
}

impl<'p> Entries<'p> {
    pub(super) fn new(
        of: Value<'p>,
        entries: &'p [(String, Node)],
        fields: Option<&'static [&'static str]>,
    ) -> Self {
        let state = of.state;
        state.set_shape(of.node, fields.map_or(0, |fields| fields.as_ptr().addr()));
        let shape = state.shape(of.node, of.kind);
        let mut missing = state.required(shape);
        missing.retain(|name| {
            !state.is_present(of.node, name) && !entries.iter().any(|(key, _)| key == name)
        });
        // they are taken from the end
        missing.reverse();
        Self {
            of,
            entries: entries.iter().zip(1..),
            fields,
            missing,
            denies: state.denies(shape),
            next: Next::Nothing,
        }
    }

    fn tell_unknown(&self, position: usize, key: &str) {
        let found = Found {
            position,
            ..Found::new("unknown_field", "holds a field that is not known here")
        };
        let meant = self.fields.and_then(|fields| meant(key, fields));
        let meant = meant.map(|name| ("meant", Param::Text(name.into())));
        let key = ("key", Param::Whole(position as i128));
        self.of.tell(found, std::iter::once(key).chain(meant));
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let state = self.of.state;
        while let Some(((key, node), position)) = self.entries.next() {
            if state.is_removed(node) {
                continue;
            }
            let Some(fields) = self.fields else {
                self.next = Next::Entry(Step::Entry(position), key, node);
                return self.key_of_client(position, key, node, seed).map(Some);
            };
            let known = fields.iter().find(|name| *name == key);
            if known.is_none() && self.denies {
                self.tell_unknown(position, key);
                continue;
            }
            let step = known.map_or(Step::Entry(position), |name| Step::Name(name));
            self.next = Next::Entry(step, key, node);
            let name: StrDeserializer<'_, Fault> = key.as_str().into_deserializer();
            return seed.deserialize(name).map(Some);
        }
        let Some(name) = self.missing.pop() else {
            return Ok(None);
        };
        self.next = Next::Missing(name);
        let name: StrDeserializer<'_, Fault> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let kind = type_name::<S::Value>();
        match self.next {
            Next::Nothing => Err(Fault::Own),
            Next::Missing(name) => {
                self.of.tell(Found::missing(name), []);
                made_up(&self.of, kind, |dummy| seed.deserialize(dummy))
            }
            Next::Entry(step, key, node) => {
                let path = Path {
                    before: self.of.path,
                    step,
                };
                let state = self.of.state;
                let value = Value::new(node, Some(&path), state, kind);
                let before = state.cuts();
                match (self.fields, step) {
                    (Some(_), Step::Entry(position)) => {
                        let mut is_ignored = false;
                        let stray = Stray(value, &mut is_ignored);
                        let result = value.settle(seed.deserialize(stray), before);
                        if is_ignored {
                            self.tell_unknown(position, key);
                        }
                        result
                    }
                    _ => value.settle(seed.deserialize(value), before),
                }
            }
        }
    }
}

impl Entries<'_> {
    /// A key of a map may be a number or an enum, and is told by its position.
    fn key_of_client<'de, S: DeserializeSeed<'de>>(
        &self,
        position: usize,
        key: &str,
        node: &Node,
        seed: S,
    ) -> Result<S::Value, Fault> {
        let path = Path {
            before: self.of.path,
            step: Step::Entry(position),
        };
        let words = Node {
            id: node.id,
            end: node.id + 1,
            kind: Kind::Words(key.to_owned()),
        };
        let mut value = Value::new(&words, Some(&path), self.of.state, type_name::<S::Value>());
        value.is_key = true;
        let before = self.of.state.cuts();
        value.settle(seed.deserialize(value), before)
    }
}

/// A value under a name that is not in the struct's list: if the struct ignores it, the name is unknown.
struct Stray<'p, 's>(Value<'p>, &'s mut bool);

macro_rules! pass_on {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, Fault> {
            self.0.$method($($name,)* visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Stray<'_, '_> {
    type Error = Fault;

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        *self.1 = true;
        visitor.visit_unit()
    }

    pass_on! {
        deserialize_any();
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_option();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
    }
}
