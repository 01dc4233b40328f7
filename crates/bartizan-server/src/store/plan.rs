//! No statement of any route scans a table or sorts: SQLite's own plan says so.

use rusqlite::Connection;

use super::{
    accounts, articles, audit, credentials, email, history, migrate, passwords, sessions,
    tokens::statements,
};

const STATEMENTS: &[(&str, &str)] = &[
    ("accounts::FIND_FOR_LOGIN", accounts::FIND_FOR_LOGIN),
    ("accounts::INSERT", accounts::INSERT),
    ("accounts::SIGN_UP_AGAIN", accounts::SIGN_UP_AGAIN),
    ("accounts::PUT_LINK", accounts::PUT_LINK),
    (
        "accounts::DELETE_SURPLUS_LINKS",
        accounts::DELETE_SURPLUS_LINKS,
    ),
    ("accounts::DELETE_LINKS", accounts::DELETE_LINKS),
    (
        "accounts::DELETE_EXPIRED_LINKS",
        accounts::DELETE_EXPIRED_LINKS,
    ),
    ("articles::SESSION_LIVES", articles::SESSION_LIVES),
    ("articles::API_TOKEN_LIVES", articles::API_TOKEN_LIVES),
    ("accounts::TAKE_LINK", accounts::TAKE_LINK),
    ("accounts::CONFIRM", accounts::CONFIRM),
    ("accounts::REHASH", accounts::REHASH),
    ("accounts::DELETE_UNCONFIRMED", accounts::DELETE_UNCONFIRMED),
    ("sessions::FIND", sessions::FIND),
    ("sessions::INSERT", sessions::INSERT),
    ("sessions::DELETE_SURPLUS", sessions::DELETE_SURPLUS),
    ("sessions::TOUCH", sessions::TOUCH),
    ("sessions::LIST", sessions::LIST),
    ("sessions::DELETE", sessions::DELETE),
    ("sessions::DELETE_OTHERS", sessions::DELETE_OTHERS),
    ("sessions::DELETE_EXPIRED", sessions::DELETE_EXPIRED),
    ("sessions::DELETE_IDLE", sessions::DELETE_IDLE),
    ("sessions::RAISE_LINK_VERSION", sessions::RAISE_LINK_VERSION),
    (
        "sessions::DELETE_SURPLUS_OF_FAMILY",
        sessions::DELETE_SURPLUS_OF_FAMILY,
    ),
    ("sessions::REAUTHENTICATE", sessions::REAUTHENTICATE),
    ("sessions::END_BY_DIGEST", sessions::END_BY_DIGEST),
    ("sessions::END_FAMILY_OF", sessions::END_FAMILY_OF),
    ("sessions::END_OTHER_FAMILIES", sessions::END_OTHER_FAMILIES),
    ("audit::INSERT", audit::INSERT),
    ("audit::DELETE_SURPLUS", audit::DELETE_SURPLUS),
    ("audit::TOLD_SINCE", audit::TOLD_SINCE),
    ("audit::LIST", audit::LIST),
    ("passwords::HISTORY", passwords::HISTORY),
    ("passwords::REPLACE_HISTORY", passwords::REPLACE_HISTORY),
    ("history::KEEP", history::KEEP),
    ("history::DELETE_SURPLUS", history::DELETE_SURPLUS),
    ("history::LIST", history::LIST),
    ("accounts::FIND", accounts::FIND),
    ("accounts::SET_PASSWORD", accounts::SET_PASSWORD),
    ("credentials::IS_AT", credentials::IS_AT),
    ("credentials::CHANGE", credentials::CHANGE),
    ("credentials::FIND_BY_RESET", credentials::FIND_BY_RESET),
    ("credentials::SET", credentials::SET),
    ("credentials::RESET_SINCE", credentials::RESET_SINCE),
    ("credentials::DISABLE", credentials::DISABLE),
    ("credentials::ENABLE", credentials::ENABLE),
    ("credentials::DELETE_ONE_TIME", credentials::DELETE_ONE_TIME),
    (
        "credentials::DELETE_EMAIL_CHANGE",
        credentials::DELETE_EMAIL_CHANGE,
    ),
    ("email::ASK", email::ASK),
    ("email::COUNT_UNDOS", email::COUNT_UNDOS),
    ("email::USE_OLD", email::USE_OLD),
    ("email::USE_NEW", email::USE_NEW),
    ("email::TAKE_WHOLE", email::TAKE_WHOLE),
    ("email::FIND_EMAIL", email::FIND_EMAIL),
    ("email::DELETE_SQUATTER", email::DELETE_SQUATTER),
    ("email::SET_EMAIL", email::SET_EMAIL),
    ("email::KEEP_UNDO", email::KEEP_UNDO),
    ("email::UNMAILED", email::UNMAILED),
    ("email::RENEW_UNDO", email::RENEW_UNDO),
    ("email::MAILED", email::MAILED),
    ("email::TAKE_UNDO", email::TAKE_UNDO),
    ("email::DELETE_LATER_UNDOS", email::DELETE_LATER_UNDOS),
    ("email::UNDO", email::UNDO),
    ("email::SWEEP", email::SWEEP),
    ("email::SWEEP_UNDOS", email::SWEEP_UNDOS),
    ("passwords::ACCOUNTS", passwords::ACCOUNTS),
    ("passwords::LINKS", passwords::LINKS),
    ("passwords::REPLACE_ACCOUNTS", passwords::REPLACE_ACCOUNTS),
    ("passwords::REPLACE_LINKS", passwords::REPLACE_LINKS),
    ("articles::FIND", articles::FIND),
    ("articles::LIST", articles::LIST),
    ("articles::LIST_TAGGED", articles::LIST_TAGGED),
    ("articles::INSERT", articles::INSERT),
    ("articles::UPDATE", articles::UPDATE),
    ("articles::OWNER", articles::OWNER),
    ("articles::DELETE", articles::DELETE),
    ("articles::INSERT_TAG", articles::INSERT_TAG),
    ("articles::DELETE_TAGS", articles::DELETE_TAGS),
];

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let parameters = vec![1i64; statement.parameter_count()];
    let rows = statement.query_map(rusqlite::params_from_iter(parameters), |row| row.get(3));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn is_slow(step: &str) -> bool {
    // One row that a statement itself makes is no table.
    (step.starts_with("SCAN") && step != "SCAN CONSTANT ROW") || step.contains("TEMP B-TREE")
}

#[test]
fn no_statement_scans_or_sorts() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate::run(&mut connection).unwrap();
    for (name, sql) in STATEMENTS.iter().chain(statements::ALL) {
        let plan = plan(&connection, sql);
        assert!(!plan.iter().any(|step| is_slow(step)), "{name}: {plan:#?}");
    }
    // The test can fail.
    for sql in [
        "SELECT * FROM article WHERE title = ?1",
        "SELECT * FROM session WHERE account_id = ?1 ORDER BY device",
    ] {
        assert!(
            plan(&connection, sql).iter().any(|step| is_slow(step)),
            "{sql}"
        );
    }
}
