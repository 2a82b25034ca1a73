package socket

import (
	"bytes"
	"io"
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// stepSize is how much is read from or given to the network at a time, as in LuaSocket. Where nobody can tell the difference it is more.
const stepSize = 8192

// mostSteps is how many steps are made at once when a script asks for as many.
const mostSteps = 8

// An input is what has been read from a connection and not been asked for yet.
type input struct {
	buf  []byte // nil when there is nothing
	r, w int
}

// fill returns what can be taken from the connection, at least one byte, waiting for it if need be.
func (t *tcp) fill(p *patience) ([]byte, error) {
	if in := &t.in; in.buf != nil {
		return in.buf[in.r:in.w], nil
	}
	err := t.emptied(p)
	for err == nil {
		buf := t.desk.take()
		var n int
		if n, err = t.readNow(buf); n > 0 {
			t.in = input{buf: buf, w: n}
			return buf[:n], nil
		}
		t.desk.give(buf)
		err = t.again(err, p)
	}
	return nil, err
}

// stream returns the next bytes of the connection and takes them, at least one and at most want, waiting for them if need be. They are
// valid until something else is read. Where want allows it they do not go through the input, and come many at a time. What is in the
// input afterwards is what LuaSocket would have there, which reads stepSize bytes at a time.
func (t *tcp) stream(p *patience, want int) ([]byte, error) {
	if t.in.buf != nil || want < stepSize {
		view, err := t.fill(p)
		view = view[:min(len(view), want)]
		if err == nil {
			t.skip(len(view))
		}
		return view, err
	}
	size := min(want/stepSize, mostSteps) * stepSize
	err := t.emptied(p)
	for err == nil {
		buf := t.desk.room(size)
		var n int
		if n, err = t.readNow(buf); n > 0 {
			t.took(n)
			return buf[:n], nil
		}
		err = t.again(err, p)
	}
	return nil, err
}

// emptied waits if there is nothing to read for sure, and the call may wait for ever.
func (t *tcp) emptied(p *patience) error {
	if t.sock != nil && t.limit() < 0 && stack.Emptied(t.sock) {
		return t.wait("receive", t.sock.Readable(), p)
	}
	return nil
}

// readNow reads what is there, at least one byte.
func (t *tcp) readNow(buf []byte) (int, error) {
	if t.sock == nil {
		return 0, io.EOF
	}
	n, err := t.sock.Read(buf)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

// again waits after an error of readNow, if it was that there is nothing yet.
func (t *tcp) again(err error, p *patience) error {
	if err != error(stack.ErrWouldBlock) {
		return err
	}
	return t.wait("receive", t.sock.Readable(), p)
}

func (t *tcp) took(n int) {
	t.received += int64(n)
	t.unpaid += int64(n)
}

// skip takes n bytes, which fill has shown.
func (t *tcp) skip(n int) {
	t.took(n)
	if t.in.r += n; t.in.r == t.in.w {
		t.desk.give(t.in.buf)
		t.in = input{}
	}
}

// readLine returns the bytes up to the next LF, without any CR. On an error it returns what came before it.
func (t *tcp) readLine(L *lua.LState, prefix string) (string, error) {
	var p patience
	view, err := t.fill(&p)
	if err != nil {
		return prefix, err
	}
	if end := bytes.IndexByte(view, '\n'); end >= 0 {
		text := string(withoutCR(view[:end]))
		if prefix != "" {
			text = prefix + text
		}
		t.skip(end + 1)
		return text, nil
	}
	g := t.gather(L, prefix)
	defer g.release()
	for err == nil {
		part, _, found := bytes.Cut(view, []byte{'\n'})
		n := len(part)
		g.add(withoutCR(part))
		if found {
			t.skip(n + 1)
			break
		}
		t.skip(n)
		view, err = t.fill(&p)
	}
	return g.result(), err
}

// readCount returns the prefix and the next bytes, n in all.
func (t *tcp) readCount(L *lua.LState, prefix string, n int) (string, error) {
	if len(prefix) >= n && n > 0 || n == 0 && prefix != "" {
		return prefix, nil
	}
	var p patience
	want := n - len(prefix)
	if want < stepSize {
		view, err := t.fill(&p)
		if err != nil {
			return prefix, err
		}
		if len(view) >= want {
			text := string(view[:want])
			if prefix != "" {
				text = prefix + text
			}
			t.skip(want)
			return text, nil
		}
	}
	return t.readStream(L, prefix, want, &p)
}

// readAll returns the prefix and everything up to the end of the stream.
func (t *tcp) readAll(L *lua.LState, prefix string) (string, error) {
	var p patience
	text, err := t.readStream(L, prefix, math.MaxInt, &p)
	if err == io.EOF && len(text) > len(prefix) {
		err = nil
	}
	return text, err
}

// readStream returns the prefix and the next bytes of the connection, want of them if there is no error before.
func (t *tcp) readStream(L *lua.LState, prefix string, want int, p *patience) (string, error) {
	g := t.gather(L, prefix)
	defer g.release()
	for {
		part, err := t.stream(p, want)
		if err != nil {
			return g.result(), err
		}
		want -= len(part)
		if want > 0 && len(part) >= stepSize && len(g.full) == 0 && g.text.Len() == 0 {
			g.text.Grow(len(part) + min(want, mostSteps*stepSize)) // who sends so much will send more
		}
		g.add(part)
		if want == 0 {
			return g.result(), nil
		}
	}
}

// A gathering is the result of a receive that takes more than what is in the input. It pays for what it takes as it goes on, and counts as
// memory of the process, since the peer decides how much it will be.
type gathering struct {
	t       *tcp
	L       *lua.LState
	full    []string // what came before text, in pieces of pieceSize or more, so that growing need not copy it again and again
	size    int64    // of full
	text    strings.Builder
	release func()
}

// pieceSize is how large a piece of a gathering may get before the next is begun.
const pieceSize = 1 << 20

func (t *tcp) gather(L *lua.LState, prefix string) *gathering {
	g := &gathering{t: t, L: L}
	g.text.WriteString(prefix)
	g.release = lua51.Hold(L, g)
	return g
}

// Held implements lua51.Holder.
func (g *gathering) Held(_ func(lua.LValue), weigh func(bytes int64)) {
	weigh(g.size + int64(g.text.Cap()))
}

func (g *gathering) add(part []byte) {
	if g.text.Len() >= pieceSize && g.text.Cap()-g.text.Len() < len(part) {
		g.full = append(g.full, g.text.String())
		g.size += int64(g.text.Cap())
		g.text.Reset()
		g.text.Grow(pieceSize)
	}
	g.text.Write(part)
	if g.t.unpaid >= stepSize {
		g.t.pay(g.L)
	}
}

func withoutCR(text []byte) []byte {
	switch bytes.IndexByte(text, '\r') {
	case -1:
		return text
	case len(text) - 1: // as lines that end with CRLF have it
		return text[:len(text)-1]
	}
	return bytes.ReplaceAll(text, []byte{'\r'}, nil)
}

// result returns the text. It must not keep much more memory alive than its own.
func (g *gathering) result() string {
	text := g.text.String()
	if len(g.full) > 0 {
		return strings.Join(append(g.full, text), "")
	}
	if spare := g.text.Cap() - len(text); spare > len(text)/8 {
		return strings.Clone(text)
	}
	return text
}

// pay takes fuel for what was received since the last time.
func (t *tcp) pay(L *lua.LState) {
	n := t.unpaid
	t.unpaid = 0
	if n >= 64 {
		lua51.Charge(L, n/32)
	}
}
