//! Whether an answer is stored, and if not, why (RFC 9111, section 3).

use std::fmt;

use http::{HeaderMap, HeaderName, Method, StatusCode, header};

use crate::{
    CacheControl, Freshness, Policy, Sharing, Times, policy::is_understood, strip,
    targeted::targeted, vary::VaryFields,
};

/// What the cache looks at in a request.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Asked<'a> {
    /// The method.
    pub method: &'a Method,
    /// The fields.
    pub headers: &'a HeaderMap,
    /// Something else than the fields says who asks: a certificate, a mark of authentication.
    pub is_authenticated: bool,
    /// The key holds a partition.
    pub has_partition: bool,
}

impl<'a> Asked<'a> {
    /// Of an anonymous request.
    #[must_use]
    pub const fn new(method: &'a Method, headers: &'a HeaderMap) -> Self {
        Self {
            method,
            headers,
            is_authenticated: false,
            has_partition: false,
        }
    }

    /// Who asks is known.
    #[must_use]
    pub const fn authenticated(mut self) -> Self {
        self.is_authenticated = true;
        self
    }

    /// The key holds a partition.
    #[must_use]
    pub const fn partitioned(mut self) -> Self {
        self.has_partition = true;
        self
    }
}

/// Why a request passes by the cache: it neither reads nor writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bypass {
    /// Neither GET nor HEAD.
    Method,
    /// It has a body, which is no part of the key (RFC 9110, section 9.3.1).
    Body,
    /// It brings credentials, and the route does not share answers among those who do.
    Credentials,
    /// `If-Match` or `If-Unmodified-Since`: not for caches (RFC 9111, section 4.3.2).
    Precondition,
    /// It asks for another protocol.
    Upgrade,
    /// It says `no-store`, and the route honours that.
    NoStore,
}

impl Bypass {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::Method,
        Self::Body,
        Self::Credentials,
        Self::Precondition,
        Self::Upgrade,
        Self::NoStore,
    ];

    /// A short word for counters and `Cache-Status`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Body => "body",
            Self::Credentials => "credentials",
            Self::Precondition => "precondition",
            Self::Upgrade => "upgrade",
            Self::NoStore => "no-store",
        }
    }
}

/// Why an answer is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotStored {
    /// The request was no GET.
    Method,
    /// `Set-Cookie`: it would be replayed to others.
    SetCookie,
    /// `no-store`.
    NoStore,
    /// `private`.
    Private,
    /// The request brought credentials, and the answer does not say that others may have it (section 3.5).
    Credentials,
    /// A status that the route does not store, or one that must be understood and is not (section 5.2.2.3).
    Status,
    /// A part of a representation (206).
    Partial,
    /// `Vary: *`, or more or longer fields than are compared.
    Vary,
    /// `Cache-Control` cannot be read.
    Broken,
    /// A type that the route does not store.
    Type,
    /// Nothing says how long it is fresh.
    NoLifetime,
    /// It is stale at once and has nothing by which it could be confirmed.
    Useless,
    /// A mark in its extensions forbids it: it used a nonce, or it is a refusal.
    Marked,
    /// The body is larger than the route stores.
    TooLarge,
    /// The body failed, or ended before its length.
    Truncated,
    /// It has trailers.
    Trailers,
    /// Tags that are too many or too long to purge it by.
    Tags,
    /// It was purged while it was made.
    Purged,
    /// There is no room.
    Full,
}

impl NotStored {
    /// Every reason.
    pub const ALL: [Self; 19] = [
        Self::Method,
        Self::SetCookie,
        Self::NoStore,
        Self::Private,
        Self::Credentials,
        Self::Status,
        Self::Partial,
        Self::Vary,
        Self::Broken,
        Self::Type,
        Self::NoLifetime,
        Self::Useless,
        Self::Marked,
        Self::TooLarge,
        Self::Truncated,
        Self::Trailers,
        Self::Tags,
        Self::Purged,
        Self::Full,
    ];

