package report

import (
	"io"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

// What the graders of GitHub Classroom hand to classroom-resources/autograding-grading-reporter, there in base64.
type classroomResults struct {
	Version  int             `json:"version"` // 1
	Status   string          `json:"status"`  // "pass", "fail" or "error"
	MaxScore float64         `json:"max_score"`
	Tests    []classroomTest `json:"tests"`
}

type classroomTest struct {
	Name     string  `json:"name"`
	Status   string  `json:"status"`
	Score    float64 `json:"score"`
	Message  string  `json:"message"`
	TestCode string  `json:"test_code"` // the reporter prints it below the name
	Filename string  `json:"filename"`
	LineNo   int     `json:"line_no"`  // 0 for none
	Duration int64   `json:"duration"` // milliseconds, of the machine
}

const classroomVersion = 1

// writeClassroom writes what the reporter of GitHub Classroom reads. Students see its log, so there is nothing of tests that are not visible
// in it but their points, which are in one line.
func writeClassroom(w io.Writer, results []grade.Result, o *Options) error {
	r := &results[0]
	out := classroomResults{Version: classroomVersion, Status: "pass", MaxScore: rounded(r.Max), Tests: []classroomTest{}}
	var rest classroomTest
	hidden := 0
	for i := range r.Outcomes {
		x := r.Outcomes[i]
		forStudents(&x)
		status := classroomStatus(x.Verdict)
		if status == "error" || status == "fail" && out.Status == "pass" {
			out.Status = status
		}
		if x.Visibility != grade.Visible {
			rest.Score += x.Earned
			hidden++
			continue
		}
		x.Needs = visibleNeeds(r, &x)
		t := forStudent()
		if x.Verdict != grade.Passed {
			t.explain(r, &x)
		}
		out.Tests = append(out.Tests, classroomTest{Name: line(x.Title) + " (" + outOf(x.Earned, x.Points, "points") + ")", Status: status,
			Score: rounded(x.Earned), Message: line(reason(r, &x)), TestCode: strings.TrimRight(t.out.String(), "\n")})
	}
	if hidden > 0 {
		rest.Name, rest.Status, rest.Score = count(hidden, "test is", "tests are")+" not shown here", "pass", rounded(rest.Score)
		out.Tests = append(out.Tests, rest)
	}
	if len(out.Tests) > 0 {
		out.Tests[0].Duration = r.Took.Milliseconds() // nobody measured each
	}
	return encode(w, out)
}

func classroomStatus(v grade.Verdict) string {
	switch {
	case v == grade.Passed:
		return "pass"
	case v == grade.Fault || v == grade.Machine || v == grade.Interrupted:
		return "error"
	}
	return "fail"
}
