package http

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// An input is what comes in on a connection. Its buffer grows as far as the head of a message may be long, so that a head is looked at in
// whole before net/http reads it.
type input struct {
	*bufio.Reader
	raw    io.Reader
	limits Limits // filled
}

const bufferSize = 4096

func newInput(r io.Reader, l Limits) *input {
	return &input{bufio.NewReaderSize(r, bufferSize), r, l.filled()}
}

// buffered returns what has come in and was not read.
func (in *input) buffered() []byte {
	b, _ := in.Peek(in.Buffered())
	return b
}

// head waits until the whole head of a message is in the buffer and returns it, with the empty line at its end. io.EOF says that the stream
// ended before its first byte, a *Fault that the head is over a limit. Empty lines before it are dropped (RFC 9112 2.2).
func (in *input) head() ([]byte, error) {
	for blank, seen := 0, 0; ; {
		b := in.buffered()
		if len(b) > 0 && seen == 0 && (b[0] == '\n' || b[0] == '\r' && (len(b) == 1 || b[1] == '\n')) {
			if b[0] == '\n' || len(b) > 1 {
				in.Discard(bytes.IndexByte(b, '\n') + 1)
				if blank++; blank > 8 {
					return nil, fault(400, "nothing but empty lines")
				}
				continue
			}
		}
		if first := bytes.IndexByte(b, '\n'); first > in.limits.Line || first < 0 && len(b) > in.limits.Line {
			return nil, fault(414, "the first line is longer than %d bytes", in.limits.Line)
		}
		end := headEnd(b, seen)
		switch {
		case end > in.limits.Head || end == 0 && len(b) > in.limits.Head:
			return nil, fault(431, "the head is longer than %d bytes", in.limits.Head)
		case end > 0:
			return b[:end], nil
		}
		seen = max(len(b)-3, 0)
		if len(b) == in.Size() {
			in.grow()
		}
		if _, err := in.Peek(len(b) + 1); err != nil {
			if err == io.EOF && len(b) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// grow doubles the buffer.
func (in *input) grow() {
	kept := bytes.Clone(in.buffered())
	in.Discard(len(kept))
	in.Reader = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(kept), in.raw), 2*in.Size())
}

// shrink gives a grown buffer back between messages.
func (in *input) shrink() {
	if in.Size() > bufferSize && in.Buffered() == 0 {
		in.Reader = bufio.NewReaderSize(in.raw, bufferSize)
	}
}

// headEnd returns the length of the head in b with the empty line that ends it, or 0 if it is not there. The bytes before from hold no end.
func headEnd(b []byte, from int) int {
	for i := from; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return 0
		}
		i += n + 1
		switch rest := b[i:]; {
		case len(rest) > 0 && rest[0] == '\n':
			return i + 1
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return i + 2
		}
	}
}

// A framing is what the fields of a head say of the message's end, and of whom it is for.
type framing struct {
	hosts, lengths, codings int
	fields                  int
	length, coding          string
}

// checkFields looks at the lines of a head after the first: their form (RFC 9112 5), and what there may be once.
func checkFields(lines []byte, most int) (f framing, err error) {
	for len(lines) > 0 {
		line, rest, _ := bytes.Cut(lines, []byte("\n"))
		line, lines = bytes.TrimSuffix(line, []byte("\r")), rest
		if len(line) == 0 {
			break
		}
		if f.fields++; f.fields > most {
			return f, fault(431, "more than %d fields", most)
		}
		if line[0] == ' ' || line[0] == '\t' {
			return f, fault(400, "a folded field")
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !isToken(name) {
			return f, fault(400, "a line that is no field: %.60q", line)
		}
		value = bytes.Trim(value, " \t")
		if bad := badValue(value); bad >= 0 {
			return f, fault(400, "byte %#02x in field %s", value[bad], name)
		}
		f.see(name, value)
	}
	return f, f.check()
}

func (f *framing) see(name, value []byte) {
	switch {
	case len(name) == 4 && strings.EqualFold(string(name), "Host"):
		f.hosts++
	case len(name) == 14 && strings.EqualFold(string(name), "Content-Length"):
		f.lengths++
		f.length = string(value)
	case len(name) == 17 && strings.EqualFold(string(name), "Transfer-Encoding"):
		f.codings++
		f.coding = string(value)
	}
}

// check refuses what two readers could understand in different ways.
func (f *framing) check() error {
	switch {
	case f.lengths > 1:
		return fault(400, "several Content-Lengths")
	case f.lengths == 1 && !isNumber(f.length):
		return fault(400, "Content-Length %.40q is no number", f.length)
	case f.codings > 0 && f.lengths > 0:
		return fault(400, "both Content-Length and Transfer-Encoding")
	case f.codings > 1:
		return fault(400, "several Transfer-Encodings")
	case f.codings == 1 && !strings.EqualFold(f.coding, "chunked"):
		return fault(501, "Transfer-Encoding %.40q; only chunked is understood", f.coding)
	}
	return nil
}

// isToken reports whether b is a token (RFC 9110 5.6.2).
func isToken[T string | []byte](b T) bool {
	for i := range len(b) {
		c := b[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return len(b) > 0
}

// badValue returns the index of the first byte that no field's value may have, or -1 (RFC 9110 5.5).
func badValue[T string | []byte](b T) int {
	for i := range len(b) {
		if c := b[i]; c < ' ' && c != '\t' || c == 0x7f {
			return i
		}
	}
	return -1
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) <= 18
}

// CheckField says why no message may have a field of that name and value, or returns nil: a CR or LF in it would begin another field.
func CheckField(name, value string) error {
	if !isToken(name) {
		return invalid("%.40q is no name of a field", name)
	}
	if bad := badValue(value); bad >= 0 {
		return invalid("byte %#02x in field %s", value[bad], name)
	}
	return nil
}
