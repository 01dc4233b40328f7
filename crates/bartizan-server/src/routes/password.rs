//! `PUT /v1/account/password`, `POST /v1/password-resets`, `POST /v1/password-resets/confirm`.

use std::time::{Duration, SystemTime};

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
use validator::Validate;
use zeroize::Zeroizing;

use super::{
    accounts::normalize,
    login::{self, Visitor, origin},
    new_password::{self, read_password},
    sessions::open_again,
};
use crate::{
    app::App,
    auth::Caller,
    error::AppError,
    notify::Notice,
    store::{accounts::Credentials, audit::Origin},
};

/// The old password and the new one.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct ChangeBody {
    #[validate(length(min = 1, max = 1024))]
    current: String,
    #[validate(length(min = 1, max = 1024))]
    new: String,
}

/// Ends every session and refresh token, tells the owner, and answers with new ones in place of this session's: whoever has a copy
/// of the old ones is not carried along. The login limits count a wrong current password: whoever has got hold of a session
/// cannot guess without end.
pub(crate) async fn change(
    State(app): State<App>,
    visitor: Visitor,
    Caller { session, by_cookie }: Caller,
    ValidJson(body): ValidJson<ChangeBody>,
) -> Result<Response, AppError> {
    let ChangeBody { current, new } = body.into_inner();
    let text = Zeroizing::new(new);
    let settings = app.settings();
    let current = read_password(current, "#/current")?;
    let new = new_password::check(&app, &settings, (&text, "#/new"), &session.email)?;
    let mut found = login::check_own(&app, &visitor, &session, current).await?;
    let row = (found.account, found.password.as_str());
    new_password::expect_new(&app, &session.email, row, (&text, "#/new")).await?;
    let hash = new_password::hash(&app, &session.email, new).await?;
    let origin = visitor.origin(SystemTime::now());
    let now = origin.at;
    let shared = app.clone();
    let change = async move {
        let hash = (hash, settings.password.history);
        let changed = app.store.change_password(&found, hash, origin).await?;
        // Of two changes at once, one is made.
        let changed = changed.ok_or(AppError::Conflict("the password was changed meanwhile"))?;
        app.notify(session.email, &Notice::PasswordChanged);
        found.credential_version = changed;
        Ok(found)
    };
    let found = shared.to_end(change).await?;
    open_again(&shared, &found, &visitor, by_cookie, now).await
}

/// Who has lost the password.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct ResetBody {
    #[validate(length(max = 254))]
    email: String,
}

/// What to do next.
#[derive(Serialize, Wire)]
pub(crate) struct ResetAsked {
    next: String,
}

/// One answer for every address, before anything about it is read: what the rest takes, no client sees.
pub(crate) async fn ask_reset(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    ValidJson(body): ValidJson<ResetBody>,
) -> Result<Response, AppError> {
    let origin = origin(&client);
    let email = normalize(body.into_inner().email);
    // What is no address takes a place too.
    app.in_background({
        let app = app.clone();
        async move {
            match email {
                Some(email) => mail_reset(&app, email, origin).await,
                None => Ok(()),
            }
        }
    })?;
    let asked = ResetAsked {
        next: "if the address has an account, read the mail that was sent to it".to_owned(),
    };
    Ok((StatusCode::ACCEPTED, Json(asked)).into_response())
}

/// One mail for an account in so long: nobody's mailbox is filled by somebody else.
const SELDOM: Duration = Duration::from_secs(60);

/// Mails a link, in place of an older one, if there is an account that may log in.
pub(super) async fn mail_reset(app: &App, email: String, origin: Origin) -> Result<(), AppError> {
    let found = app.store.find_for_login(email.clone()).await?;
    let Some(found) = found.filter(Credentials::is_active) else {
        return Ok(());
    };
    let token = app.resets.mint(Entropy::from_os()?);
    let expires = origin.at + app.settings().token.reset;
    let newest = expires.checked_sub(SELDOM).unwrap_or(origin.at);
    let link = (app.resets.digest(&token), expires);
    if !app.store.keep_reset(&found, link, newest, origin).await? {
        return Ok(());
    }
    let token = token.expose();
    app.must_notify(email, &Notice::Reset { token: &token })
}

/// A mailed token, and the new password.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct NewPasswordBody {
    #[validate(length(min = 1, max = 200))]
    token: String,
    #[validate(length(min = 1, max = 1024))]
    new: String,
}

/// Sets the password and ends everything else of the account. Logs nobody in: the new password does.
pub(crate) async fn reset(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    ValidJson(body): ValidJson<NewPasswordBody>,
) -> Result<StatusCode, AppError> {
    let spent = || {
        AppError::invalid(
            "#/token",
            "spent",
            "is not valid any more; ask for a new one",
        )
    };
    let NewPasswordBody { token, new } = body.into_inner();
    let token = app.resets.parse(&token).map_err(|_| spent())?;
    let digest = app.resets.digest(&token);
    let origin = origin(&client);
    // Nobody has a password hashed by a link that is spent.
    let found = app.store.find_reset(digest, origin.at).await?;
    let (account, email, old) = found.ok_or_else(spent)?;
    let settings = app.settings();
    let text = Zeroizing::new(new);
    let new = new_password::check(&app, &settings, (&text, "#/new"), &email)?;
    new_password::expect_new(&app, &email, (account, &old), (&text, "#/new")).await?;
    let hash = new_password::hash(&app, &email, new).await?;
    let shared = app.clone();
    let reset = async move {
        let hash = (hash, settings.password.history);
        let used = app.store.reset_password(digest, hash, origin).await?;
        app.notify(used.ok_or_else(spent)?, &Notice::PasswordReset);
        Ok(StatusCode::NO_CONTENT)
    };
    shared.to_end(reset).await
}
