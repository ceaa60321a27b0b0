package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"muckick/cmd/muckick/internal/config"
)

// showUsage writes what can be typed behind a command's name: below what the
// command is for, when help is asked for.
func showUsage(c *cobra.Command) error {
	var flags strings.Builder
	c.LocalFlags().VisitAll(func(f *pflag.Flag) { writeFlag(&flags, f) })
	groups := c.HasAvailableSubCommands()

	var b strings.Builder
	b.WriteString("Usage:\n  " + usageLine(c, groups, flags.Len() > 0) + "\n")
	if c.HasExample() {
		b.WriteString("\nExamples:\n" + c.Example + "\n")
	}
	if groups {
		b.WriteString("\nCommands:\n")
		writeCommands(&b, c.Commands())
		fmt.Fprintf(&b, "\n\"%s COMMAND --help\" tells more about a command.\n", c.CommandPath())
	}
	if flags.Len() > 0 {
		b.WriteString("\nFlags:\n" + flags.String())
	}
	_, err := io.WriteString(c.OutOrStderr(), b.String())
	return err
}

func usageLine(c *cobra.Command, groups, flags bool) string {
	_, arguments, _ := strings.Cut(c.Use, " ")
	line := strings.TrimSpace(c.CommandPath() + " " + arguments)
	switch {
	case groups:
		return line + " COMMAND"
	case flags:
		return line + " [FLAGS]"
	}
	return line
}

func writeCommands(w io.Writer, commands []*cobra.Command) {
	table := tabwriter.NewWriter(w, 0, 8, 3, ' ', 0)
	for _, c := range commands {
		if c.IsAvailableCommand() {
			_, arguments, _ := strings.Cut(c.Use, " ")
			fmt.Fprintf(table, "  %s\t%s\n", strings.TrimSpace(c.Name()+" "+arguments), c.Short)
		}
	}
	table.Flush()
}

// writeFlag writes a flag with its meaning, and where else it can be set.
func writeFlag(w io.Writer, f *pflag.Flag) {
	if f.Hidden || f.Name == "help" {
		return
	}
	value, meaning := pflag.UnquoteUsage(f)
	fmt.Fprintf(w, "  %s\n      %s\n", strings.TrimSpace("--"+f.Name+" "+strings.ToUpper(value)), meaning)
	var notes []string
	if f.DefValue != "" && f.DefValue != "[]" && f.DefValue != "false" {
		notes = append(notes, "default "+f.DefValue)
	}
	if variables := f.Annotations[config.EnvironmentNote]; len(variables) > 0 {
		notes = append(notes, "environment "+variables[0])
	}
	if len(notes) > 0 {
		fmt.Fprintf(w, "      (%s)\n", strings.Join(notes, ", "))
	}
}
