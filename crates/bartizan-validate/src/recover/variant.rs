//! A variant of an enum, and what it holds.

use std::any::type_name;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
    value::StrDeserializer,
};

use super::{
    access::made_up,
    fault::Fault,
    place::{Path, Step},
    tree::{Kind, Node},
    value::Value,
};

#[derive(Clone, Copy)]
pub(super) struct Choice<'p> {
    of: Value<'p>,
    text: &'p str,
    step: Step,
    content: Option<&'p Node>,
}

impl<'p> Choice<'p> {
    /// `known` is the variant's name if the type lists it.
    pub(super) fn new(
        of: Value<'p>,
        text: &'p str,
        known: Option<&'static str>,
        content: Option<&'p Node>,
    ) -> Self {
        Self {
            of,
            text,
            step: known.map_or(Step::Entry(1), Step::Name),
            content,
        }
    }

    /// Reads what the variant holds, or something made up if there is nothing.
    fn read<T>(
        &self,
        kind: &'static str,
        expected: &'static str,
        read: impl FnOnce(Value<'_>) -> Result<T, Fault>,
        instead: impl FnOnce(super::dummy::Dummy) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let Some(node) = self.content else {
            self.of.tell_type(expected);
            return made_up(&self.of, kind, instead);
        };
        let path = Path {
            before: self.of.path,
            step: self.step,
        };
        let state = self.of.state;
        let value = Value::new(node, Some(&path), state, kind);
        let before = state.cuts();
        value.settle(read(value), before)
    }
}

impl<'de, 'p> EnumAccess<'de> for Choice<'p> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = self.text.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        if self
            .content
            .is_some_and(|node| !matches!(node.kind, Kind::Null))
        {
            self.of.tell_type("variant without a value");
        }
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        // one of the two is called
        let seed = std::cell::Cell::new(Some(seed));
        self.read(
            type_name::<S::Value>(),
            "variant with a value",
            |value| seed.take().ok_or(Fault::Stuck)?.deserialize(value),
            |dummy| seed.take().ok_or(Fault::Stuck)?.deserialize(dummy),
        )
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        let visitor = std::cell::Cell::new(Some(visitor));
        self.read(
            type_name::<V::Value>(),
            "variant with an array",
            |value| value.deserialize_tuple(length, visitor.take().ok_or(Fault::Stuck)?),
            |dummy| dummy.deserialize_tuple(length, visitor.take().ok_or(Fault::Stuck)?),
        )
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let visitor = std::cell::Cell::new(Some(visitor));
        self.read(
            type_name::<V::Value>(),
            "variant with an object",
            |value| value.deserialize_struct("", fields, visitor.take().ok_or(Fault::Stuck)?),
            |dummy| dummy.deserialize_struct("", fields, visitor.take().ok_or(Fault::Stuck)?),
        )
    }
}
