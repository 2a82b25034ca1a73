package wire_test

import (
	"bytes"
	"errors"
	"io"
	"net/textproto"
	"strings"
	"testing"
	"testing/iotest"

	"bufio"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

func TestReadLine(t *testing.T) {
	type result struct {
		line string
		err  error
	}
	for _, c := range []struct {
		in     string
		max    int
		strict bool
		want   []result
	}{
		{"", 0, false, []result{{"", io.EOF}}},
		{"a\r\nb\nc", 0, false, []result{{"a", nil}, {"b", nil}, {"c", io.ErrUnexpectedEOF}, {"", io.EOF}}},
		{"\r\n\n", 0, false, []result{{"", nil}, {"", nil}, {"", io.EOF}}},
		{"a\rb\r\r\n", 0, false, []result{{"a\rb\r", nil}}},
		{"a\rb\r\nc\r\n", 0, true, []result{{"", wire.ErrBareCR}, {"c", nil}}},
		{"abcd\r\nabcd\nabcde\nab\n", 4, false, []result{{"abcd", nil}, {"abcd", nil}, {"", wire.ErrLineTooLong}, {"ab", nil}}},
		{strings.Repeat("x", 100_000) + "\nab\n", 10, false, []result{{"", wire.ErrLineTooLong}, {"ab", nil}}},
		{strings.Repeat("x", 100_000), 10, false, []result{{"", wire.ErrLineTooLong}, {"", io.EOF}}},
		{strings.Repeat("x", 65536) + "\r\n" + strings.Repeat("x", 65537) + "\n", 0, false, []result{{strings.Repeat("x", 65536), nil}, {"", wire.ErrLineTooLong}}},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "by bytes": iotest.OneByteReader(strings.NewReader(c.in))} {
			l := wire.NewLineReader(r)
			l.Max, l.Strict = c.max, c.strict
			for i, want := range c.want {
				line, err := l.ReadLine()
				if string(line) != want.line || err != want.err {
					t.Errorf("%.20q %s, line %d: %.20q, %v; want %.20q, %v", c.in, name, i, line, err, want.line, want.err)
				}
			}
		}
	}
}

func TestLinesThenBody(t *testing.T) {
	l := wire.NewLineReader(strings.NewReader("head\r\nbody"))
	l.ReadLine()
	if l.Buffered() != 4 {
		t.Errorf("%d bytes buffered", l.Buffered())
	}
	if body, err := io.ReadAll(l); string(body) != "body" || err != nil {
		t.Errorf("body %q, %v", body, err)
	}
	l = wire.NewLineReader(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("ab\n"))))
	if _, err := l.ReadLine(); err != iotest.ErrTimeout {
		t.Errorf("the connection's error came as %v", err)
	}
}

func TestWriteLine(t *testing.T) {
	var b bytes.Buffer
	if err := wire.WriteLine(&b, "HELO x"); err != nil || b.String() != "HELO x\r\n" {
		t.Errorf("%q, %v", &b, err)
	}
	for _, bad := range []string{"a\nRCPT", "a\r", "\n"} {
		if err := wire.WriteLine(&b, bad); err != wire.ErrBareCR || b.Len() != 8 {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestDotReader(t *testing.T) {
	for _, c := range []struct {
		in, block string
		max       int64
		err       error
		next      string // line behind the block, after Skip
	}{
		{".\r\nnext\r\n", "", 0, nil, "next"},
		{"a\r\n..b\n.\nnext\n", "a\r\n.b\r\n", 0, nil, "next"},
		{"..\r\n.x\r\n\r\n.\r\nnext\r\n", ".\r\nx\r\n\r\n", 0, nil, "next"},
		{"a\r\nb\r\n.\r\nnext\r\n", "a\r\nb\r\n", 6, nil, "next"},
		{"a\r\nb\r\nc\r\n.\r\nnext\r\n", "a\r\nb\r\n", 6, wire.ErrBlockTooLong, "next"},
		{"a\r\n" + strings.Repeat("x", 70000) + "\r\n.\r\nnext\r\n", "a\r\n", 0, wire.ErrLineTooLong, "next"},
		{"a\r\n", "a\r\n", 0, io.ErrUnexpectedEOF, ""},
		{"a\r\n.", "a\r\n", 0, io.ErrUnexpectedEOF, ""},
		{"", "", 0, io.ErrUnexpectedEOF, ""},
	} {
		l := wire.NewLineReader(strings.NewReader(c.in))
		d := wire.NewDotReader(l)
		d.Max = c.max
		block, err := io.ReadAll(iotest.OneByteReader(d))
		if string(block) != c.block || err != c.err {
			t.Errorf("%.20q: %q, %v; want %q, %v", c.in, block, err, c.block, c.err)
		}
		if _, again := d.Read(make([]byte, 1)); err != nil && again != err {
			t.Errorf("%.20q: the error does not stay: %v", c.in, again)
		}
		if err := d.Skip(); (err == nil) != (c.next != "") {
			t.Errorf("%.20q: Skip = %v", c.in, err)
		}
		if line, _ := l.ReadLine(); c.next != "" && string(line) != c.next {
			t.Errorf("%.20q: behind the block %q", c.in, line)
		}
	}
}

func TestDotWriter(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ".\r\n"},
		{"a", "a\r\n.\r\n"},
		{"a\n", "a\r\n.\r\n"},
		{"a\r\n", "a\r\n.\r\n"},
		{"a\r", "a\r\n.\r\n"},
		{".", "..\r\n.\r\n"},
		{".a\n.\n..b", "..a\r\n..\r\n...b\r\n.\r\n"},
		{"a\rb.c", "a\rb.c\r\n.\r\n"},
	} {
		for _, step := range []int{1, 100} {
			var b bytes.Buffer
			w := wire.NewDotWriter(&b)
			for in := []byte(c.in); len(in) > 0; in = in[min(step, len(in)):] {
				if n, err := w.Write(in[:min(step, len(in))]); n != min(step, len(in)) || err != nil {
					t.Fatal(n, err)
				}
			}
			if err := errors.Join(w.Close(), w.Close()); err != nil || b.String() != c.want {
				t.Errorf("%q by %d: %q, %v; want %q", c.in, step, &b, err, c.want)
			}
			if _, err := w.Write([]byte("x")); err == nil {
				t.Error("Write after Close")
			}
		}
	}
}

// What a DotWriter writes a DotReader reads, and the standard library agrees.
func FuzzDot(f *testing.F) {
	for _, s := range []string{"", ".", "..\r\n.\n", "a\r", "\r\r\n\n", "a\rb"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var b bytes.Buffer
		w := wire.NewDotWriter(&b)
		w.Write(text)
		w.Close()
		raw := b.String()
		l := wire.NewLineReader(strings.NewReader(raw + "next\r\n"))
		l.Max = 1 << 30
		got, err := io.ReadAll(wire.NewDotReader(l))
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		if line, err := l.ReadLine(); string(line) != "next" || err != nil {
			t.Fatalf("%q: behind the block %q, %v", raw, line, err)
		}
		if bytes.IndexByte(text, '\r') < 0 { // textproto drops a CR that we keep
			want, err := textproto.NewReader(bufio.NewReader(strings.NewReader(raw))).ReadDotBytes()
			if plain := bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")); err != nil || !bytes.Equal(plain, want) {
				t.Fatalf("%q: %q, textproto has %q, %v", raw, plain, want, err)
			}
		}
	})
}

