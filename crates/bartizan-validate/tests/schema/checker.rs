//! A small reader of the words that our schemas use, written from the standard and not from the writer.

use serde_json::Value;

/// Whether `value` is valid against `schema`; `root` is where references begin.
pub(crate) fn valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let Value::Object(words) = schema else {
        return *schema == Value::Bool(true);
    };
    let all = |list: &Value, value: &Value| {
        let list = list.as_array().expect("a list");
        list.iter()
            .filter(|schema| valid(root, schema, value))
            .count()
    };
    let len = |list: &Value| list.as_array().expect("a list").len();
    let at_least = |bound: &Value, size: Option<usize>| {
        size.is_none_or(|size| size as u64 >= bound.as_u64().expect("a number"))
    };
    let at_most = |bound: &Value, size: Option<usize>| {
        size.is_none_or(|size| size as u64 <= bound.as_u64().expect("a number"))
    };
    let number = |bound: &Value, holds: fn(f64, f64) -> bool| {
        value
            .as_f64()
            .is_none_or(|value| holds(value, bound.as_f64().expect("a number")))
    };
    let letters = value.as_str().map(|text| text.chars().count());
    let items = value.as_array().map(Vec::len);
    words.iter().all(|(word, rule)| match word.as_str() {
        "$schema" | "$defs" | "$comment" | "format" => true,
        "pattern" => value.as_str().is_none_or(|text| {
            let pattern = rule.as_str().expect("a pattern");
            regex::Regex::new(pattern)
                .expect("a pattern")
                .is_match(text)
        }),
        "$ref" => {
            let reference = rule.as_str().expect("a text");
            let target = root.pointer(reference.trim_start_matches('#'));
            valid(root, target.expect("a definition"), value)
        }
        "type" => match rule {
            Value::Array(kinds) => kinds.iter().any(|kind| is(kind, value)),
            kind => is(kind, value),
        },
        "const" => rule == value,
        "enum" => rule.as_array().expect("a list").contains(value),
        "allOf" => all(rule, value) == len(rule),
        "anyOf" => all(rule, value) > 0,
        "oneOf" => all(rule, value) == 1,
        "not" => !valid(root, rule, value),
        "minimum" => number(rule, |value, bound| value >= bound),
        "maximum" => number(rule, |value, bound| value <= bound),
        "exclusiveMinimum" => number(rule, |value, bound| value > bound),
        "exclusiveMaximum" => number(rule, |value, bound| value < bound),
        "minLength" => at_least(rule, letters),
        "maxLength" => at_most(rule, letters),
        "minItems" => at_least(rule, items),
        "maxItems" => at_most(rule, items),
        "minProperties" => at_least(rule, value.as_object().map(|o| o.len())),
        "maxProperties" => at_most(rule, value.as_object().map(|o| o.len())),
        "items" => value.as_array().is_none_or(|items| {
            let prefix = words.get("prefixItems").map_or(0, len);
            items[prefix.min(items.len())..]
                .iter()
                .all(|item| valid(root, rule, item))
        }),
        "prefixItems" => value.as_array().is_none_or(|items| {
            let schemas = rule.as_array().expect("a list");
            schemas
                .iter()
                .zip(items)
                .all(|(s, item)| valid(root, s, item))
        }),
        "required" => value.as_object().is_none_or(|object| {
            let names = rule.as_array().expect("a list");
            names
                .iter()
                .all(|name| object.contains_key(name.as_str().expect("a name")))
        }),
        "properties" => value.as_object().is_none_or(|object| {
            let known = rule.as_object().expect("an object");
            object
                .iter()
                .all(|(name, value)| known.get(name).is_none_or(|s| valid(root, s, value)))
        }),
        "additionalProperties" => value.as_object().is_none_or(|object| {
            let known = words.get("properties");
            object
                .iter()
                .filter(|(name, _)| known.is_none_or(|known| known.get(name).is_none()))
                .all(|(_, value)| valid(root, rule, value))
        }),
        unknown => panic!("a word that nobody has taught here: {unknown}"),
    })
}

fn is(kind: &Value, value: &Value) -> bool {
    match kind.as_str().expect("a name") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        kind => panic!("no type of JSON: {kind}"),
    }
}
