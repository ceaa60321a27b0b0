-- +goose NO TRANSACTION
-- +goose Up
-- An index for each filter of the trail that can be about few rows of many. What is
-- usual, an action that is a kick and an outcome that is kicked, never enters. Built
-- beside the kicks of other replicas; what a build that failed has left is of no use.
DROP INDEX IF EXISTS attempts_kind;
CREATE INDEX CONCURRENTLY attempts_kind ON attempts (actor_kind, id);
DROP INDEX IF EXISTS attempts_action;
CREATE INDEX CONCURRENTLY attempts_action ON attempts (action, id) WHERE action <> 'kick';
DROP INDEX IF EXISTS attempts_service;
CREATE INDEX CONCURRENTLY attempts_service ON attempts (hashtextextended(split_part(room, '@', 2), 0), id);
DROP INDEX IF EXISTS attempts_outcome;
CREATE INDEX CONCURRENTLY attempts_outcome ON attempts (outcome, id) WHERE outcome <> 'kicked';
DROP INDEX IF EXISTS attempts_rare;
DROP INDEX IF EXISTS attempts_pending;

-- +goose Down
CREATE INDEX attempts_pending ON attempts (replica) WHERE outcome = 'pending';
CREATE INDEX attempts_rare ON attempts (outcome, id) WHERE outcome NOT IN ('pending', 'kicked');
DROP INDEX attempts_outcome;
DROP INDEX attempts_service;
DROP INDEX attempts_action;
DROP INDEX attempts_kind;
