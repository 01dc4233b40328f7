//! What a client has sent, as a tree. Only a text that has been scanned becomes one, so its size is bounded.

use std::{cell::Cell, collections::HashMap, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value. The nodes below it have the numbers from `id + 1` to `end - 1`.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Whole(i128),
    Real(f64),
    Text(String),
    /// A text of a query, a form, a path or a header, which may stand for a number or a truth value.
    Words(String),
    List(Vec<Node>),
    /// Texts under one key that stands more than once.
    Repeated(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The tree of a JSON text.
    pub(crate) fn from_json(text: &str) -> Option<Self> {
        let mut json = serde_json::Deserializer::from_str(text);
        let tree = Build(&Cell::new(0)).deserialize(&mut json).ok()?;
        json.end().ok()?;
        Some(tree)
    }

    /// The tree of pairs; texts of one name stand together, where the first stands.
    pub(crate) fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut objects: Vec<(String, Vec<String>)> = Vec::new();
        // Which of the different names it is: by a keyed hash, as the names are the client's.
        let mut known = HashMap::new();
        let places: Vec<usize> = pairs
            .iter()
            .map(|(name, _)| {
                let next = known.len();
                *known.entry(name.as_str()).or_insert(next)
            })
            .collect();
        for ((name, text), place) in pairs.into_iter().zip(places) {
            match objects.get_mut(place) {
                Some((_, texts)) => texts.push(text),
                None => objects.push((name, vec![text])),
            }
        }
        let mut next = 1;
        let mut fields = Vec::new();
        for (name, texts) in objects {
            let id = next;
            next += usize::from(texts.len() > 1);
            let mut nodes = Vec::with_capacity(texts.len());
            for text in texts {
                nodes.push(Self {
                    id: next,
                    end: next + 1,
                    kind: Kind::Words(text),
                });
                next += 1;
            }
            let node = match nodes.pop() {
                Some(only) if nodes.is_empty() => only,
                last => {
                    nodes.extend(last);
                    Self {
                        id,
                        end: next,
                        kind: Kind::Repeated(nodes),
                    }
                }
            };
            fields.push((name, node));
        }
        Self {
            id: 0,
            end: next,
            kind: Kind::Object(fields),
        }
    }
}

/// Numbers the nodes as they come.
struct Build<'a>(&'a Cell<usize>);

impl Build<'_> {
    fn node(&self, id: usize, kind: Kind) -> Node {
        Node {
            id,
            end: self.0.get(),
            kind,
        }
    }

    fn id(&self) -> usize {
        let id = self.0.get();
        self.0.set(id + 1);
        id
    }

    fn leaf(&self, kind: Kind) -> Node {
        let id = self.id();
        self.node(id, kind)
    }
}

impl<'de> DeserializeSeed<'de> for Build<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(self.leaf(Kind::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(self.leaf(Kind::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(self.leaf(Kind::Whole(value.into())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Ok(self.leaf(Kind::Whole(value.into())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Ok(self.leaf(Kind::Real(value)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(self.leaf(Kind::Text(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let id = self.id();
        let mut nodes = Vec::new();
        while let Some(node) = items.next_element_seed(Build(self.0))? {
            nodes.push(node);
        }
        Ok(self.node(id, Kind::List(nodes)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let id = self.id();
        let mut nodes = Vec::new();
        while let Some(key) = entries.next_key()? {
            nodes.push((key, entries.next_value_seed(Build(self.0))?));
        }
        Ok(self.node(id, Kind::Object(nodes)))
    }
}
