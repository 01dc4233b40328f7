//! A type's JSON Schema, with its rules.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Choice, Object, Rule, Shape, ShapeOf, Tagging, Variant, Wire};

/// The dialect that is written.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The JSON Schema (2020-12) of `T`, with its rules.
///
/// What a client may send, that is: no property but those that are known, `null` only where a field may be left out. Rules for
/// which JSON Schema has no word (`custom`, `must_match`, `credit_card`, a regular expression that other engines read
/// differently) are named in `$comment`. Types with fields stand in `$defs`.
#[must_use]
pub fn schema<T: Wire>() -> Value {
    let mut writer = Writer::default();
    let mut root = Map::new();
    root.insert("$schema".to_owned(), DIALECT.into());
    let schema = writer.shape(T::shape());
    // The type itself stands at the top, unless it holds itself.
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) if !writer.holds_itself(reference) => {
            let name = reference.trim_start_matches("#/$defs/").to_owned();
            if let Some(Value::Object(object)) = writer.definitions.remove(&name) {
                root.extend(object);
            }
        }
        _ => root.extend(schema),
    }
    if !writer.definitions.is_empty() {
        root.insert("$defs".to_owned(), Value::Object(writer.definitions));
    }
    Value::Object(root)
}

#[derive(Default)]
struct Writer {
    definitions: Map<String, Value>,
    /// Under which name a type stands in `$defs`, by its full name.
    names: BTreeMap<String, String>,
}

impl Writer {
    fn holds_itself(&self, reference: &str) -> bool {
        fn mentions(value: &Value, reference: &str) -> bool {
            match value {
                Value::String(text) => text == reference,
                Value::Array(items) => items.iter().any(|item| mentions(item, reference)),
                Value::Object(entries) => entries.values().any(|item| mentions(item, reference)),
                _ => false,
            }
        }
        self.definitions
            .values()
            .any(|definition| mentions(definition, reference))
    }

    fn shape(&mut self, shape: &'static Shape) -> Map<String, Value> {
        match shape {
            Shape::Anything => Map::new(),
            Shape::Null => object(json!({"type": "null"})),
            Shape::Bool => object(json!({"type": "boolean"})),
            Shape::Text => object(json!({"type": "string"})),
            Shape::Formatted("ip") => object(json!({"type": "string", "anyOf": either_ip()})),
            Shape::Formatted(format) => object(json!({"type": "string", "format": format})),
            Shape::Character => object(json!({"type": "string", "minLength": 1, "maxLength": 1})),
            Shape::Whole(min, max) => {
                let mut schema = object(json!({"type": "integer"}));
                schema.insert("minimum".to_owned(), whole(*min));
                schema.insert("maximum".to_owned(), whole(*max));
                schema
            }
            Shape::Real => object(json!({"type": "number"})),
            Shape::Optional(inner) => nullable(self.shape(inner())),
            Shape::List(item, length) => {
                let item = Value::Object(self.shape(item()));
                let mut schema = object(json!({"type": "array", "items": item}));
                if let Some(length) = length {
                    schema.insert("minItems".to_owned(), (*length).into());
                    schema.insert("maxItems".to_owned(), (*length).into());
                }
                schema
            }
            Shape::Tuple(items) => {
                let list: Vec<Value> = items
                    .iter()
                    .map(|item| Value::Object(self.shape(item())))
                    .collect();
                let count = items.len();
                object(json!({
                    "type": "array", "prefixItems": list, "items": false, "minItems": count, "maxItems": count,
                }))
            }
            Shape::Map(item) => {
                let item = Value::Object(self.shape(item()));
                object(json!({"type": "object", "additionalProperties": item}))
            }
            Shape::Object(fields) => {
                self.defined(fields.name, |writer| writer.fields(fields, None))
            }
            Shape::Choice(choice) => self.defined(choice.name, |writer| writer.choice(choice)),
        }
    }

