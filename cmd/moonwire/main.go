// Moonwire is an internet in one process, driven from Lua.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
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

// A choice is a command that a command line may begin with.
type choice struct {
	name, help string
	command    any      // a pointer to its struct, which has the flags and arguments and a method Run
	tags       []string // of kong
}

func choices() []choice {
	return []choice{
		{"shell", "Lua and commands at a prompt. This is what moonwire does without a command.", new(shellCommand), []string{`default:"withargs"`}},
		{"tutorial", "A guided first half hour in the shell, in English, Portuguese, Spanish or Italian.", new(tutorialCommand), nil},
		{"run", "Run a script or a lab.", new(runCommand), nil},
		{"grade", "Grade what was handed in for an exercise.", new(gradeCommand), nil},
		{"exercises", "List the exercises that are built in, show a handout, or copy one.", new(exercisesCommand), nil},
		{"new", "Begin an exercise: a folder with a test, a solution and a mutant that work.", new(newCommand), nil},
		{"gradescope", "Make the autograder of an exercise for Gradescope.", new(gradescopeCommand), nil},
		{"classroom", "Make the workflow of an exercise for GitHub Classroom.", new(classroomCommand), nil},
		{"labs", "List the labs that are built in, show one, or copy one.", new(labsCommand), nil},
		{"doc", "Explain a module or a function.", new(docCommand), nil},
		{"meta", "Write the modules' annotations for the Lua language server.", new(metaCommand), nil},
		{"version", "Print the version.", new(versionCommand), nil},
	}
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
	all := choices()
	var names []string
	for _, o := range all {
		names = append(names, o.name)
	}
	args = askedHelp(args, names)
	offered, err := offered(args, all, names)
	if err != nil {
		return c.conclude(err)
	}
	options := []kong.Option{kong.Name("moonwire"), kong.Description(description),
		kong.PostBuild(limitDefaults), kong.ExplicitGroups([]kong.Group{{Key: "limits", Title: "Limits; 0 is none:"}}), kong.Writers(c.out, c.err), kong.Bind(&c), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.KindMapper(reflect.String, kong.MapperFunc(asTyped)), kong.Exit(func(code int) { panic(statusError(code)) })}
	for _, o := range offered {
		options = append(options, kong.DynamicCommand(o.name, o.help, "", o.command, o.tags...))
	}
	parser, err := kong.New(&struct{}{}, options...)
	if err != nil {
		panic(err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(c.err, "moonwire: %v\nTry: %s --help\n", err, mistaken(err))
		return statusUsage
	}
	return c.conclude(command.Run())
}

// mistaken returns the command whose help explains what the parser took for a mistake.
func mistaken(err error) string {
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil && p.Context.Selected() != nil {
		return p.Context.Selected().FullPath()
	}
	return "moonwire"
}

// asTyped takes a word of the command line as it is: kong's own way, by JSON, loses bytes that are no UTF-8, and with them the names of files.
func asTyped(ctx *kong.DecodeContext, target reflect.Value) error {
	t, err := ctx.Scan.PopValue("string")
	if err != nil {
		return err
	}
	target.SetString(t.String())
	return nil
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

// offered returns which of all commands a command line may mean: the one it begins with, the shell if it is empty, all if it begins with
// a flag. Reading the flags of every command would be a third of a short run. A first word that is no command is refused: the shell, which
// goes without one, takes no arguments.
func offered(args []string, all []choice, names []string) ([]choice, error) {
	switch {
	case len(args) == 0:
		return all[:1], nil
	case strings.HasPrefix(args[0], "-"):
		return all, nil
	}
	if i := slices.Index(names, args[0]); i >= 0 {
		return all[i : i+1], nil
	}
	hint := ""
	if near := bind.Nearest(args[0], names); near != "" {
		hint = fmt.Sprintf(", did you mean %q?", near)
	} else if _, err := os.Stat(args[0]); err == nil {
		hint = fmt.Sprintf(", did you mean \"run %s\"?", args[0])
	}
	return nil, usagef("unexpected argument %s%s\nTry: moonwire --help", args[0], hint)
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
