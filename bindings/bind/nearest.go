package bind

import "strings"

// Nearest returns the candidate that word was most likely meant to be, or "" when none is close:
// at most one edit for every three letters, letter case and underscores not counted.
// Among equals the first candidate wins.
func Nearest(word string, candidates []string) string {
	if len(word) > 64 {
		return ""
	}
	plain := fold(word)
	best, bestCost := "", max(1, len(plain)/3)+1
	for _, candidate := range candidates {
		if cost := distance(plain, fold(candidate)); cost < bestCost {
			best, bestCost = candidate, cost
		}
	}
	return best
}

func fold(s string) string { return strings.ReplaceAll(strings.ToLower(s), "_", "") }

// distance counts the insertions, deletions, replacements and swaps of neighbours that turn a into b.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// didYouMean is the tail of a message about an unknown word.
func didYouMean(word string, candidates []string) string {
	if near := Nearest(word, candidates); near != "" {
		return "; did you mean '" + near + "'?"
	}
	return ""
}
