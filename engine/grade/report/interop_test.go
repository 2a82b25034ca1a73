package report_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// file writes a report to a file.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestProve lets Perl's prove judge TAP: of a result where all passed, of one with failures, and of a poisoned one.
func TestProve(t *testing.T) {
	prove := interop.Program(t, "prove", "perl")
	for _, c := range []struct {
		name string
		r    grade.Result
		want []string
	}{
		{"good", sampleClass()[0], []string{"Tests=6,", "Result: PASS"}},
		{"bad", sampleClass()[1], []string{"Tests=6,", "Failed tests:  3, 5", "Result: FAIL"}},
		{"poison", poisoned(poison), []string{"Tests=6,", "Failed tests:  1-4, 6", "Result: FAIL"}},
	} {
		path := file(t, c.name+".tap", write(t, "tap", instructor(), c.r))
		out, err := exec.Command(prove, "--exec", "cat", path).CombinedOutput()
		if (err == nil) != (c.name == "good") {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, w := range c.want {
			if !strings.Contains(string(out), w) {
				t.Errorf("%s: no %q in\n%s", c.name, w, out)
			}
		}
		if strings.Contains(string(out), "Parse errors") {
			t.Errorf("%s:\n%s", c.name, out)
		}
	}
}

// yamlish prints the message of each diagnosis that TAP::Parser finds.
const yamlish = `
use TAP::Parser;
my $p = TAP::Parser->new({exec => ["cat", $ARGV[0]]});
while (my $r = $p->next) {
  print "test ", $r->number, " ", ($r->is_actual_ok ? "ok" : "not ok"), " ", ($r->has_skip ? "skip" : ""), " ", $r->description, "\n" if $r->is_test;
  print "wanted ", $r->data->{wanted}, "\n" if $r->is_yaml;
  print "unknown ", $r->as_string, "\n" if $r->is_unknown;
}
print "errors ", scalar($p->parse_errors), "\n";
`

func TestTAPDiagnosis(t *testing.T) {
	perl := interop.Program(t, "perl", "perl")
	r := sampleClass()[1]
	r.Outcomes[0].Title = `a # TODO \ title`
	r.Outcomes[2].Shown.Findings[0].Expected = "a \"quoted\" \\ text\nof two lines"
	out, err := exec.Command(perl, "-e", yamlish, file(t, "a.tap", write(t, "tap", instructor(), r))).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"test 1 ok  - a \\# TODO \\\\ title\n", "test 3 not ok  - prints the round-trip time of each\n", "wanted a \"quoted\" \\ text\nof two lines\n", "test 4 ok skip ", "errors 0\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(string(out), "unknown") {
		t.Errorf("%s", out)
	}
}

const junitparser = `
import sys
from junitparser import JUnitXml, Failure, Error, Skipped
xml = JUnitXml.fromfile(sys.argv[1])
for suite in xml:
    kinds = [type(case.result[0]).__name__ if case.result else "passed" for case in suite]
    print(suite.name, suite.tests, suite.failures, suite.errors, suite.skipped, *kinds)
`

func TestJUnitParser(t *testing.T) {
	python := interop.Python(t, "python3-junitparser", "junitparser")
	out, err := exec.Command(python, "-c", junitparser, file(t, "a.xml", write(t, "junit", instructor(), append(sampleClass()[:3], poisoned(poison))...))).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"udp_pinger: bob.lua 6 2 0 1 passed passed Failure Skipped Failure passed\n", "udp_pinger: carla.lua 6 0 2 3 passed Error Skipped Skipped Error Skipped\n",
		" 6 4 1 1 Failure Error Failure Failure Skipped Failure\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// TestStrictHTML lets a parser that forgives nothing read the pages.
func TestStrictHTML(t *testing.T) {
	python := interop.Python(t, "python3-html5lib", "html5lib")
	const strict = "import sys, html5lib\nhtml5lib.HTMLParser(strict=True).parse(open(sys.argv[1], 'rb'))\nprint('valid')"
	for _, results := range [][]grade.Result{sampleClass()[1:2], sampleClass(), {poisoned(poison)}, nil} {
		out, err := exec.Command(python, "-c", strict, file(t, "a.html", write(t, "html", instructor(), results...))).CombinedOutput()
		if err != nil || string(out) != "valid\n" {
			t.Errorf("%v\n%s", err, out)
		}
	}
	if out, err := exec.Command(python, "-c", strict, file(t, "b.html", "<!DOCTYPE html><p></b>")).CombinedOutput(); err == nil {
		t.Errorf("the parser forgives: %s", out)
	}
}
