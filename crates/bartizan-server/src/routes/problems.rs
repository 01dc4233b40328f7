//! What a type of problem means, at its own URI.

use axum::extract::Path;

use crate::{error::AppError, problem_types};

/// The page of one type, for people.
pub(crate) async fn page(Path(name): Path<String>) -> Result<String, AppError> {
    let mut types = problem_types();
    let kind = types.find(|kind| kind.uri().strip_prefix("/problems/") == Some(&name));
    let kind = kind.ok_or(AppError::NotFound)?;
    Ok(format!(
        "{}\n\nCause: {}\n\nCure: {}\n",
        kind.title(),
        kind.cause(),
        kind.cure()
    ))
}
