//! `Set-Cookie` lines on their way out, made as strict as browsers will take them (RFC 6265bis).

use std::borrow::Cow;

use http::HeaderValue;

/// What is added to cookies that do not say it themselves. Nothing is ever taken away that makes a cookie narrower.
///
/// - `Secure`, over HTTPS;
/// - `HttpOnly`, but for the cookies that scripts are to read;
/// - `SameSite=Lax`, where the line does not say or says something that browsers do not know;
/// - what a `__Host-` name promises: no `Domain`, and `Path=/` where the line has no path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct CookieRepair {
    readable: Vec<String>,
}

impl CookieRepair {
    /// Repairs all cookies.
    pub const fn new() -> Self {
        Self {
            readable: Vec::new(),
        }
    }

    /// Leaves `HttpOnly` off a cookie of this name, which scripts read, such as a token against cross-site requests.
    pub fn readable(mut self, name: impl Into<String>) -> Self {
        self.readable.push(name.into());
        self
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.readable
    }

    /// Repairs one line. A cookie that browsers would refuse all the same is left as it is.
    pub fn repair(&self, line: &HeaderValue, https: bool) -> Repair {
        // a character for each byte: browsers take those beyond ASCII too
        let text: Cow<'_, str> = match line.to_str() {
            Ok(text) => text.into(),
            Err(_) => line.as_bytes().iter().copied().map(char::from).collect(),
        };
        let text = &*text;
        let Some(cookie) = Cookie::read(text) else {
            return Repair::Hopeless;
        };
        let host = starts(cookie.name, "__host-");
        let needs_secure =
            host || starts(cookie.name, "__secure-") || cookie.same_site == SameSite::None;
        let rooted = cookie.path.is_none_or(|path| path == "/");
        if needs_secure && !cookie.secure && !https || host && !rooted {
            // a wider path or an invented promise of HTTPS would be no repair
            return Repair::Hopeless;
        }
        let mut added = String::new();
        if host && cookie.path.is_none() {
            added.push_str("; Path=/");
        }
        if https && !cookie.secure {
            added.push_str("; Secure");
        }
        if !cookie.http_only && !self.readable.iter().any(|name| name == cookie.name) {
            added.push_str("; HttpOnly");
        }
        if cookie.same_site == SameSite::Absent {
            added.push_str("; SameSite=Lax");
        }
        let domain = host && cookie.domain;
        if added.is_empty() && !domain {
            return Repair::Good;
        }
        let kept = if domain {
            without_domain(text)
        } else {
            text.trim_end_matches([';', ' ', '\t']).to_owned()
        };
        let better = kept.chars().chain(added.chars()).map(u8::try_from);
        let better = better.collect::<Result<Vec<u8>, _>>().ok();
        let better = better.and_then(|better| HeaderValue::try_from(better).ok());
        better.map_or(Repair::Hopeless, Repair::Better)
    }
}

/// What became of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "an answer that callers match")]
pub enum Repair {
    /// It was good.
    Good,
    /// This is better.
    Better(HeaderValue),
    /// Nothing that may be done makes a browser keep it.
    Hopeless,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SameSite {
    /// Not there, or a word that browsers treat as if it were not.
    Absent,
    None,
    Limited,
}

struct Cookie<'a> {
    name: &'a str,
    secure: bool,
    http_only: bool,
    same_site: SameSite,
    domain: bool,
    path: Option<&'a str>,
}

impl<'a> Cookie<'a> {
    /// Reads as section 5.6 does, which takes more than section 4.1 lets servers write: any name, and none. The last attribute of
    /// a name counts.
    fn read(line: &'a str) -> Option<Self> {
        let mut parts = line.split(';');
        let pair = parts.next()?;
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let [name, value] = [name, value].map(|text| text.trim_matches([' ', '\t']));
        // section 5.7: no cookie at all, and one that only looks as if it had a prefix
        let pretends = ["__host-", "__secure-"].map(|prefix| starts(value, prefix));
        if name.is_empty() && (value.is_empty() || pretends.contains(&true)) {
            return None;
        }
        let mut cookie = Self {
            name,
            secure: false,
            http_only: false,
            same_site: SameSite::Absent,
            domain: false,
            path: None,
        };
        for part in parts {
            let (key, value) = attribute(part);
            if key.eq_ignore_ascii_case("secure") {
                cookie.secure = true;
            } else if key.eq_ignore_ascii_case("httponly") {
                cookie.http_only = true;
            } else if key.eq_ignore_ascii_case("domain") {
                cookie.domain = true;
            } else if key.eq_ignore_ascii_case("path") {
                cookie.path = Some(value);
            } else if key.eq_ignore_ascii_case("samesite") {
                cookie.same_site = match () {
                    () if value.eq_ignore_ascii_case("none") => SameSite::None,
                    () if ["lax", "strict"]
                        .iter()
                        .any(|word| value.eq_ignore_ascii_case(word)) =>
                    {
                        SameSite::Limited
                    }
                    () => SameSite::Absent,
                };
            }
        }
        Some(cookie)
    }
}

