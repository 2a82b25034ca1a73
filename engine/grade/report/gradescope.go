package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

// The keys of Gradescope's results.json (gradescope-autograders.readthedocs.io, Autograder Specifications).
type gradescopeResults struct {
	Score            *float64         `json:"score,omitempty"` // only without tests: the platform sums the tests up
	ExecutionTime    float64          `json:"execution_time"`  // seconds
	Output           string           `json:"output"`
	OutputFormat     string           `json:"output_format"`
	TestOutputFormat string           `json:"test_output_format"`
	TestNameFormat   string           `json:"test_name_format"`
	Visibility       string           `json:"visibility"`
	StdoutVisibility string           `json:"stdout_visibility"`
	ExtraData        map[string]any   `json:"extra_data"`
	Tests            []gradescopeTest `json:"tests"`
}

type gradescopeTest struct {
	Score        float64        `json:"score"`
	MaxScore     float64        `json:"max_score"`
	Status       string         `json:"status"` // "passed" or "failed"
	Name         string         `json:"name"`
	NameFormat   string         `json:"name_format"`
	Number       string         `json:"number"`
	Output       string         `json:"output"`
	OutputFormat string         `json:"output_format"`
	Tags         []string       `json:"tags"`
	Visibility   string         `json:"visibility"`
	ExtraData    map[string]any `json:"extra_data"` // the platform keeps it and shows it to nobody
}

const formatText = "text" // the platform escapes it and keeps its lines

// writeGradescope writes results.json. It always has every test: the platform hides those that are hidden. What is about the whole
// submission is for the student's eyes, so it tells nothing of them.
func writeGradescope(w io.Writer, results []grade.Result, o *Options) error {
	r := &results[0]
	out := gradescopeResults{
		ExecutionTime: r.Took.Seconds(), Output: gradescopeSummary(r),
		OutputFormat: formatText, TestOutputFormat: formatText, TestNameFormat: formatText,
		Visibility: string(grade.Visible), StdoutVisibility: string(grade.Hidden),
		ExtraData: map[string]any{"exercise": line(r.Exercise), "submission": line(r.Submission), "seed": fmt.Sprint(r.Seed), "isolation": line(r.Isolation),
			"complete": r.Complete, "warnings": lineEach(r.Warnings)},
		Tests: []gradescopeTest{},
	}
	for i := range r.Outcomes {
		x := r.Outcomes[i]
		forStudents(&x)
		t := forStudent()
		x.Needs = visibleNeeds(r, &x)
		t.explain(r, &x)
		status := "failed"
		if x.Verdict == grade.Passed {
			status = "passed"
		}
		out.Tests = append(out.Tests, gradescopeTest{
			Score: rounded(x.Earned), MaxScore: rounded(x.Points), Status: status, Name: line(x.Title), NameFormat: formatText, Number: fmt.Sprint(i + 1),
			Output: t.out.String(), OutputFormat: formatText, Tags: lineEach(x.Tags), Visibility: string(x.Visibility),
			ExtraData: map[string]any{"name": line(x.Name), "verdict": line(string(x.Verdict)), "tried": x.Tried, "bad": x.Bad, "replay": line(x.Replay)},
		})
	}
	if len(out.Tests) == 0 {
		score := rounded(r.Score)
		out.Score = &score
	}
	return encode(w, out)
}

// visibleNeeds leaves tests out that a student does not know of, unless the student does not see x either.
func visibleNeeds(r *grade.Result, x *grade.Outcome) []string {
	var out []string
	for _, n := range x.Needs {
		for i := range r.Outcomes {
			if y := &r.Outcomes[i]; y.Name == n && (y.Visibility == grade.Visible || x.Visibility != grade.Visible) {
				out = append(out, n)
			}
		}
	}
	return out
}

func gradescopeSummary(r *grade.Result) string {
	passed, shown := 0, 0
	for i := range r.Outcomes {
		if x := &r.Outcomes[i]; x.Visibility == grade.Visible {
			shown++
			if x.Verdict == grade.Passed {
				passed++
			}
		}
	}
	out := []string{fmt.Sprintf("%s: %d of %s passed.", line(r.Title), passed, count(shown, "visible test", "visible tests"))}
	if !r.Complete {
		out = append(out, "Grading was stopped before its end; what was graded stands.")
	}
	return strings.Join(out, "\n")
}
