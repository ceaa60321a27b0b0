package main

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"
)

// jsonFlag lets a command write JSON for programs.
const jsonFlag = "json"

// addJSONFlag gives a command the flag, which sets the target.
func addJSONFlag(c *cobra.Command, target *bool) {
	c.Flags().BoolVar(target, jsonFlag, false, "write JSON, for programs")
}

// wantsJSON reports whether the command was called with the flag.
func wantsJSON(c *cobra.Command) bool {
	f := c.Flags().Lookup(jsonFlag)
	return f != nil && f.Value.String() == "true"
}

// writeJSON writes a value as the command's only output.
func writeJSON(c *cobra.Command, value any) error {
	encoder := json.NewEncoder(c.OutOrStdout())
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// jsonTime returns a time of the store in UTC (RFC 3339), and null for none.
func jsonTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
