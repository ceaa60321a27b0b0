package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/pflag"
)

const (
	envPrefix  = "MUCKICK_"
	configFlag = "config"
	configEnv  = envPrefix + "CONFIG"

	flagOrigin = "flag --" // before the flag's name
)

// A setting is the value that somebody gave to a key.
type setting struct {
	values []string
	origin string // where, for people: a flag, a variable or a file
}

// settings are what one source, or all together, say, by the key's name.
type settings map[string]setting

// A fault says what is wrong with one setting.
type fault struct {
	key    string // or a name that is none
	origin string // empty if nothing sets it
	err    error
}

func (f *fault) Error() string {
	if f.origin == "" {
		return fmt.Sprintf("%s: %v", f.key, f.err)
	}
	return fmt.Sprintf("%s (%s): %v", f.key, f.origin, f.err)
}

// Unwrap returns what is wrong.
func (f *fault) Unwrap() error { return f.err }

// A fileError says why nothing of the configuration file could be read.
type fileError struct {
	path string
	err  error
}

func (e *fileError) Error() string { return fmt.Sprintf("configuration file %s: %v", e.path, e.err) }

// Unwrap returns what is wrong.
func (e *fileError) Unwrap() error { return e.err }

var errUnknownKey = errors.New(`there is no such key ("muckick config" lists all)`)

// EnvironmentNote annotates a flag with the name of its environment variable.
const EnvironmentNote = "environment"

// AddFlags makes a flag for every key of the sections, and the one that names
// the file.
func AddFlags(flags *pflag.FlagSet, sections ...Section) {
	flags.SortFlags = false
	flags.String(configFlag, "", "TOML `file` with the configuration; by default $XDG_CONFIG_HOME/muckick/muckick.toml or else /etc/muckick/muckick.toml, where there is one")
	noteEnvironment(flags, configFlag, configEnv)
	for _, k := range keys {
		if !slices.Contains(sections, k.section) {
			continue
		}
		if k.list {
			flags.StringSlice(k.name, nil, k.meaning)
		} else {
			flags.String(k.name, k.fallback, k.meaning)
		}
		noteEnvironment(flags, k.name, k.environment())
	}
}

// noteEnvironment annotates a flag.
func noteEnvironment(flags *pflag.FlagSet, name, variable string) {
	flags.Lookup(name).Annotations = map[string][]string{EnvironmentNote: {variable}}
}

// A reading is what all sources say.
type reading struct {
	merged   settings // the flags before env, and that before the file
	file     string   // path of the file that was read, if one was
	faults   []error
	warnings []string
}

func readSettings(flags *pflag.FlagSet, env []string) (r reading) {
	fromEnv := r.readEnvironment(env)
	var fromFile settings
	if r.file = r.configPath(flags, env); r.file != "" {
		var faults []error
		fromFile, faults = readFile(r.file)
		r.faults = append(r.faults, faults...)
	}
	r.merged = make(settings)
	for _, source := range []settings{fromFile, fromEnv, readFlags(flags)} {
		for name, value := range source {
			r.merged[name] = value
		}
	}
	return r
}

func readFlags(flags *pflag.FlagSet) settings {
	found := make(settings)
	flags.Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		found[f.Name] = setting{values: values, origin: flagOrigin + f.Name}
	})
	return found
}

// readEnvironment reads the variables of the keys. Others with our prefix are a
// warning only: Kubernetes makes some for every service of our name.
func (r *reading) readEnvironment(env []string) settings {
	found := make(settings)
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || name == configEnv {
			continue
		}
		i := slices.IndexFunc(keys, func(k key) bool { return k.environment() == name })
		if i < 0 {
			r.warnings = append(r.warnings, unknownVariable(name))
			continue
		}
		found[keys[i].name] = setting{values: keys[i].split(value), origin: "environment " + name}
	}
	return found
}

// unknownVariable warns of an environment variable that sets nothing.
func unknownVariable(name string) string {
	names := []string{strings.TrimPrefix(configEnv, envPrefix)}
	for _, k := range keys {
		names = append(names, strings.TrimPrefix(k.environment(), envPrefix))
	}
	warning := fmt.Sprintf("the environment variable %s sets nothing: there is no such key", name)
	if near := nearest(strings.TrimPrefix(name, envPrefix), names); near != "" {
		warning += "; did you mean " + envPrefix + near + "?"
	}
	return warning
}

