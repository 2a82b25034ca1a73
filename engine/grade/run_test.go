package grade

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestDeaths lets submissions kill their process in each way: they lose that test and nothing else.
func TestDeaths(t *testing.T) {
	timeouts := map[string]time.Duration{"loop": time.Second, "sleep": 100 * time.Millisecond}
	for _, c := range []struct{ deed, want, says string }{
		{"pass", "first: passed 1, second: passed 2, third: passed 4, fourth: passed 8", ""},
		{"loop", "first: passed 1, second: machine 0, third: passed 4, fourth: skipped 0", "its process was ended"}, // on a busy machine by the clock
		{"sleep", "first: passed 1, second: machine 0, third: passed 4, fourth: skipped 0", "clock"},
		{"recurse", "first: passed 1, second: crash 0, third: passed 4, fourth: skipped 0", "so deeply"},
		{"fill", "first: passed 1, second: machine 0, third: passed 4, fourth: skipped 0", "memory"},
		{"ask", "first: passed 1, second: machine 0, third: passed 4, fourth: skipped 0", "memory"},
		{"panic", "first: passed 1, second: grader fault 0, third: passed 4, fourth: skipped 0", "defect of moonwire: no"},
		{"exit", "first: passed 1, second: grader fault 0, third: passed 4, fourth: skipped 0", "exit status 0"},
		{"race", "first: passed 1, second: grader fault 0, third: passed 4, fourth: skipped 0", "exit status 2"},
		{"verdict splendid", "first: passed 1, second: grader fault 0, third: passed 4, fourth: skipped 0", `the verdict "splendid"`},
		{"verdict interrupted", "first: passed 1, second: grader fault 0, third: passed 4, fourth: skipped 0", "which it cannot know"},
		{"verdict passed", "first: passed 1, second: grader fault 0, third: passed 4, fourth: skipped 0", "passed with 0 of 2"},
		{"earn 3", "first: passed 1, second: grader fault 0, third: passed 4, fourth: skipped 0", "3 of 2 points"},
		{"earn -1", "first: passed 1, second: grader fault 0, third: passed 4, fourth: skipped 0", "-1 of 2 points"},
		{"test third", "first: passed 1, second: grader fault 0, third: passed 4, fourth: skipped 0", `test "third"`},
		{"earn 1.5", "first: passed 1, second: failed 1.5, third: passed 4, fourth: skipped 0", "does nothing"},
		{"output 900000", "first: passed 1, second: failed 0, third: passed 4, fourth: skipped 0", "does nothing"},
		{"output 3000000", "first: passed 1, second: failed 0, third: passed 4, fourth: skipped 0", "does nothing"},
	} {
		t.Run(c.deed, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			ex := exercise("test first 1 2", "test second 2 3", "test third 4 1", "test fourth 8 1 second")
			r := graded(t, ex, handed("first pass", "second "+c.deed, "third pass", "fourth pass"), Options{Timeout: timeouts[c.deed]})
			if c.deed == "ask" && strings.Contains(strings.Join(r.Warnings, ""), "cgo") {
				t.Skip("the race detector takes what is asked for into its own hands")
			}
			if got := said(r); got != c.want {
				t.Errorf("got %s\nwant %s\n%+v", got, c.want, r.Outcomes[1].Shown)
			}
			if shown := r.Outcomes[1].Shown; c.says != "" && !contains(shown, c.says) {
				t.Errorf("it says %+v; want %s", shown, c.says)
			}
			if r.Resident == 0 || r.Resident > 520<<20 {
				t.Errorf("its process had %d MiB", r.Resident>>20)
			}
			t.Logf("%v, %d MiB, %s, %v", time.Since(began), r.Resident>>20, r.Isolation, r.Warnings)
		})
	}
}

func contains(a *Attempt, text string) bool {
	return a != nil && len(a.Findings) > 0 && strings.Contains(a.Findings[0].Message, text)
}

// TestInterrupted stops grading in the middle of a test: what was earned before stands, and the results are there.
func TestInterrupted(t *testing.T) {
	for _, isolation := range []Isolation{None, Walls} {
		ctx, cancel := context.WithCancel(t.Context())
		o := Options{Program: program, Isolation: isolation, Parallel: 1, Progress: func(p Progress) {
			if p.Outcome != nil && p.Outcome.Name == "first" {
				time.AfterFunc(20*time.Millisecond, cancel)
			}
		}}
		subs := []*Submission{handed("first pass", "second sleep", "third pass"), handed("first pass", "second pass", "third pass")}
		results, err := All(ctx, exercise("test first 1 2", "test second 2 3", "test third 4 1"), subs, o)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"first: passed 1, second: interrupted 0, third: interrupted 0", "first: interrupted 0, second: interrupted 0, third: interrupted 0"} {
			if got := said(results[i]); got != want || results[i].Complete || results[i].Max != 7 {
				t.Errorf("%s: got %s, want %s", isolation, got, want)
			}
		}
	}
}

// TestMany grades many at a time through one warden; some of them end their processes.
func TestMany(t *testing.T) {
	var subs []*Submission
	for i := range 60 {
		deed := []string{"pass", "exit", "panic", "earn 0.5", "race"}[i%5]
		subs = append(subs, handed("a "+deed, "b pass"))
	}
	results, err := All(t.Context(), exercise("test a 1 1", "test b 1 1"), subs, Options{Program: program, Parallel: 6})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		want := []string{"a: passed 1, b: passed 1", "a: grader fault 0, b: passed 1", "a: grader fault 0, b: passed 1", "a: failed 0.5, b: passed 1", "a: grader fault 0, b: passed 1"}[i%5]
		if got := said(r); got != want {
			t.Errorf("%d: got %s, want %s: %+v", i, got, want, r.Outcomes[0].Shown)
		}
	}
}
