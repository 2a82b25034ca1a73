package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moonwire-lab/moonwire/bindings/reference"
)

type metaCommand struct {
	Dir string `arg:"" help:"The folder to write to, made if need be; add it to the language server's workspace.library."`
}

// Run writes one file of annotations for each module, over those of an earlier version.
func (m metaCommand) Run(c *console) error {
	if err := os.MkdirAll(m.Dir, 0o755); err != nil {
		return usagef("cannot make the folder: %v", err)
	}
	files, err := fs.Glob(reference.Meta(), "*.lua")
	if err != nil {
		return err
	}
	for _, name := range files {
		text, err := fs.ReadFile(reference.Meta(), name)
		if err != nil {
			return err
		}
		to := filepath.Join(m.Dir, name)
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return usagef("cannot write: %v", err)
		}
		fmt.Fprintln(c.out, to)
	}
	return nil
}
