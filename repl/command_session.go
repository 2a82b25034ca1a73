package repl

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/vnet"
	"github.com/moonwire-lab/moonwire/scripts"
)

// sessionCommands are about the shell and its world as a whole.
func sessionCommands() []*Command {
	return []*Command{
		{Name: "help", Args: "[commands|COMMAND|MODULE|MODULE.FUNCTION]", Doc: "Explain a command, a module or a function; help commands says what each command does. NAME? is the same, and so is a ? alone.", Try: "help dig\nhelp smtp.dial", Max: 1, Silent: true, Shell: (*Shell).help, Complete: topics},
		{Name: "hosts", Args: "[TEXT]", Doc: "List the hosts and routers of the world and their addresses; with a text, those whose name has it.", Try: "hosts umass", Max: 1, Silent: true, Shell: (*Shell).hosts},
		{Name: "ssh", Args: "HOST", Doc: "Move to another host: commands and Lua then run there.", Try: "ssh cis.poly.edu", Min: 1, Max: 1, Silent: true, Shell: (*Shell).ssh, Complete: hostNames},
		{Name: "time", Doc: "Show what the world's clock says.", Silent: true, Shell: (*Shell).time},
		{Name: "wait", Args: "TIME", Doc: "Let time pass in the world: 10, \"10 ms\", 1h, 2h30m.", Try: "wait 1h", Min: 1, Max: 2, Silent: true, Shell: (*Shell).wait},
		{Name: "run", Args: "LAB|FILE [ARGS…]", Doc: "Run a script of this host's folder as a process here, or a lab in a world of its own.", Try: "run mail/smtp_dialogue", Min: 1, Max: -1, Shell: (*Shell).run, World: runFile, Apart: isLab, Complete: labNames},
		{Name: "seed", Args: "[N]", Doc: "Show the seed of the world, or begin anew with another.", Try: "seed 7", Max: 1, Silent: true, Shell: (*Shell).seed},
		{Name: "reset", Doc: "Begin anew: the same world as at the start, with nothing done.", Silent: true, Shell: (*Shell).reset},
		{Name: "save", Args: "FILE", Doc: "Write what was done so far as a lab to a file of the machine; moonwire run FILE does it again, packet for packet.", Try: "save session.lua", Min: 1, Max: 1, Silent: true, Shell: (*Shell).save},
		{Name: "exit", Doc: "Leave; so does Ctrl-D.", Silent: true, Shell: func(s *Shell, _ []string) error { s.leaving.Store(true); s.status = 0; return nil }},
	}
}

func (s *Shell) help(args []string) error {
	if len(args) == 0 {
		return s.overview()
	}
	if args[0] == "commands" {
		s.describe(s.commands)
		return nil
	}
	if c := s.find(args[0]); c != nil {
		fmt.Fprintf(s.out, "%s\n%s\n", strings.TrimSpace(c.Name+" "+c.Args), hanging("  ", c.Doc, s.width()))
		if c.Try != "" {
			fmt.Fprintf(s.out, "\n    %s\n", strings.ReplaceAll(c.Try, "\n", "\n    "))
		}
		if m := s.module(args[0]); m == nil {
			return nil
		}
		fmt.Fprintln(s.out)
	}
	err := bind.Help(s.out, s.modules, args[0])
	if err == nil {
		return nil
	}
	if near := s.nearestCommand(args[0]); near != "" && !strings.Contains(err.Error(), "did you mean") {
		err = fmt.Errorf("%w; did you mean the command '%s'?", err, near)
	}
	return fmt.Errorf("%w\nhelp lists the commands and modules", err)
}

// describe says what commands do.
func (s *Shell) describe(commands []*Command) {
	for _, c := range commands {
		fmt.Fprintln(s.out, hanging(fmt.Sprintf("  %-12s", c.Name), bind.Brief(c.Doc), s.width()))
	}
}

func (s *Shell) module(name string) *bind.Module {
	for _, m := range s.modules {
		if m.FullName() == name {
			return m
		}
	}
	return nil
}