// unknownKey is the fault of a key in the file that is none.
func unknownKey(name string) error {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	if near := nearest(name, names); near != "" {
		return fmt.Errorf("%w; did you mean %s?", errUnknownKey, near)
	}
	return errUnknownKey
}

// defaultPaths are where the file is looked for that nobody names.
func defaultPaths(env []string) (paths []string) {
	variable := func(name string) (value string) {
		for _, entry := range env {
			if v, ok := strings.CutPrefix(entry, name+"="); ok {
				value = v
			}
		}
		return value
	}
	folder := variable("XDG_CONFIG_HOME")
	if home := variable("HOME"); folder == "" && home != "" {
		folder = filepath.Join(home, ".config")
	}
	if filepath.IsAbs(folder) { // the XDG specification wants others ignored
		paths = append(paths, filepath.Join(folder, "muckick", "muckick.toml"))
	}
	return append(paths, "/etc/muckick/muckick.toml")
}

// configPath returns the path of the configuration file, or nothing.
func (r *reading) configPath(flags *pflag.FlagSet, env []string) string {
	if f := flags.Lookup(configFlag); f != nil && f.Changed {
		return f.Value.String()
	}
	path, named := "", false
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, configEnv+"="); ok {
			path, named = value, true
		}
	}
	if named {
		return path
	}
	for _, path := range defaultPaths(env) {
		f, err := os.Open(path)
		if err == nil {
			f.Close()
			return path
		}
		if !errors.Is(err, fs.ErrNotExist) {
			r.warnings = append(r.warnings, fmt.Sprintf("the configuration is not read: %v", err))
		}
	}
	return ""
}

func readFile(path string) (found settings, faults []error) {
	data, err := os.ReadFile(path)
	if err != nil {
		if pathErr := new(fs.PathError); errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return nil, []error{&fileError{path, err}}
	}
	var tree map[string]any
	if err := toml.Unmarshal(data, &tree); err != nil {
		return nil, []error{&fileError{path, tomlFault(err)}}
	}
	found = make(settings)
	for name, value := range flatten("", tree) {
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
		if i < 0 {
			faults = append(faults, &fault{key: name, origin: path, err: unknownKey(name)})
			continue
		}
		values, err := keys[i].texts(value)
		if err != nil {
			faults = append(faults, &fault{key: name, origin: path, err: err})
			continue
		}
		found[name] = setting{values: values, origin: path}
	}
	return found, faults
}

// tomlFault says where a file is not TOML. What the parser says of a syntax error
// may show the value of a secret; otherwise it says which key is there twice.
func tomlFault(err error) error {
	var syntax *toml.DecodeError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("%s (a key or table may stand there once, and \"xmpp.jid = …\" is part of [xmpp])",
			strings.TrimPrefix(err.Error(), "toml: "))
	}
	line, column := syntax.Position()
	return fmt.Errorf("it is not TOML in line %d, column %d (texts need quotes)", line, column)
}

// flatten returns the values of all tables under dotted names.
func flatten(prefix string, tree map[string]any) map[string]any {
	flat := make(map[string]any)
	for name, value := range tree {
		table, ok := value.(map[string]any)
		if !ok {
			flat[prefix+name] = value
			continue
		}
		for inner, value := range flatten(prefix+name+".", table) {
			flat[inner] = value
		}
	}
	return flat
}

// texts returns the values that the file gives to the key.
func (k key) texts(value any) ([]string, error) {
	items, isList := value.([]any)
	switch {
	case isList && !k.list:
		return nil, errors.New("has to be one text, not a list")
	case !isList:
		items = []any{value}
	}
	values := make([]string, 0, len(items))
	for _, item := range items {
		text, ok := item.(string)
		if !ok {
			return nil, errors.New("has to be text, in quotes")
		}
		if isList {
			values = append(values, text)
		} else {
			values = append(values, k.split(text)...)
		}
	}
	return values, nil
}

// split returns the values in one text: those between its commas if the key is
// a list.
func (k key) split(text string) []string {
	if !k.list {
		return []string{text}
	}
	var values []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			values = append(values, part)
		}
	}
	return values
}
