-- +goose Up
-- An index for each filter of the trail that can be about few rows of many. What is
-- usual, an action that is a kick and an outcome that is kicked, never enters.
CREATE INDEX attempts_kind ON attempts (actor_kind, id);
CREATE INDEX attempts_action ON attempts (action, id) WHERE action <> 'kick';
CREATE INDEX attempts_service ON attempts (substr(room, instr(room, '@') + 1), id);
CREATE INDEX attempts_outcome ON attempts (outcome, id) WHERE outcome <> 'kicked';
DROP INDEX attempts_rare;
DROP INDEX attempts_pending;

-- +goose Down
CREATE INDEX attempts_pending ON attempts (replica) WHERE outcome = 'pending';
CREATE INDEX attempts_rare ON attempts (outcome, id) WHERE outcome NOT IN ('pending', 'kicked');
DROP INDEX attempts_outcome;
DROP INDEX attempts_service;
DROP INDEX attempts_action;
DROP INDEX attempts_kind;
