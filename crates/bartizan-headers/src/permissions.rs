//! Permissions-Policy from parts that can be checked.

use std::fmt;

use crate::{PolicyError, PolicyErrors};

macro_rules! features {
    ($($variant:ident = $name:literal,)*) => {
        /// A feature that a page can be denied (the features list of the Permissions Policy specification, and those that
        /// browsers have registered since).
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Feature {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
            /// Another one, by its name of lower-case letters, digits and `-`.
            Custom(String),
        }

        impl Feature {
            /// The name in the header.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Custom(name) => name,
                }
            }

            /// The feature of this name; [`Feature::Custom`] if none of the listed ones has it.
            #[must_use]
            pub fn from_name(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    other => Self::Custom(other.to_owned()),
                }
            }
        }
    };
}

features! {
    Accelerometer = "accelerometer",
    AmbientLightSensor = "ambient-light-sensor",
    Autoplay = "autoplay",
    Bluetooth = "bluetooth",
    BrowsingTopics = "browsing-topics",
    Camera = "camera",
    ClipboardRead = "clipboard-read",
    ClipboardWrite = "clipboard-write",
    ComputePressure = "compute-pressure",
    CrossOriginIsolated = "cross-origin-isolated",
    DisplayCapture = "display-capture",
    EncryptedMedia = "encrypted-media",
    Fullscreen = "fullscreen",
    Gamepad = "gamepad",
    Geolocation = "geolocation",
    Gyroscope = "gyroscope",
    Hid = "hid",
    IdentityCredentialsGet = "identity-credentials-get",
    IdleDetection = "idle-detection",
    KeyboardMap = "keyboard-map",
    LocalFonts = "local-fonts",
    Magnetometer = "magnetometer",
    Microphone = "microphone",
    Midi = "midi",
    OtpCredentials = "otp-credentials",
    Payment = "payment",
    PictureInPicture = "picture-in-picture",
    PublickeyCredentialsCreate = "publickey-credentials-create",
    PublickeyCredentialsGet = "publickey-credentials-get",
    ScreenWakeLock = "screen-wake-lock",
    Serial = "serial",
    SpeakerSelection = "speaker-selection",
    StorageAccess = "storage-access",
    SyncXhr = "sync-xhr",
    Unload = "unload",
    Usb = "usb",
    WebShare = "web-share",
    WindowManagement = "window-management",
    XrSpatialTracking = "xr-spatial-tracking",
}

/// Who may use a feature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Allowlist {
    /// Nobody: `()`.
    Nobody,
    /// The page itself: `(self)`.
    Page,
    /// The page and frames of these origins, each `https://host[:port]`; a leading `*.` label is accepted.
    PageAnd(Vec<String>),
}

/// What pages and their frames may use. The default is off for 13 powerful features, and silent about the others: each name
/// costs bytes on every answer, and browsers warn about names they do not know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct PermissionsPolicy(Vec<(Feature, Allowlist)>);

impl Default for PermissionsPolicy {
    fn default() -> Self {
        let off = [
            Feature::Accelerometer,
            Feature::Camera,
            Feature::DisplayCapture,
            Feature::Geolocation,
            Feature::Gyroscope,
            Feature::Hid,
            Feature::Magnetometer,
            Feature::Microphone,
            Feature::Midi,
            Feature::Payment,
            Feature::PublickeyCredentialsGet,
            Feature::Serial,
            Feature::Usb,
        ];
        Self(off.map(|feature| (feature, Allowlist::Nobody)).into())
    }
}

impl PermissionsPolicy {
    /// A policy that says nothing.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// Says who may use a feature; the last word on it counts. Names and origins are checked when the policy is built.
    pub fn allow(mut self, feature: Feature, to: Allowlist) -> Self {
        match self
            .0
            .iter_mut()
            .find(|(of, _)| of.name() == feature.name())
        {
            Some((_, list)) => *list = to,
            None => self.0.push((feature, to)),
        }
        self
    }

    /// Turns a feature off.
    pub fn deny(self, feature: Feature) -> Self {
        self.allow(feature, Allowlist::Nobody)
    }

