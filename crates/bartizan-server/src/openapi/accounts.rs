//! What the routes of accounts, sessions and API tokens take and give.

use bartizan::validate::schema;

use super::operations::Operation;
use crate::routes::{
    accounts::{AccountView, ConfirmBody, EventList, NewAccount, Pending, SignUpBody},
    api_tokens::{NewTokenBody, NewTokenView, RollBody, TokenList, TokenPath},
    email::{EmailAsked, EmailBody, EmailLinkBody, EmailState},
    password::{ChangeBody, NewPasswordBody, ResetAsked, ResetBody},
    refresh::{PasswordBody, RefreshBody},
    sessions::{LogInBody, NewSessionView, SessionList, SessionPath},
};

pub(super) fn all() -> Vec<Operation> {
    let new = Operation::new;
    let unknown = "there is none of this id";
    vec![
        new("POST", "/v1/accounts", "signUp", "Sign up")
            .with_body("SignUpBody", schema::<SignUpBody>())
            .answers(
                202,
                "a mail was sent, whether the address is taken or not",
                Some(("Pending", schema::<Pending>())),
            )
            .answers(
                201,
                "with `registration = \"open\"`: the account is there",
                Some(("NewAccount", schema::<NewAccount>())),
            )
            .refuses(409, "with `registration = \"open\"`: the address is taken")
            .refuses(
                403,
                "sign-up is closed, or another site makes a browser ask",
            ),
        new(
            "POST",
            "/v1/accounts/confirm",
            "confirm",
            "Confirm an address by the mailed token",
        )
        .with_body("ConfirmBody", schema::<ConfirmBody>())
        .answers(204, "the account can log in", None),
        new("POST", "/v1/sessions", "logIn", "Log in")
            .with_body("LogInBody", schema::<LogInBody>())
            .answers(
                201,
                "the token, or with `cookie` a cookie in its place",
                Some(("NewSessionView", schema::<NewSessionView<'_>>())),
            )
            .refuses(
                401,
                "address or password is wrong, or the account is not confirmed",
            ),
        new(
            "GET",
            "/v1/sessions",
            "listSessions",
            "List the account's sessions",
        )
        .with_session()
        .answers(
            200,
            "all of them",
            Some(("SessionList", schema::<SessionList>())),
        ),
        new(
            "DELETE",
            "/v1/sessions",
            "endOtherSessions",
            "End all other sessions",
        )
        .with_session()
        .answers(204, "ended", None)
        .refuses(401, "no session, or the password was shown too long ago"),
        new("DELETE", "/v1/sessions/current", "logOut", "Log out")
            .with_session()
            .answers(204, "ended", None),
        new(
            "POST",
            "/v1/sessions/refresh",
            "refresh",
            "Open a new session by a refresh token, which is used up",
        )
        .with_body("RefreshBody", schema::<RefreshBody>())
        .answers(
            201,
            "a session and the next refresh token",
            Some(("NewSessionView", schema::<NewSessionView<'_>>())),
        )
        .refuses(401, "the token is unknown, used up or too old"),
        new(
            "POST",
            "/v1/sessions/current/password",
            "showPassword",
            "Show the password again, for what asks for a fresh login",
        )
        .with_session()
        .with_body("PasswordBody", schema::<PasswordBody>())
        .answers(
            200,
            "the session is fresh, under a new token or cookie",
            Some(("NewSessionView", schema::<NewSessionView<'_>>())),
        )
        .refuses(401, "no session, or the password is wrong"),
        new(
            "DELETE",
            "/v1/sessions/{id}",
            "endSession",
            "End a session of the account",
        )
        .with_session()
        .with_path(schema::<SessionPath>())
        .answers(204, "ended", None)
        .refuses(401, "no session, or the password was shown too long ago")
        .refuses(404, unknown),
        new(
            "GET",
            "/v1/account",
            "showAccount",
            "Show the caller's account",
        )
        .with_session()
        .answers(
            200,
            "the account",
            Some(("AccountView", schema::<AccountView>())),
        ),
        new(
            "GET",
            "/v1/account/events",
            "listEvents",
            "List what happened to the account, the newest first",
        )
        .with_session()
        .answers(
            200,
            "the newest 100",
            Some(("EventList", schema::<EventList>())),
        ),
        new(
            "PUT",
            "/v1/account/password",
            "changePassword",
            "Change the password; ends all sessions and opens a new one",
        )
        .with_session()
        .with_body("ChangeBody", schema::<ChangeBody>())
        .answers(
            200,
            "changed; a session and refresh token in place of the old ones, or a cookie",
            Some(("NewSessionView", schema::<NewSessionView<'_>>())),
        )
        .refuses(401, "no session, or the current password is wrong")
        .refuses(409, "it was changed meanwhile"),
        new(
            "POST",
            "/v1/password-resets",
            "askReset",
            "Mail a link for a new password",
        )
        .with_body("ResetBody", schema::<ResetBody>())
        .answers(
            202,
            "whether the address has an account or not",
            Some(("ResetAsked", schema::<ResetAsked>())),
        ),
        new(
            "POST",
            "/v1/password-resets/confirm",
            "resetPassword",
            "Set a password by the mailed token; ends every session and API token",
        )
        .with_body("NewPasswordBody", schema::<NewPasswordBody>())
        .answers(204, "set", None),
        new(
            "POST",
            "/v1/account/email",
            "changeEmail",
            "Ask for another address",
        )
        .with_session()
        .with_body("EmailBody", schema::<EmailBody>())
        .answers(
            202,
            "whether the address is taken or not",
            Some(("EmailAsked", schema::<EmailAsked>())),
        )
        .refuses(401, "no session, or the current password is wrong")
        .refuses(409, "changed too often, or meanwhile"),
        new(
            "POST",
            "/v1/account/email/confirm",
            "confirmEmail",
            "Confirm another address by a mailed token, one from each address",
        )
        .with_body("EmailLinkBody", schema::<EmailLinkBody>())
        .answers(
            200,
            "`changed`, or `waits` for the other token",
            Some(("EmailState", schema::<EmailState>())),
        ),
        new(
            "POST",
            "/v1/account/email/undo",
            "undoEmail",
            "Take a change of address back; ends every session and the password",
        )
        .with_body("EmailLinkBody", schema::<EmailLinkBody>())
        .answers(204, "the address is the old one", None),
        new("POST", "/v1/tokens", "createToken", "Make an API token")
            .with_session()
            .with_body("NewTokenBody", schema::<NewTokenBody>())
            .answers(
                201,
                "the token, this once",
                Some(("NewTokenView", schema::<NewTokenView<'_>>())),
            )
            .refuses(401, "no session, or the password was shown too long ago")
            .refuses(409, "the account has too many"),
        new(
            "GET",
            "/v1/tokens",
            "listTokens",
            "List the account's API tokens",
        )
        .with_session()
        .answers(
            200,
            "all of them",
            Some(("TokenList", schema::<TokenList>())),
        ),
        new("DELETE", "/v1/tokens/{id}", "endToken", "End an API token")
            .with_session()
            .with_path(schema::<TokenPath>())
            .answers(204, "ended", None)
            .refuses(404, unknown),
        new(
            "POST",
            "/v1/tokens/{id}/roll",
            "rollToken",
            "Replace an API token; the old one works on for the overlap",
        )
        .with_session()
        .with_path(schema::<TokenPath>())
        .with_body("RollBody", schema::<RollBody>())
        .answers(
            201,
            "the token, this once",
            Some(("NewTokenView", schema::<NewTokenView<'_>>())),
        )
        .refuses(401, "no session, or the password was shown too long ago")
        .refuses(404, "there is none, or it was replaced already"),
    ]
}
