package report

import (
	"io"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

// The keys of check50's JSON (cs50.github.io/check50/json_specification.html).
type check50Results struct {
	Slug    string          `json:"slug"`
	Results []check50Result `json:"results"`
	Version string          `json:"version"` // of check50 whose form this is
}

type check50Result struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Passed      *bool          `json:"passed"` // null: skipped, or the check itself failed
	Log         []string       `json:"log"`    // at most 100
	Cause       *check50Cause  `json:"cause"`  // null only when passed
	Data        map[string]any `json:"data"`
	Dependency  *string        `json:"dependency"`
}

type check50Cause struct {
	Rationale string  `json:"rationale"`
	Help      *string `json:"help"`
	Expected  *string `json:"expected,omitempty"` // both or none
	Actual    *string `json:"actual,omitempty"`
}

const (
	check50Version = "3.3.11"
	check50Log     = 100
)

func writeCheck50(w io.Writer, results []grade.Result, _ *Options) error {
	r := &results[0]
	out := check50Results{Slug: line(r.Exercise), Results: []check50Result{}, Version: check50Version}
	for i := range r.Outcomes {
		x := &r.Outcomes[i]
		c := check50Result{Name: x.Name, Description: line(x.Title), Log: []string{},
			Data: map[string]any{"points": rounded(x.Points), "earned": rounded(x.Earned), "verdict": string(x.Verdict)}}
		if len(x.Needs) > 0 {
			c.Dependency = &x.Needs[0]
		}
		if passed := x.Verdict == grade.Passed; passed || !blameless(x.Verdict) {
			c.Passed = &passed
		}
		if x.Shown != nil {
			c.Log = append(c.Log, printed(x.Shown.Output, check50Log)...)
		}
		if x.Verdict != grade.Passed {
			c.Cause = check50Why(r, x)
		}
		out.Results = append(out.Results, c)
	}
	return encode(w, out)
}

func check50Why(r *grade.Result, x *grade.Outcome) *check50Cause {
	cause := &check50Cause{Rationale: line(reason(r, x))}
	if x.Hint != "" {
		help := line(x.Hint)
		cause.Help = &help
	}
	if x.Shown != nil && len(x.Shown.Findings) > 0 {
		if f := x.Shown.Findings[0]; f.Expected != "" || f.Actual != "" {
			cause.Expected, cause.Actual = &f.Expected, &f.Actual
		}
	}
	return cause
}
