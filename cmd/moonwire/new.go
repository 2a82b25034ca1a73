package main

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/wire"
	"github.com/moonwire-lab/moonwire/repl"
)

//go:embed template
var template embed.FS

type newCommand struct {
	Exercise newExercise `cmd:"" help:"Begin an exercise."`
}

type newExercise struct {
	Name string `arg:"" help:"The folder to make; its last part is the exercise's name."`
}

// exerciseName is what a name of an exercise looks like: it is a word on command lines, in the names of files and in tests.
var exerciseName = wire.Pattern(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// Run writes the folder. Its files stand for the exercise's name where they say NAME.
func (n newExercise) Run(c *console) error {
	name := filepath.Base(filepath.Clean(n.Name))
	if !exerciseName().MatchString(name) {
		return usagef("an exercise cannot be called %q; want letters, digits, _ and -, such as line_counter", name)
	}
	if _, err := os.Lstat(n.Name); err == nil {
		return usagef("%s is there already and was not replaced. Give another name.", n.Name)
	}
	err := fs.WalkDir(template, "template", func(file string, d fs.DirEntry, err error) error {
		to := filepath.Join(n.Name, filepath.FromSlash(strings.TrimPrefix(file, "template")))
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		}
		data, err := template.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Fprintln(c.out, to)
		return os.WriteFile(to, []byte(strings.ReplaceAll(string(data), "NAME", name)), 0o644)
	})
	if err != nil {
		return usagef("cannot write the exercise: %v", err)
	}
	fmt.Fprintf(c.out, "\nIt works already: moonwire grade --self-test %s\nThen change check.lua, solution.lua and the rest; moonwire doc check explains the module.\n", repl.ShellWord(n.Name))
	return nil
}
