package smtp

import (
	"strconv"
	"strings"
)

// A Reply is what a server answers (RFC 5321 4.2).
type Reply struct {
	Code     int      // 200 to 599
	Enhanced string   // such as "2.1.0", RFC 3463; "" if there is none
	Lines    []string // the text, at least one line
}

// Positive reports whether the command succeeded, or may go on (354, 334).
func (r Reply) Positive() bool { return r.Code < 400 }

// Text returns the lines, separated by LF.
func (r Reply) Text() string { return strings.Join(r.Lines, "\n") }

// Err returns the reply as an *Error, or nil if it is positive.
func (r Reply) Err() error {
	if r.Positive() {
		return nil
	}
	return &Error{r.Code, r.Enhanced, r.Text()}
}

// String returns the reply as it is sent, its lines separated by LF.
func (r Reply) String() string {
	return strings.ReplaceAll(strings.TrimSuffix(string(r.append(nil)), "\r\n"), "\r\n", "\n")
}

// append adds the reply's lines as they are sent. The enhanced code stands in each (RFC 2034 4).
func (r Reply) append(out []byte) []byte {
	lines := r.Lines
	if len(lines) == 0 {
		lines = []string{""}
	}
	for i, line := range lines {
		out = strconv.AppendInt(out, int64(r.Code), 10)
		sep := byte(' ')
		if i < len(lines)-1 {
			sep = '-'
		}
		out = append(out, sep)
		if r.Enhanced != "" {
			out = append(append(out, r.Enhanced...), ' ')
		}
		out = append(append(out, line...), "\r\n"...)
	}
	return out
}

// ParseReply reads a reply as a script writes it: lines separated by LF, each of which begins with the code or, after the first, may leave it
// out. It fails if the code is not 200 to 599, or a character does not belong into a reply.
func ParseReply(text string) (Reply, error) {
	var r Reply
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		code, more, rest, ok := cutCode(line)
		switch {
		case i == 0 && !ok:
			return Reply{}, &ArgumentError{"a reply begins with a code from 200 to 599: " + quote(line)}
		case i == 0:
			r.Code, line = code, rest
		case ok && code == r.Code:
			line = rest
		}
		_ = more
		if strings.ContainsFunc(line, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			return Reply{}, &ArgumentError{"a reply has no control characters: " + quote(line)}
		}
		if len(line) > maxReplyText {
			return Reply{}, &ArgumentError{"a line of a reply is at most " + strconv.Itoa(maxReplyText) + " bytes long"}
		}
		r.Lines = append(r.Lines, line)
	}
	r.takeEnhanced()
	return r, nil
}

// maxReplyText is how long the text in a line of our replies may be, so that the whole fits the 512 bytes of RFC 5321 4.5.3.1.5.
const maxReplyText = 500

// takeEnhanced moves the enhanced code out of the lines.
func (r *Reply) takeEnhanced() {
	if len(r.Lines) == 0 {
		return
	}
	enhanced, rest := cutEnhanced(r.Code, r.Lines[0])
	if enhanced == "" {
		return
	}
	r.Enhanced, r.Lines[0] = enhanced, rest
	for i := range r.Lines[1:] {
		if again, rest := cutEnhanced(r.Code, r.Lines[i+1]); again == enhanced {
			r.Lines[i+1] = rest
		}
	}
}

// cutCode takes the code and what follows it off a line of a reply; more is set if other lines follow.
func cutCode(line string) (code int, more bool, rest string, ok bool) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || !isDigit(line[1]) || !isDigit(line[2]) {
		return 0, false, "", false
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	switch {
	case len(line) == 3:
		return code, false, "", true
	case line[3] == ' ':
		return code, false, line[4:], true
	case line[3] == '-':
		return code, true, line[4:], true
	}
	return 0, false, "", false
}

// cutEnhanced takes an enhanced status code, whose class must be that of the code, off a text (RFC 2034 4).
func cutEnhanced(code int, text string) (enhanced, rest string) {
	word, rest, _ := strings.Cut(text, " ")
	if !isEnhanced(word) || word[0] != byte('0'+code/100) {
		return "", text
	}
	return word, rest
}

// isEnhanced reports whether word is class.subject.detail (RFC 3463 2).
func isEnhanced(word string) bool {
	parts := strings.Split(word, ".")
	if len(parts) != 3 || parts[0] != "2" && parts[0] != "4" && parts[0] != "5" {
		return false
	}
	for _, p := range parts[1:] {
		if len(p) < 1 || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// quote shows what a peer or a script wrote, cut to a length for messages.
func quote(s string) string {
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return strconv.Quote(s)
}
