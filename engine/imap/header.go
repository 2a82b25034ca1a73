package imap

import (
	"bytes"
	"strings"
)

// A field is a field of a header (RFC 5322 2.2): its name as it stands there, its value unfolded, and its bytes with the line end.
type field struct {
	name  string
	value string
	raw   []byte
}

// headerEnd returns how long the header of a message is, with the empty line that ends it.
func headerEnd(b []byte) int {
	for pos := 0; pos < len(b); {
		i := bytes.IndexByte(b[pos:], '\n')
		if i < 0 {
			break
		}
		if line := b[pos : pos+i]; len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return pos + i + 1
		}
		pos += i + 1
	}
	return len(b)
}

// maxFields is how many fields of a header are looked at.
const maxFields = 2000

// parseHeader reads the fields of a header. Lines that are none are left out.
func parseHeader(b []byte) []field {
	var fields []field
	for len(b) > 0 && len(fields) < maxFields {
		n := fieldLen(b)
		raw := b[:n]
		b = b[n:]
		name, value, ok := bytes.Cut(raw, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t\r\n") {
			continue
		}
		fields = append(fields, field{string(name), unfold(value), raw})
	}
	return fields
}

// fieldLen returns how long the field at the head of b is, with the lines that continue it.
func fieldLen(b []byte) int {
	for pos := 0; ; {
		i := bytes.IndexByte(b[pos:], '\n')
		if i < 0 {
			return len(b)
		}
		pos += i + 1
		if pos >= len(b) || b[pos] != ' ' && b[pos] != '\t' {
			return pos
		}
	}
}

// unfold takes the line ends out of a value, and the space around it (RFC 5322 2.2.3).
func unfold(value []byte) string {
	text := strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(string(value))
	return strings.Trim(text, " \t")
}

// get returns the value of the first field of that name.
func get(fields []field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

// all returns the values of all fields of that name with a comma between them.
func all(fields []field, name string) string {
	var values []string
	for _, f := range fields {
		if strings.EqualFold(f.name, name) {
			values = append(values, f.value)
		}
	}
	return strings.Join(values, ", ")
}

// selectFields returns the fields of a header whose names are in the list, or with not those that are not, and the empty line.
func selectFields(header []byte, names []string, not bool) []byte {
	var out []byte
	for _, f := range parseHeader(header) {
		in := false
		for _, n := range names {
			in = in || strings.EqualFold(n, f.name)
		}
		if in != not {
			out = append(out, f.raw...)
		}
	}
	return append(out, "\r\n"...)
}

// parseValue reads a value with parameters, such as that of Content-Type (RFC 2045 5.1). Names of parameters come in capitals. What
// makes no sense is passed over. Comments are left out.
func parseValue(text string) (value string, params []Param) {
	value, rest, _ := strings.Cut(stripComments(text), ";")
	value = strings.TrimSpace(value)
	for rest != "" && len(params) < maxItems {
		name, after, ok := strings.Cut(rest, "=")
		if semi := strings.IndexByte(name, ';'); !ok || semi >= 0 {
			if semi < 0 {
				break
			}
			rest = rest[semi+1:] // a word without a value
			continue
		}
		name = strings.ToUpper(strings.TrimSpace(name))
		after = strings.TrimLeft(after, " \t")
		var v string
		if strings.HasPrefix(after, `"`) {
			v, rest = quotedValue(after)
			_, rest, _ = strings.Cut(rest, ";")
		} else {
			v, rest, _ = strings.Cut(after, ";")
			v = strings.TrimSpace(v)
		}
		if name != "" {
			params = append(params, Param{name, v})
		}
	}
	return value, params
}

// quotedValue reads a quoted string and returns what follows it.
func quotedValue(text string) (value, rest string) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:]
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String(), ""
}

// stripComments takes what stands in parentheses out of a value (RFC 5322 3.2.2).
func stripComments(text string) string {
	if !strings.ContainsRune(text, '(') {
		return text
	}
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\\' && i+1 < len(text) {
			if depth == 0 {
				b.WriteString(text[i : i+2])
			}
			i++
			continue
		}
		switch {
		case c == '"' && depth == 0:
			quoted = !quoted
		case c == '(' && !quoted:
			depth++
			continue
		case c == ')' && !quoted && depth > 0:
			depth--
			continue
		}
		if depth == 0 {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func param(params []Param, name string) string {
	for _, p := range params {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}
