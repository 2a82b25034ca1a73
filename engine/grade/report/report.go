// Package report tells what came of grading: to people at a terminal or in a browser, and to the programs that collect marks.
//
// Whatever a submission has written is escaped for the form it stands in, and cut where it is long: control characters, bytes that are no
// UTF-8, the marks of terminals, HTML, XML and TAP. Nothing in a report but its text depends on it.
package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// Options say for whom a report is. The zero value is for the instructor, without colours.
type Options struct {
	Student bool                                           // leave out tests that are not visible, and how to run a test again
	Color   bool                                           // for a terminal that has colours; text only
	Replay  func(r *grade.Result, o *grade.Outcome) string // the command that shows the trial of o again; nil for none
	Link    func(r *grade.Result) string                   // a page about r alone that an overview points to; nil for none
}

// A Format is one form of report.
type Format struct {
	Name string
	Ext  string // of its files
	Doc  string // for whom, in a few words
	One  bool   // a report is about one submission; for several there are several reports
	tell func(w io.Writer, results []grade.Result, o *Options) error
}

// Formats returns the formats, in the order in which help shows them.
func Formats() []Format {
	return []Format{
		{Name: "text", Ext: ".txt", Doc: "for a terminal, 80 columns", tell: writeText},
		{Name: "json", Ext: ".json", Doc: "all there is, for programs", tell: writeJSON},
		{Name: "html", Ext: ".html", Doc: "one page for a browser, with diagrams and an overview of the class", tell: writeHTML},
		{Name: "gradescope", Ext: ".json", Doc: "results.json of Gradescope", One: true, tell: writeGradescope},
		{Name: "classroom", Ext: ".json", Doc: "what the autograding reporter of GitHub Classroom takes", One: true, tell: writeClassroom},
		{Name: "junit", Ext: ".xml", Doc: "JUnit XML, for servers that build and test", tell: writeJUnit},
		{Name: "tap", Ext: ".tap", Doc: "Test Anything Protocol 13, for prove and others", tell: writeTAP},
		{Name: "check50", Ext: ".json", Doc: "what check50 -o json prints", One: true, tell: writeCheck50},
	}
}

// Names returns the names of the formats.
func Names() []string {
	var out []string
	for _, f := range Formats() {
		out = append(out, f.Name)
	}
	return out
}

// Find returns the format of a name. The error lists those there are.
func Find(name string) (Format, error) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, &Error{fmt.Sprintf("no format is called %q; there are %s", name, strings.Join(Names(), ", "))}
}

// An Error says why there is no report.
type Error struct{ text string }

func (e *Error) Error() string { return "report: " + e.text }

// Code returns "invalid".
func (e *Error) Code() string { return "invalid" }

// Write writes a report of one or more submissions. A Format of One takes one.
func (f Format) Write(w io.Writer, results []grade.Result, o Options) error {
	if f.One && len(results) != 1 {
		return &Error{fmt.Sprintf("a report in the format %s is about one submission, not %d", f.Name, len(results))}
	}
	replay := o.Replay
	o.Replay = func(r *grade.Result, x *grade.Outcome) string {
		if replay == nil || x.Replay == "" {
			return ""
		}
		return replay(r, x)
	}
	if o.Link == nil {
		o.Link = func(*grade.Result) string { return "" }
	}
	sound := make([]grade.Result, len(results))
	for i := range results {
		sound[i] = prepare(results[i], &o)
	}
	return f.tell(w, sound, &o)
}

// prepare returns a copy of a result in which every number is one, every list is there, and nothing is that the reader may not see.
func prepare(r grade.Result, o *Options) grade.Result {
	r.Score, r.Max = finite(r.Score), finite(r.Max)
	outcomes := make([]grade.Outcome, 0, len(r.Outcomes))
	hidden := map[string]bool{}
	for _, x := range r.Outcomes {
		x.Points, x.Earned = finite(x.Points), finite(x.Earned)
		if x.Visibility == "" {
			x.Visibility = grade.Visible
		}
		if x.Title == "" {
			x.Title = x.Name
		}
		if x.Needs == nil {
			x.Needs = []string{}
		}
		if x.Tags == nil {
			x.Tags = []string{}
		}
		if x.Shown != nil {
			shown := *x.Shown
			shown.Earned = finite(shown.Earned)
			x.Shown = &shown
		}
		if o.Student {
			forStudents(&x)
		}
		if o.Student && x.Visibility != grade.Visible {
			r.Score, r.Max, hidden[x.Name] = r.Score-x.Earned, r.Max-x.Points, true
			continue
		}
		outcomes = append(outcomes, x)
	}
	for i := range outcomes {
		outcomes[i].Needs = slices.DeleteFunc(slices.Clone(outcomes[i].Needs), func(n string) bool { return hidden[n] })
		if o.Student {
			outcomes[i].Replay = ""
			if outcomes[i].Verdict == grade.Skipped {
				outcomes[i].Shown = nil // it names what is needed, which may be hidden
			}
		}
	}
	if o.Student {
		r.Warnings = nil // they are about the machine
	}
	r.Score, r.Max = rounded(r.Score), rounded(r.Max)
	if len(hidden) > 0 {
		r.Warnings = []string{count(len(hidden), "test is", "tests are") + " not shown here"}
	}
	r.Outcomes = outcomes
	return r
}

