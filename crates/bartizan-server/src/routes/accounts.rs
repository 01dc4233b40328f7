//! `POST /v1/accounts`, `POST /v1/accounts/confirm`, `GET /v1/account`.

use std::time::SystemTime;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bartizan::{
    password::{Password, PasswordError},
    token::Entropy,
};
use serde::Deserialize;
use serde_json::json;

use super::{hash_deadline, rfc3339};
use crate::{
    app::App, auth::Caller, config::Registration, error::AppError, mail::Message,
    store::accounts::SignUp,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    email: String,
    password: String,
}

/// In mode `confirm` the answer and the work are one for free and taken addresses; who owns the address reads which it was.
pub(crate) async fn sign_up(
    State(app): State<App>,
    Json(Credentials { email, password }): Json<Credentials>,
) -> Result<Response, AppError> {
    let settings = app.settings();
    let registration = settings.accounts.registration;
    if registration == Registration::Closed {
        return Err(AppError::Forbidden("sign-up is closed"));
    }
    let email = normalize(email).ok_or(AppError::invalid(
        "email",
        "must be an address like name@example.com",
    ))?;
    let chars = password.chars().count();
    let password = read_password(password)?;
    if chars < settings.password.min_chars {
        return Err(AppError::invalid(
            "password",
            "is too short; use a longer one",
        ));
    }
    let hash = app.pool.hash(password, hash_deadline()).await?.to_string();
    let now = SystemTime::now();

    if registration == Registration::Open {
        return match app.store.sign_up(email.clone(), hash, None, now).await? {
            SignUp::Made(id) => {
                Ok((StatusCode::CREATED, Json(json!({"id": id, "email": email}))).into_response())
            }
            SignUp::Taken => Err(AppError::Conflict("there is an account with this address")),
        };
    }
    let token = app.confirmations.mint(Entropy::from_os()?);
    let confirmation = (
        app.confirmations.digest(&token),
        now + settings.token.confirmation,
    );
    let text = match app.store.sign_up(email.clone(), hash, Some(confirmation), now).await? {
        SignUp::Made(_) => format!(
            "Welcome. To confirm your address, open\n\n{}/confirm#{token}\n\nor send this token to POST /v1/accounts/confirm:\n\n{token}\n\nIf you did not sign up, ignore this mail.\n",
            settings.server.public_origin,
            token = &*token.expose(),
        ),
        SignUp::Taken => {
            "Somebody, maybe you, signed up with this address, which has an account already.\nNothing was changed. If it was you, log in.\n".to_owned()
        }
    };
    let message = Message {
        to: email,
        subject: "Your account".to_owned(),
        text,
    };
    if !app.mailer.send(message) {
        return Err(AppError::Unavailable {
            retry_after_secs: 10,
        });
    }
    Ok((
        StatusCode::ACCEPTED,
        Json(json!({"next": "read the mail that was sent to this address"})),
    )
        .into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    token: String,
}

/// Forged, expired and used links get one answer.
pub(crate) async fn confirm(
    State(app): State<App>,
    Json(link): Json<Link>,
) -> Result<StatusCode, AppError> {
    let refused = || {
        AppError::invalid(
            "token",
            "is not valid any more; sign up again for a new one",
        )
    };
    let token = app
        .confirmations
        .parse(&link.token)
        .map_err(|_| refused())?;
    match app
        .store
        .confirm(app.confirmations.digest(&token), SystemTime::now())
        .await?
    {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(refused()),
    }
}

pub(crate) async fn show(Caller { session, .. }: Caller) -> Json<serde_json::Value> {
    Json(json!({
        "id": session.account,
        "email": session.email,
        "created_at": rfc3339(session.account_created),
    }))
}

pub(super) fn read_password(text: String) -> Result<Password, AppError> {
    Password::new(text).map_err(|error| match error {
        PasswordError::TooLong { .. } => AppError::invalid("password", "is longer than 1024 bytes"),
        _ => AppError::invalid("password", "is missing"),
    })
}

/// One spelling for each address: lower case. At most 254 bytes (RFC 5321 section 4.5.3.1), and the characters that every
/// mail system passes on; no quoted local part, no address literal.
pub(super) fn normalize(email: String) -> Option<String> {
    let email = email.to_ascii_lowercase();
    let (local, domain) = email.split_once('@')?;
    let is_local =
        |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let fits = email.len() <= 254
        && (1..=64).contains(&local.len())
        && local.bytes().all(is_local)
        && !local.split('.').any(str::is_empty)
        && domain.contains('.')
        && domain.split('.').all(is_label);
    fits.then_some(email)
}

#[cfg(test)]
mod tests {
    use super::normalize;

    #[test]
    fn addresses_have_one_spelling_and_no_surprises() {
        let normal = |text: &str| normalize(text.to_owned());
        assert_eq!(
            normal("Ann.B+tag@Example.COM").as_deref(),
            Some("ann.b+tag@example.com")
        );
        for bad in [
            "",
            "@",
            "a@",
            "@b.c",
            "a@b",
            "a b@c.d",
            "a@b..c",
            "a@-b.c",
            "a@b.c@d.e",
            "a\r\nbcc: x@y.z@b.c",
            "\"a\"@b.c",
            "a@[127.0.0.1]",
            "a..b@c.d",
            ".a@c.d",
            "ä@b.c",
            "<a@b.c>",
            "a@b.c\n",
            "a@b.c,d@e.f",
        ] {
            assert_eq!(normal(bad), None, "{bad:?}");
        }
        assert_eq!(normal(&format!("{}@example.com", "a".repeat(65))), None);
    }
}
