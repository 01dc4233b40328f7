//! The policy: immutable once built, cheap to clone.

use std::{net::IpAddr, num::NonZeroU8, sync::Arc};

use http::{HeaderMap, Uri, Version};
use ipnet::IpNet;

use crate::{
    AddressError, Client, ForwardingField, PolicyError, RequestId, Scheme, host::AllowList,
    names::Present, ranges::Ranges, walk::Trust,
};

/// The largest number of hops that can be configured: half of what a walk looks at, and several times any real chain.
const MOST_CONFIGURED: u8 = 32;

/// Whom to believe about the caller, and which hosts to answer for.
///
/// [`Policy::default`] is [`Policy::direct`].
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) rules: Arc<Rules>,
}

#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) behind: Option<Behind>,
    pub(crate) hosts: Option<AllowList>,
    /// The scheme if no trusted proxy names one.
    pub(crate) scheme: Scheme,
}

/// What stands in front of this process.
#[derive(Debug)]
pub(crate) struct Behind {
    pub(crate) proxies: Ranges,
    pub(crate) field: ForwardingField,
    hops: Option<NonZeroU8>,
    /// Whether a host that they name counts.
    pub(crate) names_host: bool,
}

impl Behind {
    pub(crate) fn trust(&self) -> Trust<'_> {
        self.hops.map_or(Trust::Ranges(&self.proxies), Trust::Hops)
    }
}

impl Policy {
    /// No proxy stands in front: the peer is the caller, the connection has no TLS, and any well-formed host is answered.
    #[must_use]
    pub fn direct() -> Self {
        Self {
            rules: Arc::default(),
        }
    }

    /// A builder that starts from [`Policy::direct`].
    #[must_use]
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// The caller's address alone, without an allocation.
    ///
    /// # Errors
    ///
    /// As [`Client::address`].
    pub fn address(
        &self,
        peer: Option<IpAddr>,
        headers: &HeaderMap,
    ) -> Result<IpAddr, AddressError> {
        // to look the one field up is faster than to see what there is
        let present = Present {
            family: true,
            ..Present::default()
        };
        self.rules.caller(peer, headers, present).address
    }

    /// What a request tells about its caller. `new_id` is the request's id unless a trusted proxy sent a good one.
    ///
    /// Nothing but these arguments counts, and no forwarding field is read unless `peer` is a trusted proxy.
    #[must_use]
    pub fn resolve(
        &self,
        peer: Option<IpAddr>,
        uri: &Uri,
        version: Version,
        headers: &HeaderMap,
        new_id: RequestId,
    ) -> Client {
        self.rules
            .resolve(peer, uri, version, headers, new_id)
            .client
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::direct()
    }
}

/// Builds a [`Policy`].
#[derive(Clone, Debug, Default)]
pub struct PolicyBuilder {
    behind: Option<(Vec<IpNet>, ForwardingField)>,
    hops: Option<NonZeroU8>,
    ignores_host: bool,
    hosts: Option<Vec<String>>,
    tls: bool,
}

impl PolicyBuilder {
    /// Believes these proxies, and the proxies that they name, about the caller, by this field.
    ///
    /// Name the addresses from which the proxies really connect, as narrow as can be: whoever connects from one of them
    /// can say to be anyone. IPv4 ranges hold for IPv4-mapped addresses too. A second call replaces the first.
    #[must_use]
    pub fn behind(
        mut self,
        proxies: impl IntoIterator<Item = IpNet>,
        field: ForwardingField,
    ) -> Self {
        self.behind = Some((proxies.into_iter().collect(), field));
        self
    }

    /// Counts hops instead of looking up whether each is a trusted proxy: 1 to 32, the socket peer being the first. The peer
    /// still has to be one of the proxies.
    ///
    /// For chains whose inner addresses are not known. A request that comes by fewer hops than this can name any address:
    /// every way in has to pass all of them.
    #[must_use]
    pub fn hops(mut self, hops: NonZeroU8) -> Self {
        self.hops = Some(hops);
        self
    }

    /// Believes the proxies about the address and the scheme, but takes the host from the request itself.
    ///
    /// For proxies that leave `Host` as it is and pass a caller's own `X-Forwarded-Host` on, as load balancers do that do
    /// not know that field.
    #[must_use]
    pub fn ignore_forwarded_host(mut self) -> Self {
        self.ignores_host = true;
        self
    }

    /// Answers for these hosts only: names in ASCII or IP literals, IPv6 in brackets. An entry with a port fits that port
    /// alone, one without fits any. A second call replaces the first.
    #[must_use]
    pub fn hosts<T: AsRef<str>>(mut self, hosts: impl IntoIterator<Item = T>) -> Self {
        let hosts = hosts.into_iter().map(|host| host.as_ref().to_owned());
        self.hosts = Some(hosts.collect());
        self
    }

