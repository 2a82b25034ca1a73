package capture

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A fate is what became of something sent.
type fate uint8

const (
	unseen  fate = iota // nobody looked at the other end
	arrived             // it was taken there
	lost                // the other end was looked at, and it was not taken
)

// An item is what a diagram shows: an arrow from one lane to another, a mark on a lane, or a remark across all.
type item struct {
	from, to   string // lanes; to is "" for a mark, both are for a remark
	send, recv int    // the events at the two ends; -1 for none
	fate       fate
	label      string
	data       bool // label is what was sent, not what was done
	control    bool // an arrow that carries no data, such as the one of connecting
	gone       bool // shown by another item
}

// mostUnderWay is among how many datagrams of a sender the one that was received is looked for.
const mostUnderWay = 1000

// A direction is one way of a conversation.
type direction struct {
	conversation int
	from         End
}

// A stream is what was sent in one direction and not yet read at the other end.
type stream struct {
	waiting      []waiting
	sent, read   int
	closing      int // the item that closes it, plus 1
	message      int // the item of a message about to be sent, plus 1
	lastReceived int // the item made of the last receive, plus 1
}

type waiting struct {
	until int // the offset of its last byte, plus 1
	item  int
}

// A story turns events into items.
type story struct {
	t        *Trace
	items    []item
	streams  map[direction]*stream
	connects map[int]int              // item of a conversation's connect, plus 1
	grams    map[End]map[uint16][]int // items of datagrams by sender and destination port
	inside   map[End]bool             // servers of conversations within one host
	acting   map[string]bool          // hosts that do something in the trace
}

// A picture is what a diagram shows.
type picture struct {
	items   []item          // in the order of the events at their first ends
	lanes   []string        // from left to right
	at      []time.Duration // when an event was
	missing int             // events that a limit kept out
}

// tell returns the items that pass the filter.
func (t *Trace) tell(f *Filter) picture {
	p := picture{missing: t.missing}
	s := &story{t: t, streams: map[direction]*stream{}, connects: map[int]int{}, grams: map[End]map[uint16][]int{},
		inside: map[End]bool{}, acting: map[string]bool{}}
	for _, c := range t.convs {
		if c.Client.Host == c.Server.Host {
			s.inside[c.Server] = true
		}
	}
	for i := range t.events {
		s.acting[t.events[i].Host] = true
		s.take(i, &t.events[i])
		p.at = append(p.at, t.events[i].At)
	}
	for _, x := range s.items {
		first := x.send
		if first < 0 {
			first = x.recv
		}
		if !x.gone && f.passes(&t.events[first]) {
			x = s.settle(x)
			x.control = !t.events[first].Carries()
			p.items = append(p.items, x)
		}
	}
	p.lanes = s.lanes(p.items, f)
	return p
}

// settle decides what became of an arrow without a known end.
func (s *story) settle(x item) item {
	if x.to == "" || x.fate != unseen {
		return x
	}
	e := &s.t.events[x.send]
	switch {
	case !s.acting[e.Peer], s.t.open(e.Peer, e):
	case e.Op == stack.OpClose || e.Op == stack.OpShutdown:
		x.to = "" // the other end did not wait for it
	default:
		x.fate = lost
		if e.Kind == stack.TCP && e.Op == stack.OpSend {
			x.label += " (not read)"
		}
	}
	return x
}

// open reports whether the socket of a host to which e was sent was open before the trace began.
func (t *Trace) open(host string, e *Event) bool {
	return slices.ContainsFunc(t.opt.Before[host], func(s stack.SocketInfo) bool {
		if s.Kind == stack.UDP {
			return e.Kind == stack.UDP && s.Local.Port() == e.Remote.Port()
		}
		return s.Kind == e.Kind && s.Local == e.Remote && s.Remote == e.Local
	})
}

func (s *story) take(i int, e *Event) {
	switch e.Op {
	case stack.OpSend:
		s.send(i, e)
	case stack.OpReceive:
		s.receive(i, e)
	case stack.OpConnect:
		s.connects[e.Conversation] = s.arrow(i, e, fmt.Sprintf("connect :%d", e.Remote.Port())) + 1
	case stack.OpAccept:
		s.accept(i, e)
	case stack.OpFailed:
		if at := s.connects[e.Conversation] - 1; at >= 0 && s.items[at].fate == unseen {
			s.items[at].fate = lost
		}
		s.mark(i, e, e.Err)
	case stack.OpShutdown, stack.OpClose:
		s.close(i, e)
	case stack.OpEnd:
		if x := s.other(e); x.closing > 0 {
			s.arrive(x.closing-1, i)
		}
	case stack.OpMessage:
		s.message(i, e)
	default:
		s.remark(i, e)
	}
}

// remark takes what concerns one host or none.
func (s *story) remark(i int, e *Event) {
	switch e.Op {
	case stack.OpListen:
		s.mark(i, e, fmt.Sprintf("listen :%d", e.Local.Port()))
	case stack.OpConnected:
		s.mark(i, e, "connected")
	case stack.OpLookup:
		text := "lookup " + e.Text
		if e.Err != "" {
			text += ": " + strings.TrimPrefix(e.Err, "lookup "+e.Text+": ")
		}
		s.mark(i, e, text)
	case stack.OpNote:
		s.items = append(s.items, item{send: i, recv: -1, label: escape(e.Text)})
	}
}

// stream returns what the host of an event sends in its conversation, other what it receives.
func (s *story) stream(e *Event) *stream {
	return s.way(direction{e.Conversation, End{e.Host, e.Local.Port()}})
}

func (s *story) other(e *Event) *stream {
	return s.way(direction{e.Conversation, End{e.Peer, e.Remote.Port()}})
}

