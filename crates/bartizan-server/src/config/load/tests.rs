use super::*;
use bartizan::Transport;
use std::io::Write;

fn read(text: &str, env: &[(&str, &str)]) -> Result<Loaded, ConfigErrors> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let env = env
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    load(Some(file.path()), env)
}

#[test]
fn all_errors_come_at_once_with_line_and_key() {
    let text = "[server]\nlisten = 5\nlistn = \"x\"\n\n[acounts]\nregistration = \"open\"\n[password]\npasses = \"2\"\nmemory_kib = 64\n[mail]\npassword = \"4711\"\n";
    let errors = read(
        text,
        &[
            ("BARTIZAN__LOG__LEVEL", "loud4711"),
            ("BARTIZAN__LOG__LEVL", "x"),
        ],
    )
    .unwrap_err();
    let lines = errors.lines().join("\n");
    for part in [
        ":2:1: server.listen must be a text",
        ":3:1: server.listn is not a known key",
        ":5:2: acounts is not a known key; did you mean accounts?",
        ":8:1: password.passes must be a whole number",
        ":9:1: password.memory_kib does not fit: 64 KiB is weak",
        ":11:1: mail.password is a secret",
        "environment BARTIZAN__LOG__LEVEL: log.level must be error",
        "log.levl is not a known key",
    ] {
        assert!(lines.contains(part), "{part}\n{lines}");
    }
    assert!(!lines.contains("4711"), "{lines}");
}

#[test]
fn the_environment_wins_over_the_file() {
    let text =
        "[accounts]\nregistration = \"open\"\n[token.session]\nabsolute = \"1h\"\nidle = \"30m\"\n";
    let loaded = read(
        text,
        &[
            ("BARTIZAN__ACCOUNTS__REGISTRATION", "closed"),
            ("HOME", "/"),
        ],
    )
    .unwrap();
    assert_eq!(
        loaded.config.accounts.registration,
        super::super::Registration::Closed
    );
    assert_eq!(loaded.sources["accounts.registration"], Source::Env);
    assert_eq!(loaded.sources["token.session.idle"], Source::File);
    assert_eq!(loaded.config.token.session.idle_duration().as_secs(), 1800);
    assert!(!loaded.sources.contains_key("server.listen"));
}

#[test]
fn without_a_file_the_defaults_hold() {
    let loaded = load(None, []).unwrap();
    assert_eq!(loaded.config.server.listen.port(), 8080);
    assert!(loaded.sources.is_empty());
}

#[test]
fn a_broken_file_and_a_missing_one_are_named() {
    assert!(read("[server\nlisten = ", &[]).unwrap_err().lines()[0].contains(":1:"));
    let missing = load(Some(Path::new("/nowhere/bartizan.toml")), []).unwrap_err();
    assert!(missing.lines()[0].starts_with("/nowhere/bartizan.toml: "));
}

#[test]
fn an_origin_cannot_bend_a_link() {
    for origin in [
        "https://a.example",
        "http://127.0.0.1:8080",
        "https://a.example:444",
    ] {
        assert!(
            read(&format!("[server]\npublic_origin = \"{origin}\"\n"), &[]).is_ok(),
            "{origin}"
        );
    }
    for origin in [
        "a.example",
        "https://a.example/",
        "https://a.example/x",
        "https://u@a.example",
        "ftp://a",
        "javascript:x",
        "",
    ] {
        assert!(
            read(&format!("[server]\npublic_origin = \"{origin}\"\n"), &[]).is_err(),
            "{origin}"
        );
    }
}

#[test]
fn no_secret_is_shown() {
    let loaded = load(
        None,
        [("BARTIZAN__MAIL__PASSWORD".to_owned(), "s3cret".to_owned())],
    )
    .unwrap();
    let shown: Vec<_> = all_keys().map(|key| (key.show)(&loaded.config)).collect();
    assert!(!format!("{shown:?} {loaded:?}").contains("s3cret"));
}

#[test]
fn the_two_ends_of_a_session_must_fit_each_other_in_any_order() {
    let session = |text: &str, env: &[_]| {
        read(&format!("[token.session]\n{text}"), env)
            .map(|loaded| loaded.config.token.session)
            .map_err(|errors| errors.lines().join("\n"))
    };
    let long = session("idle = \"40d\"\nabsolute = \"60d\"\n", &[]).unwrap();
    assert_eq!(long.idle_duration().as_secs(), 40 * 86_400);
    let short = session("absolute = \"1h\"\n", &[]).unwrap();
    assert_eq!(short.idle_duration().as_secs(), 3600);
    let wrong = session("absolute = \"1h\"\nidle = \"2h\"\n", &[]).unwrap_err();
    assert!(wrong.contains(":3:1: token.session.idle"), "{wrong}");
    let wrong = session(
        "idle = \"2h\"\n",
        &[("BARTIZAN__TOKEN__SESSION__ABSOLUTE", "1h")],
    );
    assert!(wrong.unwrap_err().contains(":2:1: token.session.idle"));
    for text in ["idle = \"0s\"\n", "absolute = \"500d\"\n"] {
        assert!(session(text, &[]).is_err(), "{text}");
    }
}

