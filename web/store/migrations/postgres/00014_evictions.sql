-- +goose Up
-- What a job did to a room for a moment and has to put back, on record before it is
-- done.
CREATE TABLE evictions (
    job  TEXT NOT NULL,
    room TEXT NOT NULL,
    body TEXT NOT NULL, -- JSON
    PRIMARY KEY (job, room)
);

-- +goose Down
DROP TABLE evictions;
