package report_test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/width"

	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/engine/grade/report"
)

// lawful checks that a report is of its form and has nothing in it that acts on its reader, whatever the submission wrote.
func lawful(t testing.TB, format, got string, tests int) {
	t.Helper()
	if !utf8.ValidString(got) {
		t.Errorf("%s: not UTF-8", format)
	}
	if format == "json" || format == "gradescope" || format == "check50" || format == "classroom" {
		if !json.Valid([]byte(got)) {
			t.Errorf("%s: not JSON", format)
		}
	}
	if format != "json" && format != "check50" { // these two hand expected and actual on as they are, with JSON's own escapes
		for _, r := range got {
			if r != '\n' && !unicode.IsPrint(r) && !(r == '\t' && format == "junit") {
				t.Fatalf("%s: %U", format, r)
			}
		}
	}
	switch format {
	case "text":
		for l := range strings.Lines(got) {
			n := 0
			for _, r := range strings.TrimSuffix(l, "\n") {
				if !unicode.In(r, unicode.Mn, unicode.Me) {
					n++
				}
				if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
					n++
				}
			}
			if n > 80 && !strings.HasPrefix(strings.TrimSpace(l), "again:") {
				t.Fatalf("%d columns: %q", n, l)
			}
		}
	case "tap":
		points := regexp.MustCompile(`(?m)^(not )?ok\b`).FindAllString(got, -1)
		if len(points) != tests || strings.Contains(got, "\nBail out!") || strings.Count(got, "\n1..") != 1 {
			t.Errorf("%d test points of %d", len(points), tests)
		}
	case "junit":
		for d := xml.NewDecoder(strings.NewReader(got)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	case "html":
		lawfulPage(t, got)
	}
}

// elements are those that the page may have; each of its attributes is listed below.
var elements = strings.Fields("html head meta title style body main header h1 h2 h3 p span div section details summary pre code ul li b br i a table tbody tr th td " +
	"svg line rect text circle path g")

var attributes = strings.Fields("lang charset name content http-equiv class id style title href width height viewbox xmlns x y x1 y1 x2 y2 cx cy r rx d transform text-anchor")

var harmless = regexp.MustCompile(`^(width|height):[0-9.]+%$|^stroke-dasharray:none$`)

// lawfulPage checks that a page is well-formed, has no script and asks for nothing outside of it.
func lawfulPage(t testing.TB, page string) {
	t.Helper()
	var open []string
	ids, links := map[string]bool{}, []string{}
	void := []string{"meta", "br"}
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			break
		}
		tok := z.Token()
		switch kind {
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				t.Fatalf("</%s> in %v", tok.Data, open)
			}
			open = open[:len(open)-1]
		case html.StartTagToken, html.SelfClosingTagToken:
			if !slices.Contains(elements, tok.Data) {
				t.Fatalf("element <%s>", tok.Data)
			}
			if kind == html.StartTagToken && !slices.Contains(void, tok.Data) {
				open = append(open, tok.Data)
			}
			for _, a := range tok.Attr {
				if !slices.Contains(attributes, a.Key) || a.Key == "style" && !harmless.MatchString(a.Val) {
					t.Fatalf("attribute %s=%q of <%s>", a.Key, a.Val, tok.Data)
				}
				if a.Key == "id" {
					if ids[a.Val] {
						t.Fatalf("id %s twice", a.Val)
					}
					ids[a.Val] = true
				}
				if a.Key == "href" {
					links = append(links, a.Val)
				}
			}
		case html.TextToken:
			if n := len(open); n > 0 && open[n-1] == "style" && (strings.Contains(tok.Data, "url(") || strings.Contains(tok.Data, "@import")) {
				t.Fatal("the style asks for something outside of the page")
			}
		}
	}
	if len(open) > 0 {
		t.Fatalf("not closed: %v", open)
	}
	for _, l := range links {
		if id, inside := strings.CutPrefix(l, "#"); !inside || !ids[id] {
			t.Fatalf("a link to %q", l)
		}
	}
	if _, err := html.Parse(strings.NewReader(page)); err != nil {
		t.Fatal(err)
	}
}

func TestLawful(t *testing.T) {
	for _, f := range report.Formats() {
		for _, o := range []report.Options{instructor(), {Student: true}} {
			for _, r := range sampleClass() {
				lawful(t, f.Name, write(t, f.Name, o, r), shown(r, o))
			}
			if !f.One {
				n := 0
				for _, r := range sampleClass() {
					n += shown(r, o)
				}
				lawful(t, f.Name, write(t, f.Name, o, sampleClass()...), n)
			}
		}
	}
}

func shown(r grade.Result, o report.Options) (n int) {
	for _, x := range r.Outcomes {
		if !o.Student || x.Visibility == "" || x.Visibility == grade.Visible {
			n++
		}
	}
	return n
}

func TestPoison(t *testing.T) {
	huge := strings.Repeat("x", 1<<20)
	for _, text := range []string{poison, huge, strings.Repeat("a\n", 1<<16), strings.Repeat("\x1b", 1<<16), strings.Repeat("e\u0301\u0302", 1<<16), strings.Repeat("日", 1<<16),
		"\xff", " ", "\n\n", "\t\t"} {
		r := poisoned(text)
		for _, f := range report.Formats() {
			if len(text) > 1<<16 && (f.Name == "json" || f.Name == "check50") {
				continue // they hand all on
			}
			got := write(t, f.Name, instructor(), r)
			lawful(t, f.Name, got, len(r.Outcomes))
			if f.Name != "json" && f.Name != "check50" && len(got) > 4<<20 {
				t.Errorf("%s: %d bytes", f.Name, len(got))
			}
			if !f.One {
				lawful(t, f.Name, write(t, f.Name, instructor(), r, r), 2*len(r.Outcomes))
			}
		}
	}
}

// TestNoNumbers checks that points which are no numbers do not keep a report from being written.
func TestNoNumbers(t *testing.T) {
	r := sampleClass()[1]
	r.Score, r.Max, r.Took = math.NaN(), math.Inf(1), -1
	r.Outcomes[0].Points, r.Outcomes[0].Earned, r.Outcomes[2].Shown.Earned = math.Inf(-1), math.NaN(), math.NaN()
	for _, f := range report.Formats() {
		lawful(t, f.Name, write(t, f.Name, instructor(), r), len(r.Outcomes))
	}
}

func FuzzReports(f *testing.F) {
	for _, s := range []string{poison, "", "a\nb\r\nc", "\x00", "]]>", "# SKIP", "日本語", "\u0301"} {
		f.Add(s, s+"x", 3)
	}
	formats := report.Formats()
	f.Fuzz(func(t *testing.T, a, b string, n int) {
		if len(a)+len(b) > 400 {
			return // TestPoison has long ones
		}
		r := poisoned(a)
		r.Outcomes = r.Outcomes[:1]
		x := r.Outcomes[0].Shown
		x.Findings[0].Expected, x.Findings[0].Actual = b, a
		x.Dialogue = x.Dialogue[len(x.Dialogue)-3:]
		x.Verdict, r.Outcomes[0].Verdict = grade.Verdict(b), grade.Verdict(b)
		format := formats[uint(n)%uint(len(formats))]
		lawful(t, format.Name, write(t, format.Name, instructor(), r), len(r.Outcomes))
	})
}
