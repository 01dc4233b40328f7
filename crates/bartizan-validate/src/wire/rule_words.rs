//! The words of JSON Schema for rules.

use serde_json::{Map, Value, json};

use super::{Rule, Shape, schema::either_ip};

/// Adds the words for `rules` to the schema of a field that holds `shape`.
pub(super) fn add(schema: &mut Map<String, Value>, shape: &Shape, rules: &[Rule]) {
    let mut all = Vec::new();
    let mut wordless = Vec::new();
    for rule in rules {
        match rule {
            Rule::Length { min, max, equal } => {
                let (fewest, most) = match shape {
                    Shape::List(..) | Shape::Tuple(_) => ("minItems", "maxItems"),
                    Shape::Map(_) => ("minProperties", "maxProperties"),
                    _ => ("minLength", "maxLength"),
                };
                // As validator has it: with `equal` the others do not count.
                let (min, max) = (equal.or(*min), equal.or(*max));
                narrow(schema, fewest, min.map(Value::from));
                narrow(schema, most, max.map(Value::from));
            }
            Rule::Range {
                min,
                max,
                exclusive_min,
                exclusive_max,
            } => {
                narrow(schema, "minimum", min.clone());
                narrow(schema, "maximum", max.clone());
                narrow(schema, "exclusiveMinimum", exclusive_min.clone());
                narrow(schema, "exclusiveMaximum", exclusive_max.clone());
            }
            Rule::Format(format) => match schema.contains_key("format") {
                true => all.push(json!({"format": format})),
                false => narrow(schema, "format", Some((*format).into())),
            },
            Rule::Ip => all.push(json!({"anyOf": either_ip()})),
            Rule::Pattern(pattern) => match is_common(pattern) {
                true => all.push(json!({"pattern": pattern})),
                false => wordless.push("regex"),
            },
            Rule::Contains(needle) if matches!(shape, Shape::Text) => {
                all.push(json!({"pattern": literal(needle)}));
            }
            Rule::DoesNotContain(needle) if matches!(shape, Shape::Text) => {
                all.push(json!({"not": {"pattern": literal(needle)}}));
            }
            Rule::Contains(needle) => all.push(json!({"required": [needle]})),
            Rule::DoesNotContain(needle) => all.push(json!({"not": {"required": [needle]}})),
            // All of Unicode's category Cc.
            Rule::NoControl => all.push(json!({"pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"})),
            Rule::Required => {}
            Rule::Other(name) => wordless.push(*name),
        }
    }
    match all.as_slice() {
        [] => {}
        [Value::Object(one)] if one.keys().all(|word| !schema.contains_key(word)) => {
            schema.extend(one.clone());
        }
        _ => _ = schema.insert("allOf".to_owned(), all.into()),
    }
    if !wordless.is_empty() {
        let text = format!("also: {}", wordless.join(", "));
        schema.insert("$comment".to_owned(), text.into());
    }
}

/// Sets a word. The type's own bound gives way only to a narrower one.
fn narrow(schema: &mut Map<String, Value>, word: &'static str, value: Option<Value>) {
    let Some(value) = value else { return };
    let wider = match (schema.get(word).and_then(Value::as_f64), value.as_f64()) {
        (Some(old), Some(new)) if word.starts_with("min") => new < old,
        (Some(old), Some(new)) => new > old,
        _ => false,
    };
    if !wider {
        schema.insert(word.to_owned(), value);
    }
}

/// A regular expression that finds just this text.
fn literal(text: &str) -> String {
    let mut pattern = String::new();
    for letter in text.chars() {
        if "\\^$.|?*+()[]{}/".contains(letter) {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

/// Whether both Rust's `regex` and ECMA-262, which JSON Schema goes by, read the pattern the same way. What is in doubt is not:
/// flags, classes such as `\d` (all of Unicode's digits in Rust, ten in ECMA-262), `.` (line ends differ), classes in classes.
fn is_common(pattern: &str) -> bool {
    let mut letters = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'r' | 't') => {}
                Some(escaped) if escaped.is_ascii_punctuation() => {}
                _ => return false,
            },
            '[' if in_class => return false,
            '[' => in_class = true,
            ']' => in_class = false,
            '&' | '-' | '~' if in_class && next == Some(letter) => return false,
            '(' if !in_class && next == Some('?') => {
                letters.next();
                if letters.next() != Some(':') {
                    return false;
                }
            }
            '.' if !in_class => return false,
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{is_common, literal};

    #[test]
    fn only_what_all_engines_read_alike_is_exported() {
        for pattern in [
            "^[a-z0-9_-]+$",
            "^(?:a|b){2,3}$",
            r"^\+[0-9]{1,15}$",
            "x[.]y",
        ] {
            assert!(is_common(pattern), "{pattern}");
        }
        for pattern in [
            r"^\d+$", "(?i)abc", "a.b", r"\z", "[a[bc]]", "[a&&b]", r"\p{L}", "(?P<n>a)",
        ] {
            assert!(!is_common(pattern), "{pattern}");
        }
    }

    #[test]
    fn a_needle_is_not_read_as_a_pattern() {
        assert_eq!(literal("a.b*"), r"a\.b\*");
    }
}
