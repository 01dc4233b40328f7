use std::{net::IpAddr, num::NonZeroU8};

use bartizan_client_ip as client_ip;
use client_ip::ForwardingField;
use ipnet::IpNet;
use serde::Deserialize;

use super::ConfigError;

/// Who is calling.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ClientIpConfig {
    /// Networks of the proxies in front, as `10.0.0.0/8`. Default: none, the peer is the caller.
    pub trusted_proxies: Vec<String>,
    /// The one field in which they tell who called: `x-forwarded-for` (default), `forwarded`, or a field with one address.
    pub header: Option<String>,
    /// How many of them there are, 1 to 32, instead of walking by networks.
    pub hops: Option<u8>,
    /// Whether `X-Forwarded-Host` is left alone: for proxies that pass a caller's on, as AWS ALB and Cloudflare do.
    pub ignore_forwarded_host: bool,
    /// Whether TLS ends in this process.
    pub tls: bool,
}

/// Which hosts are answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct HostsConfig {
    /// Names or addresses; one without a port is allowed at any. Default: every well-formed host.
    pub allowed: Vec<String>,
}

impl ClientIpConfig {
    pub(crate) fn policy(&self, hosts: &HostsConfig) -> Result<client_ip::Policy, ConfigError> {
        let wrong = |key, why: &'static str| ConfigError::text(key, why);
        let mut policy = client_ip::Policy::builder();
        let networks = self.trusted_proxies.iter().map(|text| network(text));
        let networks: Option<Vec<IpNet>> = networks.collect();
        let networks = networks.ok_or_else(|| {
            wrong(
                "client_ip.trusted_proxies",
                "must be networks like 10.0.0.0/8",
            )
        })?;
        if networks.is_empty() {
            if self.header.is_some() || self.hops.is_some() {
                let why = "is of no use without client_ip.trusted_proxies";
                return Err(wrong("client_ip.header", why));
            }
        } else {
            let field = self.header.as_deref().unwrap_or("x-forwarded-for");
            let field: ForwardingField = field
                .parse()
                .map_err(|_| wrong("client_ip.header", "must be the name of a header field"))?;
            policy = policy.behind(networks, field);
        }
        if let Some(hops) = self.hops {
            let hops =
                NonZeroU8::new(hops).ok_or_else(|| wrong("client_ip.hops", "must be 1 to 32"))?;
            policy = policy.hops(hops);
        }
        if self.ignore_forwarded_host {
            policy = policy.ignore_forwarded_host();
        }
        if self.tls {
            policy = policy.tls();
        }
        if !hosts.allowed.is_empty() {
            policy = policy.hosts(&hosts.allowed);
        }
        policy.build().map_err(|error| {
            let key = match error {
                client_ip::PolicyError::Host { .. } | client_ip::PolicyError::NoHosts => {
                    "hosts.allowed"
                }
                _ => "client_ip",
            };
            match error {
                // the value is not repeated
                client_ip::PolicyError::Host { .. } => ConfigError::text(
                    key,
                    "must be host names or addresses, each with or without a port",
                ),
                error => ConfigError::new(key, error),
            }
        })
    }
}

/// A network, or one address.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let network = text.parse::<IpNet>().ok();
    network.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
