//! Developer commands of Bartizan
fn main() {}
