//! Texts that RFC 8259 leaves to the reader, with what is decided here.

type Case = (Vec<u8>, Option<&'static str>);

pub(crate) fn cases() -> Vec<Case> {
    let written = [NUMBERS, SURROGATES, BYTES].concat();
    let mut cases: Vec<Case> = written
        .iter()
        .map(|(text, verdict)| (text.to_vec(), *verdict))
        .collect();
    // A depth that no stack is safe with: refused at the limit, whatever comes after it.
    cases.push((
        [b"[".repeat(500), b"]".repeat(500)].concat(),
        Some("too_deep"),
    ));
    // An exponent of more than a hundred digits: refused, since the number is infinite.
    let exponent = format!("[0.4e00669{}69999999006]", "9".repeat(115));
    cases.push((exponent.into_bytes(), Some("number_inexact")));
    cases
}

/// Refused, because the nearest value that a program could hold is another number: infinite, zero, or rounded.
const NUMBERS: &[(&[u8], Option<&str>)] = &[
    (b"[123.456e-789]", Some("number_inexact")),
    (b"[-1e+9999]", Some("number_inexact")),
    (b"[1.5e+9999]", Some("number_inexact")),
    (b"[-123123e100000]", Some("number_inexact")),
    (b"[123123e100000]", Some("number_inexact")),
    (b"[123e-10000000]", Some("number_inexact")),
    (b"[-123123123123123123123123123123]", Some("number_inexact")),
    (
        b"[-237462374673276894279832749832423479823246327846]",
        Some("number_inexact"),
    ),
    // read: an f64 holds this one exactly
    (b"[100000000000000000000]", None),
];

/// Refused, because no string of Rust holds half a pair.
const SURROGATES: &[(&[u8], Option<&str>)] = &[
    (br#"{"\uDFAA":0}"#, Some("surrogate")),
    (br#"["\uDADA"]"#, Some("surrogate")),
    (br#"["\uD888\u1234"]"#, Some("surrogate")),
    (br#"["\uD800\n"]"#, Some("surrogate")),
    (br#"["\uDd1ea"]"#, Some("surrogate")),
    (br#"["\uD800\uD800\n"]"#, Some("surrogate")),
    (br#"["\ud800"]"#, Some("surrogate")),
    (br#"["\ud800abc"]"#, Some("surrogate")),
    (br#"["\uDd1e\uD834"]"#, Some("surrogate")),
    (br#"["\uDFAA"]"#, Some("surrogate")),
];

/// Refused, because RFC 8259, section 8.1, has UTF-8 without a mark, and no string of Rust holds anything else. Two of them are
/// UTF-16, whose ASCII is UTF-8 as well: the grammar has no NUL.
const BYTES: &[(&[u8], Option<&str>)] = &[
    (b"\xEF\xBB\xBF{}", Some("bom")),
    (b"\xFF\xFE[\0\"\0\xE9\0\"\0]\0", Some("utf8")),
    (b"[\0\"\0\xE9\0\"\0]\0", Some("syntax")),
    (b"\0[\0\"\0\xE9\0\"\0]", Some("syntax")),
    (b"[\"\xE6\x97\xA5\xD1\x88\xFA\"]", Some("utf8")),
    (b"[\"\xED\xA0\x80\"]", Some("utf8")),
    (b"[\"\xFF\"]", Some("utf8")),
    (b"[\"\xE9\"]", Some("utf8")),
    (b"[\"\x81\"]", Some("utf8")),
    (b"[\"\xF4\xBF\xBF\xBF\"]", Some("utf8")),
    (b"[\"\xC0\xAF\"]", Some("utf8")),
    (b"[\"\xE0\xFF\"]", Some("utf8")),
    (b"[\"\xFC\x83\xBF\xBF\xBF\xBF\"]", Some("utf8")),
    (b"[\"\xFC\x80\x80\x80\x80\x80\"]", Some("utf8")),
];
