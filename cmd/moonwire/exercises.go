package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/scripts"
)

type exercisesCommand struct {
	List listExercises `cmd:"" default:"1" help:"List the exercises that are built in."`
	Show showExercise  `cmd:"" help:"Print the handout of an exercise."`
	Copy copyExercise  `cmd:"" help:"Copy the handout and the skeleton of an exercise into a folder; with --all the tests and the solution too."`
}

type listExercises struct{}

// Run lists the exercises with their titles and points.
func (listExercises) Run(c *console) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, name := range scripts.Exercises() {
		ex, err := builtIn(name)
		if err != nil {
			return err
		}
		if err := bindings.Checker().Declare(ex); err != nil {
			return fmt.Errorf("exercise %s: %w", name, err)
		}
		fmt.Fprintf(w, "%s\t%s points\t%s\n", name, points(ex), ex.Title)
	}
	return w.Flush()
}

func builtIn(name string) (*grade.Exercise, error) {
	files, ok := scripts.Exercise(name)
	if !ok {
		hint := ""
		if near := bind.Nearest(name, scripts.Exercises()); near != "" {
			hint = ", did you mean " + near + "?"
		}
		return nil, usagef("no exercise is called %s%s\nmoonwire exercises lists those there are.", name, hint)
	}
	return &grade.Exercise{Name: name, Files: files}, nil
}

type showExercise struct {
	Name string `arg:"" help:"Its name, as moonwire exercises prints it."`
}

// Run prints the handout.
func (s showExercise) Run(c *console) error {
	ex, err := builtIn(s.Name)
	if err != nil {
		return err
	}
	text, err := fs.ReadFile(ex.Files, "README.md")
	if err != nil {
		return fmt.Errorf("exercise %s: %w", s.Name, err)
	}
	_, err = c.out.Write(text)
	return err
}

type copyExercise struct {
	All  bool   `help:"Everything: the tests, the solution and the mutants too."`
	Name string `arg:"" help:"Its name, as moonwire exercises prints it."`
	Dir  string `arg:"" optional:"" help:"Where to (default: a folder of the exercise's name); made if need be."`
}

// Run writes the files, and replaces none.
func (x copyExercise) Run(c *console) error {
	ex, err := builtIn(x.Name)
	if err != nil {
		return err
	}
	if x.Dir == "" {
		x.Dir = x.Name
	}
	var names []string
	err = fs.WalkDir(ex.Files, ".", func(name string, d fs.DirEntry, err error) error {
		handout := name == "README.md" || strings.HasPrefix(name, "skeleton")
		if err == nil && !d.IsDir() && (x.All || handout) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("exercise %s: %w", x.Name, err)
	}
	for _, name := range names {
		to := filepath.Join(x.Dir, filepath.FromSlash(name))
		if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			return usagef("%s exists already and was not replaced; nothing was copied. Give another folder: moonwire exercises copy %s DIR", to, x.Name)
		}
	}
	for _, name := range names {
		to := filepath.Join(x.Dir, filepath.FromSlash(name))
		data, err := fs.ReadFile(ex.Files, name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o755)
		}
		if err == nil {
			err = os.WriteFile(to, data, 0o644)
		}
		if err != nil {
			return usagef("cannot write: %v", err)
		}
		fmt.Fprintln(c.out, to)
	}
	return nil
}
