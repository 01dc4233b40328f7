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
        ":2: server.listen must be a text",
        ":3: server.listn is not a known key",
        ":5: acounts is not a known key; did you mean accounts?",
        ":8: password.passes must be a whole number",
        ":9: password.memory_kib does not fit: 64 KiB is weak",
        ":11: mail.password is a secret",
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
    assert!(wrong.contains(":3: token.session.idle"), "{wrong}");
    let wrong = session(
        "idle = \"2h\"\n",
        &[("BARTIZAN__TOKEN__SESSION__ABSOLUTE", "1h")],
    );
    assert!(wrong.unwrap_err().contains(":2: token.session.idle"));
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
fn the_guide_has_each_key_with_its_default() {
    let guide = include_str!("../../../../../docs/server.md");
    let default = Config::default();
    for key in all_keys() {
        let row = format!("| `{}` |", key.path);
        let row = guide.lines().find(|line| line.starts_with(&row));
        let row = row.unwrap_or_else(|| panic!("docs/server.md has no row for {}", key.path));
        let shown = (key.show)(&default);
        assert!(row.contains(&format!("| {shown} |")), "{row}: {shown}");
    }
}
