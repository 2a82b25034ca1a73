package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/scripts"
)

type labsCommand struct {
	List listLabs `cmd:"" default:"1" help:"List the labs."`
	Show showLab  `cmd:"" help:"Print a lab or another script that is built in."`
	Copy copyLab  `cmd:"" help:"Copy a lab and the scripts it starts into a folder."`
}

type listLabs struct{}

// Run lists the labs, and then the scripts that they start.
func (listLabs) Run(c *console) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	all := scripts.All()
	for _, s := range all {
		if s.Lab {
			fmt.Fprintf(w, "%s\t%s\n", s.Name, s.Title)
		}
	}
	fmt.Fprintf(w, "\nProcesses that the labs start; they also run alone:\n")
	for _, s := range all {
		if !s.Lab {
			fmt.Fprintf(w, "%s\t%s\n", s.Name, s.Title)
		}
	}
	return w.Flush()
}

type showLab struct {
	Name string `arg:"" help:"Its name, as moonwire labs prints it; the folder may be left out."`
}

// Run prints the script.
func (l showLab) Run(c *console) error {
	s, err := findScript(l.Name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(c.out, s.Source())
	return err
}

type copyLab struct {
	Name string `arg:"" help:"Its name, as moonwire labs prints it; the folder may be left out."`
	Dir  string `arg:"" optional:"" default:"." help:"Where to (default: the current folder); made if need be."`
}

// Run writes the lab and the scripts it needs, and replaces no file.
func (l copyLab) Run(c *console) error {
	s, err := findScript(l.Name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(l.Dir, 0o755); err != nil {
		return usagef("cannot make the folder: %v", err)
	}
	needs := s.Needs()
	for _, n := range needs {
		to := filepath.Join(l.Dir, n.File())
		if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			return usagef("%s exists already and was not replaced; nothing was copied. Give another folder: moonwire labs copy %s DIR", to, l.Name)
		}
	}
	for _, n := range needs {
		to := filepath.Join(l.Dir, n.File())
		if err := os.WriteFile(to, []byte(n.Source()), 0o644); err != nil {
			return usagef("cannot write: %v", err)
		}
		fmt.Fprintln(c.out, to)
	}
	return nil
}

func findScript(name string) (scripts.Script, error) {
	s, ok := scripts.Find(name)
	if ok {
		return s, nil
	}
	hint := ""
	if near := bind.Nearest(name, scriptNames()); near != "" {
		hint = "; did you mean " + near + "?"
	}
	return s, usagef("no lab is called %s%s\nmoonwire labs lists the labs.", name, hint)
}
