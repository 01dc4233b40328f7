//! The reference server of Bartizan.
pub mod store;
