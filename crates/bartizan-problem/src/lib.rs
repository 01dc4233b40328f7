//! RFC 9457 problems and panic capture as tower layers
mod describe;
mod problem;
mod rejection;
mod request_id;

#[cfg(feature = "layer")]
mod body;
#[cfg(feature = "layer")]
mod catch_panic;
#[cfg(feature = "tracing")]
mod event;
#[cfg(feature = "layer")]
mod future;
#[cfg(feature = "layer")]
mod id_source;
#[cfg(feature = "layer")]
mod layer;
#[cfg(feature = "layer")]
mod render;

#[cfg(feature = "layer")]
pub use self::{
    body::ProblemBody,
    catch_panic::{CatchPanic, CatchPanicFuture, CatchPanicLayer},
    future::ResponseFuture,
    layer::{ProblemLayer, Problems},
};
pub use self::{
    describe::{Describe, StatusOnly},
    problem::{MEDIA_TYPE, Problem},
    rejection::{OperatorNote, Rejection},
    request_id::{RequestId, RequestIdError},
};
