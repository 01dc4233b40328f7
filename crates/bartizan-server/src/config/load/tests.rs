use super::*;
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
        ":5: acounts is not a known key",
        ":8: password.passes must be a whole number",
        "section [password]: 64 KiB is weak",
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
    let shown: Vec<_> = KEYS.iter().map(|key| (key.show)(&loaded.config)).collect();
    assert!(!format!("{shown:?} {loaded:?}").contains("s3cret"));
}
