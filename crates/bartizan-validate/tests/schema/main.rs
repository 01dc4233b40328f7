//! What `schema` promises: a JSON Schema that says what the rules say.

mod agrees;
mod checker;

use bartizan_validate::{Wire, schema};
use serde::Deserialize;
use serde_json::json;
use validator::{Validate, ValidationError};

#[derive(Deserialize, Validate, Wire)]
#[serde(rename_all = "camelCase")]
struct Profile {
    #[validate(length(min = 3, max = 20), non_control_character)]
    user_name: String,
    #[validate(email)]
    mail: Option<String>,
    #[validate(range(min = 18), required)]
    age: Option<u8>,
    #[serde(default)]
    #[validate(length(max = 4), nested)]
    links: Vec<Link>,
    #[serde(alias = "colour")]
    color: Color,
    #[serde(skip)]
    #[allow(dead_code)]
    cached: u128,
    #[serde(flatten)]
    #[validate(nested)]
    extent: Extent,
    parent: Option<Box<Profile>>,
}

#[derive(Deserialize, serde::Serialize, Validate, Wire)]
struct Link {
    #[validate(url, custom(function = known_host))]
    url: String,
}

#[derive(Deserialize, Validate, Wire)]
struct Extent {
    #[validate(range(exclusive_min = 0.0, max = 1e3))]
    width: f32,
    pair: (bool, [i8; 2]),
}

#[derive(Deserialize, Wire)]
#[serde(rename_all = "kebab-case")]
enum Color {
    DarkRed,
    #[serde(alias = "lime")]
    Green,
}

fn known_host(_: &str) -> Result<(), ValidationError> {
    Ok(())
}

#[test]
fn all_that_the_attributes_say_is_in_it() {
    let schema = schema::<Profile>();
    let color = json!({"$ref": "#/$defs/Color"});
    assert_eq!(
        schema,
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$ref": "#/$defs/Profile",
            "$defs": {
                "Profile": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["userName", "age", "width", "pair"],
                    "allOf": [{"oneOf": [{"required": ["color"]}, {"required": ["colour"]}]}],
                    "properties": {
                        "userName": {
                            "type": "string", "minLength": 3, "maxLength": 20,
                            "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
                        },
                        "mail": {"type": ["string", "null"], "format": "email"},
                        "age": {"type": "integer", "minimum": 18, "maximum": 255},
                        "links": {"type": "array", "items": {"$ref": "#/$defs/Link"}, "maxItems": 4},
                        "color": color,
                        "colour": color,
                        "width": {"type": "number", "exclusiveMinimum": 0.0, "maximum": 1000.0},
                        "pair": {
                            "type": "array", "minItems": 2, "maxItems": 2, "items": false,
                            "prefixItems": [
                                {"type": "boolean"},
                                {
                                    "type": "array", "minItems": 2, "maxItems": 2,
                                    "items": {"type": "integer", "minimum": -128, "maximum": 127},
                                },
                            ],
                        },
                        "parent": {"anyOf": [{"$ref": "#/$defs/Profile"}, {"type": "null"}]},
                    },
                },
                "Link": {
                    "type": "object", "additionalProperties": false, "required": ["url"],
                    "properties": {"url": {"type": "string", "format": "uri", "$comment": "also: custom"}},
                },
                "Color": {"type": "string", "enum": ["dark-red", "green", "lime"]},
            },
        })
    );
}

#[derive(Deserialize, Wire)]
#[allow(dead_code)]
enum External {
    Nothing,
    One(u8),
    Two(u8, bool),
    Named { text: String },
}

#[derive(Deserialize, Wire)]
#[serde(
    tag = "kind",
    rename_all_fields = "camelCase",
    rename_all = "lowercase"
)]
#[allow(dead_code)]
enum Internal {
    Nothing,
    Named { some_text: String },
    Other(Link),
}

#[derive(Deserialize, Wire)]
#[serde(tag = "t", content = "c")]
#[allow(dead_code)]
enum Adjacent {
    Nothing,
    One(bool),
}

#[derive(Deserialize, Wire)]
#[serde(untagged)]
#[allow(dead_code)]
enum Untagged {
    Flag(bool),
    Link(Link),
}

#[test]
fn enums_are_told_as_serde_tags_them() {
    let external = schema::<External>();
    assert_eq!(external["oneOf"][0], json!({"const": "Nothing"}));
    assert_eq!(
        external["oneOf"][1]["properties"]["One"]["type"],
        json!("integer")
    );
    assert_eq!(
        external["oneOf"][3]["properties"]["Named"],
        json!({"$ref": "#/$defs/Named"})
    );
    let internal = schema::<Internal>();
    assert_eq!(
        internal["oneOf"][1],
        json!({
            "type": "object", "additionalProperties": false, "required": ["kind", "someText"],
            "properties": {"kind": {"const": "named"}, "someText": {"type": "string"}},
        })
    );
    assert_eq!(internal["oneOf"][2]["required"], json!(["kind", "url"]));
    let adjacent = schema::<Adjacent>();
    assert_eq!(adjacent["oneOf"][0]["required"], json!(["t"]));
    assert_eq!(adjacent["oneOf"][1]["required"], json!(["t", "c"]));
    let untagged = schema::<Untagged>();
    assert_eq!(
        untagged["anyOf"],
        json!([{"type": "boolean"}, {"$ref": "#/$defs/Link"}])
    );
}

mod shop {
    #[derive(serde::Deserialize, bartizan_validate::Wire)]
    #[allow(dead_code)]
    pub(crate) struct Link {
        id: u64,
    }
}

#[derive(Deserialize, Wire)]
#[allow(dead_code)]
struct Page<T> {
    items: Vec<T>,
    first: Link,
    other: shop::Link,
}

#[test]
fn types_of_one_name_do_not_fall_together() {
    let schema = schema::<Page<Color>>();
    let mut names: Vec<&String> = schema["$defs"]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    // whether they are sorted is a feature of serde_json
    names.sort();
    assert_eq!(names, ["Color", "Link", "Link2"]);
    assert_eq!(
        schema["properties"]["other"],
        json!({"$ref": "#/$defs/Link2"})
    );
}
