-- +goose Up
-- Times are microseconds since 1970, UTC. Ids sort by time (id.go).

CREATE TABLE attempts (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at          BIGINT  NOT NULL,
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
    duration_us BIGINT  NOT NULL
);
-- Hashes, because a b-tree refuses values above 2.7 kB and the text is whatever
-- a caller sent.
CREATE INDEX attempts_room ON attempts (hashtextextended(room, 0), id);
CREATE INDEX attempts_nick ON attempts (hashtextextended(nick, 0), id);
CREATE INDEX attempts_actor ON attempts (hashtextextended(actor, 0), id) WHERE actor <> '';
CREATE INDEX attempts_real ON attempts (hashtextextended(real_bare, 0), id) WHERE real_bare <> '';
CREATE INDEX attempts_pending ON attempts (replica) WHERE outcome = 'pending';

-- A replica lives until its lease expires. Pending attempts of others are leftovers.
CREATE TABLE replicas (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name    TEXT    NOT NULL,
    expires BIGINT  NOT NULL
);

CREATE TABLE operators (
    id       TEXT    NOT NULL PRIMARY KEY,
    name     TEXT    NOT NULL,
    name_key TEXT    NOT NULL UNIQUE, -- the name with case and width folded
    password TEXT    NOT NULL,        -- argon2id, PHC string format
    disabled BOOLEAN NOT NULL,
    epoch    BIGINT  NOT NULL,        -- counts up whenever sessions must end
    created  BIGINT  NOT NULL
);

CREATE TABLE sessions (
    id        TEXT    NOT NULL PRIMARY KEY,
    hash      BYTEA   NOT NULL UNIQUE, -- SHA-256 of the secret
    operator  TEXT    NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    epoch     BIGINT  NOT NULL,        -- the operator's when it began
    created   BIGINT  NOT NULL,
    last_seen BIGINT  NOT NULL,
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
    hash       BYTEA   NOT NULL UNIQUE, -- SHA-256 of the secret
    created_by TEXT    NOT NULL,
    created    BIGINT  NOT NULL,
    last_used  BIGINT  NOT NULL, -- 0: never
    revoked    BIGINT  NOT NULL  -- 0: in force
);
CREATE UNIQUE INDEX tokens_name ON tokens (name_key) WHERE revoked = 0;

CREATE TABLE login_failures (
    id      TEXT    NOT NULL PRIMARY KEY,
    account TEXT    NOT NULL,
    address TEXT    NOT NULL,
    at      BIGINT  NOT NULL
);
CREATE INDEX login_failures_account ON login_failures (account, at);
CREATE INDEX login_failures_address ON login_failures (address, at);
CREATE INDEX login_failures_at ON login_failures (at);

-- Where accounts signed in from before.
CREATE TABLE login_addresses (
    account TEXT    NOT NULL,
    address TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    PRIMARY KEY (account, address)
);

CREATE TABLE keys (
    name  TEXT NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
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
