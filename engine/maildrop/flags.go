package maildrop

import (
	"maps"
	"slices"
	"strings"
)

// Flags are the flags of a message: the five of IMAP (RFC 9051 2.3.2) that are kept, and up to 26 keywords whose names
// the folder knows, see Folder.FlagNames. \Recent is not kept with a message, see Folder.TakeRecent.
type Flags uint32

// The flags whose meaning is fixed. A keyword is a bit above them.
const (
	Draft    Flags = 1 << iota // \Draft
	Flagged                    // \Flagged
	Answered                   // \Answered
	Seen                       // \Seen
	Deleted                    // \Deleted: Expunge removes it

	firstKeyword = 5
	maxKeywords  = 26
)

// flagNames and flagLetters are in the order of the bits. Maildir writes flags in the order of its letters.
const flagLetters = "DFRST"

var flagNames = [...]string{`\Draft`, `\Flagged`, `\Answered`, `\Seen`, `\Deleted`}

func (f Flags) letters() string {
	var b strings.Builder
	for i := range firstKeyword + maxKeywords {
		if f&(1<<i) == 0 {
			continue
		}
		if i < firstKeyword {
			b.WriteByte(flagLetters[i])
		} else {
			b.WriteByte(byte('a' + i - firstKeyword))
		}
	}
	return b.String()
}

func parseLetters(s string) (f Flags, ok bool) {
	for i := range len(s) {
		c := s[i]
		n := strings.IndexByte(flagLetters, c)
		if c >= 'a' && c <= 'z' {
			n = firstKeyword + int(c-'a')
		}
		if n < 0 {
			return 0, false
		}
		f |= 1 << n
	}
	return f, true
}

// validKeyword reports whether a keyword is an IMAP atom of at most 64 bytes.
func validKeyword(k string) bool {
	return k != "" && len(k) <= 64 && !strings.ContainsFunc(k, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\]`, r)
	})
}

// FlagNames returns the names of flags: the five with a backslash first, then keywords, both in a fixed order.
func (f *Folder) FlagNames(flags Flags) []string {
	var names []string
	for i, name := range flagNames {
		if flags&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	for i, name := range f.keywords {
		if flags&(1<<(firstKeyword+i)) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// AllFlags returns every flag that the folder knows by name.
func (f *Folder) AllFlags() Flags { return 1<<(firstKeyword+len(f.keywords)) - 1 }

// ParseFlags returns the flags with these names, whose case does not matter. A keyword that is new to the folder becomes known.
// \Recent is left out. What is no flag, or a 27th keyword, is ErrFlag.
func (f *Folder) ParseFlags(names []string) (Flags, error) {
	var flags Flags
	keywords := f.keywords
	for _, name := range names {
		if strings.EqualFold(name, `\Recent`) {
			continue
		}
		same := func(known string) bool { return strings.EqualFold(known, name) }
		if i := slices.IndexFunc(flagNames[:], same); i >= 0 {
			flags |= 1 << i
			continue
		}
		i := slices.IndexFunc(keywords, same)
		if i < 0 {
			if i = len(keywords); i == maxKeywords || !validKeyword(name) {
				return 0, ErrFlag
			}
			keywords = append(slices.Clone(keywords), name)
		}
		flags |= 1 << (firstKeyword + i)
	}
	if len(keywords) > len(f.keywords) {
		before := f.keywords
		f.keywords = keywords
		if err := f.writeState(); err != nil {
			f.keywords = before
			return 0, err
		}
	}
	return flags, nil
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
