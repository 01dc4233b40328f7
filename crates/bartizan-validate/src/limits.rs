//! How much of what a client sends is read.

/// The most of each thing that is read. Everything is counted before it is kept, so that no input makes the reader allocate
/// what it will refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a body, or of a query. Default: 65,536.
    pub bytes: usize,
    /// Objects and arrays inside each other, never more than 127. Default: 32.
    pub depth: usize,
    /// Values altogether. Default: 10,000.
    pub nodes: usize,
    /// Bytes of one string or key, without its quotes, as sent. Default: 32,768.
    pub string_bytes: usize,
    /// Keys of one object, pairs of a query or form. Default: 256.
    pub keys: usize,
    /// Items of one array. Default: 1,000.
    pub items: usize,
    /// Digits, sign, point and exponent of one number. Default: 40.
    pub number_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024,
            depth: 32,
            nodes: 10_000,
            string_bytes: 32 * 1024,
            keys: 256,
            items: 1_000,
            number_bytes: 40,
        }
    }
}
