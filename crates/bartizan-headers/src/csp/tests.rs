//! Presets, building, and what goes out.

use http::HeaderValue;

use super::*;
use crate::PolicyError;

fn over(https: bool, csp: &Csp) -> String {
    text(csp.template(Kind::Enforced, https).without_nonce())
}

fn text(value: &HeaderValue) -> String {
    value.to_str().unwrap().to_owned()
}

fn reasons(result: Result<Csp, PolicyErrors>) -> Vec<Reason> {
    let errors = result.unwrap_err();
    errors.iter().filter_map(PolicyError::reason).collect()
}

#[test]
fn the_presets_are_the_documented_ones() {
    let document = Csp::document().build().unwrap();
    assert_eq!(
        over(true, &document),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src 'none'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; \
         upgrade-insecure-requests"
    );
    assert!(!over(false, &document).contains("upgrade"));
    assert_eq!(
        over(true, &Csp::api().build().unwrap()),
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    );
    let strict = Csp::strict().build().unwrap().to_string();
    assert!(
        strict.contains("script-src 'nonce' 'strict-dynamic';"),
        "{strict}"
    );
}

#[test]
fn an_added_source_replaces_none_and_joins_self() {
    let csp = Csp::document()
        .allow(Directive::FrameSrc, "https://video.example")
        .allow(Directive::ImgSrc, "https://img.example")
        .allow(Directive::ImgSrc, "https://img.example")
        .build()
        .unwrap();
    let text = over(false, &csp);
    assert!(text.contains("frame-src https://video.example;"), "{text}");
    assert!(
        text.contains("img-src 'self' https://img.example;"),
        "{text}"
    );
}

#[test]
fn all_mistakes_are_reported_at_once_with_their_places() {
    let errors = Csp::document()
        .allow(Directive::ScriptSrc, "'unsafe-eval'")
        .allow(Directive::ImgSrc, "a; script-src b")
        .without(Directive::BaseUri)
        .build()
        .unwrap_err();
    let all: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        all,
        [
            "script-src: \"'unsafe-eval'\" turns text into code",
            "img-src: \"a; script-src b\" is not of the grammar",
            "base-uri is missing: relative addresses can be sent elsewhere",
        ]
    );
    assert_eq!(errors.to_string(), all.join("; "));
}

#[test]
fn a_danger_call_accepts_what_it_names_and_nothing_else() {
    let named = Csp::document().danger_allow(Directive::ScriptSrc, "https:");
    assert!(named.clone().build().is_ok());
    let more = named.clone().allow(Directive::ScriptSrc, "data:");
    assert_eq!(reasons(more.build()), [Reason::WholeScheme]);
    let elsewhere = named.allow(Directive::WorkerSrc, "https:");
    assert_eq!(reasons(elsewhere.build()), [Reason::WholeScheme]);
    let malformed = Csp::document().danger_allow(Directive::ScriptSrc, "a b");
    assert_eq!(reasons(malformed.build()), [Reason::Malformed]);
    let without = Csp::document().danger_without(Directive::BaseUri).build();
    // what was accepted stays accepted when the policy is widened later
    assert!(without.unwrap().to_builder().build().is_ok());
}

#[test]
fn a_nonce_has_one_value_in_every_place() {
    let csp = Csp::strict()
        .allow(Directive::StyleSrc, Source::NONCE)
        .build()
        .unwrap();
    let template = csp.template(Kind::Enforced, true);
    let with = text(&template.with_nonce("AAAA").unwrap());
    assert!(
        with.contains("script-src 'nonce-AAAA' 'strict-dynamic';"),
        "{with}"
    );
    assert!(with.contains("style-src 'self' 'nonce-AAAA';"), "{with}");
    let without = text(template.without_nonce());
    assert!(
        without.contains("script-src 'strict-dynamic'; style-src 'self';"),
        "{without}"
    );
    assert!(!without.contains("nonce"), "{without}");
}

#[test]
fn a_policy_without_a_place_takes_no_nonce() {
    let csp = Csp::document().build().unwrap();
    assert!(!csp.uses_nonce());
    assert_eq!(csp.template(Kind::Enforced, true).with_nonce("AAAA"), None);
}

