//! Extractors for axum.

mod body;
mod settings;

use std::ops::Deref;

use axum::{
    extract::{
        FromRequest, FromRequestParts, RawPathParams, Request, rejection::RawPathParamsRejection,
    },
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use serde::de::DeserializeOwned;
use validator::Validate;

pub use self::settings::Settings;
use crate::{
    Limits, Malformed, Rejection, Valid, Wire, form, header as read_fields, json, path, query,
};

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Rejection::into_response(self)
    }
}

macro_rules! extractor {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(clippy::exhaustive_structs, reason = "handlers take it apart; nobody else can fill it")]
        pub struct $name<T>(pub Valid<T>);

        impl<T> Deref for $name<T> {
            type Target = Valid<T>;

            fn deref(&self) -> &Valid<T> {
                &self.0
            }
        }
    };
}

extractor! {
    /// A body of JSON that has been read strictly and breaks no rule.
    ///
    /// ```
    /// use axum::{Router, routing::post};
    /// use bartizan_validate::{ValidJson, Wire};
    /// use serde::Deserialize;
    /// use validator::Validate;
    ///
    /// #[derive(Deserialize, Validate, Wire)]
    /// struct SignUp {
    ///     #[validate(email)]
    ///     #[wire(trim, lower_case)]
    ///     mail: String,
    /// }
    ///
    /// async fn sign_up(ValidJson(form): ValidJson<SignUp>) -> String {
    ///     form.into_inner().mail
    /// }
    ///
    /// let app: Router = Router::new().route("/sign-up", post(sign_up));
    /// ```
    ///
    /// A type without rules does not compile:
    ///
    /// ```compile_fail
    /// use axum::{Router, routing::post};
    /// use bartizan_validate::ValidJson;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct SignUp {
    ///     mail: String,
    /// }
    ///
    /// async fn sign_up(ValidJson(_): ValidJson<SignUp>) {}
    ///
    /// let app: Router = Router::new().route("/sign-up", post(sign_up));
    /// ```
    ValidJson
}

extractor! {
    /// A body of `application/x-www-form-urlencoded` that has been read strictly and breaks no rule.
    ValidForm
}

extractor! {
    /// A query that has been read strictly and breaks no rule.
    ValidQuery
}

extractor! {
    /// Parameters of the path that have been read strictly and break no rule.
    ValidPath
}

extractor! {
    /// Fields of the header that have been read strictly and break no rule.
    ValidHeader
}

impl<T, S> FromRequest<S> for ValidJson<T>
where
    T: DeserializeOwned + Validate + Wire,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, _: &S) -> Result<Self, Rejection> {
        read_body(request, json).await.map(Self)
    }
}

impl<T, S> FromRequest<S> for ValidForm<T>
where
    T: DeserializeOwned + Validate + Wire,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, _: &S) -> Result<Self, Rejection> {
        read_body(request, form).await.map(Self)
    }
}

impl<T, S> FromRequestParts<S> for ValidQuery<T>
where
    T: DeserializeOwned + Validate + Wire,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let settings = Settings::of(head);
        let read = query(head.uri.query(), &settings.limits);
        read.map(Self)
            .map_err(|rejection| settings.told(rejection, &head.headers))
    }
}

impl<T, S> FromRequestParts<S> for ValidPath<T>
where
    T: DeserializeOwned + Validate + Wire,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(head: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let settings = Settings::of(head);
        let raw = match RawPathParams::from_request_parts(head, state).await {
            Ok(raw) => Some(raw),
            Err(RawPathParamsRejection::InvalidUtf8InPathParam(_)) => {
                return Err(Rejection::Malformed(Malformed {
                    code: "utf8",
                    message: "expected UTF-8 in the path",
                    at: None,
                }));
            }
            // A route without parameters.
            Err(_) => None,
        };
        let parameters: Vec<(&str, &str)> = raw.iter().flatten().collect();
        let read = path(&parameters, &settings.limits);
        read.map(Self)
            .map_err(|rejection| settings.told(rejection, &head.headers))
    }
}

impl<T, S> FromRequestParts<S> for ValidHeader<T>
where
    T: DeserializeOwned + Validate + Wire,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(head: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let settings = Settings::of(head);
        let read = read_fields(&head.headers, &settings.limits);
        read.map(Self)
            .map_err(|rejection| settings.told(rejection, &head.headers))
    }
}

/// Reads a body by its type.
type Read<T> = fn(Option<&HeaderValue>, &[u8], &Limits) -> Result<Valid<T>, Rejection>;

/// Collects the body, within the limits, and has it read.
async fn read_body<T>(request: Request, read: Read<T>) -> Result<Valid<T>, Rejection> {
    let (head, body) = request.into_parts();
    let settings = Settings::of(&head);
    body::is_plain(&head.headers)?;
    let bytes = body::collect(body, &head.headers, settings.limits.bytes).await?;
    read(content_type(&head.headers), &bytes, &settings.limits)
        .map_err(|rejection| settings.told(rejection, &head.headers))
}

/// The type of the body, if there is just one: of two nobody knows which was meant.
fn content_type(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut all = headers.get_all(header::CONTENT_TYPE).iter();
    all.next().filter(|_| all.next().is_none())
}
