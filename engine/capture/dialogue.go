package capture

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// DialogueOptions say how a dialogue is written. The zero value is a good one.
type DialogueOptions struct {
	Width int  // columns, at which long lines are folded; 0 means 80
	Lines int  // of what one side says at once, at most so many; 0 means 20, less than 0 all
	Times bool // the instant at which each line was sent, in seconds, in front
}

const (
	defaultWidth = 80
	defaultLines = 20
	hexPerLine   = 16
)

// Dialogue writes what was said in each conversation that passes the filter as the slides do: C: is the client, which connected or
// spoke first, S: the server. Streams are split at line ends, datagrams stand on lines of their own; what is no text is shown in
// hexadecimal, or as what its protocol says of it. Conversations follow one another in the order of their beginning; if there is more than one, each
// has a heading.
func (t *Trace) Dialogue(w io.Writer, f Filter, o DialogueOptions) error {
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	if o.Lines == 0 {
		o.Lines = defaultLines
	}
	spoken := make([][]int, len(t.convs))
	count := 0
	for i := range t.events {
		e := &t.events[i]
		if e.Conversation > 0 && (e.Carries() || e.Op == stack.OpMessage) && f.passes(e) {
			if spoken[e.Conversation-1] == nil {
				count++
			}
			spoken[e.Conversation-1] = append(spoken[e.Conversation-1], i)
		}
	}
	var out bytes.Buffer
	for n, events := range spoken {
		if events == nil {
			continue
		}
		if count > 1 {
			if out.Len() > 0 {
				out.WriteString("\n")
			}
			c := t.convs[n]
			fmt.Fprintf(&out, "# %s:%d -> %s:%d, %s\n", c.Client.Host, c.Client.Port, c.Server.Host, c.Server.Port, c.Kind)
		}
		d := &dialogue{t: t, opt: o, conv: t.convs[n], out: &out}
		d.run(events)
	}
	if t.missing > 0 {
		fmt.Fprintf(&out, "# %d more events were not kept: the limit of the trace was reached\n", t.missing)
	}
	_, err := out.WriteTo(w)
	return err
}

// A dialogue is one conversation being written.
type dialogue struct {
	t      *Trace
	opt    DialogueOptions
	conv   Conversation
	out    *bytes.Buffer
	sides  [2]side // client, server
	saying int     // which of them has said the last line
	said   int     // lines in a row
	hidden int     // of these, not shown
}

// A side is what one end has said and what was heard of it.
type side struct {
	tells       bool   // its sends were recorded, or else the other's receives are what there is
	partial     []byte // of a line
	since       int    // the event of its first byte
	sent, heard int    // bytes
	message     string // what the bytes to come are
}

func (d *dialogue) run(events []int) {
	for _, i := range events {
		if e := &d.t.events[i]; e.Op == stack.OpSend {
			d.sides[d.speaker(e)].tells = true
		}
	}
	d.saying = -1
	for _, i := range events {
		d.take(i, &d.t.events[i])
	}
	first := 0
	if d.sides[1].partial != nil && d.sides[0].partial != nil && d.sides[1].since < d.sides[0].since {
		first = 1
	}
	d.complete(first)
	d.complete(1 - first)
	d.turn(-1)
}

// speaker returns the side from which the data or message of an event comes.
func (d *dialogue) speaker(e *Event) int {
	who := 1
	if d.conv.Client == (End{e.Host, e.Local.Port()}) {
		who = 0
	}
	if e.Op == stack.OpReceive || e.Received {
		who = 1 - who
	}
	return who
}

func (d *dialogue) take(i int, e *Event) {
	who := d.speaker(e)
	s, other := &d.sides[who], &d.sides[1-who]
	switch {
	case e.Op == stack.OpMessage:
		if s.tells != e.Received {
			d.complete(who)
			s.message = e.Text
			if e.Received {
				d.line(who, i, "["+escape(e.Text)+"]")
			}
		}
		return
	case e.Op == stack.OpReceive && s.tells:
		s.heard += e.Size
		return
	}
	s.sent += e.Size
	if other.partial != nil && other.heard >= other.sent && other.tells {
		d.complete(1 - who) // an answer to a line without an end, such as a prompt
	}
	if s.message != "" {
		d.line(who, i, "["+escape(s.message)+"]")
		s.message = ""
		return
	}
	d.say(who, i, e)
}

