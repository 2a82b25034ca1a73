package mail

import (
	"bytes"
	"mime"
	"strings"
	"time"

	gomail "github.com/emersion/go-message/mail"

	"github.com/emersion/go-message/charset"
)

// A Field is a line of a header, continued lines included.
type Field struct {
	Name  string // as it was spelled
	Value string // unfolded: continued lines are one, without what surrounds the value
	Raw   []byte // as it came, with its CRLF
}

// A Header is the fields of a message or part, in order.
type Header []Field

// Get returns the value of the first field with that name, whose case does not matter; "" if there is none.
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Has reports whether there is a field with that name.
func (h Header) Has(name string) bool {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// Values returns the values of all fields with that name.
func (h Header) Values(name string) []string {
	var values []string
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Text returns the value of the first field with that name with its encoded words (RFC 2047) decoded.
func (h Header) Text(name string) string { return DecodeWords(h.Get(name)) }

// DecodeWords decodes the encoded words of a field's value; words of an unknown charset or encoding stay as they are.
func DecodeWords(value string) string {
	if len(value) > MaxValue || !strings.Contains(value, "=?") {
		return value
	}
	decoder := mime.WordDecoder{CharsetReader: charset.Reader}
	if text, err := decoder.DecodeHeader(value); err == nil {
		return text
	}
	words := strings.Split(value, " ") // one word alone is wrong: keep it and decode the others
	for i, w := range words {
		if text, err := decoder.DecodeHeader(w); err == nil {
			words[i] = text
		}
	}
	return strings.Join(words, " ")
}

// EncodeWords returns text as a field's value: if it is not ASCII it becomes encoded words in UTF-8 (RFC 2047).
func EncodeWords(text string) string { return mime.QEncoding.Encode("utf-8", text) }

// Addresses returns the addresses of the first field with that name; none if there is no such field.
func (h Header) Addresses(name string) ([]Address, error) {
	value := h.Get(name)
	if value == "" {
		return nil, nil
	}
	return ParseAddresses(value)
}

// Date returns the time of the field Date, or an *Error.
func (h Header) Date() (time.Time, error) {
	value := h.Get("Date")
	if len(value) > 200 {
		return time.Time{}, problem("date", "it has %d bytes", len(value))
	}
	t, err := ParseDate(value)
	if err != nil {
		return time.Time{}, err
	}
	return t, nil
}

// ParseDate reads a date of RFC 5322 3.3, also in the older forms.
func ParseDate(value string) (time.Time, error) {
	var h gomail.Header
	h.Add("Date", strings.TrimSpace(value))
	t, err := h.Date()
	if err != nil || t.IsZero() {
		return time.Time{}, problem("date", "%.100q is none", value)
	}
	return t, nil
}

// FormatDate writes a date as RFC 5322 3.3 wants it.
func FormatDate(t time.Time) string { return t.Format("Mon, 02 Jan 2006 15:04:05 -0700") }

// IDs returns the message identifiers of the first field with that name, without their brackets: for Message-ID, In-Reply-To
// and References.
func (h Header) IDs(name string) []string {
	var ids []string
	rest := h.Get(name)
	for {
		_, after, ok := strings.Cut(rest, "<")
		if !ok {
			return ids
		}
		id, after, ok := strings.Cut(after, ">")
		if !ok {
			return ids
		}
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
		rest = after
	}
}

// params reads a value such as that of Content-Type: its first word in lower case and its parameters, those of RFC 2231 put together.
func params(value string) (word string, parameters map[string]string, err error) {
	if len(value) > MaxValue {
		return "", nil, beyond("header", "a field with parameters has %d bytes", len(value))
	}
	word, parameters, err = mime.ParseMediaType(value)
	if err != nil {
		if word == "" {
			word, _, _ = strings.Cut(value, ";")
			word = strings.ToLower(strings.TrimSpace(word))
		}
		return word, parameters, problem("header", "%.100q: %v", value, strings.TrimPrefix(err.Error(), "mime: "))
	}
	for k, v := range parameters {
		parameters[k] = DecodeWords(v)
	}
	return word, parameters, nil
}

// SplitHeader divides a message into the bytes of its header, with the empty line that ends it, and its body.
func SplitHeader(message []byte) (header, body []byte) {
	_, n, _ := scanHeader(message, 0)
	return message[:n], message[n:]
}

// scanHeader reads fields, at most so many, and returns how many bytes the header takes, with the empty line, and what is wrong with it.
// A line that is neither a field nor continues one ends the header; it belongs to the body.
func scanHeader(text []byte, most int) (h Header, n int, problems []error) {
	if len(text) > MaxHeader {
		if end := headerEnd(text[:MaxHeader]); end < 0 {
			problems = append(problems, beyond("header", "it does not end within %d bytes", MaxHeader))
		}
	}
	for n < len(text) && n < MaxHeader {
		line := lineAt(text[n:])
		if isBlank(line) {
			return h, n + len(line), problems
		}
		size := len(line)
		for n+size < len(text) && (text[n+size] == ' ' || text[n+size] == '\t') {
			size += len(lineAt(text[n+size:]))
		}
		raw := text[n : n+size]
		colon := bytes.IndexByte(line, ':')
		name := ""
		if colon > 0 {
			name = strings.TrimRight(string(line[:colon]), " \t")
		}
		switch {
		case n == 0 && bytes.HasPrefix(line, []byte("From ")): // of a file that keeps messages one behind the other (mbox)
			n += len(line)
			continue
		case !validName(name):
			return h, n, append(problems, problem("header", "%.60q is not a field", strings.TrimRight(string(line), "\r\n")))
		case len(h) == most && most > 0:
			problems = append(problems, beyond("header", "it has more than %d fields", most))
			most = -1
		case most >= 0:
			if most > 0 {
				h = append(h, Field{Name: name, Value: unfold(raw[colon+1:]), Raw: raw})
			}
		}
		n += size
	}
	return h, n, problems
}

// headerEnd returns where the empty line of a header begins, or -1.
func headerEnd(text []byte) int {
	if len(text) > 0 && isBlank(lineAt(text)) {
		return 0
	}
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return -1
		}
		at += i + 1
		if rest := text[at:]; bytes.HasPrefix(rest, []byte("\n")) || bytes.HasPrefix(rest, []byte("\r\n")) {
			return at
		}
	}
}

// lineAt returns the first line of text with its end.
func lineAt(text []byte) []byte {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		return text[:i+1]
	}
	return text
}

func isBlank(line []byte) bool {
	return len(line) == 1 && line[0] == '\n' || len(line) == 2 && line[0] == '\r' && line[1] == '\n'
}

// validName reports whether a field may have the name (RFC 5322 2.2).
func validName(name string) bool {
	if name == "" || len(name) > 998 {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	return true
}

// unfold joins the lines of a value and trims each (RFC 5322 2.2.3).
func unfold(raw []byte) string {
	if !bytes.Contains(bytes.TrimRight(raw, "\r\n"), []byte("\n")) {
		return string(bytes.Trim(raw, " \t\r\n"))
	}
	var b strings.Builder
	for line := range bytes.Lines(raw) {
		if line = bytes.Trim(line, " \t\r\n"); len(line) > 0 {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.Write(line)
		}
	}
	return b.String()
}
