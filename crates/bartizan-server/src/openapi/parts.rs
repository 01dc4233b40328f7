//! Parts that several operations share.

use bartizan::{LimitKey, LimitPeriod, RateLimitConfig};
use serde_json::{Map, Value, json};

use super::operations::Operation;
use crate::config::default_limits;

/// Schemas by name, each once.
#[derive(Debug, Default)]
pub(super) struct Components {
    schemas: Map<String, Value>,
}

impl Components {
    /// Adds a type and the types in it, and gives the reference to it.
    pub(super) fn add(&mut self, name: &str, mut schema: Value) -> Value {
        if let Value::Object(schema) = &mut schema {
            schema.remove("$schema");
            if let Some(Value::Object(inner)) = schema.remove("$defs") {
                for (name, schema) in inner {
                    self.add(&name, schema);
                }
            }
        }
        lift(&mut schema);
        self.schemas.insert(name.to_owned(), schema);
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    pub(super) fn into_schemas(self) -> Map<String, Value> {
        self.schemas
    }
}

/// In OpenAPI a reference starts at the document's root.
fn lift(schema: &mut Value) {
    match schema {
        Value::Object(entries) => {
            if let Some(Value::String(reference)) = entries.get_mut("$ref") {
                *reference = reference.replace("#/$defs/", "#/components/schemas/");
            }
            entries.values_mut().for_each(lift);
        }
        Value::Array(items) => items.iter_mut().for_each(lift),
        _ => {}
    }
}

/// What an error's body holds (RFC 9457).
pub(super) fn problem_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "request_id": {"type": "string"},
            "reason": {"type": "string"},
            "violations": {
                "type": "array",
                "maxItems": 64,
                "items": {
                    "type": "object",
                    "required": ["code", "detail"],
                    "properties": {
                        "pointer": {"type": "string", "description": "a JSON Pointer as a fragment, into the body"},
                        "name": {"type": "string"},
                        "in": {"enum": ["query", "path", "header", "form"]},
                        "code": {"type": "string"},
                        "params": {"type": "object"},
                        "detail": {"type": "string"},
                    },
                },
            },
            "more": {"type": "integer", "description": "violations that are not listed"},
        },
    })
}

/// The limits that count an operation without any configuration.
pub(super) fn limits_of(operation: &Operation) -> Value {
    let counts = |limit: &&RateLimitConfig| {
        let routes = &limit.routes;
        let methods = &limit.methods;
        (routes.is_empty() || routes.iter().any(|route| route == operation.path))
            && (methods.is_empty() || methods.iter().any(|method| method == operation.method))
            && (limit.key == LimitKey::Address || operation.needs_session)
    };
    let limits = default_limits();
    let written = limits.iter().filter(counts).map(|limit| {
        let seconds = match limit.period {
            LimitPeriod::Rolling(period) => period.as_secs(),
            _ => 0,
        };
        json!({
            "name": limit.name,
            "limit": limit.limit,
            "burst": limit.burst.unwrap_or(limit.limit),
            "period_seconds": seconds,
            "counts_by": match limit.key {
                LimitKey::Address => "address",
                _ => "account",
            },
        })
    });
    written.collect()
}
