package smtp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"bufio"

	"github.com/google/go-cmp/cmp"
)

func TestParseReply(t *testing.T) {
	for _, c := range []struct {
		text string
		want Reply
		ok   bool
	}{
		{"250 OK", Reply{250, "", []string{"OK"}}, true},
		{"250", Reply{250, "", []string{""}}, true},
		{"250-a\n250-b\n250 c", Reply{250, "", []string{"a", "b", "c"}}, true},
		{"250 a\nb\r\n251 c", Reply{250, "", []string{"a", "b", "251 c"}}, true},
		{"550 5.1.1 no", Reply{550, "5.1.1", []string{"no"}}, true},
		{"550-5.1.1 no\n550 5.1.1 never", Reply{550, "5.1.1", []string{"no", "never"}}, true},
		{"550 4.1.1 no", Reply{550, "", []string{"4.1.1 no"}}, true},
		{"250 2.1 x", Reply{250, "", []string{"2.1 x"}}, true},
		{"250 2.1.0", Reply{250, "2.1.0", []string{""}}, true},
		{"", Reply{}, false},
		{"199 x", Reply{}, false},
		{"600 x", Reply{}, false},
		{"25 x", Reply{}, false},
		{"2500 x", Reply{}, false},
		{"OK", Reply{}, false},
		{"250 a\rb", Reply{}, false},
		{"250 " + strings.Repeat("x", 501), Reply{}, false},
	} {
		got, err := ParseReply(c.text)
		if (err == nil) != c.ok || err == nil && cmp.Diff(c.want, got) != "" {
			t.Errorf("%.40q: %+v, %v", c.text, got, err)
		}
	}
	if got := (Reply{250, "2.1.0", []string{"a", "b"}}).String(); got != "250-2.1.0 a\n250 2.1.0 b" {
		t.Errorf("%q", got)
	}
	if got := (Reply{Code: 250}).String(); got != "250 " {
		t.Errorf("%q", got)
	}
}

func TestDefaultReplies(t *testing.T) {
	for _, name := range ReplyNames() {
		r, err := ParseReply(DefaultReply(name))
		if err != nil || CheckReply(name, DefaultReply(name)) != nil {
			t.Errorf("%s: %v", name, err)
		}
		if r.Enhanced == "" && name != "greeting" && name != "helo" && name != "ehlo" && r.Code/100 != 3 { // RFC 2034 4
			t.Errorf("%s has no enhanced code", name)
		}
	}
	for name, text := range map[string]string{"nosuch": "250 x", "noop": "550 x", "unknown": "250 x", "quit": "bye", "data": "250 x"} {
		if CheckReply(name, text) == nil {
			t.Errorf("%s may be %q", name, text)
		}
	}
	if err := CheckReply("unknown", "421 4.0.0 bye"); err != nil {
		t.Error(err)
	}
}

func TestParsePath(t *testing.T) {
	for _, c := range []struct {
		arg, want string
		params    []param
		ok        bool
	}{
		{"<a@b.org>", "a@b.org", nil, true},
		{" <a@b.org>", "a@b.org", nil, true},
		{"<>", "", nil, true},
		{"a@b.org", "a@b.org", nil, true},
		{"a@b.org SIZE=1", "a@b.org", []param{{"SIZE", "1"}}, true},
		{"<@x,@y:a@b.org> size=1  body=8BITMIME", "a@b.org", []param{{"SIZE", "1"}, {"BODY", "8BITMIME"}}, true},
		{`<"a>b"@c.org> X`, `"a>b"@c.org`, []param{{"X", ""}}, true},
		{`<"a\"b"@c.org>`, `"a\"b"@c.org`, nil, true},
		{"", "", nil, false},
		{"<a@b.org", "", nil, false},
		{"<a@b.org>SIZE=1", "", nil, false},
		{"<@x a@b.org>", "", nil, false},
		{"<a@b.org> =1", "", nil, false},
		{"<a@b.org> A=1 a=2", "", nil, false},
		{"<a@b.org> A_B=1", "", nil, false},
		{"<a@b.org> A=1=2", "", nil, false},
		{"<a@b.org> -A", "", nil, false},
	} {
		got, params, ok := parsePath(c.arg)
		if ok != c.ok || ok && (got != c.want || !slices.Equal(params, c.params)) {
			t.Errorf("%q: %q, %v, %v", c.arg, got, params, ok)
		}
	}
}

