//! `POST /v1/accounts`, `POST /v1/accounts/confirm`, `GET /v1/account`, `GET /v1/account/events`.

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bartizan::{
    client_ip::Client,
    token::Entropy,
    validate::{ValidJson, Wire},
};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};
use zeroize::Zeroizing;

use super::{api_tokens::ACCOUNT_READ, login::origin, new_password, rfc3339};
use crate::{
    app::App,
    auth::{Actor, Caller},
    config::Registration,
    error::AppError,
    notify::Notice,
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
pub(super) fn ascii_lower_case(text: &mut str) {
    text.make_ascii_lowercase();
}

pub(super) fn is_address(text: &str) -> Result<(), ValidationError> {
    match normalize(text.to_owned()) {
        Some(_) => Ok(()),
        None => Err(ValidationError::new("email")
            .with_message("must be an address like name@example.com".into())),
    }
}

/// In mode `confirm` the answer and the work are one for free and taken addresses; who owns the address reads which it was.
pub(crate) async fn sign_up(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    ValidJson(body): ValidJson<SignUpBody>,
) -> Result<Response, AppError> {
    let SignUpBody { email, password } = body.into_inner();
    let settings = app.settings();
    let registration = settings.accounts.registration;
    if registration == Registration::Closed {
        return Err(AppError::Forbidden("sign-up is closed"));
    }
    let password = Zeroizing::new(password);
    let password = new_password::check(&app, &settings, (&password, "#/password"), &email)?;
    // A turn of its own, which no address is: no limit on failed logins stands before it, and whoever signs up with the address
    // of an owner again and again must not take the owner's turn.
    let turn = format!("sign-up {email}");
    let hash = new_password::hash(&app, &turn, password).await?;
    let origin = origin(&client);

    if registration == Registration::Open {
        return match app.store.sign_up(email.clone(), hash, None, origin).await? {
            SignUp::Made(id) => {
                Ok((StatusCode::CREATED, Json(NewAccount { id, email })).into_response())
            }
            SignUp::Taken => Err(AppError::Conflict("there is an account with this address")),
        };
    }
    let token = app.confirmations.mint(Entropy::from_os()?);
    let confirmation = (
        app.confirmations.digest(&token),
        origin.at + settings.token.confirmation,
    );
    let made = app
        .store
        .sign_up(email.clone(), hash, Some(confirmation), origin);
    let text = token.expose();
    let notice = match made.await? {
        SignUp::Made(_) => Notice::Confirm { token: &text },
        SignUp::Taken => Notice::SignUpTaken,
    };
    app.must_notify(email, &notice)?;
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
    Extension(client): Extension<Client>,
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
        .confirm(app.confirmations.digest(&token), origin(&client))
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

/// An API token needs the scope `account:read`.
pub(crate) async fn show(
    State(app): State<App>,
    actor: Actor,
) -> Result<Json<AccountView>, AppError> {
    let (id, email, created) = match actor {
        Actor::Caller(caller) => {
            let session = caller.session;
            (session.account, session.email, session.account_created)
        }
        Actor::Program(_) => {
            let id = actor.may(ACCOUNT_READ)?;
            let found = app.store.find_account(id).await?;
            let (email, created) = found.ok_or(AppError::Unauthorized)?;
            (id, email, created)
        }
    };
    Ok(Json(AccountView {
        id,
        email,
        created_at: rfc3339(created),
    }))
}

/// What happened to the account.
#[derive(Serialize, Wire)]
pub(crate) struct EventView {
    at: String,
    event: String,
    address: String,
}

/// The newest of them.
#[derive(Serialize, Wire)]
pub(crate) struct EventList {
    items: Vec<EventView>,
}

/// How many events a list has.
const MOST_EVENTS: u32 = 100;

pub(crate) async fn events(
    State(app): State<App>,
    Caller { session, .. }: Caller,
) -> Result<Json<EventList>, AppError> {
    let events = app.store.list_events(session.account, MOST_EVENTS).await?;
    let views = events.into_iter().map(|told| EventView {
        at: rfc3339(told.at),
        event: told.event,
        address: told.address,
    });
    Ok(Json(EventList {
        items: views.collect(),
    }))
}

/// One spelling for each address: lower case. At most 254 bytes (RFC 5321 section 4.5.3.1), and the characters that every
/// mail system passes on; no quoted local part, no address literal.
pub(crate) fn normalize(email: String) -> Option<String> {
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
