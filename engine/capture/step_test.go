package capture_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine/capture"
)

// TestSteps checks that steps that went through JSON give the diagram of the trace.
func TestSteps(t *testing.T) {
	x := traced(t, 1, capture.TraceOptions{})
	data, err := json.Marshal(x.Steps(capture.Filter{}))
	if err != nil {
		t.Fatal(err)
	}
	var steps []capture.Step
	if err := json.Unmarshal(data, &steps); err != nil {
		t.Fatal(err)
	}
	var want, got strings.Builder
	if err := x.Text(&want, capture.Filter{}); err != nil {
		t.Fatal(err)
	}
	if err := capture.WriteSteps(&got, steps); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.String(), got.String()); d != "" {
		t.Error(d)
	}
	kinds := map[string]bool{}
	for _, s := range steps {
		kinds[s.Kind] = true
	}
	for _, k := range []string{"connect", "send", "close", "note"} {
		if !kinds[k] {
			t.Errorf("no step of kind %s: %v", k, kinds)
		}
	}
}

// drawn checks that steps give a diagram that XML parsers take and a text that a terminal does.
func drawn(t testing.TB, steps []capture.Step) (svg, text string) {
	var a, b bytes.Buffer
	if err := capture.DrawSteps(&a, steps); err != nil {
		t.Fatal(err)
	}
	if err := capture.WriteSteps(&b, steps); err != nil {
		t.Fatal(err)
	}
	svg, text = a.String(), b.String()
	for d := xml.NewDecoder(&a); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Fatalf("%q in %q", r, text)
		}
	}
	return svg, text
}

// TestStepsOfOne draws a dialogue of one host with itself, and remarks alone: there is a single lane, or none.
func TestStepsOfOne(t *testing.T) {
	for _, c := range []struct {
		steps []capture.Step
		want  []string
	}{
		{[]capture.Step{{At: time.Second, Until: time.Second, From: "pc", To: "pc", Kind: "send", Text: "to itself"}, {At: 2 * time.Second, Until: -1, From: "pc", Kind: "note", Text: "alone"}}, []string{"pc", "to itself", "alone", "2.000000"}},
		{[]capture.Step{{At: time.Second, Until: -1, Kind: "note", Text: "a remark"}}, []string{"a remark"}},
	} {
		svg, text := drawn(t, c.steps)
		for _, want := range c.want {
			if !strings.Contains(text, want) || !strings.Contains(svg, want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
		for line := range strings.Lines(text) {
			if n := len(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}

func TestHostileSteps(t *testing.T) {
	steps := []capture.Step{
		{At: -time.Hour, Until: 1 << 62, From: "a\x1b[2J", To: "</svg><script>", Kind: "send", Text: "\xff\n\u202e<b>"},
		{To: "nobody", Kind: "send"},
		{From: "a", At: 1 << 62, Until: -1 << 62, To: "b", Kind: "?"},
		{Kind: "note", Text: "\x00"},
	}
	for i := range 100 {
		steps = append(steps, capture.Step{From: strings.Repeat("x", i), Text: "y"})
	}
	svg, text := drawn(t, steps)
	if strings.Contains(svg, "<script>") || strings.Contains(svg, "<style>") {
		t.Error("not escaped:", svg)
	}
	if !strings.Contains(text, "more events were not kept") {
		t.Error("nothing says that lanes were left out:", text)
	}
	drawn(t, nil)
}

func FuzzSteps(f *testing.F) {
	f.Add([]byte(`[{"at":1,"until":2,"from":"a","to":"b","kind":"send","text":"hello"},{"from":"b","kind":"close"},{"kind":"note","text":"x"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var steps []capture.Step
		if json.Unmarshal(data, &steps) == nil {
			drawn(t, steps)
		}
	})
}
