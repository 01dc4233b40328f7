//! A reference in an answer, as a path on the request's own origin (RFC 3986, section 5).

use http::{Uri, uri::PathAndQuery};

/// The path and query, or `None` if the reference is of another origin, of none, or names only a place in the page.
pub(super) fn resolve(base: &Uri, reference: &str) -> Option<String> {
    let reference = reference.split('#').next().unwrap_or_default();
    if reference.is_empty() {
        return None;
    }
    let path = if let Some(rest) = reference.strip_prefix("//") {
        let scheme = base.scheme_str()?;
        on_origin(base, &format!("{scheme}://{rest}"))?
    } else if has_scheme(reference) {
        on_origin(base, reference)?
    } else {
        relative(base, reference)
    };
    // what could be no request's path names nothing that is stored
    PathAndQuery::try_from(path.as_str()).ok()?;
    Some(path)
}

fn has_scheme(reference: &str) -> bool {
    let end = reference.find([':', '/', '?']);
    end.is_some_and(|end| reference[end..].starts_with(':'))
}

fn on_origin(base: &Uri, absolute: &str) -> Option<String> {
    let other: Uri = absolute.parse().ok()?;
    let scheme = other.scheme_str()?;
    let (ours, theirs) = (base.authority()?, other.authority()?);
    let same = base.scheme_str()?.eq_ignore_ascii_case(scheme)
        && !theirs.as_str().contains('@')
        && ours.host().eq_ignore_ascii_case(theirs.host())
        && port(base) == port(&other);
    same.then(|| dotless(other.path_and_query().map_or("/", PathAndQuery::as_str)))
}

fn port(uri: &Uri) -> Option<u16> {
    uri.port_u16().or_else(|| match uri.scheme_str()? {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    })
}

/// Section 5.2.2, for a reference without scheme and authority.
fn relative(base: &Uri, reference: &str) -> String {
    if reference.starts_with('/') {
        return dotless(reference);
    }
    let path = base.path();
    if reference.starts_with('?') {
        return format!("{path}{reference}");
    }
    let folder = path.rfind('/').map_or("/", |end| &path[..=end]);
    dotless(&format!("{folder}{reference}"))
}

/// Section 5.2.4: without `.` and `..` in the path.
fn dotless(path_and_query: &str) -> String {
    let (path, query) = match path_and_query.find('?') {
        Some(start) => path_and_query.split_at(start),
        None => (path_and_query, ""),
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => {
                kept.push(segment);
                continue;
            }
        }
        if is_last {
            kept.push("");
        }
    }
    format!("/{}{query}", kept.join("/"))
}
