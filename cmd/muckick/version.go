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
			_, err := io.WriteString(c.OutOrStdout(), version())
			return err
		},
	}
}

// version returns which muckick this is, in lines.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "muckick, built without its build information\n"
	}
	return describeBuild(info)
}

// describeBuild returns what the build information tells, in lines.
func describeBuild(info *debug.BuildInfo) string {
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
	return fmt.Sprintf("muckick %s\n%s %s/%s\nrevision %s\n",
		info.Main.Version, info.GoVersion, runtime.GOOS, runtime.GOARCH, revision)
}
