-- +goose NO TRANSACTION
-- +goose Up
-- Outcomes that are seldom and searched for. A kick that succeeds never enters.
-- Built beside the kicks of other replicas; what a build that failed has left is
-- of no use.
DROP INDEX IF EXISTS attempts_rare;
CREATE INDEX CONCURRENTLY attempts_rare ON attempts (outcome, id) WHERE outcome NOT IN ('pending', 'kicked');

-- +goose Down
DROP INDEX attempts_rare;
