//! What `check` promises: every rule at once, names as on the wire, the order of declaration, nothing of the value.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use bartizan_validate::{
    MAX_VIOLATIONS, Param, Place, Source, Violation, Violations, Wire, check, pointing_at,
};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError, ValidationErrors};

#[derive(Deserialize, Validate, Wire)]
#[serde(rename_all = "camelCase")]
struct Order {
    #[validate(email)]
    mail_address: String,
    #[serde(rename = "ship-to")]
    #[validate(nested)]
    address: Address,
    #[validate(nested, length(min = 1))]
    items: Vec<Item>,
    #[validate(nested)]
    gift: Option<Box<Gift>>,
    #[validate(nested)]
    notes: HashMap<String, Note>,
    #[validate(nested)]
    marks: BTreeMap<String, Note>,
    #[serde(flatten)]
    #[validate(nested)]
    paging: Paging,
    #[validate(range(min = 1, max = 5))]
    priority: u8,
}

#[derive(Deserialize, Validate, Wire)]
struct Address {
    #[validate(length(min = 1, max = 10))]
    street: String,
    #[serde(rename(deserialize = "a/b~c"))]
    #[validate(length(equal = 5))]
    zip: String,
}

// `length` on the list makes `validator` serialize its items.
#[derive(Deserialize, Serialize, Validate, Wire)]
struct Item {
    #[serde(alias = "amount")]
    #[validate(range(exclusive_min = 0.0, max = 9.5))]
    price: f64,
}

#[derive(Deserialize, Validate, Wire)]
struct Gift {
    #[validate(length(max = 3, message = "keep it short", code = "too_long"))]
    text: String,
}

#[derive(Deserialize, Validate, Wire)]
struct Note {
    #[validate(length(max = 3))]
    text: String,
}

#[derive(Deserialize, Validate, Wire)]
struct Paging {
    #[serde(rename = "pageSize")]
    #[validate(range(max = 100))]
    size: u32,
}

const WRONG: &str = r#"{
    "mailAddress": "canary", "ship-to": {"street": "", "a/b~c": "canary"},
    "items": [{"price": 1.0}, {"price": 0.0}], "gift": {"text": "canary"},
    "notes": {"zz-canary": {"text": "canary"}, "aa": {"text": "ok"}, "mm": {"text": "canary"}},
    "marks": {"b": {"text": "ok"}, "c": {"text": "canary"}},
    "pageSize": 1000, "priority": 9
}"#;

fn places(violations: &Violations) -> Vec<&str> {
    violations
        .as_slice()
        .iter()
        .map(|violation| match &violation.place {
            Place::Body(pointer) => pointer.as_str(),
            Place::Query(name) | Place::Path(name) | Place::Header(name) | Place::Form(name) => {
                name
            }
            _ => "?",
        })
        .collect()
}

fn broken<T: Validate + Wire>(value: &T) -> Violations {
    check(value, Source::Body).expect_err("rules are broken")
}

fn order() -> Order {
    serde_json::from_str(WRONG).expect("an order")
}

fn param<'v>(violation: &'v Violation, name: &str) -> Option<&'v Param> {
    let mut params = violation.params.iter();
    params
        .find(|(known, _)| *known == name)
        .map(|(_, param)| param)
}

#[test]
fn every_rule_is_told_at_once_in_the_order_of_declaration() {
    let violations = broken(&order());
    assert_eq!(
        places(&violations),
        [
            "#/mailAddress",
            "#/ship-to/street",
            "#/ship-to/a~1b~0c",
            "#/items/1/price",
            "#/gift/text",
            "#/notes",
            "#/notes",
            "#/marks",
            "#/pageSize",
            "#/priority",
        ]
    );
    let codes: Vec<&str> = violations.as_slice().iter().map(|v| &*v.code).collect();
    assert_eq!(
        codes,
        [
            "email", "length", "length", "range", "too_long", "length", "length", "length",
            "range", "range"
        ]
    );
}

#[test]
fn parameters_are_bounds_and_the_text_says_them() {
    let violations = broken(&order());
    let [mail, street, zip, price, gift, ..] = violations.as_slice() else {
        panic!("five at least")
    };
    assert_eq!(mail.params, []);
    assert_eq!(mail.message, "must be an email address");
    assert_eq!(
        street.params,
        [("min", Param::Whole(1)), ("max", Param::Whole(10))]
    );
    assert_eq!(street.message, "must have a length of 1 to 10");
    assert_eq!(zip.params, [("equal", Param::Whole(5))]);
    assert_eq!(
        price.params,
        [
            ("max", Param::Real(9.5)),
            ("exclusive_min", Param::Real(0.0))
        ]
    );
    assert_eq!(price.message, "must be more than 0 and at most 9.5");
    assert_eq!(gift.message, "keep it short");
}

#[test]
fn entries_of_maps_are_told_by_position_and_no_key_is_repeated() {
    for _ in 0..20 {
        // a map of std has another order each time
        let violations = broken(&order());
        let entries: Vec<_> = violations.as_slice()[5..7]
            .iter()
            .map(|violation| param(violation, "entry"))
            .collect();
        assert_eq!(entries, [Some(&Param::Whole(2)), Some(&Param::Whole(3))]);
        let mark = &violations.as_slice()[7];
        assert_eq!(param(mark, "entry"), Some(&Param::Whole(2)));
        assert_eq!(
            param(mark, "within"),
            Some(&Param::Text(Cow::Borrowed("/text")))
        );
    }
}

#[test]
fn nothing_of_the_value_is_in_what_is_told() {
    let text = format!("{:?}", broken(&order()));
    assert!(!text.contains("canary"), "{text}");
    assert!(!text.contains("1000"), "{text}");
}

