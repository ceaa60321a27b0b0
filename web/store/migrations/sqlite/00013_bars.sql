-- +goose Up
-- Who is kept out of a room for some time, without a ban.
CREATE TABLE bars (
    id         TEXT NOT NULL PRIMARY KEY,
    room       TEXT NOT NULL,
    account    TEXT NOT NULL, -- empty where the room hides it
    nick       TEXT NOT NULL, -- empty where the account is known
    kind       TEXT NOT NULL, -- what is done to who comes back
    reason     TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id   TEXT NOT NULL,
    actor      TEXT NOT NULL,
    address    TEXT NOT NULL,
    job        TEXT NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    returned   INTEGER NOT NULL,
    acted      INTEGER NOT NULL,
    last       INTEGER NOT NULL, -- return; 0: none
    UNIQUE (room, account, nick)
);

-- +goose Down
DROP TABLE bars;
