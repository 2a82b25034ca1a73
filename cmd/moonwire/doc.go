package main

import (
	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
)

type docCommand struct {
	Name string `arg:"" optional:"" help:"A module, module.function or module.Class:method; without it the modules are listed."`
}

// Run prints a page of help.
func (d docCommand) Run(c *console) error {
	if err := bind.Help(c.out, bindings.AllModules(), d.Name); err != nil {
		return usagef("%v\nmoonwire doc lists the modules.", err)
	}
	return nil
}
