//! Texts that are JSON.

pub(crate) fn cases() -> Vec<Vec<u8>> {
    let all = [ARRAYS, NUMBERS, OBJECTS, STRINGS, ALONE];
    let mut cases: Vec<Vec<u8>> = all.concat().iter().map(|text| text.to_vec()).collect();
    // close to zero, and written in full
    cases.push(format!("[-0.{}1]\n", "0".repeat(77)).into_bytes());
    let long = "x".repeat(40);
    cases.push(format!(r#"{{"x":[{{"id": "{long}"}}], "id": "{long}"}}"#).into_bytes());
    cases
}

const ARRAYS: &[&[u8]] = &[
    b"[]",
    b"[[]   ]",
    b"[\"\"]",
    b"[\"a\"]",
    b"[false]",
    b"[true]",
    b"[null]",
    b"[null, 1, \"1\", {}]",
    b"[1,null,null,null,2]",
    b"[1\n]",
    b" [1]",
    b"[2] ",
    b" [] ",
    b"[\"a\"]\n",
];

const NUMBERS: &[&[u8]] = &[
    b"[123]",
    b"[-1]",
    b"[-123]",
    b"[ 4]",
    // twice, as minus zero and as negative zero
    b"[-0]",
    b"[-0]",
    b"[123.456789]",
    b"[0e1]",
    b"[0e+1]",
    b"[20e1]",
    b"[123e45]",
    b"[123e65]",
    b"[123.456e78]",
    b"[1E22]",
    b"[1E-2]",
    b"[1E+2]",
    b"[1e-2]",
    b"[1e+2]",
];

const OBJECTS: &[&[u8]] = &[
    b"{}",
    b"{\"\":0}",
    b"{\"a\":[]}",
    b"{\"asd\":\"sdf\"}",
    b"{\"asd\":\"sdf\", \"dfg\":\"fgh\"}",
    b"{\n\"a\": \"b\"\n}",
    b"{\"foo\\u0000bar\": 42}",
    b"{ \"min\": -1.0e+28, \"max\": 1.0e+28 }",
    b"{\"title\":\"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430 \\u0417\\u0435\\u043c\\u043b\\u0435\\u043a\\u043e\\u043f\\u0430\" }",
    // a key twice
    b"{\"a\":\"b\",\"a\":\"b\"}",
    b"{\"a\":\"b\",\"a\":\"c\"}",
];

const STRINGS: &[&[u8]] = &[
    b"[\"asd\"]",
    b"[ \"asd\"]",
    b"[\"asd \"]",
    b"[\"a/*b*/c/*d//e\"]",
    // escapes
    br#"["\\a"]"#,
    br#"["\\n"]"#,
    br#"["\\u0000"]"#,
    br#"["\""]"#,
    br#"["\"\\\/\b\f\n\r\t"]"#,
    br#"["\u0000"]"#,
    br#"["\u0012"]"#,
    br#"["\u0022"]"#,
    br#"["\u002c"]"#,
    br#"["\u005C"]"#,
    br#"["\u0060\u012a\u12AB"]"#,
    br#"["\u0061\u30af\u30EA\u30b9"]"#,
    br#"["\u0123"]"#,
    br#"["\u0821"]"#,
    br#"["\u200B"]"#,
    br#"["\u2064"]"#,
    br#"["\uA66D"]"#,
    br#"["\uFDD0"]"#,
    br#"["\uFFFE"]"#,
    br#"["\uFFFF"]"#,
    br#"["new\u000Aline"]"#,
    br#"["new\u00A0line"]"#,
    // pairs of surrogates
    br#"["\ud83d\ude39\ud83d\udc8d"]"#,
    br#"["\uD801\udc37"]"#,
    br#"["\uD834\uDd1e"]"#,
    br#"["\uDBFF\uDFFE"]"#,
    br#"["\uDBFF\uDFFF"]"#,
    br#"["\uD83F\uDFFE"]"#,
    // as it is
    b"[\"\x7F\"]",
    b"[\"a\x7Fa\"]",
    b"[\"\xCF\x80\"]",
    b"[\"\xE2\x82\xAC\xF0\x9D\x84\x9E\"]",
    b"[\"\xE2\x80\xA8\"]",
    b"[\"\xE2\x80\xA9\"]",
    b"[\"\xE2\x8D\x82\xE3\x88\xB4\xE2\x8D\x82\"]",
    b"[\"\xEF\xBF\xBF\"]",
    b"[\"\xF0\x9B\xBF\xBF\"]",
    b"[\"\xF4\x8F\xBF\xBF\"]",
];

const ALONE: &[&[u8]] = &[
    b"false", b"true", b"null", b"42", b"-0.1", b"\"asd\"", b"\"\"", b"\" \"",
];
