//! The shapes of std's types.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::{Chosen, Part, Shape, Step, Wire};

macro_rules! plain {
    ($($type:ty => $shape:expr),* $(,)?) => {
        $(impl Wire for $type {
            fn shape() -> &'static Shape {
                const { &$shape }
            }
        })*
    };
}

macro_rules! whole {
    ($($type:ty)*) => {
        $(impl Wire for $type {
            fn shape() -> &'static Shape {
                const { &Shape::Whole(<$type>::MIN as i128, <$type>::MAX as i128) }
            }
        })*
    };
}

plain! {
    () => Shape::Null,
    bool => Shape::Bool,
    char => Shape::Character,
    String => Shape::Text,
    Cow<'_, str> => Shape::Text,
    f32 => Shape::Real,
    f64 => Shape::Real,
    IpAddr => Shape::Formatted("ip"),
    Ipv4Addr => Shape::Formatted("ipv4"),
    Ipv6Addr => Shape::Formatted("ipv6"),
    serde_json::Value => Shape::Anything,
}

whole!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl<T: Wire> Wire for Option<T> {
    fn shape() -> &'static Shape {
        const { &Shape::Optional(T::shape) }
    }

    fn chosen(&self) -> Option<Chosen<'_>> {
        self.as_ref()
            .map(|value| Chosen::new(None, T::shape(), Some(value)))
    }

    fn part(&self, step: Step<'_>) -> Option<&dyn Part> {
        self.as_ref()?.part(step)
    }

    fn normalise(&mut self) {
        if let Some(value) = self {
            value.normalise();
        }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn shape() -> &'static Shape {
        T::shape()
    }

    fn chosen(&self) -> Option<Chosen<'_>> {
        Wire::chosen(&**self)
    }

    fn part(&self, step: Step<'_>) -> Option<&dyn Part> {
        Wire::part(&**self, step)
    }

    fn entry(&self, index: usize) -> usize {
        Wire::entry(&**self, index)
    }

    fn normalise(&mut self) {
        (**self).normalise();
    }
}

macro_rules! list {
    ($($type:ty),*) => {
        $(impl<T: Wire> Wire for $type {
            fn shape() -> &'static Shape {
                const { &Shape::List(T::shape, None) }
            }

            fn part(&self, step: Step<'_>) -> Option<&dyn Part> {
                match step {
                    Step::Index(index) => Some(self.get(index)?),
                    Step::Field(_) => None,
                }
            }

            fn normalise(&mut self) {
                self.iter_mut().for_each(T::normalise);
            }
        })*
    };
}

list!(Vec<T>, VecDeque<T>);

impl<T: Wire, const N: usize> Wire for [T; N] {
    fn shape() -> &'static Shape {
        const { &Shape::List(T::shape, Some(N)) }
    }

    fn part(&self, step: Step<'_>) -> Option<&dyn Part> {
        match step {
            Step::Index(index) => Some(self.get(index)?),
            Step::Field(_) => None,
        }
    }

    fn normalise(&mut self) {
        self.iter_mut().for_each(T::normalise);
    }
}

// The items of a set stand in no order that a client knows: violations point at the set, and nothing in it is normalised.
impl<T: Wire> Wire for BTreeSet<T> {
    fn shape() -> &'static Shape {
        const { &Shape::List(T::shape, None) }
    }
}

impl<T: Wire, S> Wire for HashSet<T, S> {
    fn shape() -> &'static Shape {
        const { &Shape::List(T::shape, None) }
    }
}

impl<T: Wire> Wire for BTreeMap<String, T> {
    fn shape() -> &'static Shape {
        const { &Shape::Map(T::shape) }
    }

    fn part(&self, step: Step<'_>) -> Option<&dyn Part> {
        match step {
            Step::Index(index) => Some(self.values().nth(index)?),
            Step::Field(_) => None,
        }
    }

    fn normalise(&mut self) {
        self.values_mut().for_each(T::normalise);
    }
}

impl<T: Wire, S> Wire for HashMap<String, T, S> {
    fn shape() -> &'static Shape {
        const { &Shape::Map(T::shape) }
    }

    fn part(&self, step: Step<'_>) -> Option<&dyn Part> {
        match step {
            Step::Index(index) => Some(self.values().nth(index)?),
            Step::Field(_) => None,
        }
    }

    fn entry(&self, index: usize) -> usize {
        match self.keys().nth(index) {
            Some(key) => self.keys().filter(|other| *other <= key).count(),
            None => index.saturating_add(1),
        }
    }

    fn normalise(&mut self) {
        self.values_mut().for_each(T::normalise);
    }
}

macro_rules! tuple {
    ($($item:ident $index:tt),*) => {
        impl<$($item: Wire),*> Wire for ($($item,)*) {
            fn shape() -> &'static Shape {
                const { &Shape::Tuple(&[$($item::shape),*]) }
            }

            fn part(&self, step: Step<'_>) -> Option<&dyn Part> {
                match step {
                    $(Step::Index($index) => Some(&self.$index),)*
                    _ => None,
                }
            }

            fn normalise(&mut self) {
                $(self.$index.normalise();)*
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