func (s *Shell) overview() error {
	fmt.Fprintln(s.out, "Type Lua, or a command, which goes on in the background with & behind it:")
	for _, group := range commandGroups() {
		fmt.Fprintln(s.out, hanging("  ", strings.Join(namesOfCommands(group), " "), s.width()))
	}
	s.describe(s.options.Commands)
	fmt.Fprintln(s.out, "\nModules, for require:")
	var names []string
	for _, m := range s.modules {
		names = append(names, m.FullName())
	}
	fmt.Fprintln(s.out, hanging("  ", strings.Join(names, " "), s.width()))
	_, err := fmt.Fprintln(s.out, "\nhelp NAME explains one of them, help commands says what each command does.\nTab completes, Ctrl-R searches earlier lines, Ctrl-C stops what runs, Ctrl-D\nleaves.")
	return err
}

func (s *Shell) hosts(args []string) error {
	if s.session.World.Net == nil {
		return errors.New("hosts: nobody can list the hosts of the machine's network; run with --net virtual")
	}
	var rows [][]string
	routers := 0
	for _, h := range s.session.World.Net.Hosts() {
		if len(args) > 0 && !strings.Contains(h.Name(), args[0]) && !strings.Contains(state(h), args[0]) {
			continue
		}
		if len(h.Addrs()) == 0 && len(args) == 0 && h != s.host().V {
			continue // the world's own, which nothing joins
		}
		if h.Forwarding() {
			if routers++; len(args) == 0 && routers > maxRouters {
				continue
			}
		}
		var addrs []string
		for _, a := range h.Addrs() {
			if a.Is4() {
				addrs = append(addrs, a.String())
			}
		}
		if more := len(addrs) - 2; more > 1 {
			addrs = append(addrs[:2], fmt.Sprintf("and %d more", more))
		}
		rows = append(rows, []string{h.Name(), strings.Join(addrs, " "), state(h)})
	}
	if len(rows) == 0 {
		return fmt.Errorf("no host has %q in its name", args[0])
	}
	io.WriteString(s.out, table(rows, 2))
	if routers > maxRouters && len(args) == 0 {
		fmt.Fprintf(s.out, "… and %d routers more; hosts router lists all of them.\n", routers-maxRouters)
	}
	return nil
}

// maxRouters is how many routers are listed unless one asks for them.
const maxRouters = 8

func state(h *vnet.Host) string {
	switch {
	case h.Down():
		return "down"
	case h.Forwarding():
		return "router"
	}
	return ""
}

func (s *Shell) ssh(args []string) error {
	if s.session.World.Net == nil {
		return errors.New("ssh: on the machine's network you stay on this host; run with --net virtual")
	}
	h := s.session.World.Find(args[0])
	if h == nil {
		return fmt.Errorf("ssh: %w", noHost(s.session.World, args[0]))
	}
	s.session.Move(h)
	return nil
}

func (s *Shell) time([]string) error {
	sched := s.session.World.Sched
	_, err := fmt.Fprintf(s.out, "%s since the world began: %s\n", Clock(sched.Elapsed()), sched.Now().UTC().Format("2006-01-02 15:04:05.000 MST"))
	return err
}

func (s *Shell) wait(args []string) error {
	d, err := bind.ParseDuration(strings.Join(args, " "))
	if err != nil {
		d, err = time.ParseDuration(strings.Join(args, "")) // 2h30m
	}
	if err != nil || d < 0 {
		return fmt.Errorf("wait: want a time such as 10, 500 ms, 1m30s, got %q", strings.Join(args, " "))
	}
	return s.session.Wait(d)
}

// isLab tells whether run was given a lab.
func isLab(args []string) bool {
	if len(args) == 0 {
		return false
	}
	_, ok := scripts.Find(args[0])
	return ok
}

