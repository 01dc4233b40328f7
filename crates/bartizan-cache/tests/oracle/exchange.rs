//! Two requests and an answer, made by chance of parts that mean something.

use std::time::{Duration, SystemTime};

use http::{Request, Response};

use crate::support::Rng;

/// A second of November 2023.
#[allow(non_snake_case, reason = "a constant, but for the arithmetic")]
pub(crate) fn T0() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

const DIRECTIVES: &[&str] = &[
    "max-age=60",
    "max-age=60",
    "max-age=60",
    "max-age=0",
    "max-age=10",
    "max-age=x",
    "Max-Age=60",
    "max-age=\"60\"",
    "s-maxage=60",
    "s-maxage=20",
    "s-maxage=x",
    "public",
    "public",
    "private",
    "PRIVATE",
    "no-store",
    "No-Store",
    "no-cache",
    "must-revalidate",
    "Must-Revalidate",
    "proxy-revalidate",
    "must-understand",
    "private=\"x-f\"",
    "no-cache=\"x-f\"",
    "y=\"a, no-store, b\"",
    "x=\"",
    "foo",
    "foo=1",
];
const ASKED: &[&str] = &[
    "no-cache",
    "no-store",
    "max-age=0",
    "max-age=20",
    "min-fresh=20",
    "max-stale",
    "max-stale=20",
    "foo",
];
const LATER: &[u64] = &[0, 0, 5, 5, 19, 20, 30, 59, 60, 70, 200];

/// One case, as pairs of names and values.
#[derive(Debug)]
pub(crate) struct Exchange {
    first: Vec<(&'static str, String)>,
    answer: Vec<(&'static str, String)>,
    second: Vec<(&'static str, String)>,
    status: u16,
    /// When the second request comes.
    pub(crate) later: Duration,
    directives: Vec<&'static str>,
    date_offset: Option<i64>,
}

impl Exchange {
    pub(crate) fn any(rng: &mut Rng) -> Self {
        let mut exchange = Self {
            first: request(rng),
            answer: Vec::new(),
            second: Vec::new(),
            status: pick(rng, &[200, 200, 200, 200, 203, 302, 404, 201, 206, 500]),
            later: Duration::from_secs(pick(rng, LATER)),
            directives: Vec::new(),
            date_offset: None,
        };
        exchange.second = if rng.below(3) == 0 {
            request(rng)
        } else {
            exchange.first.clone()
        };
        exchange.fill(rng);
        exchange
    }

    fn fill(&mut self, rng: &mut Rng) {
        for _ in 0..pick(rng, &[0, 1, 1, 1, 2, 2, 3]) {
            self.directives.push(pick(rng, DIRECTIVES));
        }
        if !self.directives.is_empty() {
            self.push("cache-control", self.directives.join(", "));
        }
        if rng.below(4) == 0 {
            let offset = pick(rng, &[-100, -10, 0, 10]);
            self.date_offset = Some(offset);
            self.push("date", date(offset));
        }
        if rng.below(4) == 0 {
            for _ in 0..pick(rng, &[1, 1, 1, 2]) {
                let offset = pick(rng, &[-100, 40, 60]);
                self.push("expires", date(offset));
            }
        }
        if rng.below(6) == 0 {
            let age = pick(rng, &["0", "10", "70", "x"]);
            self.push("age", age.to_owned());
        }
        if rng.below(4) == 0 {
            self.push("last-modified", date(-1000));
        }
        if rng.below(12) == 0 {
            self.push("set-cookie", "a=b".to_owned());
        }
        if rng.below(20) == 0 {
            self.push("pragma", "no-cache".to_owned());
        }
        if rng.below(3) == 0 {
            let vary = pick(
                rng,
                &["accept-language", "Accept-Language, x-a", "*", "x-a"],
            );
            self.push("vary", vary.to_owned());
        }
    }

    fn push(&mut self, name: &'static str, value: String) {
        self.answer.push((name, value));
    }

    pub(crate) fn first(&self) -> Request<()> {
        with(
            Request::get("https://example.com/a").body(()).unwrap(),
            &self.first,
        )
    }

    pub(crate) fn second(&self) -> Request<()> {
        with(
            Request::get("https://example.com/a").body(()).unwrap(),
            &self.second,
        )
    }

    pub(crate) fn answer(&self) -> Response<()> {
        let mut answer = Response::builder().status(self.status).body(()).unwrap();
        for (name, value) in &self.answer {
            answer.headers_mut().append(*name, value.parse().unwrap());
        }
        answer
    }

    pub(crate) fn answers(&self, name: &str) -> bool {
        self.answer.iter().any(|(known, _)| *known == name)
    }

    pub(crate) fn answers_twice(&self, name: &str) -> bool {
        self.answer
            .iter()
            .filter(|(known, _)| *known == name)
            .count()
            > 1
    }

    pub(crate) fn asks(&self, name: &str) -> bool {
        let both = self.first.iter().chain(&self.second);
        both.into_iter().any(|(known, _)| *known == name)
    }

    pub(crate) fn asks_for(&self, directive: &str) -> bool {
        let mut lines = self.second.iter();
        lines.any(|(name, value)| *name == "cache-control" && value.contains(directive))
    }

    pub(crate) fn control_has(&self, directives: &[&str]) -> bool {
        self.directives
            .iter()
            .any(|sent| directives.iter().any(|wanted| sent.starts_with(wanted)))
    }

    pub(crate) fn repeats_a_directive(&self) -> bool {
        let name = |directive: &&str| directive.split('=').next().unwrap().to_ascii_lowercase();
        let names: Vec<String> = self.directives.iter().map(name).collect();
        (1..names.len()).any(|place| names[..place].contains(&names[place]))
    }

    pub(crate) fn age_is_broken(&self) -> bool {
        self.answer
            .iter()
            .any(|(name, value)| *name == "age" && value == "x")
    }

    pub(crate) fn date_is_past(&self) -> bool {
        self.date_offset.is_some_and(|offset| offset < 0)
    }

    fn languages<'a>(request: &'a [(&'static str, String)]) -> Vec<&'a str> {
        let lines = request
            .iter()
            .filter(|(name, _)| *name == "accept-language");
        lines.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn varies_on_a_second_line(&self) -> bool {
        let (first, second) = (Self::languages(&self.first), Self::languages(&self.second));
        self.answers("vary") && first.first() == second.first() && first != second
    }

    pub(crate) fn spaces_vary(&self) -> bool {
        let (first, second) = (Self::languages(&self.first), Self::languages(&self.second));
        self.answers("vary") && first.first() != second.first()
    }
}

fn request(rng: &mut Rng) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    if rng.below(8) == 0 {
        fields.push(("authorization", "x".to_owned()));
    }
    if rng.below(5) == 0 {
        fields.push(("cache-control", pick(rng, ASKED).to_owned()));
    }
    if rng.below(12) == 0 {
        fields.push(("pragma", "no-cache".to_owned()));
    }
    for _ in 0..pick(rng, &[0, 0, 1, 1, 1, 2]) {
        let languages = pick(rng, &["de, en", "de,en", "fr"]);
        fields.push(("accept-language", languages.to_owned()));
    }
    fields
}

fn with(mut request: Request<()>, fields: &[(&'static str, String)]) -> Request<()> {
    for (name, value) in fields {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    request
}

fn date(offset: i64) -> String {
    let seconds = 1_700_000_000_u64.checked_add_signed(offset).unwrap();
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn pick<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.below(choices.len() as u64) as usize]
}
