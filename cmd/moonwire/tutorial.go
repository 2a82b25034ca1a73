package main

import (
	"cmp"
	"os"
	"path/filepath"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/repl"
	"github.com/moonwire-lab/moonwire/repl/tutorial"
)

type tutorialCommand struct {
	Language  string `placeholder:"en|pt|es|it" help:"English, Portuguese, Spanish or Italian (default: as last time, or what LANG says)."`
	FromStart bool   `help:"Begin at the first step, and not where you left off."`
}

// Run guides through the shell until the end of the input.
func (f *tutorialCommand) Run(c *console) error {
	if err := oneOf("--language", f.Language, tutorial.Languages()...); err != nil {
		return err
	}
	folder, err := os.OpenRoot(".")
	if err != nil {
		return err
	}
	defer folder.Close()
	terminal := isTerminal(c.in) && isTerminal(c.out)
	options := repl.Options{
		Run: bindings.Run{World: engine.Options{Seed: 1, Files: bindings.Files(folder.FS())}, Modules: []*bind.Module{repl.Module},
			Stdin: c.in, Stdout: c.out, Stderr: c.err},
		Terminal: terminal, Plain: os.Getenv("TERM") == "dumb", Color: terminal && colours(), History: historyFile(),
	}
	progress := ""
	if options.History != "" {
		progress = filepath.Join(filepath.Dir(options.History), "tutorial")
	}
	t, err := tutorial.New(tutorial.Options{
		Language: f.Language, Locale: cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")),
		Progress: progress, Restart: f.FromStart, Color: options.Color,
	})
	if err != nil {
		return err
	}
	t.Into(&options)
	s, err := repl.New(options)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx, stop := interruptibleShell(terminal)
	defer stop()
	t.Start(s)
	s.Loop(ctx)
	t.Leave()
	return nil
}
