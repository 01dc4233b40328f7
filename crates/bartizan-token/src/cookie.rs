use std::{fmt, time::Duration};

const MAX_BYTES: usize = 4096;
const HOST_PREFIX: &str = "__Host-";

/// Builds and reads the cookie that carries a token: nothing that makes it safe can be left out.
///
/// It works on field values alone: `set` and `delete` make one for `Set-Cookie`, `read` takes those of `Cookie`.
///
/// ```
/// use bartizan_token::Cookie;
///
/// let cookie = Cookie::host_only("session")?;
/// assert_eq!(
///     cookie.set("bz1_abc", None)?,
///     "__Host-session=bz1_abc; Path=/; Secure; HttpOnly; SameSite=Lax"
/// );
/// assert_eq!(cookie.read([&b"a=b; __Host-session=bz1_abc"[..]])?, Some("bz1_abc"));
///
/// // A second one of the same name, set by somebody else, is not a choice to make for the user.
/// assert!(cookie.read([&b"__Host-session=x; __Host-session=y"[..]]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    name: String,
    secure: bool,
    same_site: &'static str,
}

impl Cookie {
    /// A cookie `__Host-NAME`: `Secure`, `HttpOnly`, `SameSite=Lax`, `Path=/`, no `Domain` (RFC 6265bis section 4.1.3.2).
    ///
    /// # Errors
    ///
    /// `name` is empty, longer than 64 bytes, no RFC 9110 token, or begins with a cookie prefix (`__`) itself.
    pub fn host_only(name: &str) -> Result<Self, CookieError> {
        check_name(name)?;
        Ok(Self {
            name: format!("{HOST_PREFIX}{name}"),
            secure: true,
            same_site: "Lax",
        })
    }

    /// A cookie `NAME` without prefix and `Secure`, for plain http on a developer's machine: anyone on the way reads it,
    /// and a sibling host can set it.
    ///
    /// # Errors
    ///
    /// As [`host_only`](Self::host_only).
    pub fn with_insecure_http(name: &str) -> Result<Self, CookieError> {
        check_name(name)?;
        Ok(Self {
            name: name.to_owned(),
            secure: false,
            same_site: "Lax",
        })
    }

    /// Sends the cookie to requests from the same site only, not even when a link leads here (`SameSite=Strict`).
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.same_site = "Strict";
        self
    }

    /// The name on the wire, prefix included.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value for `Set-Cookie`. Without `max_age` the browser forgets it when it closes; fractions of a second are cut.
    ///
    /// # Errors
    ///
    /// `value` has a byte that a cookie cannot carry (RFC 6265bis section 4.1.1), or the whole is above 4,096 bytes.
    pub fn set(&self, value: &str, max_age: Option<Duration>) -> Result<String, CookieError> {
        if value.is_empty() || !value.bytes().all(is_cookie_octet) {
            return Err(CookieError::Value);
        }
        let line = self.line(value, max_age.map(|age| age.as_secs()));
        match line.len() {
            bytes if bytes > MAX_BYTES => Err(CookieError::TooLong {
                bytes,
                max_bytes: MAX_BYTES,
            }),
            _ => Ok(line),
        }
    }

    /// The value for `Set-Cookie` that makes the browser forget the cookie: same name, path and attributes, `Max-Age=0`.
    pub fn delete(&self) -> String {
        self.line("", Some(0))
    }

    fn line(&self, value: &str, max_age_secs: Option<u64>) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        let mut line = format!(
            "{}={value}; Path=/{secure}; HttpOnly; SameSite={}",
            self.name, self.same_site
        );
        if let Some(secs) = max_age_secs {
            line.push_str(&format!("; Max-Age={secs}"));
        }
        line
    }

    /// The cookie's value in a request, from all of its `Cookie` field values. No allocation; work is linear in the bytes.
    ///
    /// Names are compared byte by byte, as browsers do. Pairs that are no cookie are skipped.
    ///
    /// # Errors
    ///
    /// Two cookies of this name with different values: a sibling host or a plain-http neighbour tossed one (RFC 6265bis
    /// section 8.6). Which one is the user's cannot be known, so neither is taken. Two equal ones are one.
    pub fn read<'a>(
        &self,
        lines: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Option<&'a str>, DuplicateCookie> {
        let mut found: Option<&[u8]> = None;
        for pair in lines
            .into_iter()
            .flat_map(|line| line.split(|&byte| byte == b';'))
        {
            let Some(value) = pair
                .trim_ascii()
                .strip_prefix(self.name.as_bytes())
                .and_then(|rest| rest.strip_prefix(b"="))
            else {
                continue;
            };
            if found.is_some_and(|first| first != value) {
                return Err(DuplicateCookie(()));
            }
            found = Some(value);
        }
        Ok(found
            .filter(|value| !value.is_empty())
            .and_then(|value| std::str::from_utf8(value).ok()))
    }
}

