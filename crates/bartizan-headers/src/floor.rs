//! The floor, and how a handler says that it goes under it.

/// Put into a response's extensions, it lets the handler's own Content-Security-Policy and `X-Frame-Options` decide who
/// may frame the answer.
///
/// It changes nothing alone: the handler must send a policy with the `frame-ancestors` that it wants. There is no
/// exemption from `X-Content-Type-Options: nosniff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloorExemption {
    _private: (),
}

impl FloorExemption {
    /// The answer may be framed as the handler says.
    #[must_use]
    pub const fn framing() -> Self {
        Self { _private: () }
    }
}
