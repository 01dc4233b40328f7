use super::{edge_keys::EDGE, header_keys::HEADERS, keys::Key, server_keys::SERVER};

/// Every key once, in the order in which `check` prints them.
pub fn all_keys() -> impl Iterator<Item = &'static Key> + Clone {
    SERVER.iter().chain(EDGE).chain(HEADERS)
}
