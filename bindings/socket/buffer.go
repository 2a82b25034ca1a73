package socket

import (
	"bytes"
	"io"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// stepSize is how much is read from or given to the network at a time.
const stepSize = 8192

// An input is what has been read from a connection and not been asked for yet.
type input struct {
	buf  []byte // nil when there is nothing
	r, w int
}

// fill returns what can be taken from the connection, at least one byte, waiting for it if need be.
func (t *tcp) fill(p *patience) ([]byte, error) {
	in := &t.in
	if in.buf != nil {
		return in.buf[in.r:in.w], nil
	}
	if t.sock != nil && t.limit() < 0 && stack.Emptied(t.sock) {
		if err := t.wait("receive", t.sock.Readable(), p); err != nil {
			return nil, err
		}
	}
	for {
		if t.sock == nil {
			return nil, io.EOF
		}
		buf := t.desk.take()
		n, err := t.sock.Read(buf)
		if err == nil && n > 0 {
			in.buf, in.r, in.w = buf, 0, n
			return buf[:n], nil
		}
		t.desk.give(buf)
		if err == nil {
			err = io.EOF
		}
		if err != error(stack.ErrWouldBlock) {
			return nil, err
		}
		if err := t.wait("receive", t.sock.Readable(), p); err != nil {
			return nil, err
		}
	}
}

// skip takes n bytes, which fill has shown.
func (t *tcp) skip(n int) {
	t.received += int64(n)
	if t.in.r += n; t.in.r == t.in.w {
		t.desk.give(t.in.buf)
		t.in = input{}
	}
}

// readLine returns the bytes up to the next LF, without any CR. On an error it returns what came before it.
func (t *tcp) readLine(prefix string) (string, error) {
	var p patience
	var line []byte
	for {
		view, err := t.fill(&p)
		if err != nil {
			return prefix + string(line), err
		}
		end := bytes.IndexByte(view, '\n')
		part := view
		if end >= 0 {
			part = view[:end]
		}
		taken := len(part)
		if bytes.IndexByte(part, '\r') >= 0 || end < 0 {
			line = appendWithoutCR(line, part)
			part = nil
		}
		if end < 0 {
			t.skip(taken)
			continue
		}
		text := prefix + string(line) + string(part)
		t.skip(taken + 1)
		return text, nil
	}
}

func appendWithoutCR(to, from []byte) []byte {
	for {
		i := bytes.IndexByte(from, '\r')
		if i < 0 {
			return append(to, from...)
		}
		to = append(to, from[:i]...)
		from = from[i+1:]
	}
}

// readCount returns the prefix and the next bytes, n in all.
func (t *tcp) readCount(prefix string, n int) (string, error) {
	if len(prefix) >= n && n > 0 || n == 0 && prefix != "" {
		return prefix, nil
	}
	var p patience
	want := n - len(prefix)
	view, err := t.fill(&p)
	if err == nil && len(view) >= want {
		text := prefix + string(view[:want])
		t.skip(want)
		return text, nil
	}
	data := []byte(prefix)
	for err == nil {
		k := min(len(view), n-len(data))
		data = append(data, view[:k]...)
		t.skip(k)
		if len(data) == n {
			break
		}
		view, err = t.fill(&p)
	}
	return string(data), err
}

// readAll returns the prefix and everything up to the end of the stream.
func (t *tcp) readAll(prefix string) (string, error) {
	var p patience
	data := []byte(prefix)
	for {
		view, err := t.fill(&p)
		if err == io.EOF && len(data) > len(prefix) {
			return string(data), nil
		}
		if err != nil {
			return string(data), err
		}
		data = append(data, view...)
		t.skip(len(view))
	}
}
