package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/repl"
)

type docCommand struct {
	Name string `arg:"" optional:"" help:"A module, module.function or module.Class:method; without it the modules are listed."`
}

// Run prints a page of help.
func (d docCommand) Run(c *console) error {
	var page bytes.Buffer
	if d.Name == "" {
		for _, m := range allModules() {
			line, _, _ := strings.Cut(m.Doc, "\n")
			sentence, _, _ := strings.Cut(line, ". ")
			fmt.Fprintf(&page, "  %-14s  %s\n", m.Name, strings.TrimSuffix(sentence, "."))
		}
		fmt.Fprintln(&page, "\nmoonwire doc NAME explains a module, moonwire doc NAME.FUNCTION a function.")
	} else if err := bind.Help(&page, allModules(), d.Name); err != nil {
		return usagef("%v\nmoonwire doc lists the modules.", err)
	}
	_, err := page.WriteTo(c.out)
	return err
}

// allModules lists the modules that scripts of the command can require.
func allModules() []*bind.Module { return append(bindings.AllModules(), repl.Module) }
