//! What a node gives for each thing that a type may ask for.

use serde::de::{Deserializer, Visitor};

use super::{
    access::{Entries, Items},
    fault::Fault,
    fits_f32,
    state::Found,
    tree::Kind,
    value::Value,
    variant::Choice,
};
use crate::Param;

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
            Some(value) if fits_f32(value) => visitor.visit_f64(value),
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
