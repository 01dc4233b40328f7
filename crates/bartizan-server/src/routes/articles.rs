//! `GET` and `POST /v1/articles`, `GET`, `PUT` and `DELETE /v1/articles/{id}`.

use std::time::SystemTime;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use serde_json::{Value, json};

use super::rfc3339;
use crate::{
    app::App,
    auth::Caller,
    error::AppError,
    store::{
        articles::{Article, Author, Change, Draft},
        sessions::Session,
    },
};

const MAX_TITLE_CHARS: usize = 200;
const MAX_BODY_BYTES: usize = 32 * 1024;
const MAX_TAGS: usize = 10;
const MAX_TAG_BYTES: usize = 32;
const MAX_LIMIT: u32 = 100;
/// A page ends early when its articles' texts reach this: what one request makes the server hold is bounded.
const MAX_PAGE_BYTES: usize = 256 * 1024;
const DEFAULT_LIMIT: u32 = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    limit: Option<u32>,
    cursor: Option<String>,
    tag: Option<String>,
}

pub(crate) async fn list(
    State(app): State<App>,
    Query(page): Query<Page>,
) -> Result<Response, AppError> {
    let limit = page.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(AppError::invalid("limit", "must be 1 to 100"));
    }
    let before = match page.cursor {
        Some(cursor) => read_cursor(&cursor).ok_or(AppError::invalid(
            "cursor",
            "must be a `next_cursor` of this list",
        ))?,
        None => i64::MAX,
    };
    if let Some(tag) = &page.tag {
        check_tag(tag)?;
    }
    // One more than asked for tells whether there is a next page.
    let listed = app
        .store
        .list_articles(before, limit + 1, page.tag, MAX_PAGE_BYTES);
    let mut articles = listed.await?;
    let fits = page_len(&articles, limit as usize);
    let more = articles.len() > fits;
    articles.truncate(fits);
    let next = articles.last().filter(|_| more).map(|last| cursor(last.id));
    let items: Vec<_> = articles.iter().map(to_json).collect();
    Ok(Json(json!({"items": items, "next_cursor": next})).into_response())
}

/// How many of the articles go on the page: one at least, so that the list goes on.
fn page_len(articles: &[Article], limit: usize) -> usize {
    let mut bytes = 0;
    let within = articles.iter().take(limit).take_while(|article| {
        bytes += article.title.len() + article.body.len();
        bytes <= MAX_PAGE_BYTES
    });
    within.count().max(1).min(articles.len())
}

pub(crate) async fn show(
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Json<Value>, AppError> {
    let article = app
        .store
        .find_article(id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(Json(to_json(&article)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    title: String,
    body: String,
    #[serde(default)]
    tags: Vec<String>,
}

impl Written {
    fn check(self) -> Result<Draft, AppError> {
        let Self { title, body, tags } = self;
        if title.trim().is_empty()
            || title.chars().count() > MAX_TITLE_CHARS
            || title.chars().any(char::is_control)
        {
            return Err(AppError::invalid(
                "title",
                "must be one line of 1 to 200 characters",
            ));
        }
        if body.len() > MAX_BODY_BYTES {
            return Err(AppError::invalid("body", "must have at most 32768 bytes"));
        }
        if tags.len() > MAX_TAGS {
            return Err(AppError::invalid("tags", "must be at most 10"));
        }
        tags.iter().try_for_each(|tag| check_tag(tag))?;
        Ok(Draft { title, body, tags })
    }
}

fn check_tag(tag: &str) -> Result<(), AppError> {
    let is_tag = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match (1..=MAX_TAG_BYTES).contains(&tag.len()) && tag.bytes().all(is_tag) {
        true => Ok(()),
        false => Err(AppError::invalid(
            "tags",
            "must be 1 to 32 of a-z, 0-9 and -",
        )),
    }
}

pub(crate) async fn create(
    State(app): State<App>,
    Caller { session, .. }: Caller,
    Json(written): Json<Written>,
) -> Result<Response, AppError> {
    let id = app
        .store
        .insert_article(author(&session), written.check()?, SystemTime::now())
        .await?
        .ok_or(AppError::Unauthorized)?;
    let location = HeaderValue::from_str(&format!("/v1/articles/{id}"));
    let mut response = (StatusCode::CREATED, Json(json!({"id": id}))).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

pub(crate) async fn replace(
    State(app): State<App>,
    Caller { session, .. }: Caller,
    Path(id): Path<i64>,
    Json(written): Json<Written>,
) -> Result<StatusCode, AppError> {
    let draft = written.check()?;
    changed(
        app.store
            .update_article(id, author(&session), draft, SystemTime::now())
            .await?,
    )
}

pub(crate) async fn remove(
    State(app): State<App>,
    Caller { session, .. }: Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, AppError> {
    changed(app.store.delete_article(id, author(&session)).await?)
}

fn author(session: &Session) -> Author {
    Author {
        account: session.account,
        session: session.id,
    }
}

fn changed(change: Change) -> Result<StatusCode, AppError> {
    match change {
        Change::Done => Ok(StatusCode::NO_CONTENT),
        // Articles are public, so a 403 tells nobody anything new.
        Change::NotOwner => Err(AppError::Forbidden("only its author may change an article")),
        Change::Unknown => Err(AppError::NotFound),
        Change::LoggedOut => Err(AppError::Unauthorized),
    }
}

fn to_json(article: &Article) -> Value {
    json!({
        "id": article.id,
        "author": article.account,
        "title": article.title,
        "body": article.body,
        "tags": article.tags,
        "created_at": rfc3339(article.created),
        "updated_at": rfc3339(article.updated),
    })
}

/// Opaque, so that clients do not count on ids being in order.
fn cursor(id: i64) -> String {
    Base64UrlUnpadded::encode_string(&id.to_be_bytes())
}

fn read_cursor(text: &str) -> Option<i64> {
    let mut bytes = [0; 8];
    let read = Base64UrlUnpadded::decode(text, &mut bytes).ok()?.len();
    (read == bytes.len())
        .then(|| i64::from_be_bytes(bytes))
        .filter(|id| *id > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_nothing_else_is_one() {
        assert_eq!(read_cursor(&cursor(1)), Some(1));
        assert_eq!(read_cursor(&cursor(i64::MAX)), Some(i64::MAX));
        for text in [
            "",
            "1",
            "AAAAAAAAAAA",
            "AAAAAAAAAAAA",
            "____________",
            &cursor(-1),
            "ä",
            "AAAAAAAAAAE=",
        ] {
            assert_eq!(read_cursor(text), None, "{text}");
        }
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        let written = |title: &str, body: usize, tags: &[&str]| Written {
            title: title.to_owned(),
            body: "b".repeat(body),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        assert!(written("t", 32 * 1024, &["rust-2024"; 10]).check().is_ok());
        for bad in [
            written(" ", 1, &[]),
            written(&"t".repeat(201), 1, &[]),
            written("a\nb", 1, &[]),
            written("t", 32 * 1024 + 1, &[]),
            written("t", 1, &["t"; 11]),
            written("t", 1, &["A"]),
            written("t", 1, &["a,b"]),
            written("t", 1, &[""]),
        ] {
            assert!(bad.check().is_err());
        }
    }
}
