package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

const (
	textWidth   = 80
	textIndent  = "          " // as wide as a verdict
	textRows    = 12           // of a comparison
	textFinding = 3            // findings told in full
	textTail    = 12           // steps of a dialogue, from its end
	textPrinted = 10           // lines of output
	textReport  = 16           // lines of an error or a deadlock report
)

// How text is coloured: parameters of the control sequence SGR (ECMA-48 8.3.117).
const (
	bold  = "1"
	faint = "2"
	red   = "31"
	green = "32"
	amber = "33"
)

// A text is a report for a terminal being written.
type text struct {
	out    strings.Builder
	o      *Options
	indent string // of what is said about a test
}

// forStudent returns a text for the eyes of a student.
func forStudent() *text {
	return &text{o: &Options{Student: true, Replay: func(*grade.Result, *grade.Outcome) string { return "" }}}
}

// writeText tells of each submission and, if there are several, of all of them at the end.
func writeText(w io.Writer, results []grade.Result, o *Options) error {
	t := &text{o: o, indent: textIndent}
	for _, w := range common(results) {
		t.folded("", "warning: "+line(w), amber)
	}
	for i := range results {
		t.result(&results[i])
		if len(results) > 1 {
			t.line("")
		}
		if _, err := io.WriteString(w, t.out.String()); err != nil {
			return err
		}
		t.out.Reset()
	}
	if len(results) != 1 {
		t.class(summarise(results))
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

func (t *text) paint(how, s string) string {
	if !t.o.Color || s == "" {
		return s
	}
	return "\x1b[" + how + "m" + s + "\x1b[0m"
}

func (t *text) line(format string, args ...any) {
	t.out.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// folded writes a text below an indent, broken where it is too long. How is how it is coloured, "" for not at all.
func (t *text) folded(indent, s, how string) {
	for _, l := range fold(s, textWidth-capture.Columns(indent)) {
		t.line("%s%s", indent, t.paint(how, l))
	}
}

// leader writes a title and what stands at the right margin.
func (t *text) leader(mark, title, right, how string) {
	room := textWidth - capture.Columns(mark) - capture.Columns(right) - 2
	all := fold(title, room)
	t.line("%s%s  %s", mark, t.paint(how, pad(all[0], room)), right)
	for _, l := range all[1:] {
		t.line("%s%s", strings.Repeat(" ", capture.Columns(mark)), t.paint(how, l))
	}
}

func (t *text) result(r *grade.Result) {
	t.leader("", line(r.Title)+": "+line(r.Submission), outOf(r.Score, r.Max, "points"), bold)
	for _, w := range r.Warnings {
		t.folded("", "warning: "+line(w), amber)
	}
	if !r.Complete {
		t.folded("", "Grading was stopped before its end; what was graded stands.", amber)
	}
	for i := range r.Outcomes {
		t.outcome(r, &r.Outcomes[i])
	}
}

func colour(v grade.Verdict) string {
	switch {
	case v == grade.Passed:
		return green
	case blameless(v):
		return amber
	}
	return red
}

func (t *text) outcome(r *grade.Result, x *grade.Outcome) {
	points := outOf(x.Earned, x.Points, "")
	mark := t.paint(colour(x.Verdict), pad(badge(x.Verdict), 8)) + "  "
	room := textWidth - len(textIndent) - capture.Columns(points) - 2
	title := fold(line(x.Title), room)
	t.line("%s%s  %s", mark, pad(title[0], room), points)
	for _, l := range title[1:] {
		t.line("%s%s", textIndent, l)
	}
	if x.Verdict != grade.Passed {
		t.explain(r, x)
	}
	if a := x.Shown; a != nil && a.Notes != "" && !t.o.Student {
		t.line("%scheck.lua printed:", t.indent)
		for _, l := range printed(a.Notes, textPrinted) {
			t.folded(t.indent+"  ", l, faint)
		}
	}
}

// explain writes what there is to say about a test below its title.
func (t *text) explain(r *grade.Result, x *grade.Outcome) {
	switch {
	case x.Verdict == grade.Skipped:
		t.folded(t.indent, needs(r, x), "")
	case x.Shown == nil || len(x.Shown.Findings) == 0: // which would say more
		t.folded(t.indent, meaning(x.Verdict), "")
	}
	if s := seeds(x); s != "" {
		t.folded(t.indent, s, faint)
	}
	if a := x.Shown; a != nil && x.Verdict != grade.Skipped && x.Verdict != grade.Passed {
		t.attempt(a)
	}
	if hinted(x) {
		t.labelled("hint", line(x.Hint), amber)
	}
	if again := t.o.Replay(r, x); again != "" && x.Verdict != grade.Passed {
		t.line("%sagain: %s", t.indent, t.paint(faint, line(again))) // in one piece, so that it can be copied
	}
}

// labelled writes a word and, beside it, a text of any length.
func (t *text) labelled(label, s, how string) {
	first := t.indent + label + ": "
	for i, l := range fold(s, textWidth-len(first)) {
		if i > 0 {
			first = strings.Repeat(" ", len(first))
		}
		t.line("%s%s", first, t.paint(how, l))
	}
}

func (t *text) attempt(a *grade.Attempt) {
	for i, f := range a.Findings {
		if i == textFinding {
			t.line("%s… and %s", t.indent, count(len(a.Findings)-i, "more", "more"))
			break
		}
		t.finding(&f)
	}
	for _, l := range printed(a.Report, textReport) {
		t.folded(t.indent+"  ", l, "")
	}
	if a.Output != "" && !told(a) {
		t.line("%sit printed:", t.indent)
		for _, l := range printed(a.Output, textPrinted) {
			t.folded(t.indent+"  ", l, faint)
		}
	}
	t.dialogue(a.Dialogue)
}

func (t *text) finding(f *grade.Finding) {
	message := line(f.Message)
	if f.Where != "" && !strings.Contains(message, line(f.Where)) {
		message += " (" + line(f.Where) + ")"
	}
	t.folded(t.indent, message, bold)
	if !beside(f) {
		return
	}
	column := (textWidth - len(t.indent) - 2 - 3) / 2
	side := func(expected, mark, actual string, how string) {
		left, right := fold(expected, column), fold(actual, column)
		for i := range max(len(left), len(right)) {
			var l, r string
			if i < len(left) {
				l = left[i]
			}
			if i < len(right) {
				r = right[i]
			}
			t.line("%s  %s %s %s", t.indent, t.paint(how, pad(l, column)), mark, t.paint(how, r))
		}
	}
	side("expected", " ", "actual", faint)
	rows, before, after := compare(f.Expected, f.Actual, textRows)
	if before > 0 {
		t.line("%s  … (%s before, the same)", t.indent, count(before, "line", "lines"))
	}
	for _, x := range rows {
		if x.Same {
			side(ends(x.Expected), "|", ends(x.Actual), "")
		} else {
			side(ends(x.Expected), "!", ends(x.Actual), red)
		}
	}
	if after > 0 {
		t.line("%s  … (%s after)", t.indent, count(after, "line", "lines"))
	}
}

// dialogue writes the last steps as a sequence diagram.
func (t *text) dialogue(steps []grade.Line) {
	if steps = talk(steps); len(steps) == 0 {
		return
	}
	if left := len(steps) - textTail; left > 0 {
		t.line("%sthe end of the dialogue, after %s:", t.indent, count(left, "step", "steps"))
		steps = steps[left:]
	} else {
		t.line("%sthe dialogue:", t.indent)
	}
	if err := capture.WriteSteps(&t.out, steps); err != nil { // a strings.Builder takes everything
		t.line("%s%v", t.indent, err)
	}
}
