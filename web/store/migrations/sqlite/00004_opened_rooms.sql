-- +goose Up
-- Rooms that operators opened by their address, since hidden ones are not listed.
CREATE TABLE opened_rooms (
    operator TEXT    NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    room     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (operator, room)
);

-- +goose Down
DROP TABLE opened_rooms;