func (s *story) way(d direction) *stream {
	if s.streams[d] == nil {
		s.streams[d] = &stream{}
	}
	return s.streams[d]
}

// lane returns where a diagram shows an end: its host, but the server of a conversation within one host has a lane of its own.
func (s *story) lane(end End) string {
	if s.inside[end] {
		return fmt.Sprintf("%s:%d", end.Host, end.Port)
	}
	return end.Host
}

// here and there are the lanes of an event's two ends.
func (s *story) here(e *Event) string { return s.lane(End{e.Host, e.Local.Port()}) }

func (s *story) there(e *Event) string { return s.lane(End{e.Peer, e.Remote.Port()}) }

func (s *story) arrow(i int, e *Event, label string) int {
	s.items = append(s.items, item{from: s.here(e), to: s.there(e), send: i, recv: -1, label: label})
	return len(s.items) - 1
}

func (s *story) mark(i int, e *Event, label string) int {
	s.items = append(s.items, item{from: s.here(e), send: i, recv: -1, label: label})
	return len(s.items) - 1
}

func (s *story) arrive(at, i int) {
	if s.items[at].recv < 0 {
		s.items[at].recv, s.items[at].fate = i, arrived
	}
}

// seenOnly makes the arrow of something of which only the end was recorded.
func (s *story) seenOnly(i int, e *Event, label string) int {
	s.items = append(s.items, item{from: s.there(e), to: s.here(e), send: -1, recv: i,
		fate: arrived, label: label})
	return len(s.items) - 1
}

func (s *story) accept(i int, e *Event) {
	if at := s.connects[e.Conversation] - 1; at >= 0 {
		s.arrive(at, i)
		return
	}
	s.seenOnly(i, e, fmt.Sprintf("connect :%d", e.Local.Port()))
}

func (s *story) send(i int, e *Event) {
	x := s.stream(e)
	at := s.arrow(i, e, label(e.Data, e.Size))
	s.items[at].data = true
	if m := x.message - 1; m >= 0 && s.t.events[s.items[m].send].At == e.At {
		s.items[at].label, s.items[m].gone = s.items[m].label, true
	}
	x.message = 0
	if e.Kind == stack.UDP {
		from := End{e.Host, e.Local.Port()}
		if s.grams[from] == nil {
			s.grams[from] = map[uint16][]int{}
		}
		recent := append(s.grams[from][e.Remote.Port()], at)
		s.grams[from][e.Remote.Port()] = recent[max(0, len(recent)-mostUnderWay):]
		return
	}
	x.sent += e.Size
	x.waiting = append(x.waiting, waiting{x.sent, at})
}

func (s *story) receive(i int, e *Event) {
	x := s.other(e)
	x.lastReceived = 0
	switch {
	case e.Kind == stack.UDP && s.datagram(i, e):
	case e.Kind == stack.TCP && x.sent > 0:
		x.read += e.Size
		for len(x.waiting) > 0 && x.waiting[0].until <= x.read {
			s.arrive(x.waiting[0].item, i)
			x.waiting = x.waiting[1:]
		}
	default:
		at := s.seenOnly(i, e, label(e.Data, e.Size))
		s.items[at].data = true
		x.lastReceived = at + 1
	}
}

// datagram finds the datagram that was received among those sent. One may arrive twice, or at many hosts.
func (s *story) datagram(i int, e *Event) bool {
	all := s.grams[End{e.Peer, e.Remote.Port()}][e.Local.Port()]
	twin := -1
	for _, at := range all {
		sent := &s.t.events[s.items[at].send]
		if sent.Size != e.Size || !bytes.Equal(sent.Data, e.Data) {
			continue
		}
		if s.items[at].recv < 0 {
			s.items[at].to = s.here(e)
			s.arrive(at, i)
			return true
		}
		twin = at
	}
	if twin < 0 {
		return false
	}
	again := s.items[twin]
	again.to, again.recv = s.here(e), i
	s.items = append(s.items, again)
	return true
}

func (s *story) close(i int, e *Event) {
	if e.Conversation == 0 || e.Kind == stack.UDP {
		return
	}
	x := s.stream(e)
	what := "close"
	if e.Op == stack.OpShutdown {
		what = "end of data"
	}
	if x.closing > 0 {
		s.mark(i, e, what)
		return
	}
	x.closing = s.arrow(i, e, what) + 1
}

func (s *story) message(i int, e *Event) {
	if !e.Received {
		s.stream(e).message = s.mark(i, e, escape(e.Text)) + 1
		return
	}
	x := s.other(e)
	switch at := x.lastReceived - 1; {
	case at >= 0:
		s.items[at].label = escape(e.Text)
	case !s.acting[e.Peer]:
		s.mark(i, e, escape(e.Text))
	}
}

// lanes puts the lanes of a diagram in order: the hosts that the filter names, then clients before their servers.
func (s *story) lanes(items []item, f *Filter) []string {
	used := map[string]bool{}
	for _, x := range items {
		used[x.from], used[x.to] = true, true
	}
	var out []string
	add := func(name string) {
		if name != "" && used[name] && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if len(f.Hosts) > 1 {
		for _, h := range f.Hosts {
			for _, x := range items {
				for _, name := range []string{x.from, x.to} {
					if strings.EqualFold(name, h) {
						add(name)
					}
				}
			}
		}
	}
	for _, x := range items {
		if x.to == "" {
			continue
		}
		e := max(x.send, x.recv)
		if n := s.t.events[e].Conversation; n > 0 {
			add(s.lane(s.t.convs[n-1].Client))
		}
		add(x.from)
		add(x.to)
	}
	for _, x := range items {
		add(x.from)
	}
	return out
}