fn check_name(name: &str) -> Result<(), CookieError> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_token) || name.starts_with("__") {
        return Err(CookieError::Name);
    }
    Ok(())
}

/// `cookie-octet` of RFC 6265bis section 4.1.1.
const fn is_cookie_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

/// A cookie that cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CookieError {
    /// The name is no token of 1 to 64 bytes, or begins with `__`.
    Name,
    /// The value has a byte that a cookie cannot carry.
    Value,
    /// The whole line is too long for a browser to keep.
    #[non_exhaustive]
    TooLong {
        /// Bytes of the line.
        bytes: usize,
        /// The most.
        max_bytes: usize,
    },
}

impl fmt::Display for CookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str(
                "cookie name must be a token of 1 to 64 bytes that does not begin with `__`",
            ),
            Self::Value => {
                f.write_str("cookie value is empty or has a byte that a cookie cannot carry")
            }
            Self::TooLong { bytes, max_bytes } => {
                write!(f, "cookie of {bytes} bytes, at most {max_bytes} are kept")
            }
        }
    }
}

impl std::error::Error for CookieError {}

/// Two cookies of one name with different values in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DuplicateCookie(());

impl fmt::Display for DuplicateCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("two cookies of one name with different values")
    }
}

impl std::error::Error for DuplicateCookie {}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie() -> Cookie {
        Cookie::host_only("session").unwrap()
    }

    #[test]
    fn the_deleting_cookie_matches_the_one_that_was_set() {
        for cookie in [
            cookie(),
            cookie().strict(),
            Cookie::with_insecure_http("session").unwrap(),
        ] {
            let set = cookie.set("v", Some(Duration::from_secs(0))).unwrap();
            assert_eq!(set.replacen("=v;", "=;", 1), cookie.delete());
        }
    }

    #[test]
    fn two_cookies_of_one_name_are_refused_unless_equal() {
        let read = |lines: &[&'static str]| cookie().read(lines.iter().map(|line| line.as_bytes()));
        assert_eq!(
            read(&["__Host-session=a", "x=y; __Host-session=a"]),
            Ok(Some("a"))
        );
        assert!(read(&["__Host-session=a", "__Host-session=b"]).is_err());
        assert!(read(&["__Host-session=; __Host-session=b"]).is_err());
        assert_eq!(
            read(&["__host-session=a; session=b; __Host-session2=c"]),
            Ok(None)
        );
        assert_eq!(read(&[";;=; __Host-session", ""]), Ok(None));
        assert_eq!(read(&["__Host-session=a=b"]), Ok(Some("a=b")));
        assert_eq!(cookie().read([&b"__Host-session=\xff\xfe"[..]]), Ok(None));
    }

    #[test]
    fn a_cookie_of_4096_bytes_is_kept_and_one_more_is_refused() {
        let attributes = cookie().set("v", None).unwrap().len() - 1;
        let value = "v".repeat(4096 - attributes);
        assert_eq!(cookie().set(&value, None).unwrap().len(), 4096);
        assert!(matches!(
            cookie().set(&format!("{value}v"), None),
            Err(CookieError::TooLong { bytes: 4097, .. })
        ));
    }

    #[test]
    fn no_value_can_add_an_attribute_or_a_field() {
        for value in [
            "",
            "a;Domain=evil",
            "a\r\nSet-Cookie: b",
            "a b",
            "a,b",
            "a\"b",
            "a\\b",
            "ä",
        ] {
            assert_eq!(
                cookie().set(value, None),
                Err(CookieError::Value),
                "{value}"
            );
        }
        for name in ["", "a b", "a;b", "__Secure-a", "__Host-a", "a=b", "ä"] {
            assert_eq!(Cookie::host_only(name), Err(CookieError::Name), "{name}");
        }
    }
}
