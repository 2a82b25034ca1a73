package rules_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/rules"
)

// A wrong dialogue and the one rule that it breaks; "# also 1 path-brackets" as its first line is another, before it.
type wrong struct {
	rule string // "" if none is broken
	line int
	text string
}

// dialogue reads a text as rules.Parse does; a line "C= …" or "S= …" is a Go string without quotes, sent as it is.
func dialogue(t testing.TB, text string) rules.Dialogue {
	t.Helper()
	var d rules.Dialogue
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if who, raw, ok := strings.Cut(line, "= "); ok && len(who) == 1 {
			data, err := strconv.Unquote(`"` + raw + `"`)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			from := rules.Client
			if who == "S" {
				from = rules.Server
			}
			d = append(d, rules.Turn{From: from, Data: []byte(data)})
			continue
		}
		turns, err := rules.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		d = append(d, turns...)
	}
	return d
}

// judge checks that each dialogue breaks the one rule that it says at the line that it says, cut into single bytes as well, and that each rule of the
// protocol is broken by one of them.
func judge(t *testing.T, protocol string, check func(rules.Dialogue) *rules.Report, cases []wrong) {
	missing := map[string]bool{}
	for _, r := range rules.Of(protocol) {
		if missing[r.Name] {
			t.Errorf("two rules are called %s", r.Name)
		}
		missing[r.Name] = true
	}
	for _, c := range cases {
		delete(missing, c.rule)
		d := dialogue(t, c.text)
		ways := map[string]rules.Dialogue{"whole": d, "bytes": bytewise(d)}
		check := check
		if protocol == "dns" && strings.Contains(c.text, "# tcp\n") {
			check = rules.DNSOverTCP
		} else if protocol == "dns" {
			delete(ways, "bytes") // of datagrams
		}
		for how, d := range ways {
			r := check(d)
			want := fmt.Sprintf("%d %s", c.line, c.rule)
			if c.rule == "" {
				want = ""
			}
			if first, _, _ := strings.Cut(c.text, "\n"); strings.HasPrefix(first, "# also ") {
				want = strings.TrimPrefix(first, "# also ") + ", " + want
			}
			if got := names(r); got != want {
				t.Errorf("%s, %s: got %q, want %q:\n%s", c.rule, how, got, want, r)
			}
		}
	}
	for name := range missing {
		t.Errorf("no dialogue breaks %s", name)
	}
}

func names(r *rules.Report) string {
	var list []string
	for _, b := range r.Breaches {
		list = append(list, fmt.Sprintf("%d %s", b.Line, b.Name))
	}
	return strings.Join(list, ", ")
}

// bytewise cuts what is said into single bytes.
func bytewise(d rules.Dialogue) rules.Dialogue {
	var out rules.Dialogue
	for _, t := range d {
		for i := range t.Data {
			out = append(out, rules.Turn{From: t.From, Data: t.Data[i : i+1], At: t.At})
		}
		if t.Closed {
			out = append(out, rules.Turn{From: t.From, At: t.At, Closed: true})
		}
	}
	return out
}

func TestParse(t *testing.T) {
	d, err := rules.Parse("# a remark\n\nC: one\n  S:two\r\nC:\nS (closes)\n")
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(d)
	want := fmt.Sprint(rules.Dialogue{{From: rules.Client, Data: []byte("one\r\n")}, {From: rules.Server, Data: []byte("two\r\n")},
		{From: rules.Client, Data: []byte("\r\n")}, {From: rules.Server, Closed: true}})
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := rules.Parse("C: one\nQUIT"); err == nil || err.Error() != `rules: dialogue: line 2 begins neither with "C:" nor with "S:": "QUIT"` {
		t.Errorf("%v", err)
	}
}

func TestReport(t *testing.T) {
	text := "S: 220 x\nC: HELO x\nS: 250 x\nC: MAIL FROM: a@x\nS: 250 x\nC: RCPT TO:<b@x>\nS: 250 x\nC: DATA\nS: 354 x\n" + strings.Repeat("C: text\n", 20) + "C: .a\nC: .\nS: 250 x\n"
	r := rules.SMTP(dialogue(t, text))
	want := ` 1 S: 220 x
 2 C: HELO x
 3 S: 250 x
 4 C: MAIL FROM: a@x
      ^ no space stands at the colon of FROM: and TO: (RFC 5321, 3.3)
      ^ the address stands in angle brackets (RFC 5321, 4.1.2)
 5 S: 250 x
 6 C: RCPT TO:<b@x>
 7 S: 250 x
 8 C: DATA
 9 S: 354 x
10 C: text
11 C: text
12 C: text
13 C: text
14 C: text
15 C: text
      … (14 more lines)
30 C: .a
      ^ a line of the message that begins with a dot is sent with another dot in front; a dot alone ends the message: the first dot of this line gets lost (RFC 5321, 4.5.2)
31 C: .
32 S: 250 x`
	if got := r.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := len(r.Broken(rules.Must)); got != 2 {
		t.Errorf("%d rules that must be kept are broken, want 2", got)
	}
}

