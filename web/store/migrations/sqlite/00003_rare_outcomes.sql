-- +goose Up
-- Outcomes that are seldom and searched for. A kick that succeeds never enters.
CREATE INDEX attempts_rare ON attempts (outcome, id) WHERE outcome NOT IN ('pending', 'kicked');

-- +goose Down
DROP INDEX attempts_rare;
