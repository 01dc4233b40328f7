//! From a request to what is known about its caller.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, Uri, Version, header::HOST, uri::Authority};

use crate::{
    AddressError, Client, ForwardingField, HostVerdict, RequestId, Scheme, Source, TraceParent,
    field::{TRACEPARENT, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO, X_REQUEST_ID},
    forwarded,
    host::Host,
    list::{Elements, pick},
    names::Present,
    node,
    policy::{Behind, Rules},
    ranges::Canonical,
    walk::{Reached, walk},
};

/// The caller's address, and the way to what else its proxy has written.
pub(crate) struct Caller<'a> {
    pub(crate) address: Result<IpAddr, AddressError>,
    pub(crate) source: Source,
    /// Whether a trusted proxy sent the request.
    pub(crate) trusted: bool,
    said: Said<'a>,
}

/// Where scheme and host stand.
#[derive(Clone, Copy)]
enum Said<'a> {
    /// Nowhere that would be believed.
    Nothing,
    /// In this place of the lists `X-Forwarded-Proto` and `X-Forwarded-Host`, counted from the right.
    Lists { place: usize },
    /// In an element of `Forwarded`.
    Element {
        proto: Option<forwarded::Text<'a>>,
        host: Option<forwarded::Text<'a>>,
    },
}

/// All that a request tells, some of it borrowed.
#[cfg_attr(
    not(feature = "layer"),
    expect(dead_code, reason = "only the layer needs more than the client")
)]
pub(crate) struct Resolved<'a> {
    pub(crate) client: Client,
    pub(crate) trusted: bool,
    /// Whether the id is the one that the request brought.
    pub(crate) sent_id: bool,
    /// Which of the fields that are to be removed it has.
    pub(crate) present: Present,
    /// Only if the verdict allows it.
    host: Option<Host<'a>>,
    /// The authority of that host, if the list has it ready.
    ready: Option<&'a Authority>,
}

impl Resolved<'_> {
    /// The authority that the caller asked for, in its one spelling.
    #[cfg(feature = "layer")]
    pub(crate) fn authority(&self) -> Option<Authority> {
        if let Some(ready) = self.ready {
            return Some(ready.clone());
        }
        let host = self.host.as_ref()?;
        host.text(self.client.scheme).try_into().ok()
    }
}

impl Rules {
    /// `present` may say that there is no `X-Forwarded-*`; then none is looked for.
    pub(crate) fn caller<'a>(
        &self,
        peer: Option<IpAddr>,
        headers: &'a HeaderMap,
        present: Present,
    ) -> Caller<'a> {
        let peer = peer.and_then(Canonical::new);
        let direct = |trusted, said| Caller {
            address: peer.map(IpAddr::from).ok_or(AddressError::NoPeer),
            source: Source::Peer,
            trusted,
            said,
        };
        let (Some(behind), Some(address)) = (&self.behind, peer) else {
            return direct(false, Said::Nothing);
        };
        if !behind.proxies.contains(address) {
            return direct(false, Said::Nothing);
        }
        // Without the field the request began at the proxy, so what it wrote itself is said of it.
        behind
            .walk(headers, present)
            .unwrap_or_else(|| match behind.field {
                ForwardingField::Forwarded => direct(true, Said::Nothing),
                _ => direct(true, Said::Lists { place: 0 }),
            })
    }

    pub(crate) fn resolve<'a>(
        &'a self,
        peer: Option<IpAddr>,
        uri: &'a Uri,
        version: Version,
        headers: &'a HeaderMap,
        new_id: RequestId,
    ) -> Resolved<'a> {
        let present = Present::of(headers);
        let caller = self.caller(peer, headers, present);
        let scheme = caller.scheme(headers, present).unwrap_or(self.scheme);
        let no_peer = caller.address == Err(AddressError::NoPeer);
        let mut ready = None;
        let named = match &self.behind {
            Some(behind) if behind.names_host => caller.host(headers, present),
            _ => Ok(None),
        };
        let asked = asked(named, uri, version, headers, scheme, no_peer);
        let (verdict, host) = match (asked, &self.hosts) {
            (Err(verdict), _) => (verdict, None),
            // A call within the process need not pretend to have come by a host.
            (Ok(None), None) if no_peer => (HostVerdict::Allowed, None),
            (Ok(None), _) => (HostVerdict::Missing, None),
            (Ok(host), None) => (HostVerdict::Allowed, host),
            (Ok(Some(host)), Some(list)) => match list.find(&host, scheme) {
                None => (HostVerdict::Unknown, None),
                Some(found) => {
                    ready = found;
                    (HostVerdict::Allowed, Some(host))
                }
            },
        };
        let id_counts = present.request_id && caller.trusted;
        let sent_id = id_counts.then(|| single(headers, &X_REQUEST_ID)).flatten();
        let sent_id = sent_id.and_then(RequestId::from_bytes);
        let trace = present
            .trace
            .then(|| single(headers, &TRACEPARENT))
            .flatten();
        Resolved {
            client: Client {
                address: caller.address,
                source: caller.source,
                scheme,
                host: verdict,
                request_id: sent_id.unwrap_or(new_id),
                trace_parent: trace.and_then(TraceParent::from_bytes),
            },
            trusted: caller.trusted,
            sent_id: sent_id.is_some(),
            present,
            host,
            ready,
        }
    }
}

