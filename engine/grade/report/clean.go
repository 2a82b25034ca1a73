package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/moonwire-lab/moonwire/engine/capture"
)

const longestLine = 1000 // letters of a line; more are cut

// line shows text on one line.
func line(s string) string {
	if len(s) > 4*longestLine {
		s = s[:4*longestLine] + "…" // before escaping, which is what costs
	}
	return capture.Cut(capture.Escape(strings.TrimRight(s, "\n")), longestLine)
}

// lineEach shows each of several texts on one line.
func lineEach(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = line(s)
	}
	return out
}

// lines shows text on lines, at most so many: of more, the middle is left out. Tabs are kept as \t.
func lines(s string, most int) []string {
	if s == "" {
		return nil
	}
	all := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	left := 0
	if len(all) > most {
		head := most / 2
		left = len(all) - most + 1
		all = append(append(all[:head:head], ""), all[head+left:]...)
	}
	for i, l := range all {
		all[i] = line(strings.TrimSuffix(l, "\r"))
		if left > 0 && i == most/2 {
			all[i] = fmt.Sprintf("… (%s left out) …", count(left, "line", "lines"))
		}
	}
	return all
}

// printed shows what a program has printed: as lines does, with tabs as a terminal has them.
func printed(s string, most int) []string {
	all := lines(s, most)
	for i, l := range all {
		all[i] = expand(l)
	}
	return all
}

// expand replaces \t by spaces up to the next column that 8 divides.
func expand(l string) string {
	var b strings.Builder
	for piece, rest, more := strings.Cut(l, `\t`); ; piece, rest, more = strings.Cut(rest, `\t`) {
		b.WriteString(piece)
		if !more {
			return b.String()
		}
		b.WriteString(strings.Repeat(" ", 8-capture.Columns(b.String())%8))
	}
}

// pad fills a text with spaces up to so many columns.
func pad(s string, to int) string { return s + strings.Repeat(" ", max(to-capture.Columns(s), 0)) }

// fold breaks a text into pieces of at most so many columns, after spaces where there are any in the second half.
func fold(s string, most int) []string {
	var out []string
	for capture.Columns(s) > most {
		cut := len(strings.TrimSuffix(capture.Cut(s+"  ", most+1), "…"))
		if cut == 0 { // a wide letter where there is one column
			_, cut = utf8.DecodeRuneInString(s)
		}
		if space := strings.LastIndexByte(s[:cut], ' '); space > cut/2 {
			cut = space + 1
		}
		out = append(out, strings.TrimRight(s[:cut], " "))
		s = s[cut:]
	}
	return append(out, s)
}

func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// number shows points with at most two decimals.
func number(x float64) string {
	return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64)
}

// rounded is what programs get of points: without the dust of binary sums.
func rounded(x float64) float64 { return math.Round(x*1e6) / 1e6 }

func outOf(got, max float64, unit string) string {
	if max == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return strings.TrimSpace(fmt.Sprintf("%s of %s %s", number(got), number(max), unit))
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
