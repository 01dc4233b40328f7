//! Forward-only migrations by refinery, whose own driver ends before the rusqlite we use: its traits over our connection.

use refinery_core::{
    Migration, Runner,
    traits::sync::{Migrate, Query, Transaction},
};
use rusqlite::Connection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::StoreError;

/// Name and text of each migration, oldest first. One that has been released is never edited: its checksum is stored.
const MIGRATIONS: &[(&str, &str)] = &[
    (
        "V1__accounts_sessions_articles",
        include_str!("V1__accounts_sessions_articles.sql"),
    ),
    ("V2__tokens", include_str!("V2__tokens.sql")),
    ("V3__account_flow", include_str!("V3__account_flow.sql")),
];

pub(super) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    run_these(connection, MIGRATIONS)
}

/// That another process has brought the schema to this version: it may be serving, and is not to be migrated under.
pub(super) fn expect_current(connection: &Connection) -> Result<(), StoreError> {
    let newest = "SELECT max(version) FROM refinery_schema_history";
    let found: rusqlite::Result<Option<i64>> = connection.query_row(newest, [], |row| row.get(0));
    match found.ok().flatten() {
        Some(version) if usize::try_from(version) == Ok(MIGRATIONS.len()) => Ok(()),
        _ => Err(StoreError::Migration(
            "is of another version; start this version's server on it first".to_owned(),
        )),
    }
}

fn run_these(connection: &mut Connection, these: &[(&str, &str)]) -> Result<(), StoreError> {
    let migrations: Result<Vec<_>, _> = these
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql))
        .collect();
    migrations
        .and_then(|migrations| {
            Runner::new(&migrations)
                .set_grouped(true)
                .run(&mut Target(connection))
        })
        .map(|_| ())
        .map_err(|error| StoreError::Migration(error.to_string()))
}

struct Target<'a>(&'a mut Connection);

impl Transaction for Target<'_> {
    type Error = rusqlite::Error;

    fn execute<'a, T: Iterator<Item = &'a str>>(
        &mut self,
        queries: T,
    ) -> Result<usize, Self::Error> {
        let transaction = self.0.transaction()?;
        let mut count = 0;
        for query in queries {
            transaction.execute_batch(query)?;
            count += 1;
        }
        transaction.commit()?;
        Ok(count)
    }
}

impl Query<Vec<Migration>> for Target<'_> {
    fn query(&mut self, query: &str) -> Result<Vec<Migration>, Self::Error> {
        let mut statement = self.0.prepare(query)?;
        let rows = statement.query_map([], |row| {
            let text = |column| row.get::<_, String>(column);
            let bad = |column| {
                rusqlite::Error::InvalidColumnType(
                    column,
                    "history".into(),
                    rusqlite::types::Type::Text,
                )
            };
            let applied_on = OffsetDateTime::parse(&text(2)?, &Rfc3339).map_err(|_| bad(2))?;
            let checksum = text(3)?.parse().map_err(|_| bad(3))?;
            Ok(Migration::applied(
                row.get(0)?,
                text(1)?,
                applied_on,
                checksum,
            ))
        })?;
        rows.collect()
    }
}

impl Migrate for Target<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_the_first_version_keeps_its_rows() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .pragma_update(None, "foreign_keys", true)
            .unwrap();
        run_these(&mut connection, &MIGRATIONS[..1]).unwrap();
        let rows = "INSERT INTO account (id, email, password, created_at, last_sign_up_at) VALUES (1, 'a', 'p', 1, 1);
            INSERT INTO session (digest, account_id, credential_version, created_at, last_used_at, device, address)
            VALUES (x'01', 1, 1, 1, 1, 'd', 'a');";
        connection.execute_batch(rows).unwrap();
        run(&mut connection).unwrap();
        run(&mut connection).unwrap();
        let row = "SELECT a.link_version, s.family_id IS NULL AND s.expires_at IS NULL
            FROM session AS s JOIN account AS a ON a.id = s.account_id";
        let row = connection.query_row(row, [], |row| Ok((row.get(0)?, row.get(1)?)));
        assert_eq!(row, Ok((1, true)));
    }
}
