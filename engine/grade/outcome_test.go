package grade

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestOutcomes merges attempts under seeds: the least points, the smallest seed that failed, and who is skipped for it.
func TestOutcomes(t *testing.T) {
	ex := exercise("test a 2 5", "test b 4 1 a", "test c 8 1 b", "test d 1 3")
	r := graded(t, ex, handed("a fail-on 4 3", "b pass", "c pass", "d pass"), Options{Isolation: None})
	if got, want := said(r), "a: failed 1, b: skipped 0, c: skipped 0, d: passed 1"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	a, b := r.Outcomes[0], r.Outcomes[1]
	if a.Tried != 5 || a.Bad != 2 || a.Shown.Seed != 3 || b.Tried != 0 {
		t.Errorf("%+v\n%+v", a, b)
	}
	if r.Score != 2 || r.Max != 15 || !r.Complete || r.Seed != 1 || r.Isolation != "none" || len(r.Warnings) != 1 {
		t.Errorf("%+v", r)
	}
	if !contains(b.Shown, `not run, because it needs "a" (failed)`) {
		t.Errorf("%+v", b.Shown)
	}

	again := graded(t, ex, handed("a fail-on 4 3"), Options{Isolation: None, Replay: a.Replay})
	if len(again.Outcomes) != 1 || again.Outcomes[0].Tried != 1 || again.Outcomes[0].Shown.Seed != 3 || again.Outcomes[0].Verdict != Failed {
		t.Errorf("replay %s: %+v", a.Replay, again)
	}
	other := graded(t, ex, handed("a fail-on 4 3", "b pass"), Options{Isolation: None, Seed: 5, Seeds: 2, Only: []string{"b", "a"}})
	if got, want := said(other), "a: passed 2, b: passed 4"; got != want || other.Max != 6 || other.Outcomes[1].Tried != 2 {
		t.Errorf("got %s %v, want %s", got, other, want)
	}
}

// TestSpent: a test that used up a limit is not tried under more seeds.
func TestSpent(t *testing.T) {
	for v, tried := range map[Verdict]int{Fuel: 1, Memory: 1, Machine: 1, Failed: 20, Deadlock: 20, Crash: 20} {
		r := graded(t, exercise("test a 1 20"), handed("a verdict "+string(v)), Options{Isolation: None})
		if o := r.Outcomes[0]; o.Verdict != v || o.Tried != tried {
			t.Errorf("%s: tried %d times and %s, want %d", v, o.Tried, o.Verdict, tried)
		}
	}
}

// TestRefusedOptions: what makes no sense is refused with what there is.
func TestRefusedOptions(t *testing.T) {
	good := exercise("test a 1 1")
	for _, c := range []struct {
		ex   *Exercise
		o    Options
		says string
	}{
		{good, Options{}, "set Options.Program"},
		{good, Options{Program: program, Seeds: -1}, "must be 0 or more"},
		{good, Options{Program: program, Timeout: -1}, "want a timeout of 50ms or more"},
		{good, Options{Program: program, Timeout: 1}, "want a timeout of 50ms or more"},
		{good, Options{Program: program, Seed: math.MaxUint64, Seeds: 2}, "there are not so many from 18446744073709551615 on"},
		{good, Options{Program: program, Isolation: "some"}, `no isolation "some"`},
		{good, Options{Program: program, Only: []string{"z"}}, `no test "z"; it has: a`},
		{good, Options{Program: program, Replay: "z"}, "no replay token"},
		{good, Options{Program: program, Replay: "7-00000"}, "stands for no test"},
		{exercise(), Options{Program: program}, "declares no test"},
		{exercise("test a 1 1", "test a 1 1"), Options{Program: program}, "a name of its own"},
		{exercise("test a -1 1"), Options{Program: program}, "0 points or more"},
		{exercise("test a NaN 1"), Options{Program: program}, "0 points or more"},
		{exercise("test a 1 1 b", "test b 1 1"), Options{Program: program}, `needs "b"`},
		{&Exercise{Name: "none", Files: fstest.MapFS{}}, Options{Program: program}, "check.lua"},
		{&Exercise{Name: "none"}, Options{Program: program}, "set Exercise.Files"},
		{nil, Options{Program: program}, "set Exercise.Files"},
	} {
		_, err := Run(t.Context(), c.ex, handed(), c.o)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: got %v, want %s", c.o, err, c.says)
		}
	}
}

// TestNoFiles: what a caller has forgotten does not end the calling program.
func TestNoFiles(t *testing.T) {
	for _, s := range []*Submission{nil, {Name: "somebody"}} {
		_, err := All(t.Context(), exercise("test a 1 1"), []*Submission{handed(), s}, Options{Program: program})
		if err == nil || !strings.Contains(err.Error(), "submission 2 has no files") {
			t.Error(err)
		}
	}
}

