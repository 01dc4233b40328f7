//! Types as a service has them.

use std::{collections::HashMap, net::IpAddr, num::NonZeroU8};

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: u32,
    pub(crate) customer: Customer,
    pub(crate) items: Vec<Item>,
    #[serde(default)]
    pub(crate) labels: HashMap<String, Item>,
    pub(crate) note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Customer {
    pub(crate) full_name: String,
    pub(crate) age: u8,
    pub(crate) address: IpAddr,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Item {
    #[serde(rename = "unit/price")]
    pub(crate) price: f64,
    #[serde(default = "one", alias = "qty")]
    pub(crate) quantity: NonZeroU8,
    pub(crate) kind: Kind,
}

fn one() -> NonZeroU8 {
    NonZeroU8::MIN
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Book,
    Film { minutes: u16 },
    Both(u8, u8),
    Box(Box<Kind>),
}
