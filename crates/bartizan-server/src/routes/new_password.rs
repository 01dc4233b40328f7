//! What a new password must be, told with every reason at once.

use bartizan::{
    password::{AccountId, Column, Password, PasswordError, Verdict, Violation as Reason},
    validate::{Param, Place, Violation, Violations},
};

use super::hash_deadline;
use crate::{
    app::App,
    config::Config,
    error::AppError,
    new_hash::{NewHash, account_id},
};

/// Words that anybody links with an account here: its address and the name of the service.
fn context<'a>(settings: &'a Config, email: &'a str) -> Vec<&'a str> {
    let origin = settings.server.public_origin.as_str();
    let host = origin.split("://").nth(1).unwrap_or(origin);
    [email, host]
        .into_iter()
        .chain(settings.password.context_words.iter().map(String::as_str))
        .filter(|word| !word.is_empty())
        .collect()
}

/// A password that may be taken for this account.
pub(super) fn check(
    app: &App,
    settings: &Config,
    (text, pointer): (&str, &str),
    email: &str,
) -> Result<Password, AppError> {
    let password = read_password(text.to_owned(), pointer)?;
    let rules = app.rules(settings);
    let Err(refused) = rules.check(&password, &context(settings, email)) else {
        return Ok(password);
    };
    let mut violations = Violations::default();
    for reason in refused.as_slice() {
        violations.push(violation(reason, pointer));
    }
    Err(AppError::Invalid(violations))
}

fn violation(reason: &Reason, pointer: &str) -> Violation {
    let of = |code, message: &'static str| {
        Violation::new(Place::Body(pointer.to_owned()), code, message)
    };
    match reason {
        Reason::TooShort { min_chars, .. } => {
            let least = i128::try_from(*min_chars).unwrap_or(i128::MAX);
            of("length", "is too short").with_param("min", Param::Whole(least))
        }
        Reason::Common => of("common", "is among the passwords that are guessed first"),
        Reason::Context => of(
            "context",
            "is made of names that others link with this account",
        ),
        Reason::Breached => of("breached", "has leaked from another service"),
        _ => of("weak", "is refused by the rules for new passwords"),
    }
}

/// That a password is none that the account had, as far back as the configuration says.
pub(super) async fn expect_new(
    app: &App,
    email: &str,
    (account, current): (i64, &str),
    (text, pointer): (&str, &str),
) -> Result<(), AppError> {
    let most = app.settings().password.history as usize;
    if most == 0 {
        return Ok(());
    }
    let mut rows = app.store.list_old_passwords(account).await?;
    rows.insert(0, current.to_owned());
    let pool = app.pool.account(email).bound_to(&account_id(account));
    for row in rows.iter().take(most) {
        // A row that cannot be read was nobody's password.
        let Ok(column) = Column::read_any(row, &app.ceilings, &app.legacy_ceilings) else {
            continue;
        };
        let password = read_password(text.to_owned(), pointer)?;
        let same = pool.verify_column(password, Some(column), hash_deadline());
        if let Verdict::Match { .. } = same.await? {
            return Err(AppError::invalid(
                pointer,
                "reused",
                "was the password before",
            ));
        }
    }
    Ok(())
}

/// The hash of a new password. One of the same turn waits for it: nobody fills the queue with one name.
pub(super) async fn hash(app: &App, turn: &str, password: Password) -> Result<NewHash, AppError> {
    let pool = app.pool.account(turn);
    let Some(peppers) = app.peppers.clone() else {
        let hash = pool.hash(password, hash_deadline()).await?;
        return Ok(NewHash::new(&hash));
    };
    // Never in a table, and never another account's: those have digits alone.
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| {
        tracing::error!(%error, "no randomness");
        AppError::Unavailable {
            retry_after_secs: 5,
        }
    })?;
    let Ok(to) = AccountId::new(random) else {
        return Err(AppError::Unavailable {
            retry_after_secs: 5,
        });
    };
    let hash = pool.bound_to(&to).hash(password, hash_deadline()).await?;
    Ok(NewHash::bound(&hash, (peppers, to, app.ceilings)))
}

/// Any password, also one that no rule would take today: at a login.
pub(super) fn read_password(text: String, pointer: &str) -> Result<Password, AppError> {
    Password::new(text).map_err(|error| {
        let message = match error {
            PasswordError::TooLong { .. } => "must have at most 1024 bytes",
            _ => "must not be empty",
        };
        AppError::invalid(pointer, "length", message)
    })
}
