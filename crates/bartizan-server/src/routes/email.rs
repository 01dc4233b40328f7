//! `POST /v1/account/email`, `POST /v1/account/email/confirm`, `POST /v1/account/email/undo`.

use std::time::{Duration, SystemTime};

use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bartizan::{
    client_ip::Client,
    token::{EmailUndo, Entropy, Token},
    validate::{ValidJson, Wire},
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{
    accounts::{ascii_lower_case, is_address},
    login::{self, Visitor, origin},
    new_password::read_password,
    password::mail_reset,
};
use crate::{
    app::App,
    auth::Caller,
    error::AppError,
    mail::Place,
    notify::Notice,
    store::email::{Asked, NewEmail, Used},
};

/// How long a change can be taken back: a holiday away from the mail.
const UNDO: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The new address, and the password.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct EmailBody {
    #[validate(custom(function = is_address))]
    #[wire(normalise = "ascii_lower_case")]
    email: String,
    #[validate(length(min = 1, max = 1024))]
    current: String,
}

/// What to do next.
#[derive(Serialize, Wire)]
pub(crate) struct EmailAsked {
    next: String,
}

/// Mails a link to each address. One answer for free and taken ones.
pub(crate) async fn ask(
    State(app): State<App>,
    visitor: Visitor,
    Caller { session, .. }: Caller,
    ValidJson(body): ValidJson<EmailBody>,
) -> Result<Response, AppError> {
    let EmailBody { email, current } = body.into_inner();
    let current = read_password(current, "#/current")?;
    if email == session.email {
        return Err(AppError::invalid(
            "#/email",
            "same",
            "is the address already",
        ));
    }
    let found = login::check_own(&app, &visitor, &session, current).await?;
    let now = SystemTime::now();
    let old_link = app.email_changes.mint(Entropy::from_os()?);
    let new_link = app.email_changes.mint(Entropy::from_os()?);
    let new = NewEmail {
        account: found.account,
        credential_version: found.credential_version,
        email: email.clone(),
        old_digest: app.email_changes.digest(&old_link),
        new_digest: app.email_changes.digest(&new_link),
        expires: now + app.settings().token.email_change,
    };
    let asked = app.store.ask_email_change(new, visitor.origin(now)).await?;
    let (old_link, new_link) = (old_link.expose(), new_link.expose());
    let to_new = match asked {
        Asked::Waits => Notice::EmailConfirm { token: &new_link },
        Asked::Taken => Notice::EmailTaken,
        Asked::TooMany => {
            return Err(AppError::Conflict(
                "the address was changed too often in the last days",
            ));
        }
        Asked::Gone => return Err(AppError::Conflict("the password was changed meanwhile")),
    };
    app.must_notify(session.email, &Notice::EmailAgree { token: &old_link })?;
    app.must_notify(email, &to_new)?;
    let asked = EmailAsked {
        next: "open the links that were sent to the old and to the new address".to_owned(),
    };
    Ok((StatusCode::ACCEPTED, Json(asked)).into_response())
}

/// The token of a mailed link.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct EmailLinkBody {
    #[validate(length(min = 1, max = 200))]
    token: String,
}

/// What a link came to.
#[derive(Serialize, Wire)]
pub(crate) struct EmailState {
    /// `waits` for the other link, or `changed`.
    state: String,
}

fn spent() -> AppError {
    AppError::invalid("#/token", "spent", "is not valid any more")
}

/// With the second link the address changes. Sessions go on: whoever has them may have them.
pub(crate) async fn confirm(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    ValidJson(body): ValidJson<EmailLinkBody>,
) -> Result<Json<EmailState>, AppError> {
    let link = app.email_changes.parse(&body.token).map_err(|_| spent())?;
    let origin = origin(&client);
    let undo = app.email_undos.mint(Entropy::from_os()?);
    let kept = (app.email_undos.digest(&undo), origin.at + UNDO);
    let digest = app.email_changes.digest(&link);
    // The link to undo is nowhere but in its mail: no change without a place for it.
    let place = app.mailer.place().ok_or(AppError::Unavailable {
        retry_after_secs: 10,
    })?;
    let shared = app.clone();
    let change = async move {
        match app.store.use_email_link(digest, kept, origin).await? {
            Used::Waits => Ok("waits"),
            Used::Changed { old, .. } => {
                mail_undo(&app, place, &undo, old);
                Ok("changed")
            }
            Used::Spent => Err(spent()),
        }
    };
    let state = shared.to_end(change).await?;
    Ok(Json(EmailState {
        state: state.to_owned(),
    }))
}

/// Mails a link to undo, and notes when it is out.
fn mail_undo(app: &App, place: Place, undo: &Token<EmailUndo>, old: String) {
    let digest = app.email_undos.digest(undo);
    let undo = undo.expose();
    let notice = Notice::EmailChanged { token: &undo };
    let out = place.send_and_tell(notice.to(old, &app.settings().server.public_origin));
    let store = app.store.clone();
    tokio::spawn(async move {
        if out.await.is_ok()
            && let Err(error) = store.undo_is_mailed(digest).await
        {
            tracing::warn!(%error, "a mailed link will be mailed again");
        }
    });
}

/// Mails what a crash or a mail server that failed has kept from its owner: there is no other way to take a change back.
pub(crate) async fn mail_what_was_left(app: &App) -> Result<(), AppError> {
    let now = SystemTime::now();
    for (id, old) in app.store.unmailed_undos(now).await? {
        let Some(place) = app.mailer.place() else {
            return Ok(());
        };
        let undo = app.email_undos.mint(Entropy::from_os()?);
        let digest = app.email_undos.digest(&undo);
        if app.store.renew_undo(id, digest, now).await? {
            mail_undo(app, place, &undo, old);
        }
    }
    Ok(())
}

/// The old address again, the end of everything, and a link for a new password to the old address: whoever made the change
/// may know the password.
pub(crate) async fn undo(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    ValidJson(body): ValidJson<EmailLinkBody>,
) -> Result<StatusCode, AppError> {
    let link = app.email_undos.parse(&body.token).map_err(|_| spent())?;
    let origin = origin(&client);
    let digest = app.email_undos.digest(&link);
    let shared = app.clone();
    let undo = async move {
        let undone = app.store.undo_email_change(digest, origin.clone()).await?;
        mail_reset(&app, undone.ok_or_else(spent)?, origin).await?;
        Ok(StatusCode::NO_CONTENT)
    };
    shared.to_end(undo).await
}