#[test]
fn links_follow_the_listener_unless_told_otherwise() {
    let mut loaded = read("[server]\nlisten = \"127.0.0.1:81\"\n", &[]).unwrap();
    assert_eq!(loaded.config.server.public_origin, "http://127.0.0.1:81");
    loaded.listen_on(([127, 0, 0, 1], 82).into());
    assert_eq!(loaded.config.server.public_origin, "http://127.0.0.1:82");

    let text = "[server]\npublic_origin = \"https://a.example\"\n";
    let mut loaded = read(text, &[]).unwrap();
    loaded.listen_on(([127, 0, 0, 1], 82).into());
    assert_eq!(loaded.config.server.public_origin, "https://a.example");
    assert_eq!(loaded.config.hardening.headers.transport, Transport::Https);
}

#[test]
fn a_hash_that_the_policy_makes_is_below_the_ceilings() {
    let text = "[password]\nmemory_kib = 131_072\npasses = 12\n";
    let loaded = read(text, &[]).unwrap();
    assert_eq!(loaded.config.password.memory_kib, 131_072);
    let ceilings = loaded.config.password.ceilings();
    let stored = format!(
        "$argon2id$v=19$m=131072,t=12,p=1${}${}",
        "A".repeat(22),
        "A".repeat(43)
    );
    assert!(bartizan::password::StoredHash::parse(&stored, &ceilings).is_ok());
    assert!(read("[password]\nmemory_kib = 0x20000\n", &[]).is_err());
}

#[test]
fn the_guide_has_each_key_with_its_default_and_no_other() {
    let guide = include_str!("../../../../../docs/config.md");
    let default = Config::default();
    let row_of = |path: &str| {
        let begin = format!("| `{path}` |");
        let row = guide.lines().find(|line| line.starts_with(&begin));
        row.unwrap_or_else(|| panic!("docs/config.md has no row for {path}"))
    };
    for key in all_keys() {
        let (row, shown) = (row_of(key.path), (key.show)(&default));
        assert!(row.contains(&format!("| {shown} |")), "{row}: {shown}");
    }
    let in_lists: Vec<_> = array_keys()
        .map(|(list, key)| format!("{list}.{key}"))
        .collect();
    for path in &in_lists {
        row_of(path);
    }
    for line in guide.lines().filter_map(|line| line.strip_prefix("| `")) {
        let (path, _) = line.split_once('`').unwrap();
        let known = find(path).is_some() || in_lists.iter().any(|known| known == path);
        assert!(
            known,
            "docs/config.md has a row for {path}, which is no key"
        );
    }
}

#[test]
fn the_guides_examples_are_good_files() {
    let guide = include_str!("../../../../../docs/config.md");
    let mut examples = 0;
    for part in guide.split("```toml\n").skip(1) {
        let (text, _) = part.split_once("```").unwrap();
        let loaded = read(text, &[]);
        assert!(loaded.is_ok(), "{text}\n{loaded:?}");
        examples += 1;
    }
    assert_eq!(examples, 4);
}

#[test]
fn directives_come_from_the_file_and_the_environment() {
    let text = "[headers.csp]\nimg_src = [\"'self'\"]\nframe-src = []\n";
    let env = [("BARTIZAN__HEADERS__CSP__IMG_SRC", "'self',https://img.test")];
    let loaded = read(text, &env).unwrap();
    let csp = &loaded.config.hardening.headers.csp;
    assert_eq!(csp["img_src"], ["'self'", "https://img.test"]);
    assert!(csp["frame-src"].is_empty());
    assert_eq!(loaded.sources["headers.csp.img_src"], Source::Env);
    // whatever the file's spelling
    let text_of_danger = "[headers.danger_csp]\nscript-src = [\"https://*.com\"]\n";
    let env = [("BARTIZAN__HEADERS__DANGER_CSP__SCRIPT_SRC", "")];
    let loaded = read(text_of_danger, &env).unwrap();
    let danger = &loaded.config.hardening.headers.danger_csp;
    assert!(danger.values().all(Vec::is_empty), "{danger:?}");
    let wrong = [("BARTIZAN__HEADERS__CSP__SCRIPT_SRC", "'unsafe-inline'")];
    let lines = read(text, &wrong).unwrap_err().lines();
    let place = "environment BARTIZAN__HEADERS__CSP__SCRIPT_SRC: headers.csp.script_src[0]";
    assert!(lines[0].starts_with(place), "{lines:?}");
}

#[test]
fn the_public_origin_is_trusted_and_reports_pass_whatever_is_listed() {
    let text = "[server]\npublic_origin = \"https://a.test\"\n[csrf]\ninsecure_bypass = [\"POST /hooks/{name}\"]\n";
    let csrf = read(text, &[]).unwrap().config.hardening.csrf;
    assert_eq!(csrf.trusted_origins, ["https://a.test"]);
    assert_eq!(
        csrf.insecure_bypass,
        ["POST /hooks/{name}", "POST /v1/reports"]
    );
    let listed = format!("{text}trusted_origins = [\"https://*.test\"]\n");
    let listed = listed
        .replace("[csrf]\n", "")
        .replace("insecure_bypass", "[csrf]\ninsecure_bypass");
    // a wildcard over a whole top-level domain is refused, one over a name is not
    assert!(read(&listed, &[]).is_err());
    let plain = "[server]\npublic_origin = \"http://a.test\"\n";
    let csrf = read(plain, &[]).unwrap().config.hardening.csrf;
    assert!(csrf.trusted_origins.is_empty());
}

#[test]
fn a_name_in_the_file_clears_no_terminal_and_forges_no_line() {
    let lines = read("\"\\u001b[2J\\nfake:1:1: ok\" = 1\n", &[])
        .unwrap_err()
        .lines();
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].contains(['\u{1b}', '\n']), "{lines:?}");
    assert!(lines[0].contains("is not a known key"), "{lines:?}");
}
