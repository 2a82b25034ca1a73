package capture_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

var update = flag.Bool("update", false, "write the expected renderings anew")

// golden compares a rendering with what is committed.
func golden(t *testing.T, name string, render func(w io.Writer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := render(&got); err != nil {
		t.Error(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// smtp lets the client send a mail over a slow line, with what a dialogue may have besides lines: a long line, bytes that are no
// text, a prompt without an end, a datagram and a lost one, a refused connection, messages that a protocol explains.
func smtp(t testing.TB, w *world) {
	w.serve(t, ":25", func(_ *stack.Stack, c *stack.Conn) {
		fmt.Fprint(c, "220 hamburger.edu\r\n")
		b := make([]byte, 4096)
		for _, answer := range []string{"250 Hello crepes.fr, pleased to meet you\r\n", "354 Enter mail, end with \".\" on a line by itself\r\n",
			"250 Message accepted for delivery\r\n", "password: ", "221 hamburger.edu closing connection\r\n"} {
			if _, err := c.Read(b); err != nil {
				return
			}
			fmt.Fprint(c, answer)
		}
		c.Read(b)
	})
	w.echo(t)
	w.run(t, func(st *stack.Stack) {
		c, err := st.Dial("tcp4", "server:25")
		if err != nil {
			t.Error(err)
			return
		}
		b := make([]byte, 4096)
		c.Read(b)
		for _, line := range []string{"HELO crepes.fr\r\n", "DATA\r\n", "Do you like ketchup?\r\nHow about " + strings.Repeat("many ", 30) + "pickles?\r\n.\r\n",
			"\x00\x01\xff and other bytes that are no text\r\n", "se\tcret\a\r\n"} {
			c.Write([]byte(line))
			c.Read(b)
		}
		c.Close()
		st.Note("now datagrams")
		w.datagrams(t, st)
		if _, err := st.Dial("tcp4", "server:81"); stack.Code(err) != "refused" {
			t.Error(err)
		}
	})
}

func (w *world) datagrams(t testing.TB, st *stack.Stack) {
	u, err := st.Dial("udp4", "server:7")
	if err != nil {
		t.Error(err)
		return
	}
	defer u.Close()
	for i, text := range []string{"ping 1", "ping 2"} {
		w.far.SetBlocked(vnet.BA, i == 1)
		u.Write([]byte(text))
		u.SetReadDeadline(st.Now().Add(time.Second))
		u.Read(make([]byte, 100))
	}
	w.far.SetBlocked(vnet.BA, false)
	st.Message(stack.Message{Local: u.LocalAddr(), Remote: u.RemoteAddr(), Text: "query www.lab A"})
	u.Write([]byte{0, 7, 1, 0, 0, 1})
	u.SetReadDeadline(st.Now().Add(time.Second))
	u.Read(make([]byte, 100))
	st.Message(stack.Message{Local: u.LocalAddr(), Remote: u.RemoteAddr(), Text: "answer", Received: true})
}

func traced(t testing.TB, seed uint64, o capture.TraceOptions) *capture.Trace {
	w := newWorld(t, seed, vnet.Shape{Delay: 12500 * time.Microsecond})
	x := w.Trace(o)
	smtp(t, w)
	x.Stop()
	return x
}

func TestRenderings(t *testing.T) {
	x := traced(t, 1, capture.TraceOptions{})
	for name, render := range map[string]func(w io.Writer) error{
		"dialogue.txt": func(w io.Writer) error { return x.Dialogue(w, capture.Filter{}, capture.DialogueOptions{}) },
		"narrow.txt": func(w io.Writer) error {
			return x.Dialogue(w, capture.Filter{Ports: []uint16{25}}, capture.DialogueOptions{Width: 40, Lines: 3, Times: true})
		},
		"diagram.txt":  func(w io.Writer) error { return x.Text(w, capture.Filter{}) },
		"diagram.svg":  func(w io.Writer) error { return x.SVG(w, capture.Filter{}) },
		"events.jsonl": func(w io.Writer) error { return x.JSON(w, capture.Filter{}) },
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, render) })
	}
}

// all shows a trace in every way.
func all(t testing.TB, x *capture.Trace, f capture.Filter) string {
	var b strings.Builder
	for _, name := range []string{"a.txt", "a.jsonl", "a.svg"} {
		if err := x.Save(&b, name, f); err != nil {
			t.Error(err)
		}
	}
	if err := x.Text(&b, f); err != nil {
		t.Error(err)
	}
	return b.String()
}

func TestSameTrace(t *testing.T) {
	first := all(t, traced(t, 1, capture.TraceOptions{}), capture.Filter{})
	for _, procs := range []int{1, 2, 2} {
		before := runtime.GOMAXPROCS(procs)
		again := all(t, traced(t, 1, capture.TraceOptions{}), capture.Filter{})
		runtime.GOMAXPROCS(before)
		if again != first {
			t.Errorf("GOMAXPROCS %d: another trace", procs)
		}
	}
	if all(t, traced(t, 2, capture.TraceOptions{}), capture.Filter{}) == first {
		t.Error("seeds 1 and 2 give the same trace")
	}
}

// TestForms checks what renderings promise of every line.
func TestForms(t *testing.T) {
	x := traced(t, 1, capture.TraceOptions{})
	var text, lines, svg bytes.Buffer
	x.Text(&text, capture.Filter{})
	for line := range strings.Lines(text.String()) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	x.JSON(&lines, capture.Filter{})
	for line := range strings.Lines(lines.String()) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil || o["op"] == "" || o["host"] == "" {
			t.Errorf("%v: %s", err, line)
		}
	}
	x.SVG(&svg, capture.Filter{})
	d := xml.NewDecoder(&svg)
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFilters(t *testing.T) {
	x := traced(t, 1, capture.TraceOptions{})
	total := len(x.Events(capture.Filter{}))
	for _, c := range []struct {
		name string
		f    capture.Filter
		ok   func(e *capture.Event) bool
	}{
		{"port", capture.Filter{Ports: []uint16{25}}, func(e *capture.Event) bool {
			return e.Op == stack.OpNote || e.Local.Port() == 25 || e.Remote.Port() == 25
		}},
		{"ports", capture.Filter{Ports: []uint16{7, 81}}, func(e *capture.Event) bool { return e.Local.Port() != 25 && e.Remote.Port() != 25 }},
		{"host", capture.Filter{Hosts: []string{"SERVER"}}, func(e *capture.Event) bool { return e.Op == stack.OpNote || e.Host == "server" || e.Peer == "server" }},
		{"hosts", capture.Filter{Hosts: []string{"client", "server"}}, func(e *capture.Event) bool { return true }},
		{"from", capture.Filter{From: 500 * time.Millisecond}, func(e *capture.Event) bool { return e.At >= 500*time.Millisecond }},
		{"to", capture.Filter{To: 100 * time.Millisecond}, func(e *capture.Event) bool { return e.At <= 100*time.Millisecond }},
	} {
		got := x.Events(c.f)
		if len(got) == 0 || len(got) == total && c.name != "hosts" {
			t.Errorf("%s: %d of %d events", c.name, len(got), total)
		}
		for _, e := range got {
			if !c.ok(&e) {
				t.Errorf("%s lets pass %+v", c.name, e)
			}
		}
		if recorded := traced(t, 1, capture.TraceOptions{Filter: c.f}); len(recorded.Events(capture.Filter{})) != len(got) {
			t.Errorf("%s: %d events recorded, %d shown", c.name, len(recorded.Events(capture.Filter{})), len(got))
		}
	}
	nobody := capture.Filter{Hosts: []string{"router"}, Ports: []uint16{1}, To: 1}
	if out := all(t, x, nobody); !strings.Contains(out, "nothing was recorded\n") || strings.Contains(out, "HELO") {
		t.Errorf("of nothing: %s", out)
	}
}

func TestTraceLimits(t *testing.T) {
	x := traced(t, 1, capture.TraceOptions{Events: 10, Bytes: 30})
	if n := len(x.Events(capture.Filter{})); n != 10 || x.Missing() == 0 {
		t.Errorf("%d events, %d missing", n, x.Missing())
	}
	kept := 0
	for _, e := range x.Events(capture.Filter{}) {
		kept += len(e.Data)
	}
	if kept != 30 {
		t.Errorf("%d bytes of data were kept, want 30", kept)
	}
	if n := strings.Count(all(t, x, capture.Filter{}), "missing") + strings.Count(all(t, x, capture.Filter{}), "more events were not kept"); n != 4 {
		t.Errorf("%d of 4 renderings tell of the limit", n)
	}
}

// TestTraceOfOne checks that a trace of one process has nothing of the others, and shows what it can.
func TestTraceOfOne(t *testing.T) {
	x := traced(t, 1, capture.TraceOptions{Only: func(s *stack.Stack) bool { return s.HostName() == "client" }})
	for _, e := range x.Events(capture.Filter{}) {
		if e.Host != "client" {
			t.Errorf("an event of %s: %+v", e.Host, e)
		}
	}
	var d, text strings.Builder
	x.Dialogue(&d, capture.Filter{Ports: []uint16{25}}, capture.DialogueOptions{})
	if want := "S: 220 hamburger.edu\nC: HELO crepes.fr\nS: 250 Hello crepes.fr, pleased to meet you\n"; !strings.HasPrefix(d.String(), want) {
		t.Errorf("dialogue:\n%s", d.String())
	}
	x.Text(&text, capture.Filter{Ports: []uint16{25}})
	if !strings.Contains(text.String(), "|<-- 220 hamburger.edu -") || strings.Contains(text.String(), "not read") {
		t.Errorf("diagram:\n%s", text.String())
	}
}

func TestTraceStops(t *testing.T) {
	w := newWorld(t, 1, wan)
	x := w.Trace(capture.TraceOptions{})
	w.run(t, func(st *stack.Stack) {
		st.Note("in")
		x.Stop()
		st.Note("out")
	})
	if got := x.Events(capture.Filter{}); len(got) != 1 || got[0].Text != "in" {
		t.Errorf("%+v", got)
	}
}

// TestManyHosts checks that a diagram with too many hosts for a terminal names them on each line.
func TestManyHosts(t *testing.T) {
	w := newWorld(t, 1, wan)
	x := w.Trace(capture.TraceOptions{})
	w.serve(t, ":6789", upper)
	for i := range 9 {
		h := w.host(t, fmt.Sprintf("host-with-a-long-name-%d", i))
		w.link(t, h.V, w.router, wan)
		st := h.NewStack("client")
		st.Go("client", func() {
			c, err := st.Dial("tcp4", "server:6789")
			if err != nil {
				t.Error(err)
				return
			}
			c.Write([]byte(strings.Repeat("hello ", 20)))
			c.Read(make([]byte, 1000))
			c.Close()
		})
	}
	w.run(t, func(st *stack.Stack) { st.Sleep(time.Second) })
	golden(t, "many.txt", func(out io.Writer) error { return x.Text(out, capture.Filter{}) })
	golden(t, "three.txt", func(out io.Writer) error {
		return x.Text(out, capture.Filter{Hosts: []string{"host-with-a-long-name-3", "server", "host-with-a-long-name-7"}})
	})
	for _, columns := range []int{1, 40, 60, 80, 132, 300} {
		var b strings.Builder
		if err := x.TextOf(&b, capture.Filter{}, columns); err != nil {
			t.Fatal(err)
		}
		widest := 0
		for line := range strings.Lines(b.String()) {
			widest = max(widest, capture.Columns(strings.TrimRight(line, "\n")))
		}
		if widest > max(columns, 40) || columns == 132 && widest <= 80 {
			t.Errorf("in %d columns the widest line has %d:\n%s", columns, widest, b.String())
		}
	}
}

func TestFormats(t *testing.T) {
	x := traced(t, 1, capture.TraceOptions{})
	for _, name := range []string{"a.png", "txt", ""} {
		var wrong *capture.FormatError
		if err := x.Save(io.Discard, name, capture.Filter{}); !errors.As(err, &wrong) || wrong.Code() != "invalid" || capture.CheckFormat(name) == nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"a.txt", "b/c.JSONL", "x.svg"} {
		if err := capture.CheckFormat(name); err != nil {
			t.Error(err)
		}
		if err := x.Save(&failing{10}, name, capture.Filter{}); !errors.Is(err, errFull) {
			t.Errorf("%s on a full disk: %v", name, err)
		}
	}
	if err := x.Text(&failing{10}, capture.Filter{}); !errors.Is(err, errFull) {
		t.Errorf("Text on a full disk: %v", err)
	}
}

// BenchmarkTrace measures an exchange of a line each way without a trace and with one.
func BenchmarkTrace(b *testing.B) {
	for _, on := range []bool{false, true} {
		b.Run(map[bool]string{false: "off", true: "on"}[on], func(b *testing.B) {
			e, err := engine.New(engine.Options{})
			if err != nil {
				b.Fatal(err)
			}
			w := &world{World: e}
			w.client, w.server = w.host(b, "client"), w.host(b, "server")
			w.link(b, w.client.V, w.server.V, vnet.Shape{})
			if on {
				w.Trace(capture.TraceOptions{})
			}
			w.serve(b, ":6789", upper)
			w.run(b, func(st *stack.Stack) {
				c, err := st.Dial("tcp4", "server:6789")
				if err != nil {
					b.Fatal(err)
				}
				line := []byte("hello, world\n")
				for b.Loop() {
					c.Write(line)
					c.Read(line)
				}
				c.Close()
			})
			e.Close()
		})
	}
}

// TestWideLetters folds a dialogue by columns, and draws a remark where an arrow is under way.
func TestWideLetters(t *testing.T) {
	w := newWorld(t, 1, wan)
	x := w.Trace(capture.TraceOptions{})
	w.serve(t, ":25", upper)
	w.run(t, func(st *stack.Stack) {
		c, err := st.Dial("tcp4", "server:25")
		if err != nil {
			t.Error(err)
			return
		}
		c.Write([]byte(strings.Repeat("日本e\u0301", 20) + "\n"))
		st.Note("under way")
		c.Read(make([]byte, 1000))
		c.Close()
	})
	var talk, picture strings.Builder
	if err := errors.Join(x.Dialogue(&talk, capture.Filter{}, capture.DialogueOptions{Width: 40}), x.SVG(&picture, capture.Filter{})); err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(talk.String()) {
		if n := capture.Columns(strings.TrimSuffix(l, "\n")); n > 40 || n < 10 {
			t.Errorf("%d columns: %s", n, l)
		}
	}
	if before, _, _ := strings.Cut(picture.String(), `class="arrow`); !strings.Contains(before, "under way") {
		t.Error("the remark hides what is under way")
	}
}