// say adds data to what a side says.
func (d *dialogue) say(who, i int, e *Event) {
	s := &d.sides[who]
	data := e.Data
	if s.partial == nil {
		s.since = i
	}
	switch {
	case len(data) < e.Size:
		d.complete(who)
		d.line(who, i, fmt.Sprintf("(%s, %s kept)", bytesOf(e.Size), bytesOf(len(data))))
		return
	case e.Kind == stack.UDP:
		s.partial = append([]byte{}, data...)
		d.complete(who)
		return
	}
	for {
		line, rest, ended := bytes.Cut(data, []byte("\n"))
		s.partial = append(s.partial, line...)
		if s.partial == nil && ended {
			s.partial = []byte{}
		}
		if !ended {
			return
		}
		d.complete(who)
		s.since, data = i, rest
		if len(data) == 0 {
			return
		}
	}
}

// complete writes what a side has begun to say.
func (d *dialogue) complete(who int) {
	s := &d.sides[who]
	if s.partial == nil {
		return
	}
	line := bytes.TrimSuffix(s.partial, []byte("\r"))
	s.partial = nil
	if isText(line) {
		lines := strings.Split(strings.TrimSuffix(string(line), "\n"), "\n")
		for _, l := range lines {
			d.line(who, s.since, escape(strings.TrimSuffix(l, "\r")))
		}
		return
	}
	d.line(who, s.since, fmt.Sprintf("(%s, not text)", bytesOf(len(line))))
	n := hexPerLine
	for n > 1 && len("0000  ")+3*n-1 > d.room(d.prefix(who, s.since)) {
		n /= 2
	}
	for at := 0; at < len(line); at += n {
		d.line(who, s.since, fmt.Sprintf("%04x  % x", at, line[at:min(at+n, len(line))]))
	}
}

// turn ends what was said in a row.
func (d *dialogue) turn(who int) {
	if d.hidden > 0 {
		lines := "lines"
		if d.hidden == 1 {
			lines = "line"
		}
		fmt.Fprintf(d.out, "%s… (%d more %s)\n", d.prefix(d.saying, -1), d.hidden, lines)
	}
	d.saying, d.said, d.hidden = who, 0, 0
}

func (d *dialogue) prefix(who, event int) string {
	p := map[int]string{0: "C: ", 1: "S: "}[who]
	if !d.opt.Times {
		return p
	}
	at := ""
	if event >= 0 {
		at = seconds(d.t.events[event].At)
	}
	return fmt.Sprintf("%10s %s", at, p)
}

// room returns how many columns a prefix leaves.
func (d *dialogue) room(prefix string) int { return max(d.opt.Width-utf8.RuneCountInString(prefix), 8) }

// line writes one line of a side, folded at the width.
func (d *dialogue) line(who, event int, text string) {
	if who != d.saying {
		d.turn(who)
	}
	if d.said++; d.opt.Lines > 0 && d.said > d.opt.Lines {
		d.hidden++
		return
	}
	prefix := d.prefix(who, event)
	room := d.room(prefix)
	for first := true; first || text != ""; first = false {
		piece := text[:fitting(text, room)]
		text = text[len(piece):]
		d.out.WriteString(strings.TrimRight(prefix+piece, " ") + "\n")
		prefix = strings.Repeat(" ", utf8.RuneCountInString(prefix))
	}
}

// fitting returns how many bytes of printable text fit into so many columns, two or more.
func fitting(text string, columns int) int {
	if len(text) <= columns {
		return len(text)
	}
	for i, r := range text {
		if columns -= columnsOf(r); columns < 0 {
			return i
		}
	}
	return len(text)
}