func TestFrames(t *testing.T) {
	for _, c := range []struct {
		width wire.Width
		in    string
		limit int
		frame string
		err   error
	}{
		{wire.Width8, "\x02ab", 0, "ab", nil},
		{wire.Width16, "\x00\x02ab", 2, "ab", nil},
		{wire.Width32, "\x00\x00\x00\x02ab", 0, "ab", nil},
		{wire.Width16, "\x00\x00", 0, "", nil},
		{wire.Width16, "\x00\x03abc", 2, "", wire.ErrFrameTooLong},
		{wire.Width16, "", 0, "", io.EOF},
		{wire.Width16, "\x00", 0, "", io.ErrUnexpectedEOF},
		{wire.Width16, "\x00\x02", 0, "", io.ErrUnexpectedEOF},
		{wire.Width16, "\x00\x02a", 0, "", io.ErrUnexpectedEOF},
		{wire.Width32, "\xff\xff\xff\xffa", 0, "", io.ErrUnexpectedEOF}, // and no 4 GiB
	} {
		frame, err := c.width.ReadFrame(iotest.OneByteReader(strings.NewReader(c.in)), c.limit)
		if string(frame) != c.frame || err != c.err {
			t.Errorf("%d, %q: %q, %v; want %q, %v", c.width, c.in, frame, err, c.frame, c.err)
		}
	}
	if err := wire.Width8.WriteFrame(io.Discard, make([]byte, 256)); err != wire.ErrFrameTooLong {
		t.Errorf("256 bytes in a frame of width 8: %v", err)
	}
}

func FuzzFrame(f *testing.F) {
	f.Add([]byte("ab"), byte(1))
	f.Add([]byte{}, byte(0))
	f.Fuzz(func(t *testing.T, frame []byte, w byte) {
		width := []wire.Width{wire.Width8, wire.Width16, wire.Width32}[w%3]
		var b bytes.Buffer
		if err := width.WriteFrame(&b, frame); err != nil {
			if int64(len(frame)) <= width.Max() {
				t.Fatal(err)
			}
			return
		}
		got, err := width.ReadFrame(&b, 0)
		if !bytes.Equal(got, frame) || err != nil || b.Len() != 0 {
			t.Fatalf("%q, %v; %d bytes left", got, err, b.Len())
		}
	})
}

// No input makes a line longer than the limit or one with LF in it, and no line is lost.
func FuzzReadLine(f *testing.F) {
	f.Add([]byte("a\r\nb\n\r\r\nccccccc\nd"), byte(4))
	f.Fuzz(func(t *testing.T, text []byte, max byte) {
		l := wire.NewLineReader(bytes.NewReader(text))
		l.Max = int(max) + 1
		calls := 0
		for {
			line, err := l.ReadLine()
			if err == io.EOF {
				break
			}
			calls++
			if len(line) > l.Max || bytes.IndexByte(line, '\n') >= 0 {
				t.Fatalf("line %q", line)
			}
		}
		want := bytes.Count(text, []byte("\n"))
		if n := len(text); n > 0 && text[n-1] != '\n' {
			want++
		}
		if calls != want {
			t.Fatalf("%d lines of %q, want %d", calls, text, want)
		}
	})
}

func TestCodes(t *testing.T) {
	for _, e := range []*wire.Error{wire.ErrLineTooLong, wire.ErrBlockTooLong, wire.ErrFrameTooLong, wire.ErrBareCR} {
		if !strings.HasPrefix(e.Error(), "wire: ") || e.Code() != "too-long" && e.Code() != "protocol" {
			t.Errorf("%v has code %q", e, e.Code())
		}
	}
}
