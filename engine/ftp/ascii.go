package ftp

import (
	"bytes"
	"io"
)

// A lineEnds turns text between LF and the CRLF of type A (RFC 959 3.1.1.1), part by part.
type lineEnds interface {
	// append adds what has come of the text to out.
	append(out, part []byte) []byte
	// end adds what was held back.
	end(out []byte) []byte
}

// A toNetwork makes CRLF of LF. A CRLF in the file stays as it is.
type toNetwork struct{ last byte }

func (t *toNetwork) append(out, part []byte) []byte {
	for len(part) > 0 {
		n := bytes.IndexByte(part, '\n')
		if n < 0 {
			t.last = part[len(part)-1]
			return append(out, part...)
		}
		if n > 0 {
			t.last = part[n-1]
		}
		out = append(out, part[:n]...)
		if t.last != '\r' {
			out = append(out, '\r')
		}
		out, part, t.last = append(out, '\n'), part[n+1:], '\n'
	}
	return out
}

func (*toNetwork) end(out []byte) []byte { return out }

// A fromNetwork makes LF of CRLF. A CR that stands alone stays.
type fromNetwork struct{ held bool }

func (f *fromNetwork) append(out, part []byte) []byte {
	for _, c := range part {
		if f.held && c != '\n' {
			out = append(out, '\r')
		}
		if f.held = c == '\r'; !f.held {
			out = append(out, c)
		}
	}
	return out
}

func (f *fromNetwork) end(out []byte) []byte {
	if f.held {
		f.held = false
		out = append(out, '\r')
	}
	return out
}

// A textReader converts what it reads.
type textReader struct {
	r    io.Reader
	ends lineEnds
	buf  []byte
	out  []byte // converted
	left []byte // of out, not yet given away
	err  error
}

// Read implements io.Reader.
func (t *textReader) Read(p []byte) (int, error) {
	for len(t.left) == 0 && len(p) > 0 {
		if t.err != nil {
			return 0, t.err
		}
		if t.buf == nil {
			t.buf = make([]byte, 32<<10)
		}
		var n int
		n, t.err = t.r.Read(t.buf)
		t.out = t.ends.append(t.out[:0], t.buf[:n])
		if t.err == io.EOF {
			t.out = t.ends.end(t.out)
		}
		t.left = t.out
	}
	n := copy(p, t.left)
	t.left = t.left[n:]
	return n, nil
}

// A textWriter converts what is written to w. Close writes what was held back, and leaves w open.
type textWriter struct {
	w    io.Writer
	ends lineEnds
	out  []byte
}

// Write implements io.Writer.
func (t *textWriter) Write(p []byte) (int, error) {
	t.out = t.ends.append(t.out[:0], p)
	if _, err := t.w.Write(t.out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close implements io.Closer.
func (t *textWriter) Close() error {
	if t.out = t.ends.end(t.out[:0]); len(t.out) == 0 {
		return nil
	}
	_, err := t.w.Write(t.out)
	return err
}
