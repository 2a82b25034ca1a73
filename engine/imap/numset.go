package imap

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A Range is the numbers from Start to Stop, both included and in either order; 0 stands for *, the largest number in use.
type Range struct{ Start, Stop uint32 }

// A NumSet is message numbers or UIDs, written "2,4:7,9,12:*" (RFC 3501 9, sequence-set).
type NumSet []Range

// Nums returns the set of single numbers.
func Nums(numbers ...uint32) NumSet {
	var s NumSet
	for _, n := range slices.Sorted(slices.Values(numbers)) {
		if last := len(s) - 1; last >= 0 && (s[last].Stop == n || s[last].Stop+1 == n) {
			s[last].Stop = n
		} else {
			s = append(s, Range{n, n})
		}
	}
	return s
}

// ParseNumSet reads a set.
func ParseNumSet(text string) (NumSet, error) {
	p := &parser{b: []byte(text)}
	s := p.sequenceSet()
	p.end()
	if p.err != nil {
		return nil, &codedError{"a set of numbers", "invalid", p.err}
	}
	return s, nil
}

// String returns the set as it is written.
func (s NumSet) String() string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(star(r.Start))
		if r.Stop != r.Start {
			b.WriteString(":" + star(r.Stop))
		}
	}
	return b.String()
}

func star(n uint32) string {
	if n == 0 {
		return "*"
	}
	return strconv.FormatUint(uint64(n), 10)
}

// sequenceSet = seq-number / seq-range, separated by commas
func (p *parser) sequenceSet() NumSet {
	var s NumSet
	for {
		r := Range{Start: p.seqNumber()}
		r.Stop = r.Start
		if p.take(':') {
			r.Stop = p.seqNumber()
		}
		s = append(s, r)
		if !p.take(',') || p.err != nil {
			return s
		}
	}
}

// seqNumber = nz-number / "*"
func (p *parser) seqNumber() uint32 {
	if p.take('*') {
		return 0
	}
	return p.nzNumber()
}

// resolve returns the ranges sorted and merged, with largest in the place of *.
func (s NumSet) resolve(largest uint32) []Range {
	var out []Range
	for _, r := range s {
		if r.Start == 0 {
			r.Start = largest
		}
		if r.Stop == 0 {
			r.Stop = largest
		}
		if r.Start > r.Stop {
			r.Start, r.Stop = r.Stop, r.Start
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Range) int { return cmp.Compare(a.Start, b.Start) })
	merged := out[:0]
	for _, r := range out {
		if last := len(merged) - 1; last >= 0 && uint64(r.Start) <= uint64(merged[last].Stop)+1 {
			merged[last].Stop = max(merged[last].Stop, r.Stop)
		} else {
			merged = append(merged, r)
		}
	}
	return merged
}

// within reports whether n is in one of the ranges, which are those of resolve.
func within(ranges []Range, n uint32) bool {
	i, _ := slices.BinarySearchFunc(ranges, n, func(r Range, n uint32) int { return cmp.Compare(r.Stop, n) })
	return i < len(ranges) && ranges[i].Start <= n
}
