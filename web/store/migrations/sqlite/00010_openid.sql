-- +goose Up
-- Operators who sign in at an OpenID Connect provider have its issuer and their
-- subject there, and a password that nobody has.
ALTER TABLE operators ADD COLUMN issuer TEXT NOT NULL DEFAULT ''; -- empty: signs in with the password
ALTER TABLE operators ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX operators_subject ON operators (issuer, subject) WHERE issuer <> '';

ALTER TABLE sessions ADD COLUMN ends INTEGER NOT NULL DEFAULT 0; -- 0: as the others
ALTER TABLE sessions ADD COLUMN id_token TEXT NOT NULL DEFAULT ''; -- to sign out at the provider with

-- Answers of the provider that were used, for as long as they could be again.
CREATE TABLE used_states (
    hash BLOB NOT NULL PRIMARY KEY, -- SHA-256
    at   INTEGER NOT NULL
);
CREATE INDEX used_states_at ON used_states (at);

-- +goose Down
DROP TABLE used_states;
ALTER TABLE sessions DROP COLUMN id_token;
ALTER TABLE sessions DROP COLUMN ends;
DROP INDEX operators_subject;
ALTER TABLE operators DROP COLUMN subject;
ALTER TABLE operators DROP COLUMN issuer;
