-- Times are milliseconds since 1970. Every foreign key has an index, so that a delete does not scan.

CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    -- Raised by a password change; a session made under another version is dead. A rehash leaves it alone.
    credential_version INTEGER NOT NULL DEFAULT 1,
    confirmed_at INTEGER,
    created_at INTEGER NOT NULL,
    -- Written by every sign-up, so that one with a taken address waits for the disk as long as one with a free address.
    last_sign_up_at INTEGER NOT NULL
) STRICT;

-- A link for each sign-up, with the password of that sign-up: whoever signs up later with the same address neither kills the
-- link nor puts another password behind it.
CREATE TABLE confirmation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    digest BLOB NOT NULL UNIQUE,
    password TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX confirmation_by_account ON confirmation (account_id, id);
CREATE INDEX confirmation_by_expiry ON confirmation (expires_at);

CREATE TABLE session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    credential_version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    device TEXT NOT NULL,
    address TEXT NOT NULL
) STRICT;
CREATE INDEX session_by_account ON session (account_id, id);
CREATE INDEX session_by_creation ON session (created_at);
CREATE INDEX session_by_use ON session (last_used_at);

CREATE TABLE article (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX article_by_account ON article (account_id);

CREATE TABLE article_tag (
    tag TEXT NOT NULL,
    article_id INTEGER NOT NULL REFERENCES article (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_tag_by_article ON article_tag (article_id, tag);

-- One row, written to see whether writes still reach the disk.
CREATE TABLE health (
    id INTEGER PRIMARY KEY,
    checks INTEGER NOT NULL
) STRICT;
INSERT INTO health (id, checks) VALUES (1, 0);
