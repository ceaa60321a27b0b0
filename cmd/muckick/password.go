package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// maxPasswordInput bounds what is read for a password; the store takes less.
const maxPasswordInput = 64 << 10

var errInterrupted = errors.New("interrupted")

// readPassword returns a new password: asked for twice, unseen, at a terminal,
// and otherwise the first line of standard input.
func readPassword(c *cobra.Command, name string) (string, error) {
	in := c.InOrStdin()
	if file, ok := in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return askPassword(c.Context(), int(file.Fd()), c.ErrOrStderr(), name)
	}
	return interruptible(c.Context(), func() (string, error) { return firstLine(in) })
}

func askPassword(ctx context.Context, terminal int, out io.Writer, name string) (string, error) {
	echoing, err := term.GetState(terminal)
	if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(out, prompt)
		defer fmt.Fprintln(out)
		answer, err := interruptible(ctx, func() (string, error) {
			answer, err := term.ReadPassword(terminal)
			return string(answer), err
		})
		switch {
		case errors.Is(err, errInterrupted):
			return "", errors.Join(err, term.Restore(terminal, echoing))
		case errors.Is(err, io.EOF): // Ctrl-D
			return "", errors.New("no password was given, so nothing has changed")
		}
		return answer, err
	}
	password, err := ask(fmt.Sprintf("New password for %s: ", name))
	if err != nil {
		return "", err
	}
	again, err := ask("The same again: ")
	if err != nil {
		return "", err
	}
	if password != again {
		return "", errors.New("the two passwords differ")
	}
	return password, nil
}

// firstLine returns the first line without its end.
func firstLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, maxPasswordInput)).ReadString('\n')
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return "", fmt.Errorf("read the password: %w", err)
	case line == "":
		return "", errors.New("standard input has no password")
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}

// interruptible reads until ctx ends. Nothing can end the read itself: then its
// goroutine remains until the process ends, which is what comes next.
func interruptible(ctx context.Context, read func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
		return "", errInterrupted
	}
}