// TestToken: tokens lead back to their trial, and none with another letter does.
func TestToken(t *testing.T) {
	ex := exercise("test a 1 1", "test b 1 1")
	if err := (fake{}).Declare(ex); err != nil {
		t.Fatal(err)
	}
	for _, trial := range []Trial{{"a", 1}, {"b", 1}, {"b", 1<<64 - 1}} {
		token := Token(ex.Name, trial)
		if got, err := ParseToken(ex, strings.ToUpper(token)); err != nil || got != trial {
			t.Errorf("%s: %v, %v; want %v", token, got, err, trial)
		}
		for i := range token {
			wrong := token[:i] + string("0123456789z"[(strings.IndexByte("0123456789", token[i])+2)%11]) + token[i+1:]
			if got, err := ParseToken(ex, wrong); err == nil {
				t.Errorf("%s: %v", wrong, got)
			}
		}
		if _, err := ParseToken(&Exercise{Name: "other", Tests: ex.Tests}, token); err == nil {
			t.Errorf("%s is of another exercise", token)
		}
	}
}

func FuzzToken(f *testing.F) {
	f.Add("1-00000")
	ex := &Exercise{Name: "e", Tests: []Test{{Name: "a"}, {Name: "b"}}}
	f.Fuzz(func(t *testing.T, token string) {
		trial, err := ParseToken(ex, token)
		if err == nil && Token(ex.Name, trial)[:1] != token[:1] {
			t.Error(token, trial)
		}
	})
}

// TestJournal: a second run takes what is finished from the journal, and nothing that is another exercise's, another submission's, or unfinished.
func TestJournal(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "journal")
	ex := exercise("test a 1 3")
	var subs []*Submission
	for i := range 8 {
		s := handed("a pass", fmt.Sprint("z ", i))
		s.Name = fmt.Sprintf("../../%d\n*", i)
		subs = append(subs, s)
	}
	o := Options{Program: program, Isolation: None, Journal: folder, Parallel: 2}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.Progress = func(p Progress) {
		if p.Done == 3 {
			cancel()
		}
	}
	first, err := All(ctx, ex, subs, o)
	if err != nil || len(first) != len(subs) {
		t.Fatal(first, err)
	}
	whole := 0
	for _, r := range first {
		if r.Complete {
			whole++
		} else if o := r.Outcomes[0]; o.Verdict != Interrupted || o.Earned != 0 {
			t.Errorf("%+v", o)
		}
	}
	if whole < 3 || whole > 5 {
		t.Fatalf("%d of %d results are whole", whole, len(subs))
	}
	kept := func(o Options, ex *Exercise) int { return keptOf(t, o, ex, subs) }
	if n := kept(o, ex); n != whole {
		t.Errorf("%d results kept, want %d", n, whole)
	}
	if n := kept(o, ex); n != len(subs) {
		t.Errorf("%d results kept, want all", n)
	}
	o.Seeds = 2
	if n := kept(o, ex); n != 0 {
		t.Errorf("%d results kept under other seeds", n)
	}
	o.Seeds = 0
	if n := kept(o, exercise("test a 1 3 ")); n != 0 {
		t.Errorf("%d results kept for another exercise", n)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 3*len(subs) {
		t.Errorf("%d files, %v", len(files), err)
	}
}

// TestNotKept: what the machine or the grader is to blame for is graded again, and not looked up.
func TestNotKept(t *testing.T) {
	for _, deed := range []string{"panic", "verdict machine", "verdict splendid"} {
		o := Options{Program: program, Isolation: None, Journal: t.TempDir(), Progress: func(p Progress) {
			if p.Kept {
				t.Errorf("%s: %+v", deed, p.Result)
			}
		}}
		for range 2 {
			if _, err := Run(t.Context(), exercise("test a 1 1"), handed("a "+deed), o); err != nil {
				t.Error(deed, err)
			}
		}
	}
}

// keptOf grades submissions that earn a point each and returns how many results were in the journal.
func keptOf(t *testing.T, o Options, ex *Exercise, subs []*Submission) (kept int) {
	t.Helper()
	o.Progress = func(p Progress) {
		if p.Kept {
			kept++
		}
	}
	results, err := All(t.Context(), ex, subs, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		if !r.Complete || r.Score != 1 || r.Submission != subs[i].Name {
			t.Errorf("%+v", r)
		}
	}
	return kept
}

// TestSame grades a submission many times with each isolation and wants the same bytes, also of what is too large to be kept whole.
func TestSame(t *testing.T) {
	ex := exercise("test a 2 5", "test b 4 1", "test c 4 1 a", "test d 1 1")
	want := ""
	for _, isolation := range []Isolation{None, Walls} {
		for range 10 {
			r := graded(t, ex, handed("a fail-on 4 3", "b earn 1", "c pass", "d output 3000000"), Options{Isolation: isolation})
			r.Took, r.Resident, r.Isolation, r.Warnings = 0, 0, "", nil
			got, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			if want == "" {
				want = string(got)
			}
			if string(got) != want {
				t.Fatalf("with isolation %q got %d bytes: %.500s\nwant %d bytes: %.500s", isolation, len(got), got, len(want), want)
			}
		}
	}
}