    /// Writes a type of its own into `$defs`, once, and refers to it.
    fn defined(
        &mut self,
        name: fn() -> String,
        write: impl FnOnce(&mut Self) -> Map<String, Value>,
    ) -> Map<String, Value> {
        let full = name();
        let name = match self.names.get(&full) {
            Some(name) => name.clone(),
            None => {
                let name = self.free_name(&full);
                self.names.insert(full, name.clone());
                // Stands there before it is written: the type may hold itself.
                self.definitions.insert(name.clone(), Value::Null);
                let schema = write(self);
                self.definitions.insert(name.clone(), Value::Object(schema));
                name
            }
        };
        object(json!({"$ref": format!("#/$defs/{name}")}))
    }

    /// `shop::Page<shop::Order>` is `Page_Order`; a second type of that name is `Page_Order2`.
    fn free_name(&self, full: &str) -> String {
        let words = full
            .split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'))
            .filter_map(|path| path.rsplit("::").next())
            .filter(|word| !word.is_empty());
        let short = words.collect::<Vec<_>>().join("_");
        let taken = |name: &String| self.definitions.contains_key(name);
        std::iter::once(short.clone())
            .chain((2..).map(|number: u32| format!("{short}{number}")))
            .find(|name| !taken(name))
            .unwrap_or(short)
    }

    /// An object; with `tag`, a field more that holds one of these names.
    fn fields(
        &mut self,
        fields: &'static Object,
        tag: Option<(&str, &Variant)>,
    ) -> Map<String, Value> {
        let mut parts = Fields::default();
        if let Some((tag, variant)) = tag {
            parts.properties.insert(tag.to_owned(), names(variant));
            parts.required.push(tag.into());
        }
        self.collect(fields, true, &mut parts);
        parts.finish()
    }

    /// The fields of `object`, and of those that are flattened into it.
    fn collect(&mut self, object: &'static Object, required: bool, parts: &mut Fields) {
        for field in object.fields {
            if field.flatten {
                self.flatten((field.shape)(), required && !field.default, parts);
                continue;
            }
            let shape = (field.shape)();
            let rules = (field.rules)();
            let must_be = rules.contains(&Rule::Required);
            let (inner, optional) = match shape {
                Shape::Optional(inner) => (inner(), true),
                _ => (shape, false),
            };
            let mut schema = self.shape(inner);
            super::rule_words::add(&mut schema, inner, &rules);
            if optional && !must_be {
                schema = nullable(schema);
            }
            for name in std::iter::once(&field.wire).chain(field.aliases) {
                parts
                    .properties
                    .insert((*name).to_owned(), Value::Object(schema.clone()));
            }
            if must_be || !(optional || field.default) && required {
                match field.aliases {
                    [] => parts.required.push(field.wire.into()),
                    // One of its names, and only one.
                    aliases => {
                        let each = std::iter::once(&field.wire).chain(aliases);
                        let one: Vec<Value> =
                            each.map(|name| json!({"required": [name]})).collect();
                        parts.all.push(json!({"oneOf": one}));
                    }
                }
            }
        }
    }

    fn flatten(&mut self, shape: &'static Shape, required: bool, parts: &mut Fields) {
        match shape {
            Shape::Optional(inner) => self.flatten(inner(), false, parts),
            Shape::Object(object) => self.collect(object, required, parts),
            Shape::Map(item) => parts.rest = Some(Value::Object(self.shape(item()))),
            // What a flattened choice allows cannot be told from what stands beside it.
            _ => parts.open = true,
        }
    }

    fn choice(&mut self, choice: &'static Choice) -> Map<String, Value> {
        let plain = choice.variants.iter().all(|v| v.content.is_none());
        if plain && choice.tagging == Tagging::External {
            let all = choice.variants.iter().flat_map(each_name);
            return object(json!({"type": "string", "enum": all.collect::<Vec<_>>()}));
        }
        let variants = choice.variants.iter();
        let list: Vec<Value> = variants
            .map(|variant| Value::Object(self.variant(choice.tagging, variant)))
            .collect();
        let word = match choice.tagging {
            Tagging::Untagged => "anyOf",
            _ => "oneOf",
        };
        object(json!({word: list}))
    }

