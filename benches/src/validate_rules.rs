//! What reading a body and asking its rules costs, from a request to a value or to an answer: against axum's `Json` with
//! axum-valid, and against serde_json with garde.

use std::hint::black_box;

use axum::{Json, body::Body, extract::FromRequest, response::IntoResponse};
use bartizan::validation_problem;
use bartizan_validate::{ValidJson, Wire};
use bytes::Bytes;
use http::{Request, header};
use serde::Deserialize;
use validator::Validate;

use crate::harness::{LOCK, Outcome, added_cost, locked, nanoseconds, ready};
use crate::row::{Row, Target};

const CALLS: u32 = 2_000;

#[derive(Deserialize, Validate, Wire)]
struct Order {
    #[validate(email)]
    mail: String,
    #[validate(length(min = 3, max = 40))]
    name: String,
    #[validate(nested)]
    items: Vec<Item>,
}

#[derive(Deserialize, Validate, Wire)]
struct Item {
    #[validate(length(min = 1, max = 20))]
    sku: String,
    #[validate(range(min = 1, max = 99))]
    count: u32,
    note: Option<String>,
}

/// The same types once for each rival: a derive reads its own attributes only.
mod axum_valid_types {
    use serde::Deserialize;
    use validator_rival::Validate;

    #[derive(Deserialize, Validate)]
    #[validate(crate = "validator_rival")]
    pub(super) struct Order {
        #[validate(email)]
        pub(super) mail: String,
        #[validate(length(min = 3, max = 40))]
        pub(super) name: String,
        #[validate(nested)]
        pub(super) items: Vec<Item>,
    }

    #[derive(Deserialize, Validate)]
    #[validate(crate = "validator_rival")]
    pub(super) struct Item {
        #[validate(length(min = 1, max = 20))]
        pub(super) sku: String,
        #[validate(range(min = 1, max = 99))]
        pub(super) count: u32,
        pub(super) note: Option<String>,
    }
}

mod garde_types {
    use garde::Validate;
    use serde::Deserialize;

    #[derive(Deserialize, Validate)]
    pub(super) struct Order {
        #[garde(email)]
        pub(super) mail: String,
        #[garde(length(min = 3, max = 40))]
        pub(super) name: String,
        #[garde(dive)]
        pub(super) items: Vec<Item>,
    }

    #[derive(Deserialize, Validate)]
    pub(super) struct Item {
        #[garde(length(min = 1, max = 20))]
        pub(super) sku: String,
        #[garde(range(min = 1, max = 99))]
        pub(super) count: u32,
        #[garde(skip)]
        pub(super) note: Option<String>,
    }
}

pub(crate) fn rows() -> Outcome<Vec<Row>> {
    Ok(vec![
        valid("valid body of 1 KiB: read and rules", &body(17, 1))?,
        valid("valid body of 32 KiB: read and rules", &body(580, 1))?,
        fifty_against_axum_valid()?,
        fifty_against_garde()?,
    ])
}

fn valid(name: &'static str, body: &Bytes) -> Outcome<Row> {
    let (ours, rival) = (our_value(body)?, axum_valid_value(body)?);
    let item = |note: &Option<String>| note.as_deref() == Some("blue");
    let alike = ours.items.len() == rival.items.len()
        && ours.items.iter().all(|ours| item(&ours.note))
        && rival.items.iter().all(|rival| item(&rival.note));
    if (ours.mail, ours.name, alike) != (rival.mail, rival.name, true) {
        return Err("the sides do not read the same".into());
    }
    let pair = added_cost(
        || nanoseconds(CALLS, || drop_it(request(body))),
        || nanoseconds(CALLS, || our_value(body).map(|read| drop(black_box(read)))),
        || {
            nanoseconds(CALLS, || {
                axum_valid_value(body).map(|read| drop(black_box(read)))
            })
        },
    )?;
    Ok(Row {
        area: "validate",
        name,
        pair,
        rival: format!("axum Json, {}", locked(LOCK, "axum-valid")),
        unit: "ns",
        target: Target::AtMost(1.2),
    })
}

