//! `GET` and `POST /v1/articles`, `GET`, `PUT` and `DELETE /v1/articles/{id}`.

use std::time::SystemTime;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bartizan::validate::{ValidJson, ValidPath, ValidQuery, Wire};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::api_tokens::ARTICLES_WRITE;
use super::{Created, rfc3339};
use crate::{
    app::App,
    auth::Actor,
    error::AppError,
    store::articles::{Article, Change, Draft},
};

const MAX_BODY_BYTES: usize = 32 * 1024;
const MAX_TAG_BYTES: usize = 32;
const MAX_LIMIT: u32 = 100;
/// A page ends early when its articles' texts reach this: what one request makes the server hold is bounded.
const MAX_PAGE_BYTES: usize = 256 * 1024;
const DEFAULT_LIMIT: u32 = 20;

/// Which part of the list.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct PageQuery {
    #[validate(range(min = 1, max = MAX_LIMIT))]
    limit: Option<u32>,
    #[validate(custom(function = is_cursor))]
    cursor: Option<String>,
    #[validate(custom(function = is_tag))]
    tag: Option<String>,
}

/// One article.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct ArticlePath {
    #[validate(range(min = 1))]
    id: i64,
}

/// An article as its author writes it.
#[derive(Deserialize, Validate, Wire)]
pub(crate) struct ArticleBody {
    #[validate(length(min = 1, max = 200), custom(function = is_line))]
    title: String,
    #[validate(custom(function = is_short))]
    body: String,
    #[serde(default)]
    #[validate(length(max = 10), custom(function = are_tags))]
    tags: Vec<String>,
}

fn refused(code: &'static str, message: &'static str) -> ValidationError {
    ValidationError::new(code).with_message(message.into())
}

fn is_cursor(text: &str) -> Result<(), ValidationError> {
    let found = read_cursor(text).map(drop);
    found.ok_or_else(|| refused("cursor", "must be a `next_cursor` of this list"))
}

fn is_line(title: &str) -> Result<(), ValidationError> {
    match title.trim().is_empty() || title.chars().any(char::is_control) {
        false => Ok(()),
        true => Err(refused("line", "must be one line that is not blank")),
    }
}

fn is_short(body: &str) -> Result<(), ValidationError> {
    match body.len() <= MAX_BODY_BYTES {
        true => Ok(()),
        false => Err(refused("bytes", "must have at most 32768 bytes")),
    }
}

fn is_tag(tag: &str) -> Result<(), ValidationError> {
    let is_sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match (1..=MAX_TAG_BYTES).contains(&tag.len()) && tag.bytes().all(is_sign) {
        true => Ok(()),
        false => Err(refused("tag", "must be 1 to 32 of a-z, 0-9 and -")),
    }
}

fn are_tags(tags: &[String]) -> Result<(), ValidationError> {
    tags.iter().try_for_each(|tag| is_tag(tag))
}

pub(crate) async fn list(
    State(app): State<App>,
    ValidQuery(page): ValidQuery<PageQuery>,
) -> Result<Json<ArticleList>, AppError> {
    let PageQuery {
        limit,
        cursor: after,
        tag,
    } = page.into_inner();
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let before = after.and_then(|cursor| read_cursor(&cursor));
    let before = before.unwrap_or(i64::MAX);
    // One more than asked for tells whether there is a next page.
    let listed = app
        .store
        .list_articles(before, limit + 1, tag, MAX_PAGE_BYTES);
    let mut articles = listed.await?;
    let fits = page_len(&articles, limit as usize);
    let more = articles.len() > fits;
    articles.truncate(fits);
    let next_cursor = articles.last().filter(|_| more).map(|last| cursor(last.id));
    let items = articles.into_iter().map(ArticleView::from).collect();
    Ok(Json(ArticleList { items, next_cursor }))
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
    ValidPath(path): ValidPath<ArticlePath>,
) -> Result<Json<ArticleView>, AppError> {
    let article = app
        .store
        .find_article(path.id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(Json(article.into()))
}

impl From<ArticleBody> for Draft {
    fn from(ArticleBody { title, body, tags }: ArticleBody) -> Self {
        Self { title, body, tags }
    }
}

pub(crate) async fn create(
    State(app): State<App>,
    actor: Actor,
    ValidJson(written): ValidJson<ArticleBody>,
) -> Result<Response, AppError> {
    let draft = written.into_inner().into();
    let id = app
        .store
        .insert_article(actor.author(ARTICLES_WRITE)?, draft, SystemTime::now())
        .await?
        .ok_or(AppError::Unauthorized)?;
    let location = HeaderValue::from_str(&format!("/v1/articles/{id}"));
    let mut response = (StatusCode::CREATED, Json(Created { id })).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

pub(crate) async fn replace(
    State(app): State<App>,
    actor: Actor,
    ValidPath(path): ValidPath<ArticlePath>,
    ValidJson(written): ValidJson<ArticleBody>,
) -> Result<StatusCode, AppError> {
    let draft = written.into_inner().into();
    changed(
        app.store
            .update_article(
                path.id,
                actor.author(ARTICLES_WRITE)?,
                draft,
                SystemTime::now(),
            )
            .await?,
    )
}

pub(crate) async fn remove(
    State(app): State<App>,
    actor: Actor,
    ValidPath(path): ValidPath<ArticlePath>,
) -> Result<StatusCode, AppError> {
    changed(
        app.store
            .delete_article(path.id, actor.author(ARTICLES_WRITE)?)
            .await?,
    )
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

/// An article as everybody reads it.
#[derive(Serialize, Wire)]
pub(crate) struct ArticleView {
    id: i64,
    author: i64,
    title: String,
    body: String,
    tags: Vec<String>,
    created_at: String,
    updated_at: String,
}

/// A page of the list.
#[derive(Serialize, Wire)]
pub(crate) struct ArticleList {
    items: Vec<ArticleView>,
    next_cursor: Option<String>,
}

impl From<Article> for ArticleView {
    fn from(article: Article) -> Self {
        Self {
            id: article.id,
            author: article.account,
            title: article.title,
            body: article.body,
            tags: article.tags,
            created_at: rfc3339(article.created),
            updated_at: rfc3339(article.updated),
        }
    }
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
        let written = |title: &str, body: usize, tags: &[&str]| ArticleBody {
            title: title.to_owned(),
            body: "b".repeat(body),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        };
        written("t", 32 * 1024, &["rust-2024"; 10])
            .validate()
            .unwrap();
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
            assert!(bad.validate().is_err());
        }
    }
}
