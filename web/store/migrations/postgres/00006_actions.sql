-- +goose Up
-- What was done. Before there were other actions, everything was a kick.
ALTER TABLE attempts ADD COLUMN action TEXT NOT NULL DEFAULT 'kick';

-- +goose Down
ALTER TABLE attempts DROP COLUMN action;
