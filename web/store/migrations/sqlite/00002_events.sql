-- +goose Up
-- What an older program does not fill in has a default, so that it can go on
-- beside a newer one.

ALTER TABLE attempts ADD COLUMN actor_id TEXT NOT NULL DEFAULT ''; -- names can be used again

CREATE TABLE events (
    id         TEXT    NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    actor_kind TEXT    NOT NULL,
    actor_id   TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    subject    TEXT    NOT NULL, -- the name of the operator or token that it was done to
    subject_id TEXT    NOT NULL,
    detail     TEXT    NOT NULL,
    count      INTEGER NOT NULL  -- how many of the same kind the row stands for
) WITHOUT ROWID;
CREATE INDEX events_kind ON events (kind, id);
CREATE INDEX events_actor ON events (actor, id) WHERE actor <> '';
CREATE INDEX events_subject ON events (subject, id) WHERE subject <> '';

-- +goose Down
DROP TABLE events;
ALTER TABLE attempts DROP COLUMN actor_id;
