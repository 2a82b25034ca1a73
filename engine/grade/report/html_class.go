package report

import (
	"strings"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

// What the template is given of a class.
type (
	htmlClass struct {
		Title, Count, Mean, Median, Max string
		Bins                            []htmlBin
		Tests                           []htmlTally
		Rows                            []htmlRow
	}

	htmlBin struct {
		bin
		Height float64 // in percent
	}

	htmlTally struct {
		Number                                int
		Title, Who                            string
		Passed, Failed, Skipped, Other, Tried int
		PassedShare, FailedShare, OtherShare  float64
		Why                                   []explanation
	}

	htmlRow struct {
		Name, Link, Score string
		Cells             []htmlCell
	}

	htmlCell struct{ Class, Sign, Title, Link string }
)

const (
	mostReasons = 10 // of a test
	binHeight   = 85 // of the largest bin, in percent: its number stands above
)

func (h *htmlMaker) class(c *class) *htmlClass {
	out := &htmlClass{Title: line(c.Title), Count: count(len(c.Results), "submission", "submissions"), Mean: number(c.Mean), Median: number(c.Median), Max: number(c.Max)}
	most := 1
	for _, b := range c.Bins {
		most = max(most, b.Count)
	}
	for _, b := range c.Bins {
		out.Bins = append(out.Bins, htmlBin{b, float64(b.Count*binHeight) / float64(most)})
	}
	for _, t := range c.Tests {
		share := func(n int) float64 { return percent(float64(n), float64(t.Tried)) }
		out.Tests = append(out.Tests, htmlTally{Number: t.Number, Title: line(t.Title), Who: strings.Join(t.Who, ", "),
			Passed: t.Passed, Failed: t.Failed, Skipped: t.Skipped, Other: t.Other, Tried: t.Tried,
			PassedShare: share(t.Passed), FailedShare: share(t.Failed), OtherShare: share(t.Other), Why: t.Why[:min(len(t.Why), mostReasons)]})
	}
	for i := range c.Results {
		out.Rows = append(out.Rows, h.row(c, i))
	}
	return out
}

// row is what one submission gives to the matrix, with a cell for each test.
func (h *htmlMaker) row(c *class, n int) htmlRow {
	r := &c.Results[n]
	row := htmlRow{Name: line(r.Submission), Link: h.o.Link(r), Score: number(r.Score), Cells: make([]htmlCell, len(c.Tests))}
	for i := range c.Tests {
		row.Cells[i] = htmlCell{Class: "none", Title: line(c.Tests[i].Title)}
		for j := range r.Outcomes {
			if x := &r.Outcomes[j]; x.Name == c.Tests[i].Name {
				row.Cells[i] = h.cell(row.Link, n, j, x)
			}
		}
	}
	if row.Link == "" {
		row.Link = "#" + resultID(n)
	}
	return row
}

func (h *htmlMaker) cell(page string, n, i int, x *grade.Outcome) htmlCell {
	c := htmlCell{Class: classOf(x.Verdict), Sign: sign(x.Verdict), Title: line(x.Title) + ": " + line(string(x.Verdict)), Link: "#" + testID(n, i)}
	if page != "" {
		c.Link = page + "#" + testID(0, i)
	}
	return c
}
