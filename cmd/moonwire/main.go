// Moonwire is an internet in one process, driven from Lua.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// The exit statuses of moonwire itself; a script may choose others by os.exit.
const (
	statusOK          = 0
	statusFailed      = 1 // the script failed
	statusUsage       = 2 // the command line is wrong, or a file cannot be read
	statusLimit       = 3 // a limit of the run fired
	statusDefect      = 4 // a defect of moonwire
	statusInterrupted = 130
)

type commands struct {
	Shell      shellCommand      `cmd:"" default:"withargs" help:"Lua and commands at a prompt. This is what moonwire does without a command."`
	Tutorial   tutorialCommand   `cmd:"" help:"A guided first half hour in the shell, in English, Portuguese, Spanish or Italian."`
	Run        runCommand        `cmd:"" help:"Run a script or a lab."`
	Grade      gradeCommand      `cmd:"" help:"Grade what was handed in for an exercise."`
	Exercises  exercisesCommand  `cmd:"" help:"List the exercises that are built in, show a handout, or copy one."`
	New        newCommand        `cmd:"" help:"Begin an exercise: a folder with a test, a solution and a mutant that work."`
	Gradescope gradescopeCommand `cmd:"" help:"Make the autograder of an exercise for Gradescope."`
	Classroom  classroomCommand  `cmd:"" help:"Make the workflow of an exercise for GitHub Classroom."`
	Labs       labsCommand       `cmd:"" help:"List the labs that are built in, show one, or copy one."`
	Doc        docCommand        `cmd:"" help:"Explain a module or a function."`
	Meta       metaCommand       `cmd:"" help:"Write the modules' annotations for the Lua language server."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// A console is what a command reads and prints.
type console struct {
	in       io.Reader
	out, err io.Writer
	program  *grade.Program
}

const description = `An internet in one process, driven from Lua.

Exit status: 0 ok, 1 the script failed, 2 wrong usage, 3 a limit fired, 4 a defect of moonwire, 130 interrupted; or what the script gave to os.exit.`

func main() {
	program := grade.Begin(bindings.Checker()) // which does not return in a process that is to run a submission
	var ballast []byte
	if os.Getenv("GOGC") == "" {
		runtime.AddCleanup(new([64]byte), load, &ballast)
	}
	status := moonwire(os.Args[1:], console{os.Stdin, os.Stdout, os.Stderr, program})
	runtime.KeepAlive(&ballast)
	os.Exit(status)
}

// load makes the garbage collector, which lets the heap grow by a share of its size, patient while the heap is small and strict when it
// is large: bulk transfers take a fifth less time, and runs with thousands of tasks or processes stay small. Nothing touches the bytes of
// the ballast, so they take no memory of the machine. It is called after the first collection, which short runs do not live to see: loading
// costs another one.
func load(ballast *[]byte) {
	debug.SetGCPercent(50)
	*ballast = make([]byte, 32<<20)
}

// A usageError is a mistake in the command line: what was wrong, what was wanted, what to do next.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// A statusError ends moonwire with a status; what there is to say has been said.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// moonwire runs one command line and returns the exit status.
func moonwire(args []string, c console) (status int) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case statusError:
			status = int(r)
		default:
			fmt.Fprintf(c.err, "moonwire: a defect of moonwire, not of your script: %v\n%s", r, debug.Stack())
			status = statusDefect
		}
	}()
	var cli commands
	parser, err := kong.New(&cli, kong.Name("moonwire"), kong.Description(description),
		limitVars(), kong.ExplicitGroups([]kong.Group{{Key: "limits", Title: "Limits; 0 is none:"}}), kong.Writers(c.out, c.err), kong.Bind(&c), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Exit(func(code int) { panic(statusError(code)) }))
	if err != nil {
		panic(err)
	}
	names := commandNames(parser)
	args = askedHelp(args, names)
	if err := knownCommand(args, names); err != nil {
		return c.conclude(err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(c.err, "moonwire: %v\nTry: moonwire --help\n", err)
		return statusUsage
	}
	return c.conclude(command.Run())
}

func commandNames(parser *kong.Kong) (names []string) {
	for _, node := range parser.Model.Children {
		names = append(names, node.Name)
	}
	return names
}

// askedHelp turns "help COMMAND" into "COMMAND --help", and "help" with another word into what explains modules and functions.
func askedHelp(args, names []string) []string {
	if len(args) == 0 || args[0] != "help" {
		return args
	}
	rest := args[1:]
	if len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && !slices.Contains(names, rest[0]) {
		return append([]string{"doc"}, rest...)
	}
	return append(slices.Clip(rest), "--help")
}

// knownCommand refuses a first word that is neither a command nor a flag: the shell, which goes without a command, takes no arguments.
func knownCommand(args, names []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	if slices.Contains(names, args[0]) {
		return nil
	}
	hint := ""
	if near := bind.Nearest(args[0], names); near != "" {
		hint = fmt.Sprintf(", did you mean %q?", near)
	} else if _, err := os.Stat(args[0]); err == nil {
		hint = fmt.Sprintf(", did you mean \"run %s\"?", args[0])
	}
	return usagef("unexpected argument %s%s\nTry: moonwire --help", args[0], hint)
}

// conclude tells the error of a command and returns the exit status.
func (c console) conclude(err error) int {
	var status statusError
	var usage *usageError
	switch {
	case err == nil:
		return statusOK
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &usage):
		fmt.Fprintf(c.err, "moonwire: %v\n", err)
		return statusUsage
	}
	fmt.Fprintf(c.err, "moonwire: %v\n", err)
	return statusFailed
}

type versionCommand struct{}

// Run prints the version of the module that the binary was built from.
func (versionCommand) Run(c *console) error {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	_, err := fmt.Fprintf(c.out, "moonwire %s\n", version)
	return err
}
