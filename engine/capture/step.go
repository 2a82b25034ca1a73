package capture

import (
	"cmp"
	"io"
	"slices"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Step is one line of a sequence diagram: what a host says to another, what it does alone, or a remark. It is what is left of a
// Trace when that has to leave the process.
type Step struct {
	At    time.Duration `json:"at"`             // since the world's clock started
	Until time.Duration `json:"until"`          // of an arrow: when it was taken at To; less than At if nobody saw that
	From  string        `json:"from,omitempty"` // the host, or host:port; "" for a remark about all
	To    string        `json:"to,omitempty"`   // "" for what From does alone
	Kind  string        `json:"kind"`           // "connect", "send", "datagram", "close", …
	Text  string        `json:"text"`           // on one line, printable
	Lost  bool          `json:"lost,omitempty"` // an arrow that was never taken
}

// The kinds of steps that carry data.
const (
	kindSend     = "send"
	kindDatagram = "datagram"
)

const mostLanes = 16 // of a diagram made from steps

// Steps returns the steps that pass the filter, in order: the lines of the diagrams that SVG and Text draw.
func (t *Trace) Steps(f Filter) []Step {
	p := t.tell(&f)
	out := make([]Step, 0, len(p.items))
	for _, x := range p.items {
		first := x.send
		if first < 0 {
			first = x.recv
		}
		e := &t.events[first]
		s := Step{At: e.At, Until: -1, From: x.from, To: x.to, Kind: e.Op.String(), Text: x.label, Lost: x.fate == lost}
		switch {
		case e.Carries() && e.Kind == stack.UDP:
			s.Kind = kindDatagram
		case e.Carries():
			s.Kind = kindSend
		case e.Op == stack.OpAccept:
			s.Kind = stack.OpConnect.String()
		}
		if x.recv >= 0 {
			s.Until = t.events[x.recv].At
		}
		out = append(out, s)
	}
	return out
}

// An end is where a step begins or is taken.
type end struct {
	at    time.Duration
	step  int
	taken bool
}

// pictureOf puts steps together again. Steps may come from anywhere: what cannot be drawn is escaped or left out and counted.
func pictureOf(steps []Step) picture {
	p := picture{}
	lane := func(name string) (string, bool) {
		name = bounded(name)
		if name != "" && !slices.Contains(p.lanes, name) && len(p.lanes) < mostLanes {
			p.lanes = append(p.lanes, name)
		}
		return name, name == "" || slices.Contains(p.lanes, name)
	}
	for _, s := range steps { // who talks before who does not, as Trace.Text has it
		if s.From != "" && s.To != "" {
			lane(s.From)
			lane(s.To)
		}
	}
	var ends []end
	for _, s := range steps {
		from, ok1 := lane(s.From)
		to, ok2 := lane(s.To)
		if !ok1 || !ok2 || from == "" && to != "" {
			p.missing++
			continue
		}
		x := item{from: from, to: to, send: -1, recv: -1, label: bounded(s.Text), control: s.Kind != kindSend && s.Kind != kindDatagram}
		ends = append(ends, end{s.At, len(p.items), false})
		switch {
		case to == "" || s.Until < s.At && !s.Lost:
		case s.Lost:
			x.fate = lost
		default:
			x.fate = arrived
			ends = append(ends, end{s.Until, len(p.items), true})
		}
		p.items = append(p.items, x)
	}
	slices.SortStableFunc(ends, func(a, b end) int { return cmp.Compare(a.at, b.at) })
	for i, e := range ends {
		p.at = append(p.at, e.at)
		if e.taken {
			p.items[e.step].recv = i
		} else {
			p.items[e.step].send = i
		}
	}
	return p
}

const mostLetters = 400 // of a name or text that is drawn

// bounded escapes a text that no diagram has room for if it is long.
func bounded(s string) string {
	if len(s) > mostLetters {
		s = s[:mostLetters] + "…"
	}
	return escape(s)
}

// DrawSteps writes a sequence diagram as SVG to stand in a page of HTML: narrower than that of Trace.SVG, and without colours of its
// own. The page gives those by the classes host, time, box, life, arrow, control, lost, what, act, note and dot.
func DrawSteps(w io.Writer, steps []Step) error {
	d := &drawing{picture: pictureOf(steps), sizes: ofPage()}
	d.draw()
	_, err := d.out.WriteTo(w)
	return err
}

// WriteSteps writes a sequence diagram for a terminal of 80 columns; see Trace.Text.
func WriteSteps(w io.Writer, steps []Step) error {
	_, err := io.WriteString(w, newPage(pictureOf(steps), textWidth).draw())
	return err
}

// Escape shows text on one line: control characters, characters without a picture, and bytes that are no UTF-8 as in Lua and Go.
func Escape(s string) string { return escape(s) }
