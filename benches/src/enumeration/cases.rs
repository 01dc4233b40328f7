//! What must not be told apart. A case more is a line of [`CASES`], and a [`Who`] if it needs another kind of account.

/// The right password of every account.
pub(crate) const PASSWORD: &str = "lantern ferry moss quarry";
const WRONG_PASSWORD: &str = "lantern ferry moss quarries";

pub(crate) const LOG_IN: &str = "/v1/sessions";
const SIGN_UP: &str = "/v1/accounts";
const RESET: &str = "/v1/password-resets";

/// Two kinds of addresses at one route.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) left: &'static Who,
    pub(crate) right: &'static Who,
    /// Only at the default cost: the cheap one of the quick run is below that of the row, which cannot be made up for.
    pub(crate) default_cost_only: bool,
}

const fn case(
    name: &'static str,
    path: &'static str,
    left: &'static Who,
    right: &'static Who,
) -> Case {
    Case {
        name,
        path,
        left,
        right,
        default_cost_only: false,
    }
}

/// Each of them at both costs, but for those that say otherwise.
pub(crate) const CASES: &[Case] = &[
    case(
        "log-in: wrong password, no account",
        LOG_IN,
        &WRONG,
        &NOBODY,
    ),
    case(
        "log-in: wrong password, unconfirmed and right",
        LOG_IN,
        &WRONG,
        &UNCONFIRMED,
    ),
    case(
        "log-in: wrong password, disabled and right",
        LOG_IN,
        &WRONG,
        &DISABLED,
    ),
    case(
        "log-in: wrong password, row marked unusable",
        LOG_IN,
        &WRONG,
        &UNUSABLE,
    ),
    case(
        "log-in: wrong password, row above the ceilings",
        LOG_IN,
        &WRONG,
        &TOO_COSTLY,
    ),
    Case {
        default_cost_only: true,
        ..case(
            "log-in: wrong password, wrong on a bcrypt row",
            LOG_IN,
            &WRONG,
            &BCRYPT,
        )
    },
    case("sign-up: taken, free", SIGN_UP, &TAKEN, &FREE),
    case(
        "sign-up: taken and unconfirmed, free",
        SIGN_UP,
        &TAKEN_UNCONFIRMED,
        &FREE,
    ),
    case("reset: known, unknown", RESET, &KNOWN, &NOBODY),
];

/// One kind of address: `PREFIX-NUMBER@example.com`, all of one length, a new number for each request.
#[derive(Debug)]
pub(crate) struct Who {
    pub(crate) prefix: &'static str,
    /// What is sent as the password.
    pub(crate) password: &'static str,
    /// The row of such an account, if there is one.
    pub(crate) row: Option<Row>,
}

/// A row of the table `account`.
#[derive(Debug)]
pub(crate) struct Row {
    /// The stored text; `None` for a hash of [`PASSWORD`] under the server's policy.
    pub(crate) password: Option<&'static str>,
    pub(crate) confirmed: bool,
    /// A column beside those that every account has. A server without it leaves the case out.
    pub(crate) column: Option<(&'static str, i64)>,
}

const ROW: Row = Row {
    password: None,
    confirmed: true,
    column: None,
};

const fn row(text: &'static str) -> Option<Row> {
    Some(Row {
        password: Some(text),
        ..ROW
    })
}

const fn who(prefix: &'static str, password: &'static str, row: Option<Row>) -> Who {
    Who {
        prefix,
        password,
        row,
    }
}

static WRONG: Who = who("wrong", WRONG_PASSWORD, Some(ROW));
static NOBODY: Who = who("nobody", WRONG_PASSWORD, None);
static UNCONFIRMED: Who = who(
    "unconfirmed",
    PASSWORD,
    Some(Row {
        confirmed: false,
        ..ROW
    }),
);
static DISABLED: Who = who(
    "disabled",
    PASSWORD,
    Some(Row {
        column: Some(("disabled_at", 1_700_000_000_000)),
        ..ROW
    }),
);
/// Django's mark of an account that logs in by other means.
static UNUSABLE: Who = who(
    "unusable",
    WRONG_PASSWORD,
    row("!qzJ5vQpXy0mB7nLrTt3kWc9sEa1dFgHhUi2oPl4M"),
);
static TOO_COSTLY: Who = who(
    "too-costly",
    WRONG_PASSWORD,
    row(
        "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ),
);
/// Of the least cost, 4, about a millisecond: a row that is cheaper than the policy. A dearer one is later by what it costs.
static BCRYPT: Who = who(
    "bcrypt",
    WRONG_PASSWORD,
    row("$2b$04$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"),
);
static TAKEN: Who = who("taken", PASSWORD, Some(ROW));
static TAKEN_UNCONFIRMED: Who = who(
    "waiting",
    PASSWORD,
    Some(Row {
        confirmed: false,
        ..ROW
    }),
);
static FREE: Who = who("free", PASSWORD, None);
static KNOWN: Who = who("known", PASSWORD, Some(ROW));

impl Who {
    pub(crate) fn email(&self, number: u32) -> String {
        format!("{:x<12}-{number:07}@example.com", self.prefix)
    }

    /// What is sent to `path`.
    pub(crate) fn body(&self, path: &str, number: u32) -> String {
        let email = self.email(number);
        match path {
            RESET => serde_json::json!({ "email": email }),
            _ => serde_json::json!({ "email": email, "password": self.password }),
        }
        .to_string()
    }
}
