package scripts_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/scripts"
)

var update = flag.Bool("update", false, "write the expected outputs of the labs anew")

// An outcome is what two runs of a lab must have in common.
type outcome struct{ output, hash string }

func run(t *testing.T, files fs.FS, file string, seed uint64) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	result, err := bindings.Run{
		World: engine.Options{Seed: seed, Hash: true, Files: bindings.Files(files)}, Script: file, Limits: bindings.Limits{Fuel: 100_000_000}, Stdout: &out, Stderr: &errs,
	}.Do()
	if err != nil {
		t.Fatal(err)
	}
	if result.Status != 0 || errs.Len() > 0 {
		t.Fatalf("seed %d: status %d\n%s%s", seed, result.Status, out.String(), errs.String())
	}
	return outcome{out.String(), result.Hash}
}

func runLab(t *testing.T, s scripts.Script, seed uint64) outcome {
	t.Helper()
	folder, err := fs.Sub(scripts.Files(), s.Folder())
	if err != nil {
		t.Fatal(err)
	}
	return run(t, folder, s.File(), seed)
}

// known has what first returned.
var known = map[string]outcome{}

// first returns the outcome of the first run of a lab under a seed, on one processor: the tests of a lab look at the same run.
func first(t *testing.T, s scripts.Script, seed uint64) outcome {
	t.Helper()
	key := fmt.Sprint(s.Name, " ", seed)
	if got, ok := known[key]; ok {
		return got
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	known[key] = runLab(t, s, seed)
	return known[key]
}

// TestExpected compares the output of each lab with what is committed.
func TestExpected(t *testing.T) {
	for _, s := range labs(t) {
		t.Run(s.Name, func(t *testing.T) {
			got := first(t, s, 1).output
			if *update {
				if err := os.WriteFile(s.Name+".out", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(s.Expected(), got); diff != "" {
				t.Errorf("output differs from %s.out (-expected +got):\n%s", s.Name, diff)
			}
		})
	}
}

// TestRepeatable runs each lab twice per seed, on one processor and on two: same output, same packets.
func TestRepeatable(t *testing.T) {
	for _, s := range labs(t) {
		t.Run(s.Name, func(t *testing.T) {
			for _, seed := range []uint64{1, 2, 3} {
				if err := repeatable(first(t, s, seed), func() outcome { return runLab(t, s, seed) }); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
		})
	}
}

// repeatable calls f at GOMAXPROCS 2 and says how the outcome differs from the first.
func repeatable(first outcome, f func() outcome) error {
	before := runtime.GOMAXPROCS(2)
	got := f()
	runtime.GOMAXPROCS(before)
	switch {
	case got.output != first.output:
		return fmt.Errorf("the second run, GOMAXPROCS 2: another output:\n%s", cmp.Diff(first.output, got.output))
	case got.hash != first.hash:
		return fmt.Errorf("the second run, GOMAXPROCS 2: packets %s, before %s", got.hash, first.hash)
	case first.hash == "":
		return fmt.Errorf("no hash of the packets")
	}
	return nil
}

// TestRepeatableCanFail shows the check above an outcome that changes.
func TestRepeatableCanFail(t *testing.T) {
	n := 0
	for name, f := range map[string]func() outcome{
		"output":  func() outcome { n++; return outcome{fmt.Sprint(n), "same"} },
		"packets": func() outcome { n++; return outcome{"same", fmt.Sprint(n)} },
		"no hash": func() outcome { return outcome{"same", ""} },
	} {
		if repeatable(f(), f) == nil {
			t.Errorf("%s: the check did not notice", name)
		}
	}
}

// TestSeedMatters makes sure that the seed reaches the packets: a hash that never changed would prove nothing.
func TestSeedMatters(t *testing.T) {
	s, ok := scripts.Find("udp_pinger")
	if !ok {
		t.Fatal("no lab udp_pinger")
	}
	if a, b := first(t, s, 1), first(t, s, 2); a.hash == b.hash || a.output == b.output {
		t.Errorf("seeds 1 and 2 gave the same run")
	}
}

// TestForm checks what a reader relies on: a title, a size that can be read, names that are found.
func TestForm(t *testing.T) {
	short := map[string]string{}
	for _, s := range scripts.All() {
		if err := form(s.Source()); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if other, taken := short[path.Base(s.Name)]; taken {
			t.Errorf("%s and %s have the same short name", s.Name, other)
		}
		short[path.Base(s.Name)] = s.Name
		for _, name := range []string{s.Name, path.Base(s.Name), s.Name + ".lua"} {
			if got, ok := scripts.Find(name); !ok || got != s {
				t.Errorf("Find(%q) = %v, %v", name, got, ok)
			}
		}
	}
	if _, ok := scripts.Find("nosuch"); ok {
		t.Error("Find found a script that is not there")
	}
}

func form(source string) error {
	first, _, _ := strings.Cut(source, "\n")
	if title := strings.TrimPrefix(first, "-- "); title == first || title == "" {
		return fmt.Errorf("the first line is not a comment with a title: %q", first)
	}
	comment, _ := header(source)
	said := slices.IndexFunc(comment, func(line string) bool { return strings.HasPrefix(line, "-- Try:") })
	if said < 0 {
		said = len(comment)
	}
	if n := strings.Count(source, "\n") - len(comment[said:]); n > 80 {
		return fmt.Errorf("%d lines; a lab has at most 80, and what it says to try", n)
	}
	return nil
}

func TestFormCanFail(t *testing.T) {
	for _, source := range []string{"local x = 1\n", "--\n", "-- title\n" + strings.Repeat("x = 1\n", 80)} {
		if form(source) == nil {
			t.Errorf("accepted %.20q…", source)
		}
	}
}

// TestNeeds checks that a lab is copied with what it starts.
func TestNeeds(t *testing.T) {
	s, _ := scripts.Find("sockets/upper_tcp")
	var got []string
	for _, n := range s.Needs() {
		got = append(got, n.Name)
	}
	want := []string{"sockets/upper_tcp", "sockets/upper_tcp_server", "sockets/upper_tcp_client"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Needs (-want +got):\n%s", diff)
	}
}

func labs(t *testing.T) []scripts.Script {
	t.Helper()
	var list []scripts.Script
	for _, s := range scripts.All() {
		if s.Lab {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		t.Fatal("no labs")
	}
	return list
}
