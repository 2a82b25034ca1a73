package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// A class is what came of several submissions to one exercise.
type class struct {
	Title   string
	Results []grade.Result
	Tests   []tally
	Mean    float64 // of the scores
	Median  float64
	Max     float64
	Bins    []bin
}

// A tally is what came of one test in all submissions.
type tally struct {
	grade.Test
	Number                                int // from 1
	Passed, Failed, Skipped, Other, Tried int
	Who                                   []string      // did not pass it, in order, skipped ones left out
	Why                                   []explanation // the reasons that it failed, the most frequent first
}

type explanation struct {
	Reason string
	Times  int
}

// A bin is how many submissions have a share of the points from From to To, in percent.
type bin struct{ From, To, Count int }

const bins = 10

// summarise counts. Results are of one exercise; a test that some have not is counted for the others.
func summarise(results []grade.Result) *class {
	c := &class{Results: results}
	where := map[string]int{}
	scores := []float64{}
	for i := range bins {
		c.Bins = append(c.Bins, bin{From: i * 100 / bins, To: (i + 1) * 100 / bins})
	}
	for i := range results {
		r := &results[i]
		c.Title, c.Max = r.Title, max(c.Max, r.Max)
		scores = append(scores, r.Score)
		if r.Max > 0 {
			share := min(max(r.Score/r.Max, 0), 1)
			c.Bins[min(int(share*bins), bins-1)].Count++
		}
		for j := range r.Outcomes {
			x := &r.Outcomes[j]
			at, ok := where[x.Name]
			if !ok {
				at = len(c.Tests)
				where[x.Name] = at
				c.Tests = append(c.Tests, tally{Test: x.Test, Number: at + 1})
			}
			c.Tests[at].add(r, x)
		}
	}
	if n := len(scores); n > 0 {
		slices.Sort(scores)
		c.Median = (scores[(n-1)/2] + scores[n/2]) / 2
		for _, s := range scores {
			c.Mean += s / float64(n)
		}
	}
	for i := range c.Tests {
		slices.SortStableFunc(c.Tests[i].Why, func(a, b explanation) int { return b.Times - a.Times })
	}
	return c
}

func (t *tally) add(r *grade.Result, x *grade.Outcome) {
	t.Tried++
	switch {
	case x.Verdict == grade.Passed:
		t.Passed++
		return
	case x.Verdict == grade.Skipped:
		t.Skipped++
		return
	case blameless(x.Verdict):
		t.Other++
	default:
		t.Failed++
	}
	t.Who = append(t.Who, line(r.Submission))
	why := line(reason(r, x))
	for i := range t.Why {
		if t.Why[i].Reason == why {
			t.Why[i].Times++
			return
		}
	}
	t.Why = append(t.Why, explanation{why, 1})
}

const (
	textBar     = 20 // columns of a bar
	textReasons = 3  // of each test
)

// bar shows a share of all as a bar of so many columns; what is not nothing has at least one.
func bar(n, all, width int) string {
	if n == 0 || all == 0 {
		return ""
	}
	return strings.Repeat("█", max(n*width/all, 1))
}

// class writes the overview of all submissions.
func (t *text) class(c *class) {
	title := "nothing was graded"
	if len(c.Results) > 0 {
		title = line(c.Title) + ": " + count(len(c.Results), "submission", "submissions")
	}
	t.leader("", title, "", bold)
	if len(c.Results) == 0 {
		return
	}
	t.line("mean %s, median %s of %s points", number(c.Mean), number(c.Median), number(c.Max))
	t.line("")
	t.line("%s", t.paint(faint, "which tests fail, and for how many"))
	for _, x := range c.Tests {
		right := fmt.Sprintf("%*d of %d", 4, x.Failed+x.Other, x.Tried)
		if x.Skipped > 0 {
			right += fmt.Sprintf(", %d skipped", x.Skipped)
		}
		name := capture.Cut(line(x.Title), 32)
		t.line("%s %s %s", pad(name, 32), t.paint(red, pad(bar(x.Failed+x.Other, x.Tried, textBar), textBar)), right)
		for _, why := range x.Why[:min(len(x.Why), textReasons)] {
			t.line("  %s", t.paint(faint, capture.Cut(fmt.Sprintf("%d × %s", why.Times, why.Reason), textWidth-2)))
		}
	}
	t.line("")
	t.line("%s", t.paint(faint, "how many have how much of the points"))
	most := 1
	for _, b := range c.Bins {
		most = max(most, b.Count)
	}
	for _, b := range c.Bins {
		t.line("%s %s %4d", pad(fmt.Sprintf("%3d to %3d %%", b.From, b.To), 32), t.paint(green, pad(bar(b.Count, most, textBar), textBar)), b.Count)
	}
	t.line("")
	t.line("%s", t.paint(faint, "submissions"))
	for i := range c.Results {
		r := &c.Results[i]
		var marks strings.Builder
		for _, x := range r.Outcomes {
			marks.WriteString(t.paint(colour(x.Verdict), sign(x.Verdict)))
		}
		t.line("%s %s %s", pad(capture.Cut(line(r.Submission), 32), 32), pad(number(r.Score), 8), marks.String())
	}
}

// sign is a verdict as one letter.
func sign(v grade.Verdict) string {
	switch {
	case v == grade.Passed:
		return "✓"
	case v == grade.Skipped:
		return "–"
	case blameless(v):
		return "?"
	}
	return "✗"
}
