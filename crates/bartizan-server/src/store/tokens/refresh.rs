use bartizan_token::{
    Digest,
    refresh::{Family, FamilyId, MAX_FAMILIES, Parent, RefreshStore, Seed},
    store::{AccountId, StoreError},
};
use rusqlite::{OptionalExtension, Row};

use super::{Tokens, account, digest, number, signed, unsigned};
use crate::store::sessions::{millis, time};

pub(super) const START: &str = "INSERT INTO refresh_family
     (id, account_id, credential_version, created_at, expires_at, rotated_at, current, parent, seed)
     SELECT ?1, a.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM account AS a WHERE a.id = ?2 AND a.credential_version = ?3
     AND a.disabled_at IS NULL ON CONFLICT (id) DO NOTHING";
pub(super) const DELETE_SURPLUS: &str = "DELETE FROM refresh_family WHERE number IN
     (SELECT number FROM refresh_family WHERE account_id = ?1 ORDER BY number DESC LIMIT -1 OFFSET ?2)";
pub(super) const FIND: &str =
    "SELECT f.id, f.account_id, f.credential_version, f.created_at, f.expires_at, f.rotated_at, f.current, f.parent, f.seed
     FROM refresh_family AS f JOIN account AS a ON a.id = f.account_id AND a.credential_version = f.credential_version
     WHERE f.id = ?1";
pub(super) const LIST: &str =
    "SELECT f.id, f.account_id, f.credential_version, f.created_at, f.expires_at, f.rotated_at, f.current, f.parent, f.seed
     FROM refresh_family AS f JOIN account AS a ON a.id = f.account_id AND a.credential_version = f.credential_version
     WHERE f.account_id = ?1 ORDER BY f.number DESC";
/// The rotation: of any number of callers with one token, the first finds its condition true.
pub(super) const SWAP: &str =
    "UPDATE refresh_family SET rotated_at = ?3, current = ?4, parent = ?5, seed = ?6
     WHERE id = ?1 AND current = ?2 AND EXISTS (SELECT 1 FROM account AS a
     WHERE a.id = account_id AND a.credential_version = refresh_family.credential_version)";
/// The sessions go with it, by their foreign key.
pub(super) const END: &str = "DELETE FROM refresh_family WHERE id = ?1";
pub(in crate::store) const END_ALL: &str = "DELETE FROM refresh_family WHERE account_id = ?1";
pub(super) const SWEEP: &str = "DELETE FROM refresh_family WHERE number IN
     (SELECT number FROM refresh_family WHERE expires_at <= ?1 LIMIT 500)";

fn family(row: &Row<'_>) -> rusqlite::Result<Family> {
    let parent: Option<[u8; 32]> = row.get(7)?;
    let seed: Option<[u8; 32]> = row.get(8)?;
    Ok(Family {
        id: FamilyId::from_bytes(row.get(0)?),
        account: account(row, 1)?,
        credential_version: unsigned(row, 2)?,
        created: time(row, 3)?,
        expires: time(row, 4)?,
        rotated: time(row, 5)?,
        current: digest(row, 6)?,
        parent: parent.zip(seed).map(|(digest, seed)| Parent {
            digest: Digest::from_bytes(digest),
            seed: Seed::from_bytes(seed),
        }),
    })
}

impl RefreshStore for Tokens {
    async fn start_family(&self, family: Family) -> Result<bool, StoreError> {
        self.write(move |c| {
            let account = number(family.account);
            let parent = family.parent.as_ref();
            let row = (
                family.id.as_bytes(),
                account,
                signed(family.credential_version),
                millis(family.created),
                millis(family.expires),
                millis(family.rotated),
                family.current.as_bytes(),
                parent.map(|parent| parent.digest.as_bytes()),
                parent.map(|parent| parent.seed.as_bytes()),
            );
            let started = c.prepare_cached(START)?.execute(row)? == 1;
            if started {
                c.prepare_cached(DELETE_SURPLUS)?
                    .execute((account, MAX_FAMILIES as i64))?;
            }
            Ok(started)
        })
        .await
    }

    async fn find_family(&self, id: FamilyId) -> Result<Option<Family>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(FIND)?;
            statement.query_row([id.as_bytes()], family).optional()
        })
        .await
    }

    async fn swap_family(&self, expected: Digest, next: Family) -> Result<bool, StoreError> {
        self.write(move |c| {
            let parent = next.parent.as_ref();
            let row = (
                next.id.as_bytes(),
                expected.as_bytes(),
                millis(next.rotated),
                next.current.as_bytes(),
                parent.map(|parent| parent.digest.as_bytes()),
                parent.map(|parent| parent.seed.as_bytes()),
            );
            Ok(c.prepare_cached(SWAP)?.execute(row)? == 1)
        })
        .await
    }

    async fn end_family(&self, id: FamilyId) -> Result<bool, StoreError> {
        self.write_to_end(move |c| Ok(c.prepare_cached(END)?.execute([id.as_bytes()])? == 1))
            .await
    }

    async fn end_families(&self, account: AccountId) -> Result<u64, StoreError> {
        self.write_to_end(
            move |c| Ok(c.prepare_cached(END_ALL)?.execute([number(account)])? as u64),
        )
        .await
    }

    async fn list_families(&self, account: AccountId) -> Result<Vec<Family>, StoreError> {
        self.read(move |c| {
            let mut statement = c.prepare_cached(LIST)?;
            let rows = statement.query_map([number(account)], family)?;
            rows.collect()
        })
        .await
    }
}
