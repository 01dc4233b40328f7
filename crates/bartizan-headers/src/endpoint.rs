//! Where browsers send reports (Reporting API, section 3.2).

use crate::PolicyError;

/// An endpoint's name, and its address.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) name: String,
    pub(crate) url: String,
}

impl Endpoint {
    /// The value of `Reporting-Endpoints`: a dictionary of strings (RFC 9651, section 3.2).
    pub(crate) fn field(&self) -> String {
        format!("{}=\"{}\"", self.name, self.url)
    }

    pub(crate) fn check(&self) -> Option<PolicyError> {
        let quotes = self.url.contains(['"', '\\', ' ', ';', ',', '\'']);
        let plain = self.url.bytes().all(|byte| byte.is_ascii_graphic());
        let path = self.url.starts_with('/') && !self.url.starts_with("//");
        let remote = self
            .url
            .strip_prefix("https://")
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_alphanumeric()));
        let good = is_name(&self.name) && plain && !quotes && (path || remote);
        (!good).then(|| PolicyError::Endpoint {
            name: self.name.clone(),
            url: self.url.clone(),
        })
    }
}

/// Whether the text is a key of a dictionary (RFC 9651, section 3.1.2).
pub(crate) fn is_name(text: &str) -> bool {
    let sign =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_lowercase() || first == '*')
        && text.bytes().all(sign)
}
