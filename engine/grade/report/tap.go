package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

// writeTAP writes TAP 13 (testanything.org), which readers of version 14 take as well. The tests of several submissions are
// numbered through, each with its submission in front.
func writeTAP(w io.Writer, results []grade.Result, o *Options) error {
	out := bufio.NewWriter(w)
	n := 0
	for i := range results {
		n += len(results[i].Outcomes)
	}
	fmt.Fprintf(out, "TAP version 13\n1..%d\n", n)
	n = 0
	for i := range results {
		r := &results[i]
		for _, warning := range r.Warnings {
			fmt.Fprintf(out, "# %s\n", line(warning))
		}
		for j := range r.Outcomes {
			n++
			x := &r.Outcomes[j]
			title := line(x.Title)
			if len(results) > 1 {
				title = line(r.Submission) + ": " + title
			}
			tapTest(out, n, title, r, x)
			tapDiagnosis(out, r, x, o)
		}
		fmt.Fprintf(out, "# %s: %s\n", line(r.Submission), outOf(r.Score, r.Max, "points"))
	}
	return out.Flush()
}

// tapTest writes a test point. What follows a # is a directive, so a # of the title is escaped, and so is a backslash.
func tapTest(out io.Writer, n int, title string, r *grade.Result, x *grade.Outcome) {
	title = strings.NewReplacer(`\`, `\\`, "#", `\#`).Replace(title)
	switch {
	case x.Verdict == grade.Passed:
		fmt.Fprintf(out, "ok %d - %s\n", n, title)
	case x.Verdict == grade.Skipped:
		fmt.Fprintf(out, "ok %d - %s # SKIP %s\n", n, title, line(reason(r, x)))
	default:
		fmt.Fprintf(out, "not ok %d - %s\n", n, title)
	}
}

// tapDiagnosis writes what there is to say of a test as YAML: scalars in double quotes, one to a line.
func tapDiagnosis(out io.Writer, r *grade.Result, x *grade.Outcome, o *Options) {
	if x.Verdict == grade.Passed || x.Verdict == grade.Skipped {
		return
	}
	fmt.Fprintf(out, "  ---\n")
	say := func(key, value string) {
		if value != "" {
			fmt.Fprintf(out, "  %s: %s\n", key, yaml(value))
		}
	}
	say("message", line(reason(r, x)))
	say("severity", "fail")
	say("verdict", line(string(x.Verdict)))
	say("points", outOf(x.Earned, x.Points, ""))
	say("seeds", seeds(x))
	if x.Shown != nil {
		if len(x.Shown.Findings) > 0 {
			f := x.Shown.Findings[0]
			say("at", line(f.Where))
			say("wanted", strings.Join(lines(f.Expected, textRows), "\n"))
			say("found", strings.Join(lines(f.Actual, textRows), "\n"))
		}
		say("report", strings.Join(printed(x.Shown.Report, textReport), "\n"))
	}
	say("hint", line(x.Hint))
	say("replay", line(o.Replay(r, x)))
	fmt.Fprintf(out, "  ...\n")
}

// yaml quotes printable text so that YAML 1.2 and the subset that TAP::Parser reads agree on it.
func yaml(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
