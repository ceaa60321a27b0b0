package main

import (
	"bufio"
	"bytes"
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
		return askPassword(c.Context(), int(file.Fd()), file, c.ErrOrStderr(), name)
	}
	return interruptible(c.Context(), func() (string, error) { return firstLine(in) })
}

func askPassword(ctx context.Context, fd int, in io.Reader, out io.Writer, name string) (_ string, err error) {
	before, err := term.MakeRaw(fd)
	if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	defer func() { err = errors.Join(err, term.Restore(fd, before)) }()
	// One for both answers, since it may have read the second with the first.
	terminal := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keyboard{in}, out}, "")
	ask := func(prompt string) (string, error) {
		answer, err := interruptible(ctx, func() (string, error) { return terminal.ReadPassword(prompt) })
		if errors.Is(err, io.EOF) { // Ctrl-D
			err = errors.New("no password was given, so nothing has changed")
		}
		if err != nil {
			fmt.Fprint(out, "\r\n") // the cursor is behind the prompt
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

// keyboard is a terminal in raw mode, where Ctrl-C is a byte like others. It
// counts at once, whatever was typed before it.
type keyboard struct{ io.Reader }

func (k keyboard) Read(into []byte) (int, error) {
	const ctrlC = 3
	n, err := k.Reader.Read(into)
	if bytes.IndexByte(into[:n], ctrlC) >= 0 {
		return 0, errInterrupted
	}
	return n, err
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
