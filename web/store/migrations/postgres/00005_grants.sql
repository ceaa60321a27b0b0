-- +goose Up
-- What operators and tokens may do, as CAPABILITY:SCOPE with spaces in between; *
-- is everywhere. Who is there already may do what everybody could so far. Who is
-- added by an older program may do nothing until a newer one says more.
ALTER TABLE operators ADD COLUMN grants TEXT NOT NULL DEFAULT '';
UPDATE operators SET grants = 'see:* kick:* mute:* ban:* lock:* audit:* administer:*';

ALTER TABLE tokens ADD COLUMN grants TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN expires BIGINT NOT NULL DEFAULT 0; -- 0: never
UPDATE tokens SET grants = 'kick:*';

-- +goose Down
ALTER TABLE tokens DROP COLUMN expires;
ALTER TABLE tokens DROP COLUMN grants;
ALTER TABLE operators DROP COLUMN grants;
