-- +goose Up
-- Where many rows pass each of two parts of a filter and few pass both, one index
-- answers that has what the other part asks for, without reading those rows.
DROP INDEX attempts_nick;
CREATE INDEX attempts_nick ON attempts (nick, id, outcome, action, actor, room, actor_kind);
DROP INDEX attempts_outcome;
CREATE INDEX attempts_outcome ON attempts (outcome, id, action, actor, room, actor_kind) WHERE outcome <> 'kicked';
DROP INDEX attempts_action;
CREATE INDEX attempts_action ON attempts (action, id, actor, room, actor_kind) WHERE action <> 'kick';
DROP INDEX attempts_actor;
CREATE INDEX attempts_actor ON attempts (actor, id, room, actor_kind) WHERE actor <> '';
DROP INDEX attempts_room;
CREATE INDEX attempts_room ON attempts (room, id, actor_kind);

-- +goose Down
DROP INDEX attempts_room;
CREATE INDEX attempts_room ON attempts (room, id);
DROP INDEX attempts_actor;
CREATE INDEX attempts_actor ON attempts (actor, id) WHERE actor <> '';
DROP INDEX attempts_action;
CREATE INDEX attempts_action ON attempts (action, id) WHERE action <> 'kick';
DROP INDEX attempts_outcome;
CREATE INDEX attempts_outcome ON attempts (outcome, id) WHERE outcome <> 'kicked';
DROP INDEX attempts_nick;
CREATE INDEX attempts_nick ON attempts (nick, id);