fn fifty_against_axum_valid() -> Outcome<Row> {
    let body = body(50, 0);
    if count(&our_answer(&body)?, "\"range\"") != 50
        || count(&axum_valid_answer(&body)?, "\"range\"") != 50
    {
        return Err("expected 50 violations on both sides".into());
    }
    let pair = added_cost(
        || nanoseconds(CALLS, || drop_it(request(&body))),
        || nanoseconds(CALLS, || our_answer(&body).map(drop)),
        || nanoseconds(CALLS, || axum_valid_answer(&body).map(drop)),
    )?;
    Ok(Row {
        area: "validate",
        name: "50 violations found and rendered",
        pair,
        rival: format!("axum Json, {}", locked(LOCK, "axum-valid")),
        unit: "ns",
        target: Target::AtMost(1.5),
    })
}

fn fifty_against_garde() -> Outcome<Row> {
    let body = body(50, 0);
    if count(&garde_answer(&body)?, "greater") + count(&garde_answer(&body)?, "lower") != 50 {
        return Err("expected 50 violations of garde".into());
    }
    let pair = added_cost(
        || nanoseconds(CALLS, || drop_it(request(&body))),
        || nanoseconds(CALLS, || our_answer(&body).map(drop)),
        || nanoseconds(CALLS, || garde_answer(&body).map(drop)),
    )?;
    Ok(Row {
        area: "validate",
        name: "50 violations found and rendered",
        pair,
        rival: format!("axum Json, {}", locked(LOCK, "garde")),
        unit: "ns",
        target: Target::AtMost(1.5),
    })
}

/// An order of so many items, each of them so often.
fn body(items: usize, count: u32) -> Bytes {
    let item = format!(r#"{{"sku": "AB-1234-5678-9", "count": {count}, "note": "blue"}}"#);
    let items = vec![item; items].join(",");
    let text = format!(r#"{{"mail": "ann@example.com", "name": "Ann Other", "items": [{items}]}}"#);
    Bytes::from(text)
}

fn request(body: &Bytes) -> Outcome<Request<Body>> {
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_LENGTH, body.len())
        .body(Body::from(body.clone()))?;
    Ok(request)
}

fn drop_it(request: Outcome<Request<Body>>) -> Outcome<()> {
    black_box(request?);
    Ok(())
}

fn our_value(body: &Bytes) -> Outcome<Order> {
    let read = ready(ValidJson::<Order>::from_request(request(body)?, &()))?;
    Ok(read?.0.into_inner())
}

fn axum_valid_value(body: &Bytes) -> Outcome<axum_valid_types::Order> {
    type Extractor = axum_valid::Valid<Json<axum_valid_types::Order>>;
    let read = ready(Extractor::from_request(request(body)?, &()))?;
    Ok(read.map_err(|_| "expected a valid body")?.into_inner().0)
}

fn our_answer(body: &Bytes) -> Outcome<Bytes> {
    match ready(ValidJson::<Order>::from_request(request(body)?, &()))? {
        Ok(_) => Err("expected a rejection".into()),
        Err(rejection) => Ok(validation_problem(&rejection).to_json()),
    }
}

fn axum_valid_answer(body: &Bytes) -> Outcome<Bytes> {
    type Extractor = axum_valid::Valid<Json<axum_valid_types::Order>>;
    match ready(Extractor::from_request(request(body)?, &()))? {
        Ok(_) => Err("expected a rejection".into()),
        Err(rejection) => {
            let answer = rejection.into_response();
            Ok(ready(axum::body::to_bytes(
                answer.into_body(),
                usize::MAX,
            ))??)
        }
    }
}

fn garde_answer(body: &Bytes) -> Outcome<Bytes> {
    let Json(order) = ready(Json::<garde_types::Order>::from_request(
        request(body)?,
        &(),
    ))?
    .map_err(|_| "expected JSON")?;
    black_box((&order.mail, &order.name));
    black_box(
        order
            .items
            .first()
            .map(|item| (&item.sku, item.count, &item.note)),
    );
    match garde::Validate::validate(&order) {
        Ok(()) => Err("expected a report".into()),
        Err(report) => Ok(serde_json::to_vec(&report)?.into()),
    }
}

fn count(answer: &Bytes, word: &str) -> usize {
    String::from_utf8_lossy(answer).matches(word).count()
}
