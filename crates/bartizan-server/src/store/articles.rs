//! Articles, newest first, by pages that begin after a key: a page costs the same wherever it lies.

use std::time::SystemTime;

use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    Store, StoreError,
    sessions::{millis, time},
};

pub(super) const FIND: &str = "SELECT a.id, a.account_id, a.title, a.body, a.created_at, a.updated_at,
     (SELECT group_concat(tag, ',') FROM article_tag WHERE article_id = a.id) FROM article AS a WHERE a.id = ?1";
pub(super) const LIST: &str =
    "SELECT a.id, a.account_id, a.title, a.body, a.created_at, a.updated_at,
     (SELECT group_concat(tag, ',') FROM article_tag WHERE article_id = a.id)
     FROM article AS a WHERE a.id < ?1 ORDER BY a.id DESC LIMIT ?2";
pub(super) const LIST_TAGGED: &str =
    "SELECT a.id, a.account_id, a.title, a.body, a.created_at, a.updated_at,
     (SELECT group_concat(tag, ',') FROM article_tag WHERE article_id = a.id)
     FROM article_tag AS t JOIN article AS a ON a.id = t.article_id
     WHERE t.tag = ?3 AND t.article_id < ?1 ORDER BY t.article_id DESC LIMIT ?2";
pub(super) const INSERT: &str = "INSERT INTO article (account_id, title, body, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)";
pub(super) const UPDATE: &str =
    "UPDATE article SET title = ?2, body = ?3, updated_at = ?4 WHERE id = ?1";
pub(super) const OWNER: &str = "SELECT account_id FROM article WHERE id = ?1";
pub(super) const DELETE: &str = "DELETE FROM article WHERE id = ?1";
pub(super) const INSERT_TAG: &str =
    "INSERT INTO article_tag (tag, article_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
pub(super) const DELETE_TAGS: &str = "DELETE FROM article_tag WHERE article_id = ?1";

/// A request's session is checked when its head arrives; its body may come much later.
pub(super) const SESSION_LIVES: &str =
    "SELECT 1 FROM session AS s JOIN account AS a ON a.id = s.account_id
     AND a.credential_version = s.credential_version WHERE s.id = ?1 AND s.account_id = ?2";
pub(super) const API_TOKEN_LIVES: &str =
    "SELECT 1 FROM api_token AS t JOIN account AS a ON a.id = t.account_id
     AND a.disabled_at IS NULL WHERE t.id = ?1 AND t.account_id = ?2";

/// Who writes, and by what, which must still live when the write is made.
#[derive(Debug, Clone, Copy)]
pub struct Author {
    account: i64,
    by: By,
}

#[derive(Debug, Clone, Copy)]
enum By {
    Session(i64),
    ApiToken(i64),
}

impl Author {
    /// The owner of an account, by a session of it.
    pub const fn by_session(account: i64, session: i64) -> Self {
        Self {
            account,
            by: By::Session(session),
        }
    }

    /// A program, by an API token of an account.
    pub const fn by_api_token(account: i64, token: i64) -> Self {
        Self {
            account,
            by: By::ApiToken(token),
        }
    }
}

/// An article as everyone sees it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Article {
    /// The article.
    pub id: i64,
    /// Who wrote it.
    pub account: i64,
    /// One line.
    pub title: String,
    /// The text.
    pub body: String,
    /// In alphabetical order.
    pub tags: Vec<String>,
    /// When it was written.
    pub created: SystemTime,
    /// When it was last changed.
    pub updated: SystemTime,
}

/// What an author writes.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "the routes build it")]
pub struct Draft {
    /// One line.
    pub title: String,
    /// The text.
    pub body: String,
    /// Of `a-z`, `0-9` and `-`.
    pub tags: Vec<String>,
}

/// How a change of an article ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the routes must answer each")]
pub enum Change {
    /// Changed.
    Done,
    /// Somebody else's.
    NotOwner,
    /// There is none.
    Unknown,
    /// The session was ended meanwhile.
    LoggedOut,
}

