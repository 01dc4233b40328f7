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
];

pub(super) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let migrations: Result<Vec<_>, _> = MIGRATIONS
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
