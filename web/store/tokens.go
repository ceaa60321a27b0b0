package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"muckick/web/moderation"
)

// TokenPrefix begins every API token, so that scanners for leaked secrets know
// one when they see it.
const TokenPrefix = "muckick_"

// Token is what is known of an API token. Its secret is not.
type Token struct {
	ID        string
	Name      string
	CreatedBy string
	Created   time.Time
	LastUsed  time.Time // to the minute; zero when never
	Revoked   time.Time // zero unless it was revoked
	Expires   time.Time // zero when never
	Grants    moderation.Grants
}

// NewToken is a token to be made.
type NewToken struct {
	Name      string
	CreatedBy string
	Expires   time.Time // zero for never
	Grants    moderation.Grants
}

// Actor returns the token as who does something.
func (t Token) Actor() Actor { return Actor{Kind: ByToken, Name: t.Name, ID: t.ID} }

// Principal returns the token with what it is good for.
func (t Token) Principal() moderation.Principal {
	return moderation.Principal{Actor: t.Actor(), Grants: t.Grants}
}

// AddToken makes a token with 256 random bits and returns its secret, which
// cannot be had again: only its SHA-256 is stored. A name has 1 to 64
// characters of the PRECIS profile Nickname (RFC 8266), otherwise the error is
// a *RuleError. A name that compares equal to that of a token in force gives
// ErrDuplicate.
func (s *Store) AddToken(ctx context.Context, wanted NewToken) (secret string, _ Token, err error) {
	display, key, err := tokenName(wanted.Name)
	if err != nil {
		return "", Token{}, err
	}
	secret = TokenPrefix + newSecret()
	hash := sha256.Sum256([]byte(secret))
	now := s.now()
	token := Token{
		ID: newID(now), Name: display, CreatedBy: escapeText(wanted.CreatedBy), Created: fromMicros(micros(now)),
		Grants: wanted.Grants,
	}
	var expires int64
	if !wanted.Expires.IsZero() {
		expires = micros(wanted.Expires)
		token.Expires = fromMicros(expires)
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		// The name of a token that has ended is free.
		_, err := tx.ExecContext(ctx, `UPDATE tokens SET revoked = expires
			WHERE name_key = $1 AND revoked = 0 AND expires <> 0 AND expires <= $2`, key, micros(now))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO tokens
				(id, name, name_key, hash, created_by, created, last_used, revoked, expires, grants)
			VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8)`,
			token.ID, token.Name, key, hash[:], token.CreatedBy, micros(now), expires, grantsText(token.Grants))
		if err != nil {
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, Actor{}), Event{
			Kind: TokenAdded, Subject: token.Name, SubjectID: token.ID, Detail: token.Grants.String(),
		})
	})
	if err != nil {
		return "", Token{}, s.nameTaken("add token", err)
	}
	return secret, token, nil
}

// Tokens returns all tokens, revoked ones too, the newest first.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := s.backend.reader().QueryContext(ctx, selectToken+` ORDER BY id DESC`)
	if err != nil {
		return nil, fmt.Errorf("store: tokens: %w", err)
	}
	return scanAll(rows, scanToken)
}

// RevokeToken revokes the token in force of that name, or returns ErrNoToken.
func (s *Store) RevokeToken(ctx context.Context, name string) error {
	_, key, err := tokenName(name)
	if err != nil {
		return ErrNoToken
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		event := Event{Kind: TokenRevoked}
		err := tx.QueryRowContext(ctx, `UPDATE tokens SET revoked = $2 WHERE name_key = $1 AND revoked = 0
			RETURNING name, id`, key, micros(s.now())).Scan(&event.Subject, &event.SubjectID)
		if err != nil {
			return err
		}
		return s.note(ctx, tx, s.origin(ctx, Actor{}), event)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNoToken
	}
	if err != nil {
		return fmt.Errorf("store: revoke token: %w", err)
	}
	return nil
}

// InForce tells whether the token is good at a time.
func (t Token) InForce(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires))
}

// Token returns the token in force with that secret, or ErrNoToken. It records
// the use at most once a minute; that this fails does not refuse the token.
// The time that a lookup takes tells nothing about the secrets there are,
// since it depends on the hash alone.
func (s *Store) Token(ctx context.Context, secret string) (Token, error) {
	if !strings.HasPrefix(secret, TokenPrefix) { // junk costs no query
		return Token{}, ErrNoToken
	}
	hash := sha256.Sum256([]byte(secret))
	token, err := scanToken(s.backend.reader().QueryRowContext(ctx,
		selectToken+` WHERE hash = $1 AND revoked = 0`, hash[:]))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Token{}, ErrNoToken
	case err != nil:
		return Token{}, fmt.Errorf("store: token: %w", err)
	}
	now := s.now()
	if !token.InForce(now) {
		return Token{}, ErrNoToken
	}
	if s.touched.due(token.ID, token.LastUsed, now) {
		_, err := s.exec(ctx, `UPDATE tokens SET last_used = $2 WHERE id = $1 AND last_used < $2`, token.ID, micros(now))
		if err != nil {
			s.log.WarnContext(ctx, "token use not recorded", "token", token.Name, "error", err)
		}
	}
	return token, nil
}

const selectToken = `SELECT id, name, created_by, created, last_used, revoked, expires, grants FROM tokens`

func scanToken(r row) (Token, error) {
	var t Token
	var created, lastUsed, revoked, expires int64
	err := r.Scan(&t.ID, &t.Name, &t.CreatedBy, &created, &lastUsed, &revoked, &expires, textOf(&t.Grants))
	t.Created, t.LastUsed, t.Revoked, t.Expires = fromMicros(created), fromMicros(lastUsed), fromMicros(revoked), fromMicros(expires)
	return t, err
}

// tokenName returns a name as it is shown and as it is compared.
func tokenName(name string) (display, key string, err error) {
	display, displayErr := precis.Nickname.String(name)
	key, keyErr := precis.Nickname.CompareKey(name)
	if displayErr != nil || keyErr != nil || utf8.RuneCountInString(display) > maxName {
		return "", "", &RuleError{"token name", fmt.Sprintf("must have 1 to %d printable characters", maxName)}
	}
	return display, key, nil
}
