//! What each route takes and gives.

use bartizan::validate::schema;
use serde_json::Value;

use super::accounts;
use crate::routes::{
    Created,
    articles::{ArticleBody, ArticleList, ArticlePath, ArticleView, PageQuery},
    problems::ProblemPath,
};

/// A type's name and schema.
pub(super) type Named = (&'static str, Value);

/// One method of one route.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) needs_session: bool,
    pub(super) path_schema: Option<Value>,
    pub(super) query: Option<Value>,
    pub(super) body: Option<Named>,
    pub(super) answers: Vec<(u16, &'static str, Option<Named>)>,
    /// Problems beside those that follow from the rest.
    pub(super) refusals: Vec<(u16, &'static str)>,
}

impl Operation {
    pub(super) fn new(
        method: &'static str,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            needs_session: false,
            path_schema: None,
            query: None,
            body: None,
            answers: Vec::new(),
            refusals: Vec::new(),
        }
    }

    pub(super) fn with_session(mut self) -> Self {
        self.needs_session = true;
        self
    }

    pub(super) fn with_path(mut self, schema: Value) -> Self {
        self.path_schema = Some(schema);
        self
    }

    fn with_query(mut self, schema: Value) -> Self {
        self.query = Some(schema);
        self
    }

    pub(super) fn with_body(mut self, name: &'static str, schema: Value) -> Self {
        self.body = Some((name, schema));
        self
    }

    pub(super) fn answers(
        mut self,
        status: u16,
        description: &'static str,
        body: Option<Named>,
    ) -> Self {
        self.answers.push((status, description, body));
        self
    }

    pub(super) fn refuses(mut self, status: u16, description: &'static str) -> Self {
        self.refusals.push((status, description));
        self
    }

    /// All its problems, in the order of their statuses.
    pub(super) fn problems(&self) -> Vec<(u16, &'static str)> {
        let mut problems = vec![
            (400, "the host is not clear, or the input cannot be read"),
            (
                403,
                "a network that is denied, or another site makes a browser ask",
            ),
            (421, "a host that is not answered here"),
            (
                429,
                "too many requests; `Retry-After` says when to come back",
            ),
            (500, "an error of the server; `request_id` leads to the log"),
            (
                503,
                "too much at once; `Retry-After` says when to come back",
            ),
        ];
        if self.needs_session {
            problems.push((401, "no session, or one that has ended"));
        }
        if self.body.is_some() {
            problems.push((413, "the body is too large"));
            problems.push((415, "the body is no JSON, or compressed"));
        }
        if self.body.is_some() || self.query.is_some() || self.path_schema.is_some() {
            problems.push((422, "the input breaks rules; `violations` has all"));
        }
        problems.retain(|(status, _)| !self.refusals.iter().any(|(other, _)| other == status));
        problems.extend(&self.refusals);
        problems.sort_unstable();
        problems
    }
}

/// Every operation of the public listener.
pub(super) fn all() -> Vec<Operation> {
    let mut all = accounts::all();
    all.extend(rest());
    all
}

fn rest() -> Vec<Operation> {
    let new = Operation::new;
    let created = || Some(("Created", schema::<Created>()));
    let unknown = "there is none of this id";
    vec![
        new(
            "GET",
            "/v1/articles",
            "listArticles",
            "List articles, the newest first",
        )
        .with_query(schema::<PageQuery>())
        .answers(
            200,
            "a page",
            Some(("ArticleList", schema::<ArticleList>())),
        ),
        new("POST", "/v1/articles", "createArticle", "Write an article")
            .with_session()
            .with_body("ArticleBody", schema::<ArticleBody>())
            .answers(201, "its id; `Location` is its address", created()),
        new("GET", "/v1/articles/{id}", "showArticle", "Read an article")
            .with_path(schema::<ArticlePath>())
            .answers(
                200,
                "the article",
                Some(("ArticleView", schema::<ArticleView>())),
            )
            .refuses(404, unknown),
        new(
            "PUT",
            "/v1/articles/{id}",
            "replaceArticle",
            "Replace an article of one's own",
        )
        .with_session()
        .with_path(schema::<ArticlePath>())
        .with_body("ArticleBody", schema::<ArticleBody>())
        .answers(204, "replaced", None)
        .refuses(403, "somebody else's, or another site makes a browser ask")
        .refuses(404, unknown),
        new(
            "DELETE",
            "/v1/articles/{id}",
            "removeArticle",
            "Remove an article of one's own",
        )
        .with_session()
        .with_path(schema::<ArticlePath>())
        .answers(204, "removed", None)
        .refuses(403, "somebody else's, or another site makes a browser ask")
        .refuses(404, unknown),
        new(
            "GET",
            "/problems/{name}",
            "explainProblem",
            "Explain a type of problem",
        )
        .with_path(schema::<ProblemPath>())
        .answers(200, "its cause and cure, as a page", None)
        .refuses(404, unknown),
        new(
            "POST",
            "/v1/reports",
            "report",
            "Take what a browser reports about the policy",
        )
        .answers(204, "whatever came", None),
    ]
}