// forStudents takes out of an outcome what is for the author of check.lua: what that printed, and its own errors, which show lines of it.
func forStudents(x *grade.Outcome) {
	if x.Shown == nil {
		return
	}
	shown := *x.Shown
	shown.Notes = ""
	if x.Verdict == grade.Fault {
		shown.Report, shown.Findings = "", nil
	}
	x.Shown = &shown
}

// common takes the warnings that several results share out of them, so that they are told once.
func common(results []grade.Result) []string {
	if len(results) < 2 {
		return nil
	}
	for _, r := range results[1:] {
		if !slices.Equal(r.Warnings, results[0].Warnings) {
			return nil
		}
	}
	shared := results[0].Warnings
	for i := range results {
		results[i].Warnings = nil
	}
	return shared
}

// talk returns the steps of a dialogue without what hosts do that talk to nobody, such as servers that nobody asks; all if nobody talks.
func talk(steps []grade.Line) []grade.Line {
	talks := map[string]bool{"": true} // remarks are about all
	for _, s := range steps {
		if s.To != "" {
			talks[s.From], talks[s.To] = true, true
		}
	}
	if len(talks) == 1 {
		return steps
	}
	return slices.DeleteFunc(slices.Clone(steps), func(s grade.Line) bool { return !talks[s.From] })
}

// seeds returns the attempts of an outcome in words: under how many seeds it failed, and which is shown.
func seeds(x *grade.Outcome) string {
	switch {
	case x.Tried <= 1 || x.Verdict == grade.Skipped:
		return ""
	case x.Bad == 0:
		return fmt.Sprintf("under each of %d seeds", x.Tried)
	case x.Shown == nil:
		return fmt.Sprintf("under %d of %d seeds", x.Bad, x.Tried)
	}
	return fmt.Sprintf("under %d of %d seeds; this is seed %d", x.Bad, x.Tried, x.Shown.Seed)
}

// reason returns one sentence on why a test has not passed, "" if it has.
func reason(r *grade.Result, x *grade.Outcome) string {
	switch {
	case x.Verdict == grade.Passed:
		return ""
	case x.Verdict == grade.Skipped:
		return needs(r, x)
	case x.Shown != nil && len(x.Shown.Findings) > 0 && x.Shown.Findings[0].Message != "":
		return x.Shown.Findings[0].Message
	case x.Shown != nil && x.Shown.Report != "" && x.Verdict != grade.Deadlock:
		first, _, _ := strings.Cut(x.Shown.Report, "\n")
		return meaning(x.Verdict) + ": " + first
	}
	return meaning(x.Verdict)
}

// needs says which tests that x needs have not passed.
func needs(r *grade.Result, x *grade.Outcome) string {
	var missing []string
	for i := range r.Outcomes {
		if y := &r.Outcomes[i]; y.Verdict != grade.Passed && slices.Contains(x.Needs, y.Name) {
			missing = append(missing, "“"+line(y.Title)+"”")
		}
	}
	if len(missing) == 0 {
		return meaning(grade.Skipped)
	}
	return "needs " + strings.Join(missing, " and ")
}

// told reports whether what a submission printed is all in a finding.
func told(a *grade.Attempt) bool {
	printed := strings.TrimRight(a.Output, "\r\n")
	return slices.ContainsFunc(a.Findings[:min(len(a.Findings), textFinding)], func(f grade.Finding) bool {
		return strings.TrimRight(f.Actual, "\r\n") == printed
	})
}

// meaning explains a verdict in one sentence.
func meaning(v grade.Verdict) string {
	switch v {
	case grade.Passed:
		return "all expectations were met"
	case grade.Failed:
		return "an expectation was not met"
	case grade.Skipped:
		return "a test that it needs has not passed"
	case grade.Deadlock:
		return "deadlock: everything waits for something that can never come"
	case grade.TimeOut:
		return "the time allowed on the world's clock is over"
	case grade.Fuel:
		return "it computed more than it may: an endless loop?"
	case grade.Memory:
		return "it holds more memory than it may"
	case grade.OutputLimit:
		return "it printed more than it may"
	case grade.Limit:
		return "it used more than it may of something"
	case grade.Crash:
		return "it ended with an error"
	case grade.CannotLoad:
		return "the file is missing, or it is not Lua"
	case grade.Machine:
		return "a limit of the grading machine was reached; grade it again"
	case grade.Fault:
		return "the grader is at fault, not the submission; tell your instructor"
	case grade.Interrupted:
		return "grading was stopped before this test ended"
	}
	return line(string(v))
}

// badge is a verdict as one word of at most eight letters.
func badge(v grade.Verdict) string {
	switch v {
	case grade.Passed:
		return "PASS"
	case grade.Failed:
		return "FAIL"
	case grade.Skipped:
		return "SKIP"
	case grade.CannotLoad:
		return "NO LOAD"
	case grade.Fault:
		return "FAULT"
	case grade.Interrupted:
		return "STOPPED"
	}
	return capture.Cut(strings.ToUpper(line(string(v))), 8)
}

// hinted reports whether the hint of a test is of use.
func hinted(x *grade.Outcome) bool {
	return x.Hint != "" && x.Verdict != grade.Passed && x.Verdict != grade.CannotLoad && !blameless(x.Verdict)
}

// blameless reports whether a verdict says nothing against the submission.
func blameless(v grade.Verdict) bool {
	return v == grade.Skipped || v == grade.Machine || v == grade.Fault || v == grade.Interrupted
}