    /// Checks the policy alone, for a field that is written elsewhere.
    ///
    /// # Errors
    ///
    /// A [`PolicyError::Permission`] for each name and origin that is none.
    pub fn check(&self) -> Result<(), PolicyErrors> {
        PolicyErrors::unless_empty(self.faults())
    }

    pub(crate) fn faults(&self) -> Vec<PolicyError> {
        let mut faults = Vec::new();
        for (feature, list) in &self.0 {
            let mut fault = |origin| {
                faults.push(PolicyError::Permission {
                    feature: feature.name().to_owned(),
                    origin,
                });
            };
            if !is_feature(feature.name()) {
                fault(None);
            }
            if let Allowlist::PageAnd(origins) = list {
                origins
                    .iter()
                    .filter(|origin| !is_origin(origin))
                    .for_each(|origin| fault(Some(origin.clone())));
            }
        }
        faults
    }
}

/// The field's value: a dictionary (RFC 9651) of lists of origins.
impl fmt::Display for PermissionsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (feature, list)) in self.0.iter().enumerate() {
            let gap = if place == 0 { "" } else { ", " };
            write!(f, "{gap}{}=", feature.name())?;
            match list {
                Allowlist::Nobody => f.write_str("()")?,
                Allowlist::Page => f.write_str("(self)")?,
                Allowlist::PageAnd(origins) => {
                    f.write_str("(self")?;
                    origins
                        .iter()
                        .try_for_each(|origin| write!(f, " \"{origin}\""))?;
                    f.write_str(")")?;
                }
            }
        }
        Ok(())
    }
}

fn is_feature(name: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(sign)
}

/// Powerful features need a secure context, so an origin over plain HTTP could never use them.
fn is_origin(text: &str) -> bool {
    let Some(authority) = text.strip_prefix("https://") else {
        return false;
    };
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let label = |text: &str| {
        let sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !text.is_empty() && text.bytes().all(sign)
    };
    let labels = host.strip_prefix("*.").unwrap_or(host);
    let whole = labels.len() == host.len() || labels.contains('.');
    whole && labels.split('.').all(label) && port.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_is_written_as_a_dictionary() {
        let policy = PermissionsPolicy::empty()
            .deny(Feature::Camera)
            .allow(Feature::Fullscreen, Allowlist::Page)
            .allow(
                Feature::Payment,
                Allowlist::PageAnd(vec!["https://pay.example".into()]),
            )
            .allow(Feature::Custom("new-thing".into()), Allowlist::Nobody);
        assert_eq!(policy.check(), Ok(()));
        assert_eq!(
            policy.to_string(),
            "camera=(), fullscreen=(self), payment=(self \"https://pay.example\"), new-thing=()"
        );
    }

    #[test]
    fn the_last_word_on_a_feature_counts() {
        let policy = PermissionsPolicy::default().allow(Feature::Camera, Allowlist::Page);
        assert_eq!(policy.to_string().matches("camera=").count(), 1);
        assert!(policy.to_string().contains("camera=(self)"));
        let same = PermissionsPolicy::empty()
            .deny(Feature::Usb)
            .allow(Feature::Custom("usb".into()), Allowlist::Page);
        assert_eq!(same.to_string(), "usb=(self)");
    }

    #[test]
    fn a_name_or_an_origin_cannot_smuggle_in_another_feature() {
        for name in ["", "a b", "a=(*), usb", "A", "1a", "a\"", "a\r\nb"] {
            let policy = PermissionsPolicy::empty().deny(Feature::Custom(name.into()));
            assert!(policy.check().is_err(), "{name:?}");
        }
        for origin in [
            "",
            "*",
            "https://*",
            "https://*.com",
            "http://a.example",
            "https://a.example/",
            "https://a.example\") usb=(*",
            "https://a..example",
            "https://a.example:x",
            "https://A.example",
        ] {
            let list = Allowlist::PageAnd(vec![origin.into()]);
            let policy = PermissionsPolicy::empty().allow(Feature::Usb, list);
            assert!(policy.check().is_err(), "{origin:?}");
        }
    }
}
