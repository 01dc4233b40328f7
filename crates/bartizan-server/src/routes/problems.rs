//! What a type of problem means, at its own URI.

use bartizan::validate::{ValidPath, Wire};
use serde::Deserialize;
use validator::Validate;

use crate::{error::AppError, problem_types};

/// One type.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct ProblemPath {
    #[validate(length(max = 64))]
    name: String,
}

/// The page of one type, for people.
pub(crate) async fn page(ValidPath(path): ValidPath<ProblemPath>) -> Result<String, AppError> {
    let mut types = problem_types();
    let kind = types.find(|kind| kind.uri().strip_prefix("/problems/") == Some(&path.name));
    let kind = kind.ok_or(AppError::NotFound)?;
    Ok(format!(
        "{}\n\nCause: {}\n\nCure: {}\n",
        kind.title(),
        kind.cause(),
        kind.cure()
    ))
}
