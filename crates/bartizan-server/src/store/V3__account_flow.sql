-- Accounts that are disabled, changes of address, what happened to an account, and when a session's owner last proved who he is.

ALTER TABLE account ADD COLUMN disabled_at INTEGER;

-- The last password that was checked for it; of those of before, that was when they were made.
ALTER TABLE session ADD COLUMN authenticated_at INTEGER;

-- A change of address that waits: each digest goes when its link is used, and the change is made when both are gone.
CREATE TABLE email_change (
    account_id INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    credential_version INTEGER NOT NULL,
    new_email TEXT NOT NULL,
    old_digest BLOB UNIQUE,
    new_digest BLOB UNIQUE,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX email_change_by_expiry ON email_change (expires_at);

-- An address that was changed stays its account's until the link to undo the change expires.
CREATE TABLE email_undo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    digest BLOB NOT NULL UNIQUE,
    old_email TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    -- When a link in place of this one is mailed; none once a mail server has taken it.
    mail_after INTEGER
) STRICT;
CREATE INDEX email_undo_by_mail ON email_undo (mail_after) WHERE mail_after IS NOT NULL;
CREATE INDEX email_undo_by_account ON email_undo (account_id, id);
CREATE INDEX email_undo_by_email ON email_undo (old_email);
CREATE INDEX email_undo_by_expiry ON email_undo (expires_at);

-- Hashes that were in force before, where passwords must not come back (off by default).
CREATE TABLE password_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    password TEXT NOT NULL
) STRICT;
CREATE INDEX password_history_by_account ON password_history (account_id, id);

-- Written in the transaction of what it tells of. Names are those of `audit::Event`.
CREATE TABLE audit_event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    address TEXT NOT NULL
) STRICT;
CREATE INDEX audit_event_by_account ON audit_event (account_id, id);