    /// TLS ends in this process, so the scheme is `https` unless a trusted proxy says otherwise.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Builds the policy.
    ///
    /// # Errors
    ///
    /// - [`PolicyError::NoProxies`] and [`PolicyError::TrustsEveryone`] for the ranges of [`behind`](Self::behind);
    /// - [`PolicyError::SingleField`] for a [`ForwardingField::Single`] that is a list or has another purpose;
    /// - [`PolicyError::HopsWithoutList`] and [`PolicyError::TooManyHops`] for [`hops`](Self::hops);
    /// - [`PolicyError::NoHosts`] and [`PolicyError::Host`] for what [`hosts`](Self::hosts) was given.
    pub fn build(self) -> Result<Policy, PolicyError> {
        let list = match &self.behind {
            Some((_, field)) => !matches!(field, ForwardingField::Single(_)),
            None => false,
        };
        match self.hops.map(NonZeroU8::get) {
            Some(hops) if !list => return Err(PolicyError::HopsWithoutList { hops }),
            Some(hops) if hops > MOST_CONFIGURED => {
                let most = MOST_CONFIGURED;
                return Err(PolicyError::TooManyHops { hops, most });
            }
            _ => {}
        }
        let behind = match self.behind {
            None => None,
            Some((_, field)) if !field.is_sane() => {
                let name = field.name().to_string();
                return Err(PolicyError::SingleField { name });
            }
            Some((proxies, field)) => Some(Behind {
                proxies: Ranges::new(&proxies)?,
                field,
                hops: self.hops,
                names_host: !self.ignores_host,
            }),
        };
        let hosts = self.hosts.as_deref().map(AllowList::new).transpose()?;
        let scheme = if self.tls {
            Scheme::Https
        } else {
            Scheme::Http
        };
        Ok(Policy {
            rules: Arc::new(Rules {
                behind,
                hosts,
                scheme,
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn nets(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn a_contradiction_cannot_be_built() {
        let proxies = nets(&["10.0.0.0/8"]);
        let single = |name| ForwardingField::Single(HeaderName::from_static(name));
        let xff = || ForwardingField::XForwardedFor;
        let hops = |hops| NonZeroU8::new(hops).unwrap();
        let builder = Policy::builder;
        let cases = [
            (builder(), None),
            (
                builder().behind(proxies.clone(), xff()).hops(hops(32)),
                None,
            ),
            (
                builder().behind(proxies.clone(), single("x-real-ip")).tls(),
                None,
            ),
            (
                builder().behind([], xff()),
                Some("at least one trusted range"),
            ),
            (
                builder().behind(nets(&["0.0.0.0/0"]), xff()),
                Some("0.0.0.0/0"),
            ),
            (builder().behind(nets(&["::/0"]), xff()), Some("::/0")),
            (builder().hops(hops(1)), Some("1 hops need")),
            (
                builder()
                    .behind(proxies.clone(), single("x-real-ip"))
                    .hops(hops(1)),
                Some("1 hops need"),
            ),
            (
                builder().behind(proxies.clone(), xff()).hops(hops(33)),
                Some("at most 32 hops, found 33"),
            ),
            (
                builder().behind(proxies.clone(), single("forwarded")),
                Some("\"forwarded\""),
            ),
            (builder().behind(proxies, single("host")), Some("\"host\"")),
            (builder().hosts(["*.example.com"]), Some("*.example.com")),
            (builder().hosts([""; 0]), Some("at least one host")),
        ];
        for (builder, expected) in cases {
            let found = builder.clone().build().err().map(|error| error.to_string());
            match expected {
                None => assert_eq!(found, None, "{builder:?}"),
                Some(part) => assert!(found.unwrap().contains(part), "{builder:?}"),
            }
        }
    }

    #[test]
    fn without_a_proxy_no_field_is_read() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-forwarded-for", "1.1.1.1"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "evil.example"),
            ("forwarded", "for=1.1.1.1;proto=https"),
            ("x-request-id", "chosen"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let peer: IpAddr = "192.0.2.1".parse().unwrap();
        let behind =
            Policy::builder().behind(nets(&["10.0.0.0/8"]), ForwardingField::XForwardedFor);
        for policy in [Policy::default(), behind.build().unwrap()] {
            let new_id = RequestId::from_u128(7);
            let client = policy.resolve(
                Some(peer),
                &Uri::from_static("/"),
                Version::HTTP_2,
                &headers,
                new_id,
            );
            assert_eq!(client.address(), Ok(peer));
            assert_eq!(client.source(), crate::Source::Peer);
            assert_eq!(client.scheme(), Scheme::Http);
            assert_eq!(client.host(), crate::HostVerdict::Missing);
            assert_eq!(*client.request_id(), new_id);
        }
    }
}
