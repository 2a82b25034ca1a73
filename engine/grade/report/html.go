package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

//go:embed style.css
var style string

//go:embed page.gohtml
var pageText string

const (
	htmlRows     = 60  // of a comparison
	htmlFindings = 10  // of a test
	htmlLines    = 200 // of output, and of a report
	htmlSteps    = 80  // of a dialogue, from its end, on the page of one submission
	classSteps   = 40  // the same on the page of several
	manySteps    = 12  // and on that of so many that a page would become too large
	many         = 50
)

// What the template is given. All strings are printable; the template escapes them for where they stand.
type (
	htmlPage struct {
		Title    string
		Style    template.CSS
		Class    *htmlClass
		Warnings []string     // about all
		Only     *htmlResult  // the page is about this one
		Pages    []htmlResult // or about these
	}

	htmlResult struct {
		ID, Title, Name, Points string
		Share                   float64 // of the points, in percent
		Complete                bool
		Warnings                []string
		Tests                   []htmlTest
	}

	htmlTest struct {
		ID, Class, Badge, Title, Points, Why, Seeds string
		Findings                                    []htmlFinding
		Report, Output, Hint, Replay                string
		DiagramTitle                                string
		Diagram                                     template.HTML
		Steps                                       []string
		Folded                                      bool // what happened is shown on demand
		Wide                                        bool // the diagram has more than two hosts
	}

	htmlFinding struct {
		Message, Where, Before, After string
		Rows                          []row
	}
)

// writeHTML writes one page that needs nothing but itself: of one submission, or of several with an overview.
func writeHTML(w io.Writer, results []grade.Result, o *Options) error {
	page := htmlPage{Title: "nothing was graded", Style: template.CSS(style)}
	h := &htmlMaker{o: o, steps: htmlSteps}
	switch len(results) {
	case 0:
		page.Class = h.class(summarise(results))
	case 1:
		only := h.result(0, &results[0])
		page.Only, page.Title = &only, only.Title+": "+only.Name
	default:
		c := summarise(results)
		page.Warnings = lineEach(common(results))
		page.Class, page.Title = h.class(c), line(c.Title)
		if h.steps = classSteps; len(results) > many {
			h.steps = manySteps
		}
		for i := range results {
			if o.Link(&results[i]) == "" {
				page.Pages = append(page.Pages, h.result(i, &results[i]))
			}
		}
	}
	t, err := template.New("").Parse(pageText)
	if err != nil {
		return fmt.Errorf("report: the template of pages: %w", err)
	}
	if err := t.ExecuteTemplate(w, "page", page); err != nil {
		return fmt.Errorf("report: cannot write the page: %w", err)
	}
	return nil
}

// An htmlMaker makes what the template is given.
type htmlMaker struct {
	o     *Options
	steps int
}

func (h *htmlMaker) result(n int, r *grade.Result) htmlResult {
	out := htmlResult{ID: resultID(n), Title: line(r.Title), Name: line(r.Submission), Points: outOf(r.Score, r.Max, "points"), Complete: r.Complete, Share: percent(r.Score, r.Max)}
	for _, w := range r.Warnings {
		out.Warnings = append(out.Warnings, line(w))
	}
	for i := range r.Outcomes {
		x := h.test(r, &r.Outcomes[i])
		x.ID = testID(n, i)
		out.Tests = append(out.Tests, x)
	}
	return out
}

func resultID(n int) string { return fmt.Sprintf("s%d", n+1) }

func testID(n, i int) string { return fmt.Sprintf("s%dt%d", n+1, i+1) }

func percent(part, all float64) float64 {
	if all <= 0 {
		return 0
	}
	return min(max(part/all*100, 0), 100)
}

func classOf(v grade.Verdict) string {
	switch {
	case v == grade.Passed:
		return "good"
	case v == grade.Skipped:
		return "skip"
	case blameless(v):
		return "wait"
	}
	return "bad"
}

func (h *htmlMaker) test(r *grade.Result, x *grade.Outcome) htmlTest {
	t := htmlTest{Class: classOf(x.Verdict), Badge: badge(x.Verdict), Title: line(x.Title), Points: outOf(x.Earned, x.Points, ""), Seeds: seeds(x)}
	switch x.Verdict {
	case grade.Passed:
		t.Folded = true
		if h.steps < htmlSteps {
			return t // an overview is about what fails
		}
	case grade.Skipped:
		t.Why = needs(r, x)
		return t
	default:
		if x.Shown == nil || len(x.Shown.Findings) == 0 {
			t.Why = meaning(x.Verdict)
		}
	}
	if x.Verdict != grade.Passed {
		if hinted(x) {
			t.Hint = line(x.Hint)
		}
		t.Replay = line(h.o.Replay(r, x))
	}
	if x.Shown != nil {
		h.attempt(&t, x.Shown)
	}
	return t
}

func (h *htmlMaker) attempt(t *htmlTest, a *grade.Attempt) {
	for i, f := range a.Findings {
		if i == htmlFindings {
			t.Findings = append(t.Findings, htmlFinding{Message: "… and " + count(len(a.Findings)-i, "more", "more")})
			break
		}
		x := htmlFinding{Message: line(f.Message)}
		if where := line(f.Where); !strings.Contains(x.Message, where) {
			x.Where = where
		}
		if beside(&f) {
			var before, after int
			x.Rows, before, after = compare(f.Expected, f.Actual, htmlRows)
			for i := range x.Rows {
				x.Rows[i].Expected, x.Rows[i].Actual = ends(x.Rows[i].Expected), ends(x.Rows[i].Actual)
			}
			if before > 0 {
				x.Before = count(before, "line", "lines")
			}
			if after > 0 {
				x.After = count(after, "line", "lines")
			}
		}
		t.Findings = append(t.Findings, x)
	}
	t.Report = strings.Join(printed(a.Report, htmlLines), "\n")
	if !told(a) {
		t.Output = strings.Join(printed(a.Output, htmlLines), "\n")
	}
	h.diagram(t, a.Dialogue)
}

func (h *htmlMaker) diagram(t *htmlTest, steps []grade.Line) {
	if steps = talk(steps); len(steps) == 0 {
		return
	}
	t.DiagramTitle = "The dialogue, in seconds of the world's clock:"
	if left := len(steps) - h.steps; left > 0 {
		t.DiagramTitle = fmt.Sprintf("The end of the dialogue, after %s, in seconds of the world's clock:", count(left, "step", "steps"))
		steps = steps[left:]
	}
	var b bytes.Buffer
	if err := capture.DrawSteps(&b, steps); err != nil { // a bytes.Buffer takes everything
		return
	}
	t.Diagram = template.HTML(b.String()) // DrawSteps escapes names and texts
	hosts := map[string]bool{"": true}
	for _, s := range steps {
		t.Steps = append(t.Steps, stepLine(&s))
		hosts[s.From], hosts[s.To] = true, true
	}
	t.Wide = len(hosts) > 3
}

// stepLine shows a step on one line.
func stepLine(s *grade.Line) string {
	arrow := " "
	switch {
	case s.To != "" && s.Lost:
		arrow = " ⇥ " + line(s.To) + " (lost): "
	case s.To != "":
		arrow = " → " + line(s.To) + ": "
	}
	return fmt.Sprintf("%.6f %s%s%s", s.At.Seconds(), line(s.From), arrow, line(s.Text))
}
