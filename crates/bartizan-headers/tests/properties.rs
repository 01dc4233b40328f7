//! What holds for every text, however it was made.

use bartizan_headers::{ContentDisposition, CookieRepair, Csp, Directive, Policy, Repair, Source};
use http::{HeaderValue, Response};
use proptest::prelude::*;

/// Texts that look like policies more often than chance would have it.
fn policy() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "default-src",
        "script-src",
        "object-src",
        "base-uri",
        "sandbox",
        "report-uri",
        "img-src",
        "style-src",
        "'self'",
        "'none'",
        "'nonce'",
        "'unsafe-inline'",
        "'strict-dynamic'",
        "https:",
        "data:",
        "*",
        "https://a.example",
        "*.b.example",
        "/r",
        "allow-forms",
        ";",
        ";",
        ";",
        ",",
        "\u{e4}",
        "'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn a_policy_that_is_read_is_written_and_read_alike(text in policy()) {
        if let Ok(csp) = Csp::parse(&text) {
            prop_assert_eq!(Csp::parse(&csp.to_string()), Ok(csp));
        }
    }

    #[test]
    fn reading_never_panics(text in any::<String>()) {
        let _ = Csp::parse(&text);
    }

    #[test]
    fn no_source_adds_a_directive(text in any::<String>(), seed in 0..4_usize) {
        let directives = [Directive::ScriptSrc, Directive::ImgSrc, Directive::FrameAncestors, Directive::ReportUri];
        let policy = Policy::builder().allow(directives[seed], Source::from(text.as_str())).build();
        if let Ok(policy) = policy {
            let mut response = Response::new(());
            response.headers_mut().insert("content-type", HeaderValue::from_static("text/html"));
            policy.apply(&mut response, false);
            let sent = response.headers()["content-security-policy"].to_str().unwrap_or_default();
            let reports = usize::from(seed == 3);
            prop_assert_eq!(sent.split(';').count(), 14 + reports, "{}", sent);
            prop_assert!(!sent.contains(','), "{}", sent);
        }
    }

    #[test]
    fn any_name_makes_one_plain_file_name(name in any::<String>()) {
        let disposition = ContentDisposition::attachment(&name);
        let left = disposition.name().unwrap_or_default();
        prop_assert!(!left.is_empty() && left.chars().count() <= 129);
        prop_assert!(!left.contains(['/', '\\', '"', '\r', '\n', ':', '%', ';']));
        prop_assert!(!left.starts_with('.') && !left.ends_with('.'));
        let value = disposition.to_value();
        let text = value.to_str().unwrap_or_default();
        prop_assert_eq!(text.matches('"').count(), 2, "{}", text);
        // what is left is left alone
        let again = ContentDisposition::attachment(left);
        prop_assert_eq!(again.name(), Some(left));
    }

    #[test]
    fn a_repair_adds_and_never_needs_another(
        line in "(__Host-|__Secure-|)[a-c]{0,2}=?[ -~]{0,8}(; ?(Secure|HttpOnly|SameSite=(Lax|None|x)|Path=/|Path=/a|Domain=a.example|Max-Age=0)){0,5};?",
        https: bool,
    ) {
        let Ok(value) = HeaderValue::try_from(&line) else { return Ok(()) };
        let repair = CookieRepair::new();
        if let Repair::Better(better) = repair.repair(&value, https) {
            prop_assert_eq!(repair.repair(&better, https), Repair::Good, "{:?}", better);
            let text = String::from_utf8_lossy(better.as_bytes()).to_ascii_lowercase();
            let line = line.to_ascii_lowercase();
            for word in ["secure", "httponly", "samesite=none", "max-age=0"] {
                let kept = !line.contains(&format!("; {word}")) || text.contains(word);
                prop_assert!(kept, "{} became {}", line, text);
            }
        }
    }
}
