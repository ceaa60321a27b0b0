package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal returns a terminal and the side of it that a person sits at.
func openTerminal(t *testing.T) (terminal, person *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("MISSING: pseudo terminals (%v)", err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { terminal.Close() })
	return terminal, person
}

// echoes reports whether the terminal shows what is typed.
func echoes(t *testing.T, terminal *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// waitUnseen waits until the terminal does not show what is typed, which it
// does when the program has begun to read.
func waitUnseen(t *testing.T, terminal *os.File) {
	t.Helper()
	for late := time.Now().Add(10 * time.Second); echoes(t, terminal); runtime.Gosched() {
		if time.Now().After(late) {
			t.Fatal("the terminal still echoes")
		}
	}
}

// typeAtPrompts runs operator add at a terminal. It types each answer when its
// prompt has come and the terminal has stopped to echo.
func typeAtPrompts(t *testing.T, answers map[string]string) outcome {
	t.Helper()
	terminal, person := openTerminal(t)
	stdout, stderr := newBuffer(), newBuffer()
	done := make(chan int, 1)
	env := []string{"MUCKICK_CONFIG=", "MUCKICK_STORE=" + newDatabase(t)}
	go func() {
		done <- run(t.Context(), []string{"operator", "add", "alice", "--create"}, terminal, stdout, stderr, env)
	}()
	for _, prompt := range []string{"New password for alice: ", "The same again: "} {
		stderr.waitFor(t, prompt)
		waitUnseen(t, terminal)
		if _, err := person.WriteString(answers[prompt] + "\r"); err != nil {
			t.Fatal(err)
		}
	}
	status := <-done
	if !echoes(t, terminal) {
		t.Error("the terminal does not echo any more")
	}
	person.WriteString("end\n")
	shown, err := bufio.NewReader(person).ReadString('d')
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range answers {
		if strings.Contains(shown+stdout.String()+stderr.String(), answer) {
			t.Errorf("the password shows in %q, %q, %q", shown, stdout, stderr)
		}
	}
	return outcome{stdout.String(), stderr.String(), status}
}

func TestPasswordAtTerminal(t *testing.T) {
	got := typeAtPrompts(t, map[string]string{"New password for alice: ": "correct horse", "The same again: ": "correct horse"})
	if got.status != exitOK || !strings.Contains(got.stdout, "alice can sign in now") {
		t.Errorf("status %d, %q, %q", got.status, got.stdout, got.stderr)
	}
	got = typeAtPrompts(t, map[string]string{"New password for alice: ": "correct horse", "The same again: ": "correct hose"})
	if got.status != exitFailed || !strings.Contains(got.stderr, "the two passwords differ") {
		t.Errorf("status %d, %q, %q", got.status, got.stdout, got.stderr)
	}
}

// Whoever gives up at a prompt is told so, and nothing has changed.
func TestPasswordGivenUp(t *testing.T) {
	tests := []struct{ name, typed, want string }{
		{"Ctrl-D", "\x04", "no password was given"},
		{"Ctrl-C", "\x03", "interrupted"},
		{"Ctrl-C behind half a password", "correct\x03", "interrupted"},
		{"Ctrl-C behind what is no UTF-8", "\xe9\x03", "interrupted"},
		{"Ctrl-D at the second prompt", "correct horse\r\x04", "no password was given"},
		{"a signal", "", "interrupted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			terminal, person := openTerminal(t)
			stdout, stderr := newBuffer(), newBuffer()
			ctx, interrupt := context.WithCancel(t.Context())
			done := make(chan int, 1)
			env := []string{"MUCKICK_CONFIG=", "MUCKICK_STORE=" + newDatabase(t)}
			go func() {
				done <- run(ctx, []string{"operator", "add", "alice", "--create"}, terminal, stdout, stderr, env)
			}()
			stderr.waitFor(t, "New password")
			waitUnseen(t, terminal)
			if tt.typed == "" {
				interrupt()
			} else if _, err := person.WriteString(tt.typed); err != nil {
				t.Fatal(err)
			}
			if status := <-done; status != exitFailed || !strings.Contains(stderr.String(), tt.want) {
				t.Errorf("status %d, %q, want %q", status, stderr, tt.want)
			}
			if !echoes(t, terminal) {
				t.Error("the terminal does not echo any more")
			}
			if tt.typed == "" {
				person.WriteString("\n") // ends the read that was given up
			}
			interrupt()
		})
	}
}