impl Behind {
    /// `None` if the field is absent.
    fn walk<'a>(&self, headers: &'a HeaderMap, present: Present) -> Option<Caller<'a>> {
        let trust = self.trust();
        match &self.field {
            ForwardingField::XForwardedFor if !present.family => None,
            ForwardingField::XForwardedFor => {
                let elements = Elements::new(headers, &X_FORWARDED_FOR);
                let Reached { address, place, .. } = walk(elements, node::address, trust)?;
                Some(Caller::forwarded(address, Said::Lists { place }))
            }
            ForwardingField::Forwarded => {
                let elements = forwarded::Elements::new(headers);
                let read = |element: Option<forwarded::Element<'_>>| match element {
                    Some(element) => element.address(),
                    None => Err(AddressError::Malformed),
                };
                let reached = walk(elements, read, trust)?;
                let said = reached
                    .element
                    .map_or(Said::Nothing, |element| Said::Element {
                        proto: element.proto,
                        host: element.host,
                    });
                Some(Caller::forwarded(reached.address, said))
            }
            ForwardingField::Single(name) => {
                let mut lines = headers.get_all(name).into_iter();
                let line = lines.next()?;
                let address = match lines.next() {
                    None => node::address(line.as_bytes()),
                    Some(_) => Err(AddressError::Malformed),
                };
                Some(Caller::forwarded(address, Said::Lists { place: 0 }))
            }
        }
    }
}

impl<'a> Caller<'a> {
    fn forwarded(address: Result<Canonical, AddressError>, said: Said<'a>) -> Self {
        let said = match address {
            // An obfuscated caller's element is as good as another: its proxy wrote it.
            Ok(_) | Err(AddressError::Obfuscated) => said,
            Err(_) => Said::Nothing,
        };
        Self {
            address: address.map(IpAddr::from),
            source: Source::Forwarded,
            trusted: true,
            said,
        }
    }

    fn scheme(&self, headers: &HeaderMap, present: Present) -> Option<Scheme> {
        let text = match self.said {
            Said::Nothing => None,
            Said::Lists { .. } if !present.family => None,
            Said::Lists { place } => pick(headers, &X_FORWARDED_PROTO, place),
            Said::Element { proto, .. } => proto?.plain(),
        };
        Scheme::from_bytes(text?)
    }

    /// The host that a trusted proxy names, if it names one.
    fn host(
        &self,
        headers: &'a HeaderMap,
        present: Present,
    ) -> Result<Option<Host<'a>>, HostVerdict> {
        let text = match self.said {
            Said::Nothing => return Ok(None),
            Said::Lists { .. } if !present.family => None,
            Said::Lists { place } => pick(headers, &X_FORWARDED_HOST, place).map(Some),
            Said::Element { host, .. } => host.map(forwarded::Text::plain),
        };
        text.map(|text| parse(text.unwrap_or_default())).transpose()
    }
}

/// The host that the caller asked for. What the request says itself has to be sound, also where a proxy has `named`
/// another.
fn asked<'a>(
    named: Result<Option<Host<'a>>, HostVerdict>,
    uri: &'a Uri,
    version: Version,
    headers: &'a HeaderMap,
    scheme: Scheme,
    no_peer: bool,
) -> Result<Option<Host<'a>>, HostVerdict> {
    let mut lines = headers.get_all(HOST).into_iter();
    let field = lines.next();
    if lines.next().is_some() {
        return Err(HostVerdict::Repeated);
    }
    let field = field.map(|line| parse(line.as_bytes())).transpose()?;
    let target = uri.authority().map(|name| name.as_str().as_bytes());
    let target = target.map(parse).transpose()?;
    match (&field, &target) {
        (Some(field), Some(target)) if !field.is(target, scheme) => {
            return Err(HostVerdict::Mismatched);
        }
        // HTTP/1.1 requires the field beside a full target too (RFC 9112, section 3.2); HTTP/2 has `:authority` instead.
        (None, Some(_)) if version == Version::HTTP_11 && !no_peer => {
            return Err(HostVerdict::Missing);
        }
        _ => {}
    }
    Ok(named?.or(field).or(target))
}

fn parse(text: &[u8]) -> Result<Host<'_>, HostVerdict> {
    Host::parse(text).ok_or(HostVerdict::Malformed)
}

/// The value of a field that stands there once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut lines = headers.get_all(name).into_iter();
    let line = lines.next()?;
    lines.next().is_none().then_some(line.as_bytes())
}
