//! Keys that a type does not know, found where serde does not tell: it keeps what is left for a flattened field, and drops what
//! that does not take.

use std::{borrow::Cow, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    Choice, Pointer, Shape, Tagging,
    known::{Known, Names},
};
use crate::{Param, Place, Violation, Violations, recover::meant, scan::MAX_DEPTH};

/// How deep a value is walked: as deep as any is read.
const MOST_DEPTH: usize = MAX_DEPTH;

/// How many times a value may be optional. A type that holds itself as nothing but an option has no end.
const MOST_OPTIONS: usize = 16;

/// Adds a violation `unknown_field` for each key in `body` that a type of this shape does not know: at the object, with the key's
/// position from 1 as `key`, and as `meant` the name that was probably meant. Nothing of the key itself.
///
/// `body` is JSON that has been read already; what cannot be read is left alone. Untagged enums are looked at one level deep:
/// which variant was meant below is not known.
pub fn unknown_keys(body: &[u8], shape: &'static Shape, violations: &mut Violations) {
    let mut walk = Walk {
        pointer: Pointer::root(),
        depth: 0,
        violations,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    // It cannot be read: whoever read it first has said so.
    _ = walk.seed(shape).deserialize(&mut deserializer);
}

struct Walk<'v> {
    pointer: Pointer,
    depth: usize,
    violations: &'v mut Violations,
}

impl<'v> Walk<'v> {
    fn seed(&mut self, shape: &'static Shape) -> Seed<'_, 'v> {
        Seed { walk: self, shape }
    }

    fn unknown(&mut self, position: usize, key: &str, known: &[Known]) {
        let violation = || {
            let place = Place::Body(self.pointer.as_str().to_owned());
            let violation = Violation::new(
                place,
                "unknown_field",
                "holds a field that is not known here",
            )
            .with_param("key", Param::Whole(position as i128));
            let names: Vec<&'static str> = known.iter().map(|known| known.name).collect();
            match meant(key, &names) {
                Some(name) => violation.with_param("meant", Param::Text(Cow::Borrowed(name))),
                None => violation,
            }
        };
        self.violations.push_with(violation);
    }
}

struct Seed<'w, 'v> {
    walk: &'w mut Walk<'v>,
    shape: &'static Shape,
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { walk, mut shape } = self;
        for _ in 0..MOST_OPTIONS {
            match shape {
                // no level of its own on the wire
                Shape::Optional(inner) => shape = inner(),
                _ => break,
            }
        }
        if walk.depth >= MOST_DEPTH {
            return deserializer.deserialize_any(IgnoredAny).map(drop);
        }
        walk.depth += 1;
        let outcome = match shape {
            Shape::List(..) | Shape::Tuple(_) => {
                deserializer.deserialize_any(Items { walk, shape })
            }
            Shape::Map(item) => {
                let names = Names {
                    known: Vec::new(),
                    rest: Some(Some(*item)),
                };
                deserializer.deserialize_any(Keys { walk, names })
            }
            Shape::Object(object) => {
                let mut names = Names::default();
                names.object(object, 0);
                deserializer.deserialize_any(Keys { walk, names })
            }
            Shape::Choice(choice) => one_of(walk, choice, deserializer),
            _ => deserializer.deserialize_any(IgnoredAny).map(drop),
        };
        walk.depth -= 1;
        outcome
    }
}

/// Looks for the variant first where its name does not come first.
fn one_of<'de, D: Deserializer<'de>>(
    walk: &mut Walk<'_>,
    choice: &'static Choice,
    deserializer: D,
) -> Result<(), D::Error> {
    let (tag, under) = match choice.tagging {
        Tagging::Internal(tag) => (tag, None),
        Tagging::Adjacent(tag, under) => (tag, Some(under)),
        Tagging::External | Tagging::Untagged => {
            let mut names = Names::default();
            names.any_variant(choice, 0);
            return deserializer.deserialize_any(Keys { walk, names });
        }
    };
    let raw: &RawValue = serde::Deserialize::deserialize(deserializer)?;
    let found = serde_json::Deserializer::from_str(raw.get())
        .deserialize_any(Tag(tag))
        .ok()
        .flatten();
    let Some(variant) = found.and_then(|name| choice.variants.iter().find(|v| v.is_called(&name)))
    else {
        return Ok(());
    };
    let mut names = Names::default();
    names.push(tag, None);
    match (under, variant.content) {
        (Some(under), content) => names.push(under, content),
        (None, Some(content)) => names.flattened(content(), 0),
        (None, None) => {}
    }
    serde_json::Deserializer::from_str(raw.get())
        .deserialize_any(Keys { walk, names })
        .map_err(|_| D::Error::custom("it cannot be read"))
}

/// An object's keys; what is no object holds none.
struct Keys<'w, 'v> {
    walk: &'w mut Walk<'v>,
    names: Names,
}

impl<'de> Visitor<'de> for Keys<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { walk, names } = self;
        let len = walk.pointer.len();
        let mut position = 0;
        while let Some(key) = map.next_key::<Key<'_>>()? {
            position += 1;
            let found = names.known.iter().find(|known| known.name == key.0);
            let shape = match (found, names.rest) {
                (Some(known), _) => {
                    walk.pointer.push_name(known.name);
                    known.shape
                }
                // The name is the client's: what is below points at the map.
                (None, Some(rest)) => rest,
                (None, None) => {
                    walk.unknown(position, &key.0, &names.known);
                    None
                }
            };
            match shape {
                Some(shape) => map.next_value_seed(walk.seed(shape()))?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
            walk.pointer.truncate(len);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        IgnoredAny.visit_seq(seq).map(drop)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// A list's items; what is no list holds none.
struct Items<'w, 'v> {
    walk: &'w mut Walk<'v>,
    shape: &'static Shape,
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { walk, shape } = self;
        let len = walk.pointer.len();
        for index in 0_usize.. {
            let item = match shape {
                Shape::List(item, _) => item,
                Shape::Tuple(items) => match items.get(index) {
                    Some(item) => item,
                    None => break,
                },
                _ => break,
            };
            walk.pointer.push_index(index);
            let more = seq.next_element_seed(walk.seed(item()))?;
            walk.pointer.truncate(len);
            if more.is_none() {
                return Ok(());
            }
        }
        IgnoredAny.visit_seq(seq).map(drop)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        IgnoredAny.visit_map(map).map(drop)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

/// The text under one key.
struct Tag(&'static str);

impl<'de> Visitor<'de> for Tag {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a tag")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<Key<'_>>()? {
            if key.0 == self.0 {
                found = Some(map.next_value::<String>()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// A key, copied only if it has escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