fn attribute(part: &str) -> (&str, &str) {
    let (key, value) = part.split_once('=').unwrap_or((part, ""));
    (
        key.trim_matches([' ', '\t']),
        value.trim_matches([' ', '\t']),
    )
}

fn without_domain(line: &str) -> String {
    let mut parts = line.split(';');
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts.filter(|part| !attribute(part).0.eq_ignore_ascii_case("domain")) {
        if !part.trim().is_empty() {
            kept.push(';');
            kept.push_str(part);
        }
    }
    kept
}

fn starts(name: &str, prefix: &str) -> bool {
    // browsers compare prefixes without case (section 5.7)
    name.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(line: &str, https: bool) -> String {
        let repair = CookieRepair::new().readable("csrf");
        match repair.repair(&line.parse().unwrap(), https) {
            Repair::Good => "good".into(),
            Repair::Better(line) => line.to_str().unwrap().into(),
            Repair::Hopeless => "hopeless".into(),
        }
    }

    #[test]
    fn what_a_line_does_not_say_is_added() {
        for (line, expected) in [
            ("a=1", "a=1; Secure; HttpOnly; SameSite=Lax"),
            (
                "a=1; Path=/x;",
                "a=1; Path=/x; Secure; HttpOnly; SameSite=Lax",
            ),
            ("csrf=1", "csrf=1; Secure; SameSite=Lax"),
            ("a=1; secure; httponly; samesite=strict", "good"),
            ("a=1; Secure; HttpOnly; SameSite=None", "good"),
            (
                "a=1; HttpOnly; SameSite=None",
                "a=1; HttpOnly; SameSite=None; Secure",
            ),
            (
                "a=1; Secure; HttpOnly; SameSite=Maybe",
                "a=1; Secure; HttpOnly; SameSite=Maybe; SameSite=Lax",
            ),
            ("a=b=c; Secure; HttpOnly; SameSite=Lax", "good"),
        ] {
            assert_eq!(repaired(line, true), expected, "{line}");
        }
        assert_eq!(repaired("a=1", false), "a=1; HttpOnly; SameSite=Lax");
    }

    /// What no server should write, and browsers keep all the same.
    #[test]
    fn a_strange_cookie_is_repaired_too() {
        for line in [
            "nonsense",
            "=1",
            "a b=1",
            "cart[0]=1",
            "a:b=1",
            "a=1; Path=/{",
        ] {
            let expected = format!("{line}; Secure; HttpOnly; SameSite=Lax");
            assert_eq!(repaired(line, true), expected);
        }
        for line in [&b"a=caf\xc3\xa9"[..], b"\xe4=1", b"a=1; Path=/\xff"] {
            let line = HeaderValue::from_bytes(line).unwrap();
            let Repair::Better(better) = CookieRepair::new().repair(&line, true) else {
                panic!("{line:?}");
            };
            let expected = [line.as_bytes(), b"; Secure; HttpOnly; SameSite=Lax"].concat();
            assert_eq!(better.as_bytes(), expected);
        }
    }

    #[test]
    fn a_prefix_gets_what_it_promises() {
        let rest = "Secure; HttpOnly; SameSite=Lax";
        assert_eq!(
            repaired("__Host-a=1", true),
            format!("__Host-a=1; Path=/; {rest}")
        );
        assert_eq!(
            repaired("__Host-a=1; Domain=a.example; Path=/", true),
            format!("__Host-a=1; Path=/; {rest}")
        );
        assert_eq!(
            repaired("__host-a=1; Path=/", true),
            format!("__host-a=1; Path=/; {rest}")
        );
        assert_eq!(
            repaired("__Secure-a=1; Domain=a.example", true),
            format!("__Secure-a=1; Domain=a.example; {rest}")
        );
    }

    #[test]
    fn nothing_is_widened_for_the_sake_of_a_repair() {
        for line in [
            "__Host-a=1; Path=/admin",
            "",
            "=",
            " ; Path=/",
            "=__Host-a=1",
            "__secure-a",
        ] {
            assert_eq!(repaired(line, true), "hopeless", "{line}");
        }
        for line in ["__Host-a=1", "__Secure-a=1", "a=1; SameSite=None"] {
            assert_eq!(repaired(line, false), "hopeless", "{line}");
        }
    }

    #[test]
    fn a_repaired_line_needs_no_second_repair() {
        for line in [
            "a=1",
            "__Host-a=1; Domain=x",
            "csrf=1",
            "a=1; SameSite=What",
        ] {
            assert_eq!(repaired(&repaired(line, true), true), "good", "{line}");
        }
    }
}
