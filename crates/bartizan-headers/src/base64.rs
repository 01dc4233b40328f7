//! Base64 of short binary values (RFC 4648): hashes with padding, nonces without.

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The alphabet of section 5, which needs no escape in HTML, URLs or log lines.
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// With the padding that hashes carry.
pub(crate) fn standard(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| chunk.get(at).copied().unwrap_or_default());
        for (at, digit) in digits([a, b, c], STANDARD).into_iter().enumerate() {
            text.push(if at > chunk.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    text
}

/// 18 bytes are 24 digits, without a remainder and so without padding.
pub(crate) fn url_safe(bytes: &[u8; 18]) -> [u8; 24] {
    let mut text = [0; 24];
    let (groups, _) = bytes.as_chunks::<3>();
    for (out, group) in text.as_chunks_mut::<4>().0.iter_mut().zip(groups) {
        *out = digits(*group, URL);
    }
    text
}

fn digits([a, b, c]: [u8; 3], alphabet: &[u8; 64]) -> [u8; 4] {
    let bits = u32::from_be_bytes([0, a, b, c]);
    [18, 12, 6, 0].map(|shift| alphabet[(bits >> shift & 63) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_hold() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in vectors {
            assert_eq!(standard(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn a_nonce_uses_no_sign_that_html_or_urls_escape() {
        assert_eq!(&url_safe(&[0xff; 18]), b"________________________");
        assert_eq!(
            &url_safe(b"foobarfoobarfoobar"),
            b"Zm9vYmFyZm9vYmFyZm9vYmFy"
        );
    }
}