#[test]
fn at_most_64_are_kept_and_the_rest_is_counted() {
    let mut order = order();
    order.items = (0..1_000).map(|_| Item { price: -1.0 }).collect();
    let violations = broken(&order);
    assert_eq!(violations.as_slice().len(), MAX_VIOLATIONS);
    assert_eq!(violations.more(), 9 + 1_000 - MAX_VIOLATIONS);
}

#[derive(Deserialize, Validate, Wire)]
#[validate(schema(function = same_season, skip_on_field_errors = false))]
struct Stay {
    #[serde(rename = "from")]
    first: u16,
    #[serde(rename = "to")]
    last: u16,
    password: String,
    #[serde(rename = "password-again")]
    #[validate(must_match(other = password))]
    again: String,
}

fn same_season(stay: &Stay) -> Result<(), ValidationError> {
    match stay.first / 90 == stay.last / 90 {
        true => Ok(()),
        false => Err(pointing_at(
            ValidationError::new("season").with_message(Cow::Borrowed("stay within a season")),
            &["first", "last", "no such field"],
        )),
    }
}

#[test]
fn a_rule_over_fields_points_at_them_by_their_names_on_the_wire() {
    let stay = Stay {
        first: 1,
        last: 200,
        password: "hunter2".to_owned(),
        again: "hunter3".to_owned(),
    };
    let violations = broken(&stay);
    assert_eq!(places(&violations), ["#/password-again", "#/from"]);
    let [again, season] = violations.as_slice() else {
        panic!("two")
    };
    assert_eq!(
        again.params,
        [("other", Param::Text(Cow::Borrowed("password")))]
    );
    assert_eq!(again.message, "must be the same as password");
    assert_eq!(
        season.params,
        [(
            "fields",
            Param::Texts(vec![Cow::Borrowed("from"), Cow::Borrowed("to")])
        )]
    );
    assert_eq!(season.message, "stay within a season");
    assert!(!format!("{violations:?}").contains("hunter"));
}

#[derive(Deserialize, Validate, Wire)]
struct Chatty {
    #[validate(custom(function = repeats_it))]
    text: String,
}

fn repeats_it(text: &str) -> Result<(), ValidationError> {
    let mut error = ValidationError::new("x");
    error.code = Cow::Owned(text.to_owned());
    error.message = Some(Cow::Owned(text.to_owned()));
    for name in ["min", "max", "equal", "other", "text", "field"] {
        error.add_param(Cow::Borrowed(name), &text);
    }
    Err(error)
}

#[test]
fn a_rule_that_repeats_what_it_refuses_is_not_repeated() {
    let violations = broken(&Chatty {
        text: "canary".to_owned(),
    });
    assert!(!format!("{violations:?}").contains("canary"));
    let [violation] = violations.as_slice() else {
        panic!("one")
    };
    assert_eq!(violation.code, "invalid");
    assert_eq!(violation.params, []);
}

#[derive(Deserialize, Wire)]
#[serde(rename_all = "snake_case")]
enum Payment {
    CreditCard(Card),
    Transfer { iban_text: Note },
}

#[derive(Deserialize, Wire)]
#[serde(tag = "kind")]
enum Tagged {
    Card(Card),
}

#[derive(Deserialize, Validate, Wire)]
#[serde(rename_all = "camelCase")]
struct Card {
    #[validate(length(min = 12))]
    card_number: String,
}

impl Validate for Payment {
    fn validate(&self) -> Result<(), ValidationErrors> {
        match self {
            Self::CreditCard(card) => card.validate(),
            Self::Transfer { iban_text } => {
                ValidationErrors::merge(Ok(()), "iban_text", iban_text.validate())
            }
        }
    }
}

impl Validate for Tagged {
    fn validate(&self) -> Result<(), ValidationErrors> {
        match self {
            Self::Card(card) => card.validate(),
        }
    }
}

#[derive(Deserialize, Validate, Wire)]
struct Checkout {
    #[validate(nested)]
    first: Payment,
    #[validate(nested)]
    second: Payment,
    #[validate(nested)]
    third: Tagged,
}

#[test]
fn enums_are_told_by_their_names_on_the_wire() {
    let checkout: Checkout = serde_json::from_str(
        r#"{"first": {"credit_card": {"cardNumber": "1"}}, "second": {"transfer": {"iban_text": {"text": "long"}}},
            "third": {"kind": "Card", "cardNumber": "1"}}"#,
    )
    .expect("a checkout");
    assert_eq!(
        places(&broken(&checkout)),
        [
            "#/first/credit_card/cardNumber",
            "#/second/transfer/iban_text/text",
            "#/third/cardNumber",
        ]
    );
}

#[test]
fn outside_of_a_body_the_outermost_name_is_the_place() {
    let violations = check(&order(), Source::Query).expect_err("rules are broken");
    assert_eq!(
        violations.as_slice()[0].place,
        Place::Query(Cow::Borrowed("mailAddress"))
    );
    let item = &violations.as_slice()[3];
    assert_eq!(item.place, Place::Query(Cow::Borrowed("items")));
    assert_eq!(param(item, "item"), Some(&Param::Whole(2)));
}

#[test]
fn texts_of_another_language_take_the_place_of_ours() {
    let mut violations = broken(&order());
    let german = |violation: &Violation, language: &str| {
        (language == "de" && violation.code == "email")
            .then_some(Cow::Borrowed("muss eine E-Mail-Adresse sein"))
    };
    violations.translate(&german, "fr");
    assert_eq!(violations.as_slice()[0].message, "must be an email address");
    violations.translate(&german, "de");
    assert_eq!(
        violations.as_slice()[0].message,
        "muss eine E-Mail-Adresse sein"
    );
    assert_eq!(
        violations.as_slice()[1].message,
        "must have a length of 1 to 10"
    );
}