// TestBounds checks that what is endless ends.
func TestBounds(t *testing.T) {
	for _, said := range []string{"\n", "x\r\n", "DATA\r\n", strings.Repeat("x", 1000)} {
		d := rules.Dialogue{{From: rules.Server, Data: []byte("220 x\r\n")}, {From: rules.Client, Data: []byte(strings.Repeat(said, 300_000/len(said)))}}
		r := rules.SMTP(d)
		if len(r.Lines) > rules.MaxLines || len(r.Breaches) > rules.MaxBreaches || len(r.String()) > 10_000_000 {
			t.Errorf("%.10q: %d lines, %d breaches", said, len(r.Lines), len(r.Breaches))
		}
	}
}

// TestHostile checks that dialogues made to be slow are read in time: each would take minutes if something grew with the square of its length.
func TestHostile(t *testing.T) {
	const size = 1 << 20
	repeat := func(s string) []byte { return []byte(strings.Repeat(s, size/len(s))) }
	bytewise := func(prefix string, n int) (d rules.Dialogue) {
		d = rules.Dialogue{{From: rules.Client, Data: []byte(prefix)}}
		for range n {
			d = append(d, rules.Turn{From: rules.Client, Data: []byte("0123456789abcdef")})
		}
		return d
	}
	pointers := []byte("\x00\x07\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00\x00\x00")
	for at := 14; at < 16000; at += 2 {
		pointers = append(pointers, 0xc0|byte((at-2)>>8), byte(at-2))
	}
	pointers = append(pointers, []byte(strings.Repeat("\xfe\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00", 4000))...)
	var many rules.Dialogue
	for range 60 {
		many = append(many, rules.Turn{From: rules.Client, Data: pointers})
	}
	var numbered strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&numbered, "%d NOOP\r\n", i)
	}
	for name, run := range map[string]func() *rules.Report{
		"smtp pieces":   func() *rules.Report { return rules.SMTP(bytewise("HELO ", size/16)) },
		"smtp commands": func() *rules.Report { return rules.SMTP(rules.Dialogue{{Data: repeat("NOOP\r\n")}}) },
		"imap commands": func() *rules.Report {
			return rules.IMAP(rules.Dialogue{{From: rules.Server, Data: []byte("* OK x\r\n")}, {Data: []byte(numbered.String())}, {From: rules.Server, Data: repeat("* 1 EXISTS\r\n")}})
		},
		"dns pointers": func() *rules.Report { return rules.DNS(many) },
		"telnet SB":    func() *rules.Report { return rules.Telnet(bytewise("\xff\xfa\x18", size/16)) },
		"http fields": func() *rules.Report {
			return rules.HTTP(rules.Dialogue{{Data: append([]byte("GET / HTTP/1.1\r\n"), repeat("a: b\r\n")...)}})
		},
		"http pieces": func() *rules.Report {
			return rules.HTTP(bytewise("POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\n", size/16))
		},
		"ftp long reply": func() *rules.Report {
			return rules.FTP(rules.Dialogue{{From: rules.Server, Data: append([]byte("220-x\r\n"), repeat("y\r\n")...)}})
		},
		"pop3 list": func() *rules.Report {
			return rules.POP3(rules.Dialogue{{From: rules.Server, Data: []byte("+OK\r\n")}, {Data: []byte("LIST\r\n")}, {From: rules.Server, Data: append([]byte("+OK\r\n"), repeat("1 2\r\n")...)}})
		},
	} {
		begin := time.Now()
		r := run()
		if took := time.Since(begin); took > time.Minute {
			t.Errorf("%s: %v for %d lines", name, took, len(r.Lines))
		}
	}
}

// fuzz gives a protocol what the fuzzer thinks of: each byte below 4 changes who speaks or closes.
func fuzz(f *testing.F, seeds []wrong, check func(rules.Dialogue) *rules.Report) {
	for _, s := range seeds {
		var in []byte
		for _, t := range dialogue(f, s.text) {
			in = append(append(in, byte(t.From)), t.Data...)
			if t.Closed {
				in = append(in, byte(2+t.From))
			}
		}
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var d rules.Dialogue
		from := rules.Client
		for len(in) > 0 {
			if in[0] < 4 {
				from = rules.Side(in[0] & 1)
				d = append(d, rules.Turn{From: from, Closed: in[0] >= 2})
				in = in[1:]
				continue
			}
			n := max(1, slices.IndexFunc(in, func(b byte) bool { return b < 4 }))
			d = append(d, rules.Turn{From: from, Data: in[:n]})
			in = in[n:]
		}
		r := check(d)
		if len(r.String()) > 1000*(1+len(r.Lines)+len(r.Breaches)) {
			t.Error("the report is out of proportion")
		}
		for _, b := range r.Breaches {
			if b.Line < 1 || b.Line > len(r.Lines) || b.Section == "" || b.Message == "" {
				t.Errorf("breach %+v of %d lines", b, len(r.Lines))
			}
		}
	})
}
