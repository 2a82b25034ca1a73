package report_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"flag"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jstemmer/go-junit-report/v2/junit"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/engine/grade/report"
)

var update = flag.Bool("update", false, "write the expected reports in testdata")

func instructor() report.Options {
	return report.Options{Replay: func(r *grade.Result, o *grade.Outcome) string {
		return "moonwire grade udp_pinger " + r.Submission + " --replay " + o.Replay
	}}
}

func write(t testing.TB, format string, o report.Options, results ...grade.Result) string {
	t.Helper()
	f, err := report.Find(format)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, results, o); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.String()
}

// TestReports compares a report in each format with what is expected of it.
func TestReports(t *testing.T) {
	one, all := sampleClass()[1:2], sampleClass()
	colours := instructor()
	colours.Color = true
	for _, c := range []struct {
		file, format string
		o            report.Options
		results      []grade.Result
	}{
		{"one.txt", "text", instructor(), one},
		{"student.txt", "text", report.Options{Student: true}, one},
		{"colour.txt", "text", colours, one},
		{"class.txt", "text", instructor(), all},
		{"one.json", "json", instructor(), one},
		{"gradescope.json", "gradescope", instructor(), one},
		{"classroom.json", "classroom", instructor(), one},
		{"check50.json", "check50", instructor(), one},
		{"class.xml", "junit", instructor(), all},
		{"class.tap", "tap", instructor(), all},
		{"one.html", "html", instructor(), one},
	} {
		t.Run(c.file, func(t *testing.T) {
			got := write(t, c.format, c.o, c.results...)
			path := filepath.Join("testdata", c.file)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("-want +got; -update writes it anew:\n%s", d)
			}
		})
	}
}

// valid checks a document against a schema.
func valid(t testing.TB, schema, document string) error {
	t.Helper()
	parse := func(s string) any {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(s))
		if err != nil {
			t.Fatalf("%v\n%s", err, s)
		}
		return v
	}
	const url = "https://schema.test/schema.json" // a bare name would be taken for a file here, and a space in this folder's name for a mistake
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(url, parse(schema)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(url)
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(parse(document))
}

func schemaFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// schemas are what documents must comply with; each has a mistake that it must find.
func schemas(t testing.TB) map[string]struct{ schema, from, to string } {
	return map[string]struct{ schema, from, to string }{
		"json":       {report.Schema, `"verdict": "failed"`, `"verdict": "wrong"`},
		"gradescope": {schemaFile(t, "gradescope.schema.json"), `"visibility": "after_due_date"`, `"visibility": "later"`},
		"check50":    {schemaFile(t, "check50.schema.json"), `"passed": false`, `"passed": "no"`},
		"classroom":  {schemaFile(t, "classroom.schema.json"), `"status": "fail"`, `"status": "failed"`},
	}
}

func TestSchemas(t *testing.T) {
	for format, s := range schemas(t) {
		for _, r := range append(sampleClass(), poisoned(poison), grade.Result{}) {
			if err := valid(t, s.schema, write(t, format, instructor(), r)); err != nil {
				t.Errorf("%s of %q: %v", format, r.Submission, err)
			}
		}
		good := write(t, format, instructor(), sampleClass()[1])
		bad := strings.Replace(good, s.from, s.to, 1)
		if bad == good || valid(t, s.schema, bad) == nil {
			t.Errorf("the schema of %s finds no mistake", format)
		}
	}
	if err := valid(t, report.Schema, write(t, "json", instructor(), sampleClass()...)); err != nil {
		t.Error(err)
	}
}

