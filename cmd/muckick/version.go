package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which muckick this is",
		Args:  noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return fmt.Errorf("this program was built without its build information")
			}
			return writeVersion(c.OutOrStdout(), info)
		},
	}
}

// writeVersion writes what the build information tells.
func writeVersion(w io.Writer, info *debug.BuildInfo) error {
	settings := make(map[string]string)
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	revision := settings["vcs.revision"]
	switch {
	case revision == "":
		revision = "unknown"
	case settings["vcs.modified"] == "true":
		revision += " with uncommitted changes"
	}
	if when := settings["vcs.time"]; when != "" {
		revision += " of " + when
	}
	_, err := fmt.Fprintf(w, "muckick %s\n%s %s/%s\nrevision %s\n",
		info.Main.Version, info.GoVersion, runtime.GOOS, runtime.GOARCH, revision)
	return err
}
