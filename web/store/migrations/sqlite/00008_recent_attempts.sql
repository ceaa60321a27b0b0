-- +goose Up
-- Where attempts begin: a table without indexes, out of which those that have ended
-- are moved into attempts in batches. It has the columns of attempts, and a new one
-- there is a new one here.
CREATE TABLE recent_attempts (
    place       INTEGER NOT NULL PRIMARY KEY,
    id          TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    replica     TEXT    NOT NULL,
    actor_kind  TEXT    NOT NULL,
    actor       TEXT    NOT NULL,
    actor_id    TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    room        TEXT    NOT NULL,
    nick        TEXT    NOT NULL,
    real_jid    TEXT    NOT NULL,
    real_bare   TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    effect      TEXT    NOT NULL,
    job         TEXT    NOT NULL,
    outcome     TEXT    NOT NULL,
    detail      TEXT    NOT NULL,
    duration_us INTEGER NOT NULL
);

-- +goose Down
INSERT INTO attempts (id, at, replica, actor_kind, actor, actor_id, address, room, nick, real_jid, real_bare,
    reason, action, effect, job, outcome, detail, duration_us)
    SELECT id, at, replica, actor_kind, actor, actor_id, address, room, nick, real_jid, real_bare,
    reason, action, effect, job, outcome, detail, duration_us FROM recent_attempts;
DROP TABLE recent_attempts;