    fn variant(&mut self, tagging: Tagging, variant: &'static Variant) -> Map<String, Value> {
        match (tagging, variant.content) {
            (Tagging::External, None) => object(names(variant)),
            (Tagging::External, Some(content)) => {
                let content = Value::Object(self.shape(content()));
                let names = each_name(variant).map(|name| ((*name).to_owned(), content.clone()));
                let properties: Map<String, Value> = names.collect();
                object(json!({
                    "type": "object", "properties": properties, "additionalProperties": false,
                    "minProperties": 1, "maxProperties": 1,
                }))
            }
            (Tagging::Internal(tag), content) => match inner_object(content) {
                Some(fields) => self.fields(fields, Some((tag, variant))),
                None => {
                    let open = content.is_some();
                    let mut schema = object(json!({
                        "type": "object", "properties": {tag: names(variant)}, "required": [tag],
                    }));
                    if !open {
                        schema.insert("additionalProperties".to_owned(), false.into());
                    }
                    schema
                }
            },
            (Tagging::Adjacent(tag, name), content) => {
                let mut properties = Map::from_iter([(tag.to_owned(), names(variant))]);
                let mut required = vec![tag];
                if let Some(content) = content {
                    let content = self.shape(content());
                    properties.insert(name.to_owned(), Value::Object(content));
                    required.push(name);
                }
                object(json!({
                    "type": "object", "properties": properties, "required": required, "additionalProperties": false,
                }))
            }
            (Tagging::Untagged, None) => object(json!({"type": "null"})),
            (Tagging::Untagged, Some(content)) => self.shape(content()),
        }
    }
}

/// The parts of an object's schema.
#[derive(Default)]
struct Fields {
    properties: Map<String, Value>,
    required: Vec<Value>,
    all: Vec<Value>,
    rest: Option<Value>,
    open: bool,
}

impl Fields {
    fn finish(self) -> Map<String, Value> {
        let mut schema = object(json!({"type": "object", "properties": self.properties}));
        if !self.required.is_empty() {
            schema.insert("required".to_owned(), self.required.into());
        }
        if !self.all.is_empty() {
            schema.insert("allOf".to_owned(), self.all.into());
        }
        if !self.open {
            let rest = self.rest.unwrap_or(Value::Bool(false));
            schema.insert("additionalProperties".to_owned(), rest);
        }
        schema
    }
}

/// The object that a variant's fields are, if they are one.
fn inner_object(content: Option<ShapeOf>) -> Option<&'static Object> {
    match content?() {
        Shape::Object(object) => Some(object),
        _ => None,
    }
}

fn each_name(variant: &'static Variant) -> impl Iterator<Item = &'static &'static str> {
    std::iter::once(&variant.wire).chain(variant.aliases)
}

fn names(variant: &Variant) -> Value {
    match variant.aliases {
        [] => json!({"const": variant.wire}),
        aliases => {
            let all: Vec<&str> = std::iter::once(&variant.wire)
                .chain(aliases)
                .copied()
                .collect();
            json!({"enum": all})
        }
    }
}

/// The schema, or `null`.
fn nullable(mut schema: Map<String, Value>) -> Map<String, Value> {
    match schema.get("type") {
        // Other words beside the type let `null` pass; these would still refuse it.
        Some(Value::String(kind))
            if !["allOf", "anyOf", "enum", "not"]
                .iter()
                .any(|word| schema.contains_key(*word)) =>
        {
            let kinds = json!([kind, "null"]);
            schema.insert("type".to_owned(), kinds);
            schema
        }
        None if schema.is_empty() => schema,
        _ => object(json!({"anyOf": [schema, {"type": "null"}]})),
    }
}

pub(super) fn either_ip() -> Value {
    json!([{"format": "ipv4"}, {"format": "ipv6"}])
}

/// The bounds of types lie within those of JSON's whole numbers.
fn whole(number: i128) -> Value {
    i64::try_from(number).map_or_else(
        |_| u64::try_from(number).map_or(Value::Null, Value::from),
        Value::from,
    )
}

/// Every caller hands over an object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
