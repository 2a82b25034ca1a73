package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

//go:embed kits
var kits embed.FS

// kitFlags are what the commands that make something for a platform have in common.
type kitFlags struct {
	Output   string `short:"o" placeholder:"FOLDER|ZIP" help:"What is made: a folder, or an archive if the name ends in .zip. Nothing that is there is replaced."`
	Binary   string `placeholder:"FILE" help:"The program that grades there: moonwire for Linux on amd64, built with CGO_ENABLED=0 (default: this one)."`
	Seed     uint64 `default:"1" placeholder:"N" help:"The first seed of each test (default: ${default})."`
	Seeds    *int   `placeholder:"N" help:"Under how many seeds each test runs (default: what the test asks for)."`
	Exercise string `arg:"" help:"The folder of an exercise, or the name of one that is built in."`
}

// A kitFile is a file to be written.
type kitFile struct {
	name string // with slashes
	mode fs.FileMode
	data []byte
}

// A kit is what a platform gets.
type kit struct {
	ex    *grade.Exercise
	flags kitFlags
	files []kitFile
}

// kit opens the exercise and puts it, and the program, into a folder of the kit.
// Without the solution it is one whose tests do not run it.
func (f kitFlags) kit(folder string, solution bool) (*kit, error) {
	ex, err := openExercise(f.Exercise)
	if err != nil {
		return nil, err
	}
	if f.Seed == 0 || f.Seeds != nil && *f.Seeds < 1 {
		return nil, usagef("--seed and --seeds want a number of 1 or more")
	}
	if err := bindings.Checker().Declare(ex); err != nil {
		return nil, usagef("exercise %s: %v", ex.Name, err)
	}
	k := &kit{ex: ex, flags: f}
	ex.Name = shellName(ex.Name)
	check, err := fs.ReadFile(ex.Files, "check.lua")
	if err != nil {
		return nil, fmt.Errorf("cannot read the exercise: %w", err)
	}
	solution = solution || bytes.Contains(check, []byte(":solution("))
	program, err := staticProgram(f.Binary)
	if err != nil {
		return nil, err
	}
	k.add(path.Join(folder, "moonwire"), 0o755, program)
	err = fs.WalkDir(ex.Files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."), name == "mutants", !solution && strings.TrimSuffix(name, ".lua") == "solution":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		data, err := fs.ReadFile(ex.Files, name)
		k.add(path.Join(folder, ex.Name, name), 0o644, data)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the exercise: %w", err)
	}
	return k, nil
}

func (k *kit) add(name string, mode fs.FileMode, data []byte) {
	k.files = append(k.files, kitFile{name, mode, data})
}

// script adds a file that is built in, with the exercise's name and the flags in it.
func (k *kit) script(name, from string, mode fs.FileMode) error {
	text, err := kits.ReadFile("kits/" + from)
	if err != nil {
		return err
	}
	flags := fmt.Sprintf("--seed %d", k.flags.Seed)
	if k.flags.Seeds != nil {
		flags += fmt.Sprintf(" --seeds %d", *k.flags.Seeds)
	}
	k.add(name, mode, []byte(strings.NewReplacer("{{flags}}", flags, "{{exercise}}", k.ex.Name).Replace(string(text))))
	return nil
}

// shellName makes a name one that needs no quotes in a shell.
func shellName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, name)
}

// staticProgram reads the program that is to run elsewhere: it must need no libraries.
func staticProgram(file string) ([]byte, error) {
	const advice = "Build one with: CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -trimpath -ldflags='-s -w' -o moonwire-linux ./cmd/moonwire\nand give it with --binary moonwire-linux."
	if file == "" {
		own, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("cannot find this program: %w", err)
		}
		file = own
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, usagef("--binary: %v", err)
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil || f.Machine != elf.EM_X86_64 {
		return nil, usagef("%s is no program for Linux on amd64, which is what the platform runs.\n%s", file, advice)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return nil, usagef("%s needs the system's libraries, which the platform may have in another version.\n%s", file, advice)
		}
	}
	return data, nil
}

// write makes the folder or the archive.
func (k *kit) write(to string) error {
	if strings.EqualFold(filepath.Ext(to), ".zip") {
		return k.archive(to)
	}
	if entries, err := os.ReadDir(to); err == nil && len(entries) > 0 {
		return usagef("%s is there already and was not replaced. Give another folder with --output, or remove it.", to)
	}
	for _, f := range k.files {
		name := filepath.Join(to, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return usagef("cannot make the folder: %v", err)
		}
		if err := os.WriteFile(name, f.data, f.mode); err != nil {
			return fmt.Errorf("cannot write: %w", err)
		}
	}
	return nil
}

// archive makes a zip archive; the same files give the same bytes.
func (k *kit) archive(to string) error {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already and was not replaced. Give another name with --output, or remove it.", to)
	}
	if err != nil {
		return usagef("cannot write: %v", err)
	}
	z := zip.NewWriter(out)
	for _, f := range k.files {
		head := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		head.SetMode(f.mode)
		w, err := z.CreateHeader(head)
		if err == nil {
			_, err = w.Write(f.data)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("cannot write %s: %w", to, err), out.Close(), os.Remove(to))
		}
	}
	return errors.Join(z.Close(), out.Close())
}

type gradescopeCommand struct{ kitFlags }

// Help is shown by --help.
func (gradescopeCommand) Help() string {
	return "Upload the archive as the autograder of a programming assignment. It has setup.sh, run_autograder, this program and the exercise; run_autograder can be changed."
}

// Run makes the autograder.
func (g *gradescopeCommand) Run(c *console) error {
	k, err := g.kit("", true)
	if err != nil {
		return err
	}
	if g.Output == "" {
		g.Output = k.ex.Name + "-gradescope.zip"
	}
	if err := errors.Join(k.script("setup.sh", "gradescope_setup.sh", 0o755), k.script("run_autograder", "gradescope_run_autograder", 0o755)); err != nil {
		return err
	}
	if err := k.write(g.Output); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s: an autograder for %s points\nUpload it to Gradescope as the autograder of a programming assignment", g.Output, points(k.ex))
	if !strings.EqualFold(filepath.Ext(g.Output), ".zip") {
		fmt.Fprint(c.out, ": the files in it as a zip archive, without the folder")
	}
	fmt.Fprintln(c.out, ".")
	return nil
}

type classroomCommand struct{ kitFlags }

// Help is shown by --help.
func (classroomCommand) Help() string {
	return "Put the files into the template repository of an assignment of GitHub Classroom. Students can read the tests there, and could change them: list .github/**/* under the assignment's protected file paths, and grade once more yourself what counts."
}

// classroomFolder is where GitHub Classroom keeps its own files.
const classroomFolder = ".github/classroom"

// Run makes the workflow.
func (g *classroomCommand) Run(c *console) error {
	k, err := g.kit(classroomFolder, false)
	if err != nil {
		return err
	}
	if g.Output == "" {
		g.Output = k.ex.Name + "-classroom"
	}
	err = errors.Join(k.script(classroomFolder+"/grade.sh", "classroom_grade.sh", 0o755), k.script(".github/workflows/classroom.yml", "classroom.yml", 0o644))
	if err != nil {
		return err
	}
	if err := k.write(g.Output); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s: a workflow that grades each push, for %s points\nCopy what is in it into the assignment's template repository, .github too.\n", g.Output, points(k.ex))
	return nil
}

// points returns what all tests of an exercise earn.
func points(ex *grade.Exercise) string {
	sum := 0.0
	for _, t := range ex.Tests {
		sum += t.Points
	}
	return fmt.Sprintf("%.6g", sum)
}
