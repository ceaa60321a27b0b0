-- +goose Up
-- Times are microseconds since 1970, UTC. Ids sort by time (id.go).

CREATE TABLE attempts (
    id          TEXT    NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    replica     TEXT    NOT NULL,
    actor_kind  TEXT    NOT NULL,
    actor       TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    room        TEXT    NOT NULL,
    nick        TEXT    NOT NULL,
    real_jid    TEXT    NOT NULL,
    real_bare   TEXT    NOT NULL, -- real_jid without its resource, to search by
    reason      TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    duration_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX attempts_room ON attempts (room, id);
CREATE INDEX attempts_nick ON attempts (nick, id);
CREATE INDEX attempts_actor ON attempts (actor, id) WHERE actor <> '';
CREATE INDEX attempts_real ON attempts (real_bare, id) WHERE real_bare <> '';
CREATE INDEX attempts_pending ON attempts (replica) WHERE outcome = 'pending';

-- A replica lives until its lease expires. Pending attempts of others are leftovers.
CREATE TABLE replicas (
    id      TEXT    NOT NULL PRIMARY KEY,
    name    TEXT    NOT NULL,
    expires INTEGER NOT NULL
);

CREATE TABLE operators (
    id       TEXT    NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL,
    name_key TEXT    NOT NULL UNIQUE, -- the name with case and width folded
    password TEXT    NOT NULL,        -- argon2id, PHC string format
    disabled BOOLEAN NOT NULL,
    epoch    INTEGER NOT NULL,        -- counts up whenever sessions must end
    created  INTEGER NOT NULL
);

CREATE TABLE sessions (
    id        TEXT    NOT NULL PRIMARY KEY,
    hash      BLOB    NOT NULL UNIQUE, -- SHA-256 of the secret
    operator  TEXT    NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    epoch     INTEGER NOT NULL,        -- the operator's when it began
    created   INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    address   TEXT    NOT NULL,
    browser   TEXT    NOT NULL,
    csrf      TEXT    NOT NULL
);
CREATE INDEX sessions_operator ON sessions (operator);
CREATE INDEX sessions_last_seen ON sessions (last_seen);

CREATE TABLE tokens (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    hash       BLOB    NOT NULL UNIQUE, -- SHA-256 of the secret
    created_by TEXT    NOT NULL,
    created    INTEGER NOT NULL,
    last_used  INTEGER NOT NULL, -- 0: never
    revoked    INTEGER NOT NULL  -- 0: in force
);
CREATE UNIQUE INDEX tokens_name ON tokens (name_key) WHERE revoked = 0;

CREATE TABLE login_failures (
    id      TEXT    NOT NULL PRIMARY KEY,
    account TEXT    NOT NULL,
    address TEXT    NOT NULL,
    at      INTEGER NOT NULL
);
CREATE INDEX login_failures_account ON login_failures (account, at);
CREATE INDEX login_failures_address ON login_failures (address, at);
CREATE INDEX login_failures_at ON login_failures (at);

-- Where accounts signed in from before.
CREATE TABLE login_addresses (
    account TEXT    NOT NULL,
    address TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (account, address)
);

CREATE TABLE keys (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
);

-- +goose Down
DROP TABLE keys;
DROP TABLE login_addresses;
DROP TABLE login_failures;
DROP TABLE tokens;
DROP TABLE sessions;
DROP TABLE operators;
DROP TABLE replicas;
DROP TABLE attempts;
