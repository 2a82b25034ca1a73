package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/engine/grade/report"
)

// selfTest grades what an exercise brings along, prints a table, and explains what is not as it must be.
func (g *gradeCommand) selfTest(ctx context.Context, c *console, ex *grade.Exercise, o grade.Options) error {
	if o.Seeds == 0 {
		o.Seeds = selfTestSeeds
	}
	show := newProgress(c, 1)
	o.Progress, o.Warn = show.tell, show.warn
	proofs, err := grade.SelfTest(ctx, ex, o)
	show.end()
	if proofs == nil && err != nil {
		return usagef("%v", err)
	}
	fmt.Fprintf(c.out, "%s: %d tests under %s\n\n", ex.Title, len(proofs[0].Result.Outcomes), seedCount(o.Seeds))
	wide, bad := len("submission"), 0
	for _, p := range proofs {
		wide = max(wide, capture.Columns(capture.Escape(path.Base(p.File))))
		if len(p.Problems) > 0 {
			bad++
		}
	}
	row := func(name, points, verdict, fails string) {
		line := name + strings.Repeat(" ", wide-capture.Columns(name)) + fmt.Sprintf("  %10s  %-7s  %s", points, verdict, fails)
		fmt.Fprintln(c.out, strings.TrimRight(line, " "))
	}
	row("submission", "points", "as said", "does not pass")
	for _, p := range proofs {
		verdict := "yes"
		if len(p.Problems) > 0 {
			verdict = "NO"
		}
		row(capture.Escape(path.Base(p.File)), fmt.Sprintf("%.6g of %.6g", p.Result.Score, p.Result.Max), verdict, notPassed(&p.Result))
	}
	for _, p := range proofs {
		g.explain(c, &p)
	}
	fmt.Fprintln(c.out)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(c.out, "the self-test was stopped before its end")
		return statusError(statusInterrupted)
	case bad > 0:
		fmt.Fprintf(c.out, "%d of %d are not as they must be\n", bad, len(proofs))
		return statusError(statusFailed)
	}
	fmt.Fprintln(c.out, "the solution passes every test, and everything else fails what its header says")
	return err
}

// selfTestSeeds are under how many seeds each test runs unless --seeds says otherwise.
const selfTestSeeds = 20

func seedCount(n int) string {
	if n == 1 {
		return "1 seed"
	}
	return fmt.Sprintf("%d seeds", n)
}

// notPassed lists the tests that a submission does not pass, and counts those that are skipped because of them.
func notPassed(r *grade.Result) string {
	var names []string
	skipped := 0
	for _, o := range r.Outcomes {
		switch {
		case o.Verdict == grade.Passed:
		case o.Verdict == grade.Skipped:
			skipped++
		default:
			names = append(names, o.Name)
		}
	}
	text := strings.Join(names, " ")
	if skipped > 0 {
		text += fmt.Sprintf(", %d skipped", skipped)
	}
	return text
}

// explain prints what is wrong with a submission, and the report of the tests that are concerned.
func (g *gradeCommand) explain(c *console, p *grade.Proof) {
	if len(p.Problems) == 0 {
		return
	}
	fmt.Fprintf(c.out, "\n%s\n", capture.Escape(p.File))
	for _, why := range p.Problems {
		fmt.Fprintf(c.out, "  %s\n", capture.Cut(capture.Escape(why.Text), 110))
	}
	odd := p.Result
	odd.Outcomes = nil
	for _, o := range p.Result.Outcomes {
		if o.Verdict != grade.Passed && o.Verdict != grade.Skipped && slices.ContainsFunc(p.Problems, func(x grade.Problem) bool { return x.Test == o.Name }) {
			odd.Outcomes = append(odd.Outcomes, o)
		}
	}
	if len(odd.Outcomes) == 0 {
		return
	}
	fmt.Fprintln(c.out)
	f, err := report.Find("text")
	if err == nil {
		err = f.Write(c.out, []grade.Result{odd}, report.Options{Color: isTerminal(c.out) && colours()})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "moonwire:", err)
	}
}
