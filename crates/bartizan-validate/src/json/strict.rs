//! serde_json's deserializer, stricter: it tells when a value is ignored, takes no array for a struct, and no integer for a float
//! that would change it.
//!
//! serde_ignored finds ignored values in the same way, and keeps the path to each value as it goes, which costs on every read. Here
//! one flag is set, and the paths are found when there is something to tell.

use std::cell::Cell;

use serde::de::{DeserializeSeed, Deserializer, Visitor};

use super::visitor::{Shape, Watch};

/// Reads from `inner`; `is_ignored` becomes true when somebody ignores a value.
pub(super) struct Strict<'a, D> {
    inner: D,
    is_ignored: &'a Cell<bool>,
}

impl<'a, D> Strict<'a, D> {
    pub(super) const fn new(inner: D, is_ignored: &'a Cell<bool>) -> Self {
        Self { inner, is_ignored }
    }
}

/// A seed whose deserializer is watched.
pub(super) struct Seed<'a, S>(pub(super) S, pub(super) &'a Cell<bool>);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Seed<'_, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict::new(deserializer, self.1))
    }
}

/// Values that hold no others need no watch.
macro_rules! leaves {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$method(visitor)
        }
    )*};
}

macro_rules! watched {
    ($($method:ident($($name:ident: $type:ty),*) $shape:ident;)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(
            self,
            $($name: $type,)*
            visitor: V,
        ) -> Result<V::Value, D::Error> {
            let visitor = Watch::new(visitor, self.is_ignored, Shape::$shape);
            self.inner.$method($($name,)* visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<'_, D> {
    type Error = D::Error;

    leaves! {
        deserialize_bool
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_char deserialize_str deserialize_string
        deserialize_unit deserialize_identifier
    }

    watched! {
        deserialize_any() Any;
        deserialize_f32() F32;
        deserialize_f64() F64;
        deserialize_bytes() Any;
        deserialize_byte_buf() Any;
        deserialize_option() Any;
        deserialize_unit_struct(name: &'static str) Any;
        deserialize_newtype_struct(name: &'static str) Any;
        deserialize_seq() Any;
        deserialize_tuple(length: usize) Any;
        deserialize_tuple_struct(name: &'static str, length: usize) Any;
        deserialize_map() Any;
        deserialize_struct(name: &'static str, fields: &'static [&'static str]) Struct;
        deserialize_enum(name: &'static str, variants: &'static [&'static str]) Any;
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.is_ignored.set(true);
        self.inner.deserialize_ignored_any(visitor)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}
