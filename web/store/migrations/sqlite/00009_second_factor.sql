-- +goose Up
-- Second factors of operators, which are asked for after the password. One that
-- was not confirmed by a code counts for nothing.
CREATE TABLE factors (
    operator  TEXT NOT NULL PRIMARY KEY REFERENCES operators (id) ON DELETE CASCADE,
    secret    TEXT NOT NULL, -- of TOTP (RFC 6238), base32
    session   TEXT NOT NULL, -- in which it was made
    created   INTEGER NOT NULL,
    confirmed INTEGER NOT NULL, -- 0: not yet
    step      INTEGER NOT NULL  -- the time step of the last code that was used
);

CREATE TABLE recovery_codes (
    operator TEXT NOT NULL REFERENCES operators (id) ON DELETE CASCADE,
    hash     BLOB NOT NULL, -- SHA-256
    used     INTEGER NOT NULL, -- 0: not yet
    PRIMARY KEY (operator, hash)
);

-- +goose Down
DROP TABLE recovery_codes;
DROP TABLE factors;
