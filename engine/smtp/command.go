package smtp

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// The lengths of RFC 5321 4.5.3.1, in bytes without the end of the line.
const (
	maxLocal  = 64
	maxDomain = 255
	maxPath   = 254 // without the angle brackets
	maxText   = 998 // a line of a message
)

// splitCommand cuts a command line into the verb, in capitals, and what follows it, without blanks around.
func splitCommand(line string) (verb, arg string) {
	verb, arg, _ = strings.Cut(line, " ")
	return strings.ToUpper(verb), strings.Trim(arg, " \t")
}

// A param is a parameter of MAIL or RCPT (RFC 5321 4.1.2).
type param struct{ keyword, value string }

// parsePath reads the argument of MAIL or RCPT behind the keyword "FROM:" or "TO:". A blank behind the colon and a missing pair
// of angle brackets are let pass: people write that. A source route is dropped (RFC 5321 appendix C).
func parsePath(arg string) (mailbox string, params []param, ok bool) {
	arg = strings.TrimLeft(arg, " \t")
	var rest string
	if strings.HasPrefix(arg, "<") {
		end := closing(arg)
		if end < 0 {
			return "", nil, false
		}
		mailbox, rest = arg[1:end], arg[end+1:]
		if rest != "" && rest[0] != ' ' {
			return "", nil, false
		}
		if strings.HasPrefix(mailbox, "@") {
			_, mailbox, ok = strings.Cut(mailbox, ":")
			if !ok {
				return "", nil, false
			}
		}
	} else {
		mailbox, rest, _ = strings.Cut(arg, " ")
		if mailbox == "" {
			return "", nil, false
		}
	}
	params, ok = parseParams(rest)
	return mailbox, params, ok
}

// closing returns where the angle bracket that opens s is closed, -1 if it is not. Quoted text may have one inside.
func closing(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			return i
		}
	}
	return -1
}

func parseParams(rest string) ([]param, bool) {
	var list []param
	for _, word := range strings.Fields(rest) {
		keyword, value, _ := strings.Cut(word, "=")
		keyword = strings.ToUpper(keyword)
		if keyword == "" || strings.Trim(keyword, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" || keyword[0] == '-' {
			return nil, false
		}
		for i := range len(value) {
			if value[i] <= ' ' || value[i] == '=' || value[i] == 0x7f {
				return nil, false
			}
		}
		for _, p := range list {
			if p.keyword == keyword {
				return nil, false
			}
		}
		list = append(list, param{keyword, value})
	}
	return list, true
}

// ValidMailbox reports whether address is local-part@domain (RFC 5321 4.1.2, with UTF-8 as RFC 6531 3.3 adds it).
func ValidMailbox(address string) bool {
	at := strings.LastIndexByte(address, '@')
	return at > 0 && len(address) <= maxPath && validLocal(address[:at]) && ValidDomain(address[at+1:])
}

func validLocal(local string) bool {
	if len(local) > maxLocal || !utf8.ValidString(local) {
		return false
	}
	if n := len(local); n >= 2 && local[0] == '"' && local[n-1] == '"' {
		return validQuoted(local[1 : n-1])
	}
	for _, atom := range strings.Split(local, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(c rune) bool {
			return c <= ' ' || c == 0x7f || strings.ContainsRune(`()<>[]:;@\,"`, c)
		}) {
			return false
		}
	}
	return true
}

func validQuoted(text string) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < ' ' || c == 0x7f || c == '"':
			return false
		case c == '\\':
			if i++; i == len(text) || text[i] < ' ' || text[i] == 0x7f {
				return false
			}
		}
	}
	return true
}

// ValidDomain reports whether name is a domain name or an address literal such as [10.0.0.1] or [IPv6:::1] (RFC 5321 4.1.3).
func ValidDomain(name string) bool {
	if n := len(name); n > 2 && name[0] == '[' && name[n-1] == ']' {
		literal := name[1 : n-1]
		if len(literal) > 5 && strings.EqualFold(literal[:5], "IPv6:") {
			literal = literal[5:]
		}
		_, err := netip.ParseAddr(literal)
		return err == nil
	}
	if name == "" || len(name) > maxDomain || !utf8.ValidString(name) {
		return false
	}
	for _, label := range strings.Split(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, notLabel) {
			return false
		}
	}
	return true
}

// notLabel reports characters that no label has. The underscore is let pass, since hosts have it.
func notLabel(c rune) bool {
	return c < utf8.RuneSelf && !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_')
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// decodeXtext decodes the form of parameters' values in RFC 3461 4.
func decodeXtext(s string) (string, bool) {
	if !strings.Contains(s, "+") {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '+' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		high, low := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		b.WriteByte(byte(high<<4 | low))
		i += 2
	}
	return b.String(), true
}

const hexDigits = "0123456789ABCDEF"

// encodeXtext is the reverse of decodeXtext.
func encodeXtext(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '+' || c == '=' {
			b.WriteByte('+')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