func TestValidMailbox(t *testing.T) {
	for address, want := range map[string]bool{
		"a@b.org": true, "a.b+c@d-e.org": true, "a@[10.0.0.1]": true, "a@[IPv6:2001:db8::1]": true, `"a b"@c.org`: true, `"a@b"@c.org`: true, "ü@ü.org": true,
		`"a\"b"@c.org`: true, "a@localhost": true, "a@my_host": true,
		"": false, "a": false, "@b.org": false, "a@": false, "a..b@c.org": false, ".a@b.org": false, "a.@b.org": false, "a b@c.org": false, "a@b..org": false, "a@-b.org": false,
		"a@b-.org": false, "a@b org": false, "a@[10.0.0]": false, "a@[]": false, `"a@b.org`: false, `"a"b"@c.org`: false, `"a\"@c.org`: false, "a@b.org.": false, "\xff@b.org": false,
		strings.Repeat("l", 64) + "@b.org": true, strings.Repeat("l", 65) + "@b.org": false,
		"a@" + strings.Repeat("d", 63) + ".org": true, "a@" + strings.Repeat("d", 64) + ".org": false,
		"a@" + strings.Repeat("d.", 127) + "d": false,
	} {
		if ValidMailbox(address) != want {
			t.Errorf("%q: %v", address, !want)
		}
	}
}

func TestParseBdat(t *testing.T) {
	for _, c := range []struct {
		arg  string
		n    int64
		last bool
		ok   bool
	}{
		{"0", 0, false, true}, {"12", 12, false, true}, {"12 LAST", 12, true, true}, {"12  last", 12, true, true}, {"9223372036854775807", 1<<63 - 1, false, true},
		{"", 0, false, false}, {"LAST", 0, false, false}, {"x", 0, false, false}, {"-1", 0, false, false}, {"1 2", 0, false, false}, {"1 LAST x", 0, false, false}, {"9223372036854775808", 0, false, false},
	} {
		if n, last, ok := parseBdat(c.arg); ok != c.ok || ok && (n != c.n || last != c.last) {
			t.Errorf("%q: %d, %v, %v", c.arg, n, last, ok)
		}
	}
}

func TestXtext(t *testing.T) {
	for text, want := range map[string]string{"": "", "a": "a", "a b": "a+20b", "+=": "+2B+3D", "\xff": "+FF"} {
		if got := encodeXtext(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
		if back, ok := decodeXtext(want); back != text || !ok {
			t.Errorf("%q becomes %q, %v", want, back, ok)
		}
	}
	for _, bad := range []string{"+", "+2", "+2x", "+2b"} {
		if _, ok := decodeXtext(bad); ok {
			t.Errorf("%q was decoded", bad)
		}
	}
}

func newInput(r io.Reader) *input { return &input{r: r, before: func() error { return nil }} }

func newBlock(max int) *block {
	return &block{max: max, maxLine: maxText, claim: func(int) bool { return true }}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	for name, r := range map[string]func(string) io.Reader{"whole": func(s string) io.Reader { return strings.NewReader(s) },
		"by bytes": func(s string) io.Reader { return iotest.OneByteReader(strings.NewReader(s)) }} {
		in := newInput(r("a\r\n\r\nb\nc\rd\r\n" + long + "\r\ne\r\nf"))
		var got []string
		for {
			line, err := in.line(100)
			if err != nil {
				got = append(got, err.Error())
			} else {
				got = append(got, string(line))
			}
			if err != nil && err != errLineTooLong {
				break
			}
		}
		if want := []string{"a", "", "b", "c\rd", "line too long", "e", "unexpected EOF"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q", name, got)
		}
		if len(in.buf) > smallBuffer {
			t.Errorf("%s: the buffer has %d bytes", name, len(in.buf))
		}
	}
}

// FuzzDotted compares a message as the server reads it with what net/textproto reads, where that is defined: it takes LF for the end of a line.
func FuzzDotted(f *testing.F) {
	for _, s := range []string{".\r\n", "a\r\n..b\r\n.\r\nNOOP\r\n", "a\n.\r\n", "a\r\n.\nb", "a\rb\r\n.\r\n", "\r\n.\r.\r\n", strings.Repeat("x", 21) + "\r\n.\r\n", "..", "\r\n\x80\r\n.\r\n",
		strings.Repeat("y", 50) + "\r\n.\r\n"} {
		f.Add([]byte(s), byte(7))
	}
	f.Fuzz(func(t *testing.T, data []byte, step byte) {
		read := func(r io.Reader) (*block, []byte, error) {
			b, in := newBlock(200), newInput(r)
			b.maxLine = 20
			err := in.dotted(b)
			rest, _ := io.ReadAll(r)
			return b, append(slices.Clone(in.waiting()), rest...), err
		}
		b, rest, err := read(bytes.NewReader(data))
		again, restAgain, errAgain := read(iotest.DataErrReader(&stepReader{data, int(step%64) + 1}))
		if err != errAgain || b.fault != again.fault || !bytes.Equal(b.text, again.text) || err == nil && !bytes.Equal(rest, restAgain) {
			t.Fatalf("in pieces of %d: %q, %v, %v; before %q, %v, %v", step%64+1, again.text, again.fault, errAgain, b.text, b.fault, err)
		}
		if err != nil {
			return
		}
		if end := len(data) - len(rest); !bytes.HasSuffix(data[:end], []byte(".\r\n")) || end > 3 && !bytes.HasSuffix(data[:end], []byte("\r\n.\r\n")) {
			t.Fatalf("the message ends with %q", data[max(0, end-10):end])
		}
		if b.fault != nil {
			return
		}
		plain := bytes.ReplaceAll(b.text, []byte("\r\n"), nil)
		if bytes.ContainsAny(plain, "\r\n") {
			t.Fatalf("%q has other line ends", b.text)
		}
		want, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(data))).ReadDotBytes()
		if err != nil || !bytes.Equal(bytes.ReplaceAll(b.text, []byte("\r\n"), []byte("\n")), want) {
			t.Fatalf("%q; textproto has %q, %v", b.text, want, err)
		}
	})
}