    /// A short word for counters and `Cache-Status`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::SetCookie => "set-cookie",
            Self::NoStore => "no-store",
            Self::Private => "private",
            Self::Credentials => "credentials",
            Self::Status => "status",
            Self::Partial => "partial",
            Self::Vary => "vary",
            Self::Broken => "broken",
            Self::Type => "type",
            Self::NoLifetime => "no-lifetime",
            Self::Useless => "useless",
            Self::Marked => "marked",
            Self::TooLarge => "too-large",
            Self::Truncated => "truncated",
            Self::Trailers => "trailers",
            Self::Tags => "tags",
            Self::Purged => "purged",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How an answer is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Storable {
    /// How long it is fresh.
    pub freshness: Freshness,
    /// The fields of the request that chose it.
    pub vary: VaryFields,
    /// The fields that are stored.
    pub headers: HeaderMap,
}

impl Policy {
    /// Whether this request may read the cache and its answer may be written.
    ///
    /// # Errors
    ///
    /// [`Bypass`] says why not.
    pub fn admits(&self, asked: &Asked<'_>) -> Result<(), Bypass> {
        if asked.method != Method::GET && asked.method != Method::HEAD {
            return Err(Bypass::Method);
        }
        let has = |name: HeaderName| asked.headers.contains_key(name);
        let lengths = asked.headers.get_all(header::CONTENT_LENGTH);
        if has(header::TRANSFER_ENCODING) || lengths.iter().any(|length| length != "0") {
            return Err(Bypass::Body);
        }
        if has(header::UPGRADE) {
            return Err(Bypass::Upgrade);
        }
        if has(header::IF_MATCH) || has(header::IF_UNMODIFIED_SINCE) {
            return Err(Bypass::Precondition);
        }
        let may_share = match self.sharing {
            Sharing::Public | Sharing::AsAnswered => true,
            Sharing::Anonymous => !self.identifies(asked),
            Sharing::Partitioned => asked.has_partition || !self.identifies(asked),
        };
        if !may_share {
            return Err(Bypass::Credentials);
        }
        if self.honours_requests && CacheControl::of(asked.headers).is_no_store() {
            return Err(Bypass::NoStore);
        }
        Ok(())
    }

    fn identifies(&self, asked: &Asked<'_>) -> bool {
        asked.is_authenticated || self.brings_credentials(asked.headers)
    }

    /// Whether the answer to a request that [`admits`](Self::admits) let in is stored, judged by its head.
    ///
    /// # Errors
    ///
    /// [`NotStored`] says why not.
    pub fn storable(
        &self,
        asked: &Asked<'_>,
        status: StatusCode,
        headers: &HeaderMap,
        times: Times,
    ) -> Result<Storable, NotStored> {
        if asked.method != Method::GET {
            return Err(NotStored::Method);
        }
        if status == StatusCode::PARTIAL_CONTENT {
            return Err(NotStored::Partial);
        }
        if !self.stores_status(status) {
            return Err(NotStored::Status);
        }
        if headers.contains_key(header::SET_COOKIE) {
            return Err(NotStored::SetCookie);
        }
        let general = CacheControl::of(headers);
        let target = targeted(headers, &self.targets);
        let is_targeted = target.is_some();
        let control = target.unwrap_or(general);
        if control.is_broken() {
            return Err(NotStored::Broken);
        }
        if control.is_must_understand() && !is_understood(status) {
            return Err(NotStored::Status);
        }
        if control.is_no_store() && !control.is_must_understand() {
            return Err(NotStored::NoStore);
        }
        if control.is_private() {
            return Err(NotStored::Private);
        }
        if !self.may_share_answer(asked, &control) {
            return Err(NotStored::Credentials);
        }
        if !self.stores_type(headers) {
            return Err(NotStored::Type);
        }
        let vary = VaryFields::of(headers).ok_or(NotStored::Vary)?;
        let freshness = Freshness::of(self, status, headers, &control, is_targeted, times)
            .ok_or(NotStored::NoLifetime)?;
        let confirmable =
            headers.contains_key(header::ETAG) || headers.contains_key(header::LAST_MODIFIED);
        let is_useless = freshness.always_asks() || freshness.usable_for(times.received).is_zero();
        if is_useless && !confirmable {
            return Err(NotStored::Useless);
        }
        let headers = strip::stored(headers, &control);
        Ok(Storable {
            freshness,
            vary,
            headers,
        })
    }

    /// Section 3.5, for every credential and not for `Authorization` alone.
    fn may_share_answer(&self, asked: &Asked<'_>, control: &CacheControl) -> bool {
        match self.sharing {
            Sharing::Public => true,
            Sharing::Anonymous => !self.identifies(asked),
            Sharing::Partitioned => asked.has_partition || !self.identifies(asked),
            Sharing::AsAnswered => {
                !self.identifies(asked)
                    || control.is_public()
                    || control.is_must_revalidate()
                    || control.s_maxage().is_some()
            }
        }
    }
}

#[cfg(test)]
mod tests;
