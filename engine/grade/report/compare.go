package report

import (
	"strings"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

// A row is a line of what was expected beside a line of what came.
type row struct {
	Expected, Actual string
	Same             bool
}

// beside reports whether what was expected and what came are worth being put side by side: not if the message says both in full.
func beside(f *grade.Finding) bool {
	said := func(s string) bool { return !strings.Contains(s, "\n") && strings.Contains(f.Message, s) }
	return (f.Expected != "" || f.Actual != "") && !(said(f.Expected) && said(f.Actual))
}

const mostCompared = 400 // lines on each side

// compare puts the lines of two texts side by side: those that both have on the same row. At most so many rows are returned, those around the first
// difference, with the number of rows left out before and after.
func compare(expected, actual string, most int) (rows []row, before, after int) {
	a, b := lines(expected, mostCompared), lines(actual, mostCompared)
	common := longest(a, b)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			rows = append(rows, row{a[i], b[j], true})
			i, j = i+1, j+1
		case i < len(a) && j < len(b) && common[i+1][j+1] == common[i][j]: // neither has a partner
			rows = append(rows, row{a[i], b[j], false})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			rows = append(rows, row{a[i], "", false})
			i++
		default:
			rows = append(rows, row{"", b[j], false})
			j++
		}
	}
	if len(rows) <= most {
		return rows, 0, 0
	}
	first := 0
	for first < len(rows) && rows[first].Same {
		first++
	}
	from := max(0, min(first-2, len(rows)-most))
	return rows[from : from+most], from, len(rows) - from - most
}

// longest returns the lengths of the longest common subsequences of the ends of a and b.
func longest(a, b []string) [][]int {
	n := make([][]int, len(a)+1)
	for i := range n {
		n[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				n[i][j] = n[i+1][j+1] + 1
			} else {
				n[i][j] = max(n[i+1][j], n[i][j+1])
			}
		}
	}
	return n
}

// ends shows where a line ends, if white space stands there.
func ends(s string) string {
	kept := strings.TrimRight(s, " ")
	return kept + strings.Repeat("␣", len(s)-len(kept))
}