// TestJSONComesBack checks that the format json has all there is.
func TestJSONComesBack(t *testing.T) {
	want := sampleClass()
	got, err := report.ReadDocument(strings.NewReader(write(t, "json", instructor(), want...)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		for j := range want[i].Outcomes {
			o := &want[i].Outcomes[j]
			if o.Needs == nil {
				o.Needs = []string{}
			}
			if o.Tags == nil {
				o.Tags = []string{}
			}
			if o.Visibility == "" {
				o.Visibility = grade.Visible
			}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"", "{}", `{"format":"moonwire grade","version":99}`, `[]`, `{"format":"moonwire grade","version":1,"results":7}`} {
		if _, err := report.ReadDocument(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is no report", bad)
		}
	}
}

func TestGradescopeScores(t *testing.T) {
	var out struct {
		Output string
		Tests  []struct {
			Score              float64 `json:"score"`
			Max                float64 `json:"max_score"`
			Output             string
			Visibility, Status string
			Number             string
		}
	}
	r := sampleClass()[3]
	text := write(t, "gradescope", instructor(), r)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	score, max := 0.0, 0.0
	for _, x := range out.Tests {
		score, max = score+x.Score, max+x.Max
		if strings.Contains(x.Output, "--replay") {
			t.Error("students see how to replay:", x.Output)
		}
	}
	if score != r.Score || max != r.Max {
		t.Errorf("%v of %v points, want %v of %v", score, max, r.Score, r.Max)
	}
	if want := "UDP pinger: 3 of 4 visible tests passed."; out.Output != want {
		t.Errorf("%q, want %q", out.Output, want)
	}
	if out.Tests[4].Visibility != "after_due_date" || out.Tests[5].Visibility != "hidden" || out.Tests[0].Visibility != "visible" {
		t.Errorf("visibilities: %+v", out.Tests)
	}
	empty := write(t, "gradescope", instructor(), grade.Result{Title: "x", Score: math.NaN()})
	if !strings.Contains(empty, `"score": 0`) {
		t.Error("without tests the platform wants a score:", empty)
	}
}

// TestHidden checks that nothing that students read tells of tests that are not visible.
func TestHidden(t *testing.T) {
	r := sampleClass()[3] // fails the hidden tests
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.Visibility != "" {
			o.Title, o.Hint = "SECRET", "SECRET"
			o.Shown.Findings = append(o.Shown.Findings, grade.Finding{Message: "SECRET"})
			o.Tags = []string{"SECRET"}
			o.Name = "SECRET" + o.Name
		} else {
			o.Shown = &grade.Attempt{Test: o.Name, Verdict: grade.Fault, Report: "SECRET", Notes: "SECRET", Findings: []grade.Finding{{Message: "SECRET"}}}
			o.Verdict = grade.Fault
		}
	}
	r.Outcomes[3].Needs = []string{r.Outcomes[5].Name}
	r.Outcomes[3].Verdict = grade.Skipped
	r.Warnings = []string{"SECRET"}
	for _, f := range report.Formats() {
		got := write(t, f.Name, report.Options{Student: true, Replay: instructor().Replay}, r)
		if strings.Contains(got, "SECRET") || strings.Contains(got, "--replay") {
			t.Errorf("%s for students tells of hidden tests:\n%s", f.Name, got)
		}
	}
	if got := write(t, "classroom", instructor(), r); strings.Contains(got, "SECRET") || !strings.Contains(got, "2 tests are not shown here") {
		t.Error("the log of GitHub Classroom is for students:", got)
	}
	platform := r
	platform.Outcomes = slices.DeleteFunc(slices.Clone(r.Outcomes), func(o grade.Outcome) bool { return o.Visibility != "" })
	platform.Warnings = nil
	if got := write(t, "gradescope", instructor(), platform); strings.Contains(got, "SECRET") || !strings.Contains(got, "tell your instructor") {
		t.Error("what Gradescope shows of visible tests is for students:", got)
	}
	text := write(t, "text", report.Options{Student: true}, r)
	if !strings.Contains(text, "of 8 points") || !strings.Contains(text, "2 tests are not shown here") {
		t.Error(text)
	}
}

// TestClassroom checks what the reporter of GitHub Classroom makes of a result: points are summed over tests, out of max_score.
func TestClassroom(t *testing.T) {
	for _, r := range sampleClass() {
		encoded := base64.StdEncoding.EncodeToString([]byte(write(t, "classroom", instructor(), r)))
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		var x struct {
			Status string
			Max    float64 `json:"max_score"`
			Tests  []struct{ Score float64 }
		}
		if err := json.Unmarshal(decoded, &x); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, y := range x.Tests {
			sum += y.Score
		}
		if math.Abs(sum-r.Score) > 1e-9 || x.Max != r.Max || (x.Status == "pass") != (r.Score == r.Max) {
			t.Errorf("%s: %v of %v, %s; want %v of %v", r.Submission, sum, x.Max, x.Status, r.Score, r.Max)
		}
	}
}

func TestJUnit(t *testing.T) {
	var x junit.Testsuites
	if err := xml.Unmarshal([]byte(write(t, "junit", instructor(), sampleClass()...)), &x); err != nil {
		t.Fatal(err)
	}
	if x.Tests != 66 || len(x.Suites) != 11 || x.Failures == 0 || x.Errors == 0 || x.Skipped == 0 {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped in %d suites", x.Tests, x.Failures, x.Errors, x.Skipped, len(x.Suites))
	}
	if f := x.Suites[1].Testcases[2].Failure; f == nil || f.Message != "the output is not as expected" || !strings.Contains(f.Data, "expected") {
		t.Errorf("%+v", f)
	}
}

// TestSharedWarnings checks that what is true of all submissions is said once.
func TestSharedWarnings(t *testing.T) {
	all := sampleClass()
	for i := range all {
		all[i].Warnings = []string{"no walls here"}
	}
	for _, format := range []string{"text", "html"} {
		if n := strings.Count(write(t, format, instructor(), all...), "no walls here"); n != 1 {
			t.Errorf("%s says it %d times", format, n)
		}
		if n := strings.Count(write(t, format, instructor(), all[0]), "no walls here"); n != 1 {
			t.Errorf("%s of one submission says it %d times", format, n)
		}
	}
	if len(all[0].Warnings) != 1 {
		t.Error("the results were changed")
	}
}

// TestOne checks that formats for one submission take no more.
func TestOne(t *testing.T) {
	for _, f := range report.Formats() {
		err := f.Write(&bytes.Buffer{}, sampleClass()[:2], report.Options{})
		if (err != nil) != f.One {
			t.Errorf("%s: %v", f.Name, err)
		}
		if err := f.Write(&bytes.Buffer{}, nil, report.Options{}); (err != nil) != f.One {
			t.Errorf("%s of none: %v", f.Name, err)
		}
	}
	if _, err := report.Find("pdf"); err == nil || !strings.Contains(err.Error(), "text, json, html") {
		t.Error(err)
	}
}