impl Store {
    /// One article.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn find_article(&self, id: i64) -> Result<Option<Article>, StoreError> {
        self.read(move |c| c.prepare_cached(FIND)?.query_row([id], article).optional())
            .await
    }

    /// At most `limit` articles below the id `before`, newest first, of one tag or of all. No more are read
    /// once their texts are above `most_bytes`.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn list_articles(
        &self,
        before: i64,
        limit: u32,
        tag: Option<String>,
        most_bytes: usize,
    ) -> Result<Vec<Article>, StoreError> {
        self.read(move |c| match tag {
            Some(tag) => {
                let mut statement = c.prepare_cached(LIST_TAGGED)?;
                first(
                    statement.query_map((before, limit, tag), article)?,
                    most_bytes,
                )
            }
            None => {
                let mut statement = c.prepare_cached(LIST)?;
                first(statement.query_map((before, limit), article)?, most_bytes)
            }
        })
        .await
    }

    /// A new article; its id, or `None` when the session was ended meanwhile.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn insert_article(
        &self,
        author: Author,
        draft: Draft,
        now: SystemTime,
    ) -> Result<Option<i64>, StoreError> {
        self.write(move |c| {
            if !lives(c, author)? {
                return Ok(None);
            }
            let row = (author.account, &draft.title, &draft.body, millis(now));
            c.prepare_cached(INSERT)?.execute(row)?;
            let id = c.last_insert_rowid();
            put_tags(c, id, &draft.tags)?;
            Ok(Some(id))
        })
        .await
    }

    /// Replaces an article of this account.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn update_article(
        &self,
        id: i64,
        author: Author,
        draft: Draft,
        now: SystemTime,
    ) -> Result<Change, StoreError> {
        self.write(move |c| {
            let change = may_change(c, id, author)?;
            if change == Change::Done {
                c.prepare_cached(UPDATE)?
                    .execute((id, &draft.title, &draft.body, millis(now)))?;
                c.prepare_cached(DELETE_TAGS)?.execute([id])?;
                put_tags(c, id, &draft.tags)?;
            }
            Ok(change)
        })
        .await
    }

    /// Deletes an article of this account.
    ///
    /// # Errors
    ///
    /// The store gave no answer.
    pub async fn delete_article(&self, id: i64, author: Author) -> Result<Change, StoreError> {
        self.write(move |c| {
            let change = may_change(c, id, author)?;
            if change == Change::Done {
                c.prepare_cached(DELETE)?.execute([id])?;
            }
            Ok(change)
        })
        .await
    }
}

fn lives(c: &Connection, author: Author) -> rusqlite::Result<bool> {
    let (statement, id) = match author.by {
        By::Session(id) => (SESSION_LIVES, id),
        By::ApiToken(id) => (API_TOKEN_LIVES, id),
    };
    c.prepare_cached(statement)?.exists((id, author.account))
}

fn may_change(c: &Connection, id: i64, author: Author) -> rusqlite::Result<Change> {
    if !lives(c, author)? {
        return Ok(Change::LoggedOut);
    }
    let owner: Option<i64> = c
        .prepare_cached(OWNER)?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(match owner {
        None => Change::Unknown,
        Some(owner) if owner == author.account => Change::Done,
        Some(_) => Change::NotOwner,
    })
}

fn put_tags(c: &Connection, id: i64, tags: &[String]) -> rusqlite::Result<()> {
    let mut statement = c.prepare_cached(INSERT_TAG)?;
    for tag in tags {
        statement.execute((tag, id))?;
    }
    Ok(())
}

fn article(row: &Row<'_>) -> rusqlite::Result<Article> {
    let tags: Option<String> = row.get(6)?;
    // Sorted here: SQLite would build a temporary B-tree for it. No tag holds a comma.
    let mut tags: Vec<String> = tags
        .iter()
        .flat_map(|tags| tags.split(','))
        .map(str::to_owned)
        .collect();
    tags.sort_unstable();
    Ok(Article {
        id: row.get(0)?,
        account: row.get(1)?,
        title: row.get(2)?,
        body: row.get(3)?,
        tags,
        created: time(row, 4)?,
        updated: time(row, 5)?,
    })
}

/// Up to the first article with which the texts are too many.
fn first(
    rows: impl Iterator<Item = rusqlite::Result<Article>>,
    most_bytes: usize,
) -> rusqlite::Result<Vec<Article>> {
    let (mut articles, mut bytes) = (Vec::new(), 0);
    for row in rows {
        let article = row?;
        bytes += article.title.len() + article.body.len();
        articles.push(article);
        if bytes > most_bytes {
            break;
        }
    }
    Ok(articles)
}
