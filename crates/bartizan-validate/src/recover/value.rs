//! A node as what serde reads from.

use serde::de::{Deserializer, Visitor};

use super::{
    access::{Entries, Items},
    dummy::Dummy,
    fault::Fault,
    place::Path,
    state::{Found, INVALID, Mark, State},
    tree::{Kind, Node},
    variant::Choice,
};
use crate::{Param, scan::number};

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
        let is_made_up = state.mark(self.node) == Mark::Dummy;
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
                state.close(self.kind);
                state.set_mark(self.node, Mark::Dummy);
                return Err(Fault::Broken);
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

    pub(super) fn tell_variants(&self, variants: &'static [&'static str]) {
        let names = variants.iter().map(|name| (*name).into()).collect();
        let found = Found::new("one_of", "is not one of what there is to choose from");
        self.tell(found, [("variants", Param::Texts(names))]);
    }

    /// What the node gives for a hint, unless it does not fit or something made up is to be given.
    fn fit<T>(&self, read: Option<T>, expected: &'static str) -> Result<Option<T>, Fault> {
        self.enter()?;
        if self.is_made_up() {
            return Ok(None);
        }
        if read.is_none() {
            self.tell_type(expected);
        }
        Ok(read)
    }

    fn enter(&self) -> Result<(), Fault> {
        if !self.state.visit() || (!self.is_key && self.state.is_removed(self.node)) {
            return Err(Fault::Stuck);
        }
        Ok(())
    }

    fn is_made_up(&self) -> bool {
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

    fn whole(&self, min: i128, max: i128) -> Result<Option<i128>, Fault> {
        let read = match &self.node.kind {
            Kind::Whole(value) => Some(*value),
            // a number that is too long for an i128 is out of every range
            Kind::Words(text) => number(text.as_bytes(), text.len())
                .is_ok_and(|number| number.whole && number.len == text.len())
                .then(|| text.parse().unwrap_or(i128::MAX)),
            _ => None,
        };
        let read = self.fit(read, "integer")?;
        if read.is_some_and(|value| !(min..=max).contains(&value)) {
            let params = [("min", Param::Whole(min)), ("max", Param::Whole(max))];
            self.tell(Found::new("range", "is out of range"), params);
            return Ok(None);
        }
        Ok(read)
    }

    /// A number that an `f64` holds exactly, where it is written as an integer.
    fn real(&self) -> Result<Option<f64>, Fault> {
        let of_whole = |value: i128| (value as f64, value as f64 as i128 == value);
        let read = match &self.node.kind {
            Kind::Whole(value) => Some(of_whole(*value)),
            Kind::Real(value) => Some((*value, true)),
            Kind::Words(text) => number(text.as_bytes(), text.len())
                .ok()
                .filter(|number| number.len == text.len())
                .and_then(|_| match text.parse::<i128>() {
                    Ok(value) => Some(of_whole(value)),
                    Err(_) => text.parse().ok().map(|value| (value, true)),
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

    fn text(&self) -> Option<&'p str> {
        match &self.node.kind {
            Kind::Text(text) | Kind::Words(text) => Some(text),
            _ => None,
        }
    }
}

macro_rules! whole {
    ($($method:ident $visit:ident $type:ty, $min:expr, $max:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.whole($min, $max)?.and_then(|value| <$type>::try_from(value).ok()) {
                Some(value) => visitor.$visit(value),
                None => self.dummy().$method(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = Fault;

    whole! {
        deserialize_i8 visit_i8 i8, i8::MIN.into(), i8::MAX.into();
        deserialize_i16 visit_i16 i16, i16::MIN.into(), i16::MAX.into();
        deserialize_i32 visit_i32 i32, i32::MIN.into(), i32::MAX.into();
        deserialize_i64 visit_i64 i64, i64::MIN.into(), i64::MAX.into();
        deserialize_i128 visit_i128 i128, i128::MIN, i128::MAX;
        deserialize_u8 visit_u8 u8, 0, u8::MAX.into();
        deserialize_u16 visit_u16 u16, 0, u16::MAX.into();
        deserialize_u32 visit_u32 u32, 0, u32::MAX.into();
        deserialize_u64 visit_u64 u64, 0, u64::MAX.into();
        deserialize_u128 visit_u128 u128, 0, i128::MAX;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.enter()?;
        if self.is_made_up() {
            return self.dummy().deserialize_any(visitor);
        }
        match &self.node.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Whole(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => visitor.visit_i128(*value),
            },
            Kind::Real(value) => visitor.visit_f64(*value),
            Kind::Text(text) | Kind::Words(text) => visitor.visit_str(text),
            Kind::List(nodes) | Kind::Repeated(nodes) => {
                visitor.visit_seq(Items::list(self, nodes))
            }
            Kind::Object(entries) => visitor.visit_map(Entries::new(self, entries, None)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let read = match &self.node.kind {
            Kind::Bool(value) => Some(*value),
            Kind::Words(text) if text == "true" => Some(true),
            Kind::Words(text) if text == "false" => Some(false),
            _ => None,
        };
        match self.fit(read, "boolean")? {
            Some(value) => visitor.visit_bool(value),
            None => self.dummy().deserialize_bool(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.real()? {
            Some(value) if super::fits_f32(value) => visitor.visit_f64(value),
            Some(_) => {
                self.tell(Found::new("range", "is out of range"), []);
                self.dummy().deserialize_f32(visitor)
            }
            None => self.dummy().deserialize_f32(visitor),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.real()? {
            Some(value) => visitor.visit_f64(value),
            None => self.dummy().deserialize_f64(visitor),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let mut characters = self.text().unwrap_or_default().chars();
        let read = characters.next().filter(|_| characters.next().is_none());
        match self.fit(read, "character")? {
            Some(value) => visitor.visit_char(value),
            None => self.dummy().deserialize_char(visitor),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.fit(self.text(), "string")? {
            Some(value) => visitor.visit_str(value),
            None => self.dummy().deserialize_str(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if matches!(self.node.kind, Kind::List(_)) {
            return self.deserialize_seq(visitor);
        }
        match self.fit(self.text(), "string")? {
            Some(value) => visitor.visit_bytes(value.as_bytes()),
            None => self.dummy().deserialize_bytes(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.enter()?;
        if self.is_made_up() || matches!(self.node.kind, Kind::Null) {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let read = matches!(self.node.kind, Kind::Null).then_some(());
        self.fit(read, "null")?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let read = match &self.node.kind {
            Kind::List(nodes) | Kind::Repeated(nodes) => Some(nodes.as_slice()),
            // one of a query stands for a list of one
            Kind::Words(_) => Some(std::slice::from_ref(self.node)),
            _ => None,
        };
        match self.fit(read, "array")? {
            Some(nodes) => visitor.visit_seq(Items::list(self, nodes)),
            None => self.dummy().deserialize_seq(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let read = match &self.node.kind {
            Kind::List(nodes) | Kind::Repeated(nodes) => Some(nodes.as_slice()),
            _ => None,
        };
        let Some(nodes) = self.fit(read, "array")? else {
            return self.dummy().deserialize_tuple(length, visitor);
        };
        if nodes.len() != length {
            let found = Found::new("length", "has another number of items than expected");
            self.tell(found, [("equal", Param::Whole(length as i128))]);
        }
        visitor.visit_seq(Items::tuple(self, nodes, length))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let read = match &self.node.kind {
            Kind::Object(entries) => Some(entries),
            _ => None,
        };
        match self.fit(read, "object")? {
            Some(entries) => visitor.visit_map(Entries::new(self, entries, None)),
            None => self.dummy().deserialize_map(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let read = match &self.node.kind {
            Kind::Object(entries) => Some(entries),
            _ => None,
        };
        match self.fit(read, "object")? {
            Some(entries) => visitor.visit_map(Entries::new(self, entries, Some(fields))),
            None => self.dummy().deserialize_struct(name, fields, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let read = match &self.node.kind {
            Kind::Text(text) | Kind::Words(text) => Some((text.as_str(), None)),
            Kind::Object(entries) => match entries.as_slice() {
                [(key, content)] => Some((key.as_str(), Some(content))),
                _ => None,
            },
            _ => None,
        };
        let Some((text, content)) = self.fit(read, "variant")? else {
            return self.dummy().deserialize_enum(name, variants, visitor);
        };
        let known = variants.iter().find(|variant| **variant == text).copied();
        if known.is_none() && self.state.is_closed(self.kind) {
            self.tell_variants(variants);
            return self.dummy().deserialize_enum(name, variants, visitor);
        }
        visitor.visit_enum(Choice::new(self, text, known, content))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}
