-- +goose Up
-- What stays after an action, and which action of the trail it belongs to.
ALTER TABLE attempts ADD COLUMN effect TEXT NOT NULL DEFAULT ''; -- that the action made or took back
ALTER TABLE attempts ADD COLUMN job TEXT NOT NULL DEFAULT '';    -- whose step it was
CREATE INDEX attempts_effect ON attempts (effect, id) WHERE effect <> '';
CREATE INDEX attempts_job ON attempts (job, id) WHERE job <> '';

CREATE TABLE effects (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    action       TEXT    NOT NULL,
    room         TEXT    NOT NULL,
    account      TEXT    NOT NULL,
    nick         TEXT    NOT NULL,
    occupant_id  TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    actor_kind   TEXT    NOT NULL,
    actor_id     TEXT    NOT NULL,
    actor        TEXT    NOT NULL,
    since        BIGINT NOT NULL,
    until        BIGINT NOT NULL, -- 0: never
    attempt      TEXT    NOT NULL,
    job          TEXT    NOT NULL,
    before       TEXT    NOT NULL, -- the affiliation
    members_only BOOLEAN NOT NULL,
    fields       TEXT    NOT NULL, -- of the room's configuration before, as a JSON object
    state        TEXT    NOT NULL,
    ended        BIGINT NOT NULL, -- 0: it stands
    ender_kind   TEXT    NOT NULL,
    ender_id     TEXT    NOT NULL,
    ender        TEXT    NOT NULL,
    problem      TEXT    NOT NULL,
    tries        BIGINT NOT NULL,
    due          BIGINT NOT NULL, -- when it is looked at next; 0: never
    claimed      BIGINT NOT NULL  -- until when one replica looks at it; 0: none does
);
CREATE INDEX effects_due ON effects (due) WHERE ended = 0 AND due > 0;
CREATE INDEX effects_standing ON effects (room, action) WHERE ended = 0;
CREATE INDEX effects_room ON effects (room, id);
CREATE INDEX effects_account ON effects (account, id) WHERE account <> '';
CREATE INDEX effects_job ON effects (job) WHERE job <> '';

-- +goose Down
DROP TABLE effects;
DROP INDEX attempts_job;
DROP INDEX attempts_effect;
ALTER TABLE attempts DROP COLUMN job;
ALTER TABLE attempts DROP COLUMN effect;
