package scp

import (
	"path"
	"strings"

	"github.com/spf13/afero"
)

// quote makes a word of a path that a shell on the other side takes as it is.
func quote(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r > 0x7f || strings.ContainsRune("/._-+,:=@%", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// words splits a command line as a shell does, with its quotation marks and backslashes. A word is a pattern of path.Match: before what was quoted
// there is a backslash where it would mean something. It is false for a line that is more than a command and its arguments.
func words(line string) (list []string, ok bool) {
	var word []byte
	begun := false
	literal := func(text string) {
		for i := range len(text) {
			if strings.IndexByte(`*?[\~`, text[i]) >= 0 {
				word = append(word, '\\')
			}
			word = append(word, text[i])
		}
		begun = true
	}
	for line != "" {
		c := line[0]
		line = line[1:]
		switch {
		case c == ' ' || c == '\t':
			if begun {
				list, word, begun = append(list, string(word)), nil, false
			}
		case c == '\\':
			if line == "" {
				return nil, false
			}
			literal(line[:1])
			line = line[1:]
		case c == '\'' || c == '"':
			inside, rest, closed := strings.Cut(line, string(c))
			for c == '"' && closed && (len(inside)-len(strings.TrimRight(inside, `\`)))%2 == 1 {
				var more string
				more, rest, closed = strings.Cut(rest, `"`)
				inside += `"` + more
			}
			if !closed || c == '"' && strings.ContainsAny(inside, "$`") {
				return nil, false
			}
			if c == '"' {
				inside = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(inside)
			}
			literal(inside)
			line = rest
		case strings.IndexByte("$`;&|<>()\r\n", c) >= 0:
			return nil, false
		default:
			word, begun = append(word, c), true
		}
	}
	if begun {
		list = append(list, string(word))
	}
	return list, true
}

// literally is what a pattern says without the meaning of its characters.
func literally(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
		}
		b.WriteByte(pattern[i])
	}
	return b.String()
}

// expand returns the paths that a pattern names, in their order, or what it says where it names none, as a shell does.
func (s *Server) expand(pattern string) []string {
	found, some := []string{"/"}, false // some: a pattern was met, so what is named from here on has to be there
	for part := range strings.SplitSeq(strings.Trim(path.Clean("/"+pattern), "/"), "/") {
		var next []string
		for _, folder := range found {
			if !strings.ContainsAny(part, "*?[") {
				name := path.Join(folder, literally(part))
				if _, err := s.FS.Stat(s.real(name)); err == nil || !some {
					next = append(next, name)
				}
				continue
			}
			list, _ := afero.ReadDir(s.FS, s.real(folder))
			s.charge(32 * len(list))
			for _, i := range list {
				hidden := strings.HasPrefix(i.Name(), ".") && !strings.HasPrefix(part, ".")
				if fits, err := path.Match(part, i.Name()); fits && err == nil && !hidden {
					next = append(next, path.Join(folder, i.Name()))
				}
			}
		}
		some = some || strings.ContainsAny(part, "*?[")
		found = next
	}
	if len(found) == 0 {
		return []string{literally(pattern)}
	}
	return found
}
