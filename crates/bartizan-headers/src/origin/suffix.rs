//! Names under which anybody can register one.

/// Whether all subdomains of this host belong to as many owners.
///
/// Without the feature `psl` only a name of one label is known to be one. `localhost` is nobody else's (RFC 6761, section
/// 6.3).
pub(crate) fn is_public_suffix(host: &str) -> bool {
    host != "localhost" && (!host.contains('.') || is_listed(host))
}

#[cfg(feature = "psl")]
fn is_listed(host: &str) -> bool {
    let listed = |name: &str| {
        psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix == name)
    };
    // By a rule such as `*.kawasaki.jp` each name below is a suffix, and the name itself is none.
    listed(host) || listed(&format!("a.{host}"))
}

#[cfg(not(feature = "psl"))]
const fn is_listed(_host: &str) -> bool {
    false
}

/// Whether a public suffix lies between a host and a name above it, as `s3.amazonaws.com` between `a.s3.amazonaws.com` and
/// `amazonaws.com`: then the host is another owner's.
///
/// The list cannot be asked what lies below a name, so this is asked of each host.
#[cfg(feature = "psl")]
pub(super) fn is_beyond_suffix(host: &[u8], name: &[u8]) -> bool {
    psl::suffix(host)
        .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes().len() > name.len())
}

#[cfg(not(feature = "psl"))]
pub(super) const fn is_beyond_suffix(_host: &[u8], _name: &[u8]) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::is_public_suffix;

    #[test]
    fn a_top_level_domain_is_a_public_suffix() {
        assert!(is_public_suffix("com"));
        assert!(!is_public_suffix("localhost"));
        assert!(!is_public_suffix("example.com"));
    }

    #[cfg(feature = "psl")]
    #[test]
    fn the_list_is_asked() {
        for suffix in ["co.uk", "github.io", "s3.amazonaws.com"] {
            assert!(is_public_suffix(suffix), "{suffix}");
        }
        // rules with a `*`
        for suffix in [
            "kawasaki.jp",
            "sch.uk",
            "digitaloceanspaces.com",
            "compute.amazonaws.com",
        ] {
            assert!(is_public_suffix(suffix), "{suffix}");
        }
        for name in [
            "example.co.uk",
            "example.github.io",
            "a.internal",
            "city.kawasaki.jp",
            "a.nyc3.digitaloceanspaces.com",
        ] {
            assert!(!is_public_suffix(name), "{name}");
        }
    }
}