// run runs a lab in a world of its own, or a script of the host.
func (s *Shell) run(args []string) error {
	lab, ok := scripts.Find(args[0])
	if !ok {
		return s.inWorld(runFile, args)
	}
	files, err := fs.Sub(scripts.Files(), lab.Folder())
	if err != nil {
		return err
	}
	ctx, stop := s.context()
	defer stop()
	stdout, stderr := s.streams()
	result, err := bindings.Run{
		Context: ctx, World: engine.Options{Seed: s.session.World.Sched.Seed(), Files: bindings.Files(files)}, Script: lab.File(), Args: args[1:],
		Modules: s.options.Run.Modules, Stdout: stdout, Stderr: stderr,
	}.Do()
	if err == nil && result.Status != 0 {
		fmt.Fprintf(s.out, "status %d (%s)\n", result.Status, result.Verdict)
	}
	return err
}

func (s *Shell) seed(args []string) error {
	if len(args) == 0 {
		_, err := fmt.Fprintln(s.out, s.session.World.Sched.Seed())
		return err
	}
	seed, err := strconv.ParseUint(args[0], 10, 64)
	if err != nil {
		return fmt.Errorf("seed: want a whole number from 0 on, got %q", args[0])
	}
	s.options.Run.World.Seed = seed
	return s.reset(nil)
}

func (s *Shell) reset([]string) error {
	if err := s.begin(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.out, "A new world, seed %d.\n", s.session.World.Sched.Seed())
	return err
}

func (s *Shell) save(args []string) error {
	if s.session.World.Net == nil {
		return errors.New("save: what was done on the machine's network cannot be done again packet for packet")
	}
	if s.unkept {
		return fmt.Errorf("save: the session is longer than %d lines or %d MiB, so that its end is not known; reset begins anew", maxLog, maxLogBytes>>20)
	}
	f, err := os.OpenFile(args[0], os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("save: %s is there already; give another name", args[0])
	}
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	_, err = io.WriteString(f, s.script(args[0]))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("save: %w", err)
	}
	fmt.Fprintf(s.out, "Saved. moonwire run --seed %d %s does it again.\n", s.session.World.Sched.Seed(), ShellWord(args[0]))
	if s.unshown {
		fmt.Fprintln(s.out, "Passwords that were typed stand in it in the clear.")
	}
	if slices.ContainsFunc(s.log, func(e entry) bool { return e.kind == halted }) {
		fmt.Fprintln(s.out, fill("Lines that Ctrl-C stopped are left out: if they sent something before, that is not done again.", s.width()))
	}
	return nil
}

// noHost says that a world has no host of a name.
func noHost(w *engine.World, name string) error {
	names := namesOf(w)
	near := bind.Nearest(name, names)
	if i := slices.IndexFunc(names, func(n string) bool { return strings.Contains(n, name) }); near == "" && i >= 0 {
		near = names[i]
	}
	return &NoHostError{name, near}
}

// A NoHostError says that a world has no host of a name.
type NoHostError struct {
	Host string // the name
	Near string // the name of a host that was probably meant; "" if none is like it
}

func (e *NoHostError) Error() string {
	if e.Near == "" {
		return fmt.Sprintf("there is no host %s; the command hosts lists them", e.Host)
	}
	return fmt.Sprintf("there is no host %s; did you mean %s?", e.Host, e.Near)
}

// hostNames completes names of hosts.
func hostNames(s *Shell, _ []string) []string { return namesOf(s.session.World) }

// namesOf returns the names of the hosts of a world, in order.
func namesOf(w *engine.World) []string {
	if w.Net == nil {
		return nil
	}
	var names []string
	for _, h := range w.Net.Hosts() {
		names = append(names, h.Name())
	}
	slices.Sort(names)
	return names
}

// labNames completes labs and files.
func labNames(s *Shell, args []string) []string {
	if len(args) > 1 {
		return nil
	}
	var names []string
	for _, lab := range scripts.All() {
		names = append(names, lab.Name)
		if args[0] != "" {
			names = append(names, path.Base(lab.Name))
		}
	}
	return append(names, fileNames(s, args)...)
}

// topics completes what help knows.
func topics(s *Shell, _ []string) []string {
	names := append(s.commandNames(), "commands")
	for _, t := range bind.Topics(s.modules) {
		names = append(names, t.Name)
	}
	return names
}

// didYouMean ends a sentence with the nearest of some names, if one is near.
func didYouMean(word string, names []string) string {
	if near := bind.Nearest(word, names); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; Tab lists what there is"
}
