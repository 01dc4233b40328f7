-- Refresh families, one-time tokens, codes and API tokens.

-- Raised by a change of password or address and by a login; reset links made under another version are dead.
ALTER TABLE account ADD COLUMN link_version INTEGER NOT NULL DEFAULT 1;

-- One row a family, whatever its age: a used token is known by not being `current` or `parent`.
CREATE TABLE refresh_family (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    credential_version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    rotated_at INTEGER NOT NULL,
    current BLOB NOT NULL,
    parent BLOB,
    seed BLOB,
    CHECK ((parent IS NULL) = (seed IS NULL))
) STRICT;
CREATE INDEX refresh_family_by_account ON refresh_family (account_id, number);
CREATE INDEX refresh_family_by_expiry ON refresh_family (expires_at);

-- A session that comes from a family ends with it. Those of before have neither.
ALTER TABLE session ADD COLUMN family_id BLOB REFERENCES refresh_family (id) ON DELETE CASCADE;
ALTER TABLE session ADD COLUMN expires_at INTEGER;
CREATE INDEX session_by_family ON session (family_id) WHERE family_id IS NOT NULL;
CREATE INDEX session_by_expiry ON session (expires_at) WHERE expires_at IS NOT NULL;

-- At most one for an account and kind. A link version of NULL is bound to none.
CREATE TABLE one_time (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    link_version INTEGER,
    data TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (account_id, kind)
) STRICT;
CREATE INDEX one_time_by_expiry ON one_time (expires_at);

-- A slow hash, never looked up by what it is.
CREATE TABLE one_time_code (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL,
    hash TEXT NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    link_version INTEGER,
    expires_at INTEGER NOT NULL,
    UNIQUE (account_id, kind)
) STRICT;
CREATE INDEX one_time_code_by_expiry ON one_time_code (expires_at);

CREATE TABLE api_token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    shown TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    rolled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX api_token_by_account ON api_token (account_id, id);
CREATE INDEX api_token_by_expiry ON api_token (expires_at) WHERE expires_at IS NOT NULL;
