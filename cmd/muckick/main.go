// Command muckick kicks people out of XMPP group chats: for programs, by
// POST /muc_kick, and for moderators, by a web panel.
//
// Each command has a file of its name, with its flags and its help. What it does
// is in
//
//	internal/config   the settings: from flags, environment and file
//	internal/app      serve: starts the parts of a running muckick, and ends them
//	internal/check    check: whether a kick would work
//	internal/demo     demo: the chat server and the people on it
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"muckick/cmd/muckick/internal/check"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		// The first signal asks for an end in good order. Before that begins, a
		// second one has to kill again, as it does by default.
		signal.Stop(signals)
		cancel()
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}

// run runs the command that args name until it has done its work or ctx ends,
// and returns the exit status of the process. Of env, which has the form of
// [os.Environ], it takes its settings.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	root := newRootCommand(env)
	root.SetArgs(append([]string{}, args...)) // nil would mean the arguments of this process
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "muckick: %v\nSee %q.\n", err, usage.Command+" --help")
		return exitUsage
	case !errors.Is(err, check.ErrProblems): // else the report says it all
		fmt.Fprintf(stderr, "muckick: %v\n", err)
	}
	return exitFailed
}