#[test]
fn unsafe_inline_goes_with_the_nonce_that_silenced_it() {
    let csp = Csp::document()
        .only(Directive::ScriptSrc, [Source::NONCE, Source::UNSAFE_INLINE])
        .build()
        .unwrap();
    assert!(
        over(true, &csp).contains("script-src 'none';"),
        "{}",
        over(true, &csp)
    );
    let hashed = Csp::document()
        .only(
            Directive::ScriptSrc,
            [
                Source::NONCE,
                Source::UNSAFE_INLINE,
                Source::sha256([7; 32]),
            ],
        )
        .build()
        .unwrap();
    assert!(over(true, &hashed).contains("script-src 'unsafe-inline' 'sha256-BwcH"));
}

#[test]
fn a_trial_says_nothing_that_browsers_ignore_in_it() {
    let csp = Csp::document().sandbox().build().unwrap();
    let trial = text(csp.template(Kind::ReportOnly, true).without_nonce());
    assert!(
        !trial.contains("sandbox") && !trial.contains("upgrade"),
        "{trial}"
    );
}

#[test]
fn over_plain_http_a_report_goes_by_the_one_way_that_works_there() {
    let sent = |csp: CspBuilder| over(false, &csp.build().unwrap());
    let both = sent(Csp::document().report("csp", "/reports"));
    assert!(both.ends_with("; report-uri /reports"), "{both}");
    // For a browser that takes it there after all.
    let one = sent(Csp::document().only(Directive::ReportTo, ["csp"]));
    assert!(one.ends_with("; report-to csp"), "{one}");
}

#[test]
fn what_is_parsed_is_written_back() {
    for csp in [Csp::document(), Csp::strict(), Csp::api()] {
        let csp = csp.build().unwrap();
        assert_eq!(Csp::parse(&csp.to_string()), Ok(csp));
    }
}

#[test]
fn typed_sources_are_of_the_grammar() {
    let csp = Csp::document()
        .allow(Directive::ScriptSrc, Source::sha256([0; 32]))
        .allow(Directive::ScriptSrc, Source::sha384([0; 48]))
        .allow(Directive::ScriptSrc, Source::sha512([0; 64]))
        .allow(Directive::ScriptSrc, Source::UNSAFE_HASHES)
        .allow(Directive::ScriptSrc, Source::WASM_UNSAFE_EVAL)
        .allow(Directive::ScriptSrc, Source::REPORT_SAMPLE)
        .allow(Directive::ScriptSrc, Source::INLINE_SPECULATION_RULES)
        .allow(Directive::ImgSrc, Source::scheme("data"))
        .sandbox_with([Sandbox::Forms, Sandbox::Scripts])
        .require_trusted_types()
        .allow(Directive::TrustedTypes, "app")
        .report("csp", "/reports");
    csp.build().unwrap();
}

#[test]
fn a_script_cannot_be_let_out_of_its_sandbox() {
    let csp = Csp::api().sandbox_with([Sandbox::Scripts, Sandbox::SameOrigin]);
    assert_eq!(reasons(csp.build()), [Reason::SandboxEscape]);
}

#[cfg(feature = "psl")]
#[test]
fn hosts_that_anybody_can_have_are_wild() {
    let with = |directive, source| Csp::document().only(directive, [source]).build();
    for source in ["https://*.github.io", "*.S3.amazonaws.com", "*.co.uk"] {
        for directive in [
            Directive::ScriptSrc,
            Directive::FrameAncestors,
            Directive::FormAction,
            Directive::ConnectSrc,
        ] {
            let found = reasons(with(directive, source));
            assert_eq!(found, [Reason::Wildcard], "{source}");
        }
        assert!(with(Directive::ImgSrc, source).is_ok(), "{source}");
    }
    assert!(with(Directive::ScriptSrc, "https://me.github.io").is_ok());
}

#[test]
fn random_texts_never_give_a_value_with_a_second_directive() {
    // each byte in the middle of a source, in each kind of directive
    for byte in 0..=255_u8 {
        let source = format!("a{}b", char::from(byte));
        for directive in [
            Directive::ImgSrc,
            Directive::FrameAncestors,
            Directive::Sandbox,
            Directive::TrustedTypes,
            Directive::ReportTo,
            Directive::ReportUri,
            Directive::Webrtc,
        ] {
            let csp = Csp::document().only(directive, [source.as_str()]);
            if let Ok(csp) = csp.build() {
                let sent = over(true, &csp);
                assert_eq!(sent.matches(&format!("{directive} ")).count(), 1, "{sent}");
                let strange = |byte: u8| byte <= b' ' || byte >= 0x7f || b",;".contains(&byte);
                assert!(!source.bytes().any(strange), "{source:?} in {directive}");
            }
        }
    }
}
