package telnet

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func tokens(pieces ...string) string {
	var d decoder
	var out []string
	var data []byte
	flush := func() {
		if len(data) > 0 {
			out, data = append(out, fmt.Sprintf("%q", data)), nil
		}
	}
	for _, p := range pieces {
		for _, t := range d.decode([]byte(p)) {
			if t.command == 0 {
				data = append(data, t.data...)
				continue
			}
			flush()
			out = append(out, t.String())
		}
	}
	flush()
	return strings.Join(out, " ")
}

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                                `"plain"`,
		"a\r\nb\r\x00c\nd":                     `"a\nb\rc\nd"`,
		"a\rb":                                 `"a\rb"`,
		"x\xff\xffy":                           `"x\xffy"`,
		"a\xff\xfd\x01b\xff\xfb\x1fc":          `"a" DO ECHO "b" WILL NAWS "c"`,
		"\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0": `NAWS 80 x 24`,
		"\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0": `NAWS 255 x 24`,
		"\xff\xfa\x18\x00VT100\xff\xf0":            `TERMINAL-TYPE IS VT100`,
		"\xff\xfa\x18\x01\xff\xf0":                 `TERMINAL-TYPE SEND`,
		"\xff\xf6\xff\xf4":                         `AYT IP`,
		"\xff\xf2\xff\x01x":                        `DM "x"`,
		"\xff":                                     ``,
	} {
		if got := tokens(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
		var bytes []string
		for i := range len(in) {
			bytes = append(bytes, in[i:i+1])
		}
		if got := tokens(bytes...); got != want {
			t.Errorf("%q byte by byte: %s, want %s", in, got, want)
		}
	}
}

// TestQ goes through the tables of RFC 1143.
func TestQ(t *testing.T) {
	type step struct {
		ask  bool // by us; otherwise said by the other side
		on   bool
		want Command
	}
	for name, c := range map[string]struct {
		agreed bool
		steps  []step
		on     bool
	}{
		"he offers":           {true, []step{{false, true, DO}, {false, true, 0}, {false, false, DONT}, {false, false, 0}}, false},
		"he offers in vain":   {false, []step{{false, true, DONT}, {false, true, DONT}}, false},
		"we ask":              {false, []step{{true, true, DO}, {true, true, 0}, {false, true, 0}}, true},
		"we ask in vain":      {false, []step{{true, true, DO}, {false, false, 0}}, false},
		"we change our mind":  {false, []step{{true, true, DO}, {true, false, 0}, {false, true, DONT}, {false, false, 0}}, false},
		"and change it again": {false, []step{{true, true, DO}, {true, false, 0}, {true, true, 0}, {false, true, 0}}, true},
		"we stop and go on":   {true, []step{{false, true, DO}, {true, false, DONT}, {true, true, 0}, {false, false, DO}, {false, true, 0}}, true},
		"he answers wrongly":  {true, []step{{false, true, DO}, {true, false, DONT}, {false, true, 0}}, false},
	} {
		var h half
		for i, s := range c.steps {
			got := Command(0)
			if s.ask {
				got = h.ask(s.on, DO, DONT)
			} else {
				got = h.said(s.on, c.agreed, DO, DONT)
			}
			if got != s.want {
				t.Errorf("%s, step %d: %v, want %v", name, i, got, s.want)
			}
		}
		if h.on() != c.on {
			t.Errorf("%s: on is %v", name, h.on())
		}
	}
}

// FuzzDecode: pieces give what the whole gives, and text comes through as it was.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("a\r\nb\xff\xfd\x01\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0"), 3)
	f.Add([]byte("\r\x00\xff\xff\r\r\n"), 1)
	f.Fuzz(func(t *testing.T, in []byte, cut int) {
		if len(in) == 0 {
			return
		}
		cut = int(uint(cut) % uint(len(in)))
		whole, parts := tokens(string(in)), tokens(string(in[:cut]), string(in[cut:]))
		if whole != parts {
			t.Fatalf("%q cut at %d: %s, and %s", in, cut, whole, parts)
		}
		text := bytes.ReplaceAll(in, []byte("\r\n"), []byte("\n"))
		var d decoder
		var got []byte
		for _, tok := range d.decode(append(encode(nil, in, false), 'x')) {
			got = append(got, tok.data...)
		}
		if string(got) != string(text)+"x" {
			t.Fatalf("%q came as %q", in, got)
		}
	})
}

// FuzzOptions: two sides that ask for whatever come to agree, and fall silent.
func FuzzOptions(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 0, 0, 9})
	f.Fuzz(func(t *testing.T, what []byte) {
		var a, b options // a's side is us for WILL, b's side is him
		var toB, toA []Command
		deliver := func() {
			if len(toB) > 0 {
				if v := b.hear(toB[0], Echo, true); v != 0 {
					toA = append(toA, v)
				}
				toB = toB[1:]
			}
			if len(toA) > 0 {
				if v := a.hear(toA[0], Echo, true); v != 0 {
					toB = append(toB, v)
				}
				toA = toA[1:]
			}
		}
		for _, w := range what {
			switch w % 5 {
			case 0, 1:
				if v := a.us[Echo].ask(w%5 == 0, WILL, WONT); v != 0 {
					toB = append(toB, v)
				}
			case 2, 3:
				if v := b.him[Echo].ask(w%5 == 2, DO, DONT); v != 0 {
					toA = append(toA, v)
				}
			default:
				deliver()
			}
		}
		for i := 0; len(toA)+len(toB) > 0; i++ {
			if i > 10*len(what)+10 {
				t.Fatalf("%v: no end", what)
			}
			deliver()
		}
		if a.us[Echo].on() != b.him[Echo].on() {
			t.Fatalf("%v: %+v, %+v", what, a.us[Echo], b.him[Echo])
		}
	})
}
