package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/engine/grade/report"
	"github.com/moonwire-lab/moonwire/repl"
)

// reportFlags say which reports are written, and where.
type reportFlags struct {
	Format  []string `sep:"none" placeholder:"FORMAT[=FILE]" help:"Write a report: text, json, html, gradescope, classroom, junit, tap or check50; may be repeated, with a file for each. FILE with a slash at its end is a folder with a report for each submission (default: text)."`
	Output  string   `short:"o" placeholder:"FILE" help:"Where the report goes that --format gives no file for; with several of them a folder (default: standard output)."`
	Student bool     `help:"Reports are for students: without tests that are not visible, and without what replays a trial."`
}

// A target is a report that is to be written.
type target struct {
	format report.Format
	path   string // of the machine; "" is standard output
	folder bool   // path is a folder, with a report for each submission
}

// targets works out which reports are wanted of so many submissions, and makes their folders: what cannot be written should be known before grading.
func (f *reportFlags) targets(submissions int, c *console) ([]target, error) {
	formats := f.Format
	if len(formats) == 0 {
		formats = []string{"text"}
	}
	open := 0 // without a file
	for _, text := range formats {
		if !strings.Contains(text, "=") {
			open++
		}
	}
	var list []target
	for _, text := range formats {
		t, err := f.target(text, open > 1, submissions)
		if err != nil {
			return nil, err
		}
		for _, other := range list {
			if t.path == other.path {
				return nil, usagef("the reports %s and %s would both go to %s; give each a file, such as --format %s=FILE", other.format.Name, t.format.Name, t.place(), t.format.Name)
			}
		}
		if t.path != "" {
			folder := filepath.Dir(t.path)
			if t.folder {
				folder = t.path
			}
			if err := os.MkdirAll(folder, 0o777); err != nil {
				return nil, usagef("cannot make the folder for the report: %v", err)
			}
		}
		list = append(list, t)
	}
	return list, nil
}

func (t *target) place() string {
	if t.path == "" {
		return "standard output"
	}
	return t.path
}

func (f *reportFlags) target(text string, several bool, submissions int) (target, error) {
	name, path, given := strings.Cut(text, "=")
	format, err := report.Find(name)
	if err != nil {
		hint := ""
		if near := bind.Nearest(name, report.Names()); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return target{}, usagef("--format %s: there is no such format%s\nThere are %s.", text, hint, strings.Join(report.Names(), ", "))
	}
	if given && path == "" {
		return target{}, usagef("--format %s: want a file after the =", text)
	}
	if path == "-" {
		path = ""
	}
	if !given {
		path = f.Output
		if path != "" && (several || isFolder(path)) {
			path = filepath.Join(path, reportName(format))
			if format.One && submissions > 1 {
				path = filepath.Join(f.Output, format.Name) + "/"
			}
		}
	}
	t := target{format: format, path: path, folder: path != "" && isFolder(path)}
	if format.One && submissions > 1 && !t.folder {
		return t, usagef("a report in the format %s is about one submission, but there are %d: give a folder for them, such as --format %s=FOLDER/", format.Name, submissions, format.Name)
	}
	return t, nil
}

// reportName returns how the file of a report is called in a folder of reports.
func reportName(f report.Format) string {
	switch f.Name {
	case "text", "json", "html":
		return "report" + f.Ext
	case "gradescope":
		return "results.json"
	}
	return f.Name + f.Ext
}

func isFolder(path string) bool {
	if strings.HasSuffix(path, "/") || strings.HasSuffix(path, string(os.PathSeparator)) {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// write writes all reports. One that cannot be written does not keep the others from being.
func (g *gradeCommand) write(targets []target, results []grade.Result, c *console) error {
	typed := map[string]string{}
	for i, name := range submissionNames(g.Submissions) {
		typed[name] = g.Submissions[i]
	}
	o := report.Options{Student: g.Student, Replay: func(r *grade.Result, x *grade.Outcome) string {
		return "moonwire grade " + repl.ShellWord(g.Exercise) + " " + repl.ShellWord(typed[r.Submission]) + " --replay " + x.Replay
	}}
	var errs []error
	for _, t := range targets {
		if t.folder {
			errs = append(errs, t.each(results, o))
			continue
		}
		errs = append(errs, t.one(results, o, c))
	}
	return errors.Join(errs...)
}

// one writes one report of all submissions.
func (t *target) one(results []grade.Result, o report.Options, c *console) error {
	if t.path == "" {
		o.Color = isTerminal(c.out) && colours()
		w := bufio.NewWriter(c.out)
		return errors.Join(t.format.Write(w, results, o), w.Flush())
	}
	return writeReport(t.path, func(w io.Writer) error { return t.format.Write(w, results, o) })
}

// each writes a report of each submission and, of pages, an overview that points to them.
func (t *target) each(results []grade.Result, o report.Options) error {
	files, taken := map[string]string{}, map[string]bool{"index": true}
	for _, r := range results {
		base := fileName(r.Submission)
		for n := 2; taken[base]; n++ {
			base = fmt.Sprintf("%s-%d", fileName(r.Submission), n)
		}
		taken[base] = true
		files[r.Submission] = base + t.format.Ext
	}
	var errs []error
	for i := range results {
		path := filepath.Join(t.path, files[results[i].Submission])
		errs = append(errs, writeReport(path, func(w io.Writer) error { return t.format.Write(w, results[i:i+1], o) }))
	}
	if t.format.Name == "html" && len(results) > 1 && !o.Student {
		o.Link = func(r *grade.Result) string { return files[r.Submission] }
		errs = append(errs, writeReport(filepath.Join(t.path, "index.html"), func(w io.Writer) error { return t.format.Write(w, results, o) }))
	}
	return errors.Join(errs...)
}

// writeReport writes a file.
func writeReport(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	w := bufio.NewWriter(f)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cannot write the report %s: %w", path, err)
	}
	return nil
}

// longestFileName is how many bytes of a submission's name its reports have: with an ending, file systems take 255.
const longestFileName = 200

// fileName turns the name of a submission into one that every file system takes.
func fileName(name string) string {
	safe := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
			return '_'
		}
		return r
	}, name)
	if len(safe) > longestFileName {
		safe = strings.ToValidUTF8(safe[:longestFileName], "")
	}
	if safe = strings.Trim(safe, ". "); safe == "" {
		return "submission"
	}
	return safe
}
