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
    validate::{Param, ValidJson, Wire},
};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::{hash_deadline, rfc3339};
use crate::{
    app::App, auth::Caller, config::Registration, error::AppError, mail::Message,
    store::accounts::SignUp,
};

/// Who signs up.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct SignUpBody {
    #[validate(custom(function = is_address))]
    #[wire(normalise = "ascii_lower_case")]
    email: String,
    /// In bytes it is checked where it is hashed, by characters here and against the configured least in the handler.
    #[validate(length(min = 1, max = 1024))]
    password: String,
}

/// As `normalize` does at a login. Unicode's rules would make an address of other letters, as of the sign for kelvin a `k`, and the
/// account could not be logged in to by what was typed.
fn ascii_lower_case(text: &mut str) {
    text.make_ascii_lowercase();
}

fn is_address(text: &str) -> Result<(), ValidationError> {
    match normalize(text.to_owned()) {
        Some(_) => Ok(()),
        None => Err(ValidationError::new("email")
            .with_message("must be an address like name@example.com".into())),
    }
}

/// In mode `confirm` the answer and the work are one for free and taken addresses; who owns the address reads which it was.
pub(crate) async fn sign_up(
    State(app): State<App>,
    ValidJson(body): ValidJson<SignUpBody>,
) -> Result<Response, AppError> {
    let SignUpBody { email, password } = body.into_inner();
    let settings = app.settings();
    let registration = settings.accounts.registration;
    if registration == Registration::Closed {
        return Err(AppError::Forbidden("sign-up is closed"));
    }
    let chars = password.chars().count();
    let password = read_password(password)?;
    if chars < settings.password.min_chars {
        let violation = AppError::invalid("#/password", "length", "is too short");
        return Err(match violation {
            AppError::Invalid(violation) => {
                let least = i128::try_from(settings.password.min_chars).unwrap_or(i128::MAX);
                AppError::Invalid(violation.with_param("min", Param::Whole(least)))
            }
            other => other,
        });
    }
    let hash = app.pool.hash(password, hash_deadline()).await?.to_string();
    let now = SystemTime::now();

    if registration == Registration::Open {
        return match app.store.sign_up(email.clone(), hash, None, now).await? {
            SignUp::Made(id) => {
                Ok((StatusCode::CREATED, Json(NewAccount { id, email })).into_response())
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
        Json(Pending {
            next: "read the mail that was sent to this address".to_owned(),
        }),
    )
        .into_response())
}

/// The token of a mailed link.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct ConfirmBody {
    #[validate(length(min = 1, max = 200))]
    token: String,
}

/// Forged, expired and used links get one answer.
pub(crate) async fn confirm(
    State(app): State<App>,
    ValidJson(link): ValidJson<ConfirmBody>,
) -> Result<StatusCode, AppError> {
    let refused = || {
        AppError::invalid(
            "#/token",
            "spent",
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

/// An account that can log in at once.
#[derive(Serialize, Wire)]
pub(crate) struct NewAccount {
    id: i64,
    email: String,
}

/// What to do next.
#[derive(Serialize, Wire)]
pub(crate) struct Pending {
    next: String,
}

/// The caller's own account.
#[derive(Serialize, Wire)]
pub(crate) struct AccountView {
    id: i64,
    email: String,
    created_at: String,
}

pub(crate) async fn show(Caller { session, .. }: Caller) -> Json<AccountView> {
    Json(AccountView {
        id: session.account,
        created_at: rfc3339(session.account_created),
        email: session.email,
    })
}

pub(super) fn read_password(text: String) -> Result<Password, AppError> {
    Password::new(text).map_err(|error| match error {
        PasswordError::TooLong { .. } => {
            AppError::invalid("#/password", "length", "must have at most 1024 bytes")
        }
        _ => AppError::invalid("#/password", "length", "must not be empty"),
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