type stepReader struct {
	data []byte
	step int
}

func (s *stepReader) Read(p []byte) (int, error) {
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.data[:min(s.step, len(s.data))])
	s.data = s.data[n:]
	return n, nil
}

// FuzzMessage sends a message as the client does and reads it as the server does.
func FuzzMessage(f *testing.F) {
	for _, s := range []string{"", ".", "a", "a\n", "a\r\n.\r\n..\n", "a\rb", "\n\n.", "\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		text, err := lines(message)
		if err != nil {
			var bad *ArgumentError
			if !errors.As(err, &bad) || !bytes.Contains(message, []byte("\r")) {
				t.Fatal(err)
			}
			return
		}
		b, in := newBlock(1<<20), newInput(io.MultiReader(bytes.NewReader(stuff(text)), strings.NewReader("NOOP\r\n")))
		b.maxLine = 1 << 20
		if err := in.dotted(b); err != nil || b.fault != nil {
			t.Fatalf("%q: %v, %v", message, err, b.fault)
		}
		want := message
		if n := len(want); n > 0 && want[n-1] != '\n' {
			want = append(slices.Clone(want), '\n')
		}
		normal := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }
		if !bytes.Equal(normal(b.text), normal(want)) {
			t.Fatalf("%q became %q", message, b.text)
		}
		if line, err := in.line(100); string(line) != "NOOP" || err != nil {
			t.Fatalf("behind the message %q, %v", line, err)
		}
		c := newBlock(1 << 20)
		c.text = text
		c.checkLines()
		if c.fault != nil && c.fault != errTextTooLong {
			t.Fatalf("in chunks %q is a fault: %v", text, c.fault)
		}
	})
}

// FuzzCommand parses any line in every way.
func FuzzCommand(f *testing.F) {
	for _, s := range []string{"MAIL FROM:<a@b.org> SIZE=1", "RCPT TO:<\"a\\\">b\"@c.org>", "250-2.1.0 a", "AUTH PLAIN =", "<@a:b@c>", "[IPv6:::1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		splitCommand(line)
		if mailbox, _, ok := parsePath(line); ok && ValidMailbox(mailbox) && len(mailbox) > maxPath {
			t.Fatalf("%q is too long", mailbox)
		}
		if r, err := ParseReply(line); err == nil {
			again, err := ParseReply(r.String())
			if err != nil && len(r.Enhanced) == 0 || err == nil && again.Code != r.Code {
				t.Fatalf("%q gives %+v, which gives %+v, %v", line, r, again, err)
			}
		}
		if s := encodeXtext(line); strings.ContainsAny(s, " \r\n=") {
			t.Fatalf("%q", s)
		} else if back, ok := decodeXtext(s); back != line || !ok {
			t.Fatalf("%q became %q", line, back)
		}
		if s := printable(line); strings.ContainsAny(s, "\r\n\x00") || len(s) > 3*maxReplyText {
			t.Fatalf("%q", s)
		}
	})
}

// FuzzReadReply lets a client read whatever a server may send.
func FuzzReadReply(f *testing.F) {
	for _, s := range []string{"220 x\r\n", "250-a\r\n250 b\r\n", "250-a\r\n251 b\r\n", "25", "250 2.0.0 x\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := readReply(newInput(bytes.NewReader(data)))
		if err == nil && (r.Code < 200 || r.Code > 599 || len(r.Lines) == 0 || len(r.Lines) > maxReplyLines) {
			t.Fatalf("%+v", r)
		}
		want := fmt.Sprint(r.Code)
		if err == nil && !bytes.HasPrefix(data, []byte(want)) {
			t.Fatalf("%q gave %+v", data, r)
		}
	})
}
