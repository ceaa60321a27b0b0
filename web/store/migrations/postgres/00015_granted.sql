-- +goose Up
-- Whom a lock made members until it ends, on record before they are; JSON, empty for
-- nobody.
ALTER TABLE effects ADD COLUMN granted TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE effects DROP COLUMN granted;
