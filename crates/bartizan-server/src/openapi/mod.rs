//! `bartizan-server openapi`: OpenAPI 3.1 of the public listener, on stdout.
//!
//! Schemas come from the types that the routes read and write, with the rules that hold for them: nothing is said twice. So the
//! document is put together here and not by a library, which would want a description of its own of each type.

mod accounts;
mod operations;
mod parts;

use std::{io::Write, process::ExitCode};

use serde_json::{Map, Value, json};

use self::{
    operations::{Operation, all},
    parts::{Components, limits_of, problem_schema},
};
use crate::problem_types::problem_types;

/// Prints the document.
pub fn run() -> ExitCode {
    let text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    // A closed pipe is the reader's wish.
    drop(writeln!(std::io::stdout(), "{text}"));
    ExitCode::SUCCESS
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut components = Components::default();
    components.add("Problem", problem_schema());
    let mut paths = Map::new();
    for operation in all() {
        let item = paths
            .entry(operation.path)
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(item) = item {
            let written = write(&operation, &mut components);
            item.insert(operation.method.to_ascii_lowercase(), written);
        }
    }
    json!({
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Bartizan reference server",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "x-problem-types": problem_types().map(|kind| {
            json!({
                "type": kind.uri(),
                "title": kind.title(),
                "statuses": kind.statuses(),
                "cause": kind.cause(),
                "cure": kind.cure(),
            })
        }).collect::<Vec<_>>(),
        "components": {
            "schemas": components.into_schemas(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": crate::config::SESSION_COOKIE},
            },
        },
    })
}

fn write(operation: &Operation, components: &mut Components) -> Value {
    let mut written = Map::new();
    let mut set = |name: &str, value: Value| _ = written.insert(name.to_owned(), value);
    set("operationId", operation.id.into());
    set("summary", operation.summary.into());
    let security = match operation.needs_session {
        true => json!([{"token": []}, {"cookie": []}]),
        false => json!([]),
    };
    set("security", security);
    let mut parameters: Vec<_> = [
        ("path", &operation.path_schema),
        ("query", &operation.query),
    ]
    .into_iter()
    .flat_map(|(part, schema)| parameters(part, schema.as_ref()))
    .collect();
    // the order of a schema's properties is a feature of serde_json
    parameters.sort_by_key(|parameter| parameter["name"].to_string());
    if !parameters.is_empty() {
        set("parameters", parameters.into());
    }
    if let Some((name, schema)) = &operation.body {
        let reference = components.add(name, schema.clone());
        set(
            "requestBody",
            json!({"required": true, "content": {"application/json": {"schema": reference}}}),
        );
    }
    let mut answers = Map::new();
    for (status, description, body) in &operation.answers {
        let mut answer = json!({"description": description});
        if let (Value::Object(answer), Some((name, schema))) = (&mut answer, body) {
            let reference = components.add(name, schema.clone());
            let content = json!({"application/json": {"schema": reference}});
            answer.insert("content".to_owned(), content);
        }
        answers.insert(status.to_string(), answer);
    }
    for (status, description) in operation.problems() {
        answers.insert(status.to_string(), problem(description));
    }
    set("responses", Value::Object(answers));
    set("x-rate-limits", limits_of(operation));
    Value::Object(written)
}

/// The properties of a schema, each as a parameter.
fn parameters(part: &str, schema: Option<&Value>) -> Vec<Value> {
    let Some(schema) = schema else {
        return Vec::new();
    };
    let is_required = |name: &str| {
        let required = schema["required"].as_array();
        required.is_some_and(|names| names.iter().any(|known| known == name))
    };
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, schema)| {
            json!({"name": name, "in": part, "required": is_required(name), "schema": schema})
        })
        .collect()
}

fn problem(description: &str) -> Value {
    json!({
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The routes are taken from the source of the router: one that is forgotten here is found.
    #[test]
    fn every_route_is_described_and_every_description_is_a_route() {
        let source = include_str!("../app.rs");
        let (public, _) = source.split_once("/// The management router").unwrap();
        let mut routes: Vec<_> = public
            .split(".route(")
            .skip(1)
            .map(|rest| rest.split('"').nth(1).unwrap())
            .collect();
        routes.sort_unstable();
        let document = document();
        let mut described: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
        described.sort_unstable();
        assert_eq!(described, routes);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn visit(value: &Value, document: &Value) {
            match value {
                Value::Object(entries) => {
                    if let Some(Value::String(reference)) = entries.get("$ref") {
                        let pointer = reference.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{reference}");
                    }
                    entries.values().for_each(|inner| visit(inner, document));
                }
                Value::Array(items) => items.iter().for_each(|inner| visit(inner, document)),
                _ => {}
            }
        }
        let document = document();
        visit(&document, &document);
        assert!(!document.to_string().contains("$defs"));
    }

    #[test]
    fn rules_and_limits_are_in_the_document() {
        let document = document();
        let title = &document["components"]["schemas"]["ArticleBody"]["properties"]["title"];
        assert_eq!(title["maxLength"], 200, "{title}");
        let log_in = &document["paths"]["/v1/sessions"]["post"];
        let names: Vec<_> = log_in["x-rate-limits"].as_array().unwrap().iter().collect();
        assert!(
            names.iter().any(|limit| limit["name"] == "log-in"),
            "{names:?}"
        );
        assert!(
            names.iter().all(|limit| limit["name"] != "write"),
            "{names:?}"
        );
    }

    #[test]
    fn the_page_in_the_guide_is_this_document() {
        let page: Value =
            serde_json::from_str(include_str!("../../../../docs/openapi.json")).unwrap();
        assert_eq!(
            page,
            document(),
            "run `bartizan-server openapi > docs/openapi.json`"
        );
    }
}
