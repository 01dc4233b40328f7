//! Catching a panic, and keeping what the hook has seen of it.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What is known of a caught panic: with the feature `report` and its hook, a report.
#[derive(Debug)]
pub(crate) struct Seen {
    #[cfg(feature = "report")]
    pub(crate) told: Option<Box<(crate::Report, crate::report::Said)>>,
}

impl Seen {
    /// Puts it into an answer's extensions, where the problem layer finds it.
    pub(crate) fn attach(self, extensions: &mut http::Extensions) {
        #[cfg(feature = "report")]
        if let Some(told) = self.told {
            let (report, said) = *told;
            extensions.insert(report);
            extensions.insert(said);
        }
        #[cfg(not(feature = "report"))]
        let _ = extensions;
    }
}

/// Runs what may panic.
///
/// Unwind safety: a service that leaves itself broken by a panic is no worse off than under a server, which catches the panic
/// in its task and keeps the other clones running.
pub(crate) fn catch<T>(run: impl FnOnce() -> T) -> Result<T, Seen> {
    #[cfg(feature = "report")]
    let _catching = crate::report::Catching::begin();
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        #[cfg(feature = "report")]
        let told = crate::report::Catching::caught().map(Box::new);
        discard(payload);
        Seen {
            #[cfg(feature = "report")]
            told,
        }
    })
}

/// Drops a payload unread. A payload may have a drop that panics, whose payload may have one as well: the second is
/// leaked, or this could go on for ever.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(second);
    }
}
