//! The mails that owners get. Links begin with the configured origin, never with a host that a client sent.

use crate::mail::Message;

/// What a mail is about.
pub(crate) enum Notice<'a> {
    /// Confirm an address.
    Confirm { token: &'a str },
    /// A sign-up with a taken address.
    SignUpTaken,
    /// Set a new password.
    Reset { token: &'a str },
    /// The password was changed by a session.
    PasswordChanged,
    /// The password was set by a link.
    PasswordReset,
    /// To the old address: agree to another one.
    EmailAgree { token: &'a str },
    /// To the new address: it is the owner's.
    EmailConfirm { token: &'a str },
    /// To a new address that is somebody's.
    EmailTaken,
    /// To the old address: it was changed.
    EmailChanged { token: &'a str },
    /// A refresh token came twice.
    RefreshReplayed,
    /// An API token was made.
    ApiTokenMade,
    /// The password has leaked elsewhere.
    PasswordLeaked,
}

impl Notice<'_> {
    /// The mail to this address.
    pub(crate) fn to(&self, to: String, origin: &str) -> Message {
        Message {
            to,
            subject: self.subject().to_owned(),
            text: self.text(origin),
        }
    }

    const fn subject(&self) -> &'static str {
        match self {
            Self::Confirm { .. } | Self::SignUpTaken => "Your account",
            Self::Reset { .. } => "A new password",
            Self::PasswordChanged | Self::PasswordReset => "Your password was changed",
            Self::EmailAgree { .. } | Self::EmailConfirm { .. } | Self::EmailTaken => {
                "Another address for your account"
            }
            Self::EmailChanged { .. } => "Your address was changed",
            Self::RefreshReplayed => "A session was ended",
            Self::ApiTokenMade => "A new API token",
            Self::PasswordLeaked => "Your password has leaked",
        }
    }

    fn text(&self, origin: &str) -> String {
        let link = |page: &str, route: &str, token: &str| {
            format!("{origin}/{page}#{token}\n\nor send this token to {route}:\n\n{token}\n\n")
        };
        match self {
            Self::Confirm { token } => format!(
                "Welcome. To confirm your address, open\n\n{}If you did not sign up, ignore this mail.\n",
                link("confirm", "POST /v1/accounts/confirm", token)
            ),
            Self::SignUpTaken => "Somebody, maybe you, signed up with this address, which has an account already.\nNothing was changed. If it was you, log in, or ask for a new password.\n".to_owned(),
            Self::Reset { token } => format!(
                "Somebody, maybe you, asked for a new password. To set one, open\n\n{}It ends every session and every API token of the account. If it was not you, ignore this mail: nothing was changed.\n",
                link("reset-password", "POST /v1/password-resets/confirm", token)
            ),
            Self::PasswordChanged => format!(
                "The password of your account was changed, and every other session was ended.\nIf it was not you, ask for a new password at {origin}/ at once, and look through your API tokens.\n"
            ),
            Self::PasswordReset => format!(
                "The password of your account was set by a mailed link, and every session and API token was ended.\nIf it was not you, somebody reads your mail: change its password first, then ask for a new one at {origin}/.\n"
            ),
            Self::EmailAgree { token } => format!(
                "Somebody who knows the password of your account wants to give it another address. If it was you, open\n\n{}The link that was sent to the new address must be opened too. If it was not you, change your password.\n",
                link("email-change", "POST /v1/account/email/confirm", token)
            ),
            Self::EmailConfirm { token } => format!(
                "Somebody, maybe you, wants to use this address for an account. If it was you, open\n\n{}The link that was sent to the old address must be opened too. If it was not you, ignore this mail.\n",
                link("email-change", "POST /v1/account/email/confirm", token)
            ),
            Self::EmailTaken => "Somebody, maybe you, wanted to use this address for another account. It has an account already, so nothing was changed.\n".to_owned(),
            Self::EmailChanged { token } => format!(
                "Your account has another address now. If it was not you, take it back within seven days: open\n\n{}It ends every session, and a link for a new password is mailed to this address.\n",
                link("email-undo", "POST /v1/account/email/undo", token)
            ),
            Self::RefreshReplayed => format!(
                "A token of one of your sessions was used a second time. Somebody may have a copy of it, so that session was ended.\nLog in again at {origin}/. If it happens again, change your password.\n"
            ),
            Self::PasswordLeaked => format!(
                "The password that you log in with is in a list of passwords that leaked from other services: whoever has the list can try it here.\nChange it at {origin}/, and wherever else you use it.\n"
            ),
            Self::ApiTokenMade => format!(
                "An API token was made for your account. If it was not you, end it at {origin}/ and change your password.\n"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mail_fits_the_lines_of_rfc_5322_and_links_begin_with_the_configured_origin() {
        let token = "T".repeat(69);
        let token = token.as_str();
        for notice in [
            Notice::Confirm { token },
            Notice::SignUpTaken,
            Notice::Reset { token },
            Notice::PasswordChanged,
            Notice::PasswordReset,
            Notice::EmailAgree { token },
            Notice::EmailConfirm { token },
            Notice::EmailTaken,
            Notice::EmailChanged { token },
            Notice::RefreshReplayed,
            Notice::ApiTokenMade,
            Notice::PasswordLeaked,
        ] {
            let mail = notice.to("a@example.com".to_owned(), "https://example.com");
            assert!(mail.text.is_ascii() && mail.text.ends_with('\n'));
            assert!(mail.text.lines().all(|line| line.len() <= 998));
            let links = mail.text.lines().filter(|line| line.contains("#T"));
            assert!(
                links
                    .clone()
                    .all(|line| line.starts_with("https://example.com/"))
            );
            // Alone on its line, so that it can be copied.
            let whole = mail.text.lines().any(|line| line == token);
            assert_eq!(whole, links.count() == 1);
        }
    }
}
