package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

const junitOutput = 500 // lines

// writeJUnit writes JUnit XML: a suite for each submission. Of what did not pass, expectations are failures, and what ended the test is an
// error; what says nothing against the submission but the grader's fault is skipped.
func writeJUnit(w io.Writer, results []grade.Result, o *Options) error {
	var all junit.Testsuites
	for i := range results {
		r := &results[i]
		s := junit.Testsuite{Name: line(r.Exercise) + ": " + line(r.Submission), ID: i, Time: junitSeconds(r.Took.Seconds())}
		s.AddProperty("score", number(r.Score))
		s.AddProperty("points", number(r.Max))
		s.AddProperty("seed", fmt.Sprint(r.Seed))
		for _, warning := range r.Warnings {
			s.AddProperty("warning", line(warning))
		}
		for j := range r.Outcomes {
			s.AddTestcase(junitCase(r, &r.Outcomes[j], o))
		}
		all.AddSuite(s)
	}
	if _, err := io.WriteString(w, xmlHeader); err != nil {
		return err
	}
	return all.WriteXML(w)
}

const xmlHeader = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func junitCase(r *grade.Result, x *grade.Outcome, o *Options) junit.Testcase {
	c := junit.Testcase{Name: line(x.Title), Classname: line(r.Submission) + "." + line(x.Name), Status: line(string(x.Verdict)), Time: junitSeconds(0)}
	if x.Shown != nil {
		c.Time = junitSeconds(x.Shown.Elapsed.Seconds())
		if x.Shown.Output != "" {
			c.SystemOut = &junit.Output{Data: strings.Join(printed(x.Shown.Output, junitOutput), "\n")}
		}
	}
	if x.Verdict == grade.Passed {
		return c
	}
	t := &text{o: &Options{Student: o.Student, Replay: o.Replay}}
	t.line("%s", outOf(x.Earned, x.Points, "points"))
	t.explain(r, x)
	result := &junit.Result{Message: line(reason(r, x)), Type: line(string(x.Verdict)), Data: t.out.String()}
	switch x.Verdict {
	case grade.Failed:
		c.Failure = result
	case grade.Skipped, grade.Interrupted:
		c.Skipped = result
	default:
		c.Error = result
	}
	return c
}

func junitSeconds(s float64) string { return fmt.Sprintf("%.3f", s) }
