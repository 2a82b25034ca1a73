package maildrop

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// validName reports whether a user or folder may have the name: 1 to 255 bytes of UTF-8 without controls.
func validName(name string) bool {
	if name == "" || len(name) > 255 || !utf8.ValidString(name) {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// validFolder reports whether a folder may have the name: as validName, with no empty part between the slashes of its hierarchy.
func validFolder(name string) bool {
	if !validName(name) || strings.Count(name, Separator) > 20 {
		return false
	}
	for part := range strings.SplitSeq(name, Separator) {
		if part == "" {
			return false
		}
	}
	return true
}

const hexDigits = "0123456789ABCDEF"

func plainByte(c byte, first bool) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '+', c == '-', c == '@':
		return true
	}
	return c == '.' && !first
}

// escape makes a user's name a name for a directory: what is not plain becomes %XX.
func escape(user string) string {
	var b strings.Builder
	for i := 0; i < len(user); i++ {
		if c := user[i]; plainByte(c, i == 0) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}

// unescape undoes escape; it reports false for what escape does not make.
func unescape(name string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c == '%' {
			if i+2 >= len(name) {
				return "", false
			}
			v, err := strconv.ParseUint(name[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			c, i = byte(v), i+2
		}
		b.WriteByte(c)
	}
	user := b.String()
	return user, validName(user) && escape(user) == name
}

// A file is what the name of a message's file says.
type file struct {
	uid   uint32
	date  int64 // seconds since 1970
	key   string
	size  int64
	flags Flags
}

// fileName returns the name of a message's file, in the style of Maildir: "7.1767225600.q3,S=345:2,RS" is the message with UID 7
// that came at that second, was delivered with the key q3 ("-": none), has 345 bytes and is answered and seen.
func fileName(f file) string {
	key := f.key
	if key == "" {
		key = "-"
	}
	return fmt.Sprintf("%d.%d.%s,S=%d:2,%s", f.uid, f.date, key, f.size, f.flags.letters())
}

// parseFileName undoes fileName; it reports false for what fileName does not make.
func parseFileName(name string) (f file, ok bool) {
	left, letters, found := strings.Cut(name, ":2,")
	if !found {
		return f, false
	}
	left, size, found := strings.Cut(left, ",S=")
	if !found {
		return f, false
	}
	parts := strings.SplitN(left, ".", 3)
	if len(parts) != 3 {
		return f, false
	}
	uid, err1 := strconv.ParseUint(parts[0], 10, 32)
	date, err2 := strconv.ParseInt(parts[1], 10, 64)
	bytes, err3 := strconv.ParseInt(size, 10, 64)
	flags, known := parseLetters(letters)
	f = file{uid: uint32(uid), date: date, key: parts[2], size: bytes, flags: flags}
	if f.key == "-" {
		f.key = ""
	}
	return f, err1 == nil && err2 == nil && err3 == nil && known && uid > 0 && bytes >= 0 && (f.key == "" || validKey(f.key)) && fileName(f) == name
}

// validKey reports whether a delivery may have the key: up to 64 letters, digits and hyphens, not a hyphen alone.
func validKey(key string) bool {
	return key != "" && key != "-" && len(key) <= 64 && !strings.ContainsFunc(key, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// An index is the content of a mailbox's file "folders".
type index struct {
	next       uint32            // the next UIDVALIDITY
	folders    map[string]uint32 // UIDVALIDITY by name
	subscribed map[string]bool
}

// format returns the index as lines in sorted order.
func (x index) format() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "next %d\n", x.next)
	for _, name := range sortedNames(x.folders) {
		fmt.Fprintf(&b, "folder %d %s\n", x.folders[name], name)
	}
	for _, name := range sortedNames(x.subscribed) {
		fmt.Fprintf(&b, "subscribed %s\n", name)
	}
	return b.Bytes()
}

// parseIndex undoes format.
func parseIndex(text []byte) (index, error) {
	x := index{folders: map[string]uint32{}, subscribed: map[string]bool{}}
	taken := map[uint32]bool{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "next":
			n, err := strconv.ParseUint(rest, 10, 32)
			if err != nil {
				return x, ErrCorrupt
			}
			x.next = uint32(n)
		case "folder":
			number, name, _ := strings.Cut(rest, " ")
			n, err := strconv.ParseUint(number, 10, 32)
			if err != nil || n == 0 || taken[uint32(n)] || !validFolder(name) || x.folders[name] != 0 {
				return x, ErrCorrupt
			}
			taken[uint32(n)] = true
			x.folders[name] = uint32(n)
		case "subscribed":
			if !validFolder(rest) {
				return x, ErrCorrupt
			}
			x.subscribed[rest] = true
		default:
			return x, ErrCorrupt
		}
	}
	if lines.Err() != nil || x.folders[Inbox] == 0 {
		return x, ErrCorrupt
	}
	for n := range taken {
		if n >= x.next {
			return x, ErrCorrupt
		}
	}
	return x, nil
}

// A state is the content of a folder's file "state".
type state struct {
	next     uint32 // no UID from here on was ever given
	recent   uint32 // the first UID that no session was told of as recent
	keywords []string
}

func (s state) format() []byte {
	return fmt.Appendf(nil, "uidnext %d\nrecent %d\nkeywords %s\n", s.next, s.recent, strings.Join(s.keywords, " "))
}

func parseState(text []byte) (s state, err error) {
	var keywords string
	lines := strings.Split(string(text), "\n")
	if len(lines) != 4 {
		return s, ErrCorrupt
	}
	if _, err := fmt.Sscanf(lines[0], "uidnext %d", &s.next); err != nil {
		return s, ErrCorrupt
	}
	if _, err := fmt.Sscanf(lines[1], "recent %d", &s.recent); err != nil {
		return s, ErrCorrupt
	}
	keywords, ok := strings.CutPrefix(lines[2], "keywords ")
	if !ok {
		return s, ErrCorrupt
	}
	s.keywords = strings.Fields(keywords)
	if len(s.keywords) > maxKeywords {
		return s, ErrCorrupt
	}
	for _, k := range s.keywords {
		if !validKeyword(k) {
			return s, ErrCorrupt
		}
	}
	return s, nil
}
