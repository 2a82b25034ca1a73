package capture

import (
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// TraceOptions say what a trace keeps. The zero value keeps everything, up to the default limits.
type TraceOptions struct {
	Filter
	Only   func(*stack.Stack) bool                // the processes it is about; nil means all
	Names  func(from string, a netip.Addr) string // whose an address is as host from sees it; "" for nobody's; nil knows none
	Events int                                    // at most so many; 0 means 100,000
	Bytes  int                                    // of data, at most so many; 0 means 16 MiB

	// Before are the sockets that are open already, by host. What is done with them is not seen, so that nothing sent to them counts as lost.
	Before map[string][]stack.SocketInfo
}

const (
	defaultEvents = 100_000
	defaultBytes  = 16 << 20
)

// An Event is one step of a process.
type Event struct {
	At            time.Duration // since the world's clock started
	Op            stack.Op
	Host, Process string
	Kind          stack.Kind
	Local, Remote netip.AddrPort
	Peer          string // the host at Remote; the address if it is none of the world's; "" without Remote
	Conversation  int    // what belongs together: the number of the connection, or of the pair of UDP ports; 0 for none
	Size          int    // of the data that was sent or received, in bytes
	Data          []byte // the data, or as much of it as the limit left room for
	Text          string // what was looked up, a protocol's message, a note
	Received      bool   // of a message: it came in
	Err           string
	Code          string // of Err, as package stack has them
}

// A Trace is an ordered record of what processes did.
type Trace struct {
	sched   *sim.Scheduler
	opt     TraceOptions
	events  []Event
	convs   []Conversation
	active  map[pair]int // conversation by its ends
	room    int          // bytes of data that may still be kept
	missing int          // events that the limit kept out
	stop    func()
}

// A Conversation is a TCP connection, or what two UDP ports say to each other.
type Conversation struct {
	Kind           stack.Kind
	Client, Server End // who connected, or sent first; and the other
	accepted       bool
}

// An End is one end of a conversation.
type End struct {
	Host string
	Port uint16
}

type pair struct {
	kind stack.Kind
	a, b End
}

// Record starts a trace of the processes that w watches.
func Record(s *sim.Scheduler, w *stack.Watch, o TraceOptions) *Trace {
	if o.Events <= 0 {
		o.Events = defaultEvents
	}
	if o.Bytes <= 0 {
		o.Bytes = defaultBytes
	}
	t := &Trace{sched: s, opt: o, active: map[pair]int{}, room: o.Bytes}
	t.stop = w.Observe(t.see)
	return t
}

// Stop ends the trace. What it has kept stays.
func (t *Trace) Stop() { t.stop() }

// Missing returns how many events came after the limit was reached and were not kept.
func (t *Trace) Missing() int { return t.missing }

// Events returns the events that pass the filter, in order.
func (t *Trace) Events(f Filter) []Event {
	out := []Event{}
	for i := range t.events {
		if f.passes(&t.events[i]) {
			out = append(out, t.events[i])
		}
	}
	return out
}

// Conversations returns how many conversations there are; their numbers begin with 1.
func (t *Trace) Conversations() int { return len(t.convs) }

// Conversation returns the conversation of a number that an event has.
func (t *Trace) Conversation(number int) Conversation { return t.convs[number-1] }

func (t *Trace) see(x stack.Event) {
	if t.opt.Only != nil && !t.opt.Only(x.Process) {
		return
	}
	e := Event{At: t.sched.Elapsed(), Op: x.Op, Host: x.Process.HostName(), Process: x.Process.ProcessName(), Kind: x.Kind,
		Local: plain(x.Local), Remote: plain(x.Remote), Size: len(x.Data), Text: x.Text, Received: x.Received}
	if e.Remote.IsValid() {
		e.Peer = t.host(e.Host, e.Remote.Addr())
	}
	if x.Op == stack.OpLookup {
		e.Text += answer(x.Addrs)
	}
	if x.Err != nil {
		e.Err, e.Code = reason(x.Err), stack.Code(x.Err)
	}
	if !t.opt.passes(&e) {
		return
	}
	if len(t.events) >= t.opt.Events {
		t.missing++
		return
	}
	if n := min(len(x.Data), t.room); n > 0 {
		t.room -= n
		e.Data = slices.Clone(x.Data[:n])
	}
	if e.Peer != "" && e.Op < stack.OpLookup || e.Op == stack.OpMessage {
		e.Conversation = t.converse(&e)
	}
	t.events = append(t.events, e)
}

// host returns the name of the host that has an address.
func (t *Trace) host(from string, a netip.Addr) string {
	if a.IsLoopback() {
		return from
	}
	if t.opt.Names != nil {
		if name := t.opt.Names(from, a); name != "" {
			return name
		}
	}
	return a.String()
}

// converse returns the number of the conversation that an event belongs to, a new one if need be.
func (t *Trace) converse(e *Event) int {
	here, there := End{e.Host, e.Local.Port()}, End{e.Peer, e.Remote.Port()}
	key := pair{e.Kind, here, there}
	if there.Host < here.Host || there.Host == here.Host && there.Port < here.Port {
		key = pair{e.Kind, there, here}
	}
	n := t.active[key]
	fresh := n == 0 || e.Op == stack.OpConnect || e.Op == stack.OpAccept && t.convs[n-1].accepted
	if fresh {
		c := Conversation{Kind: e.Kind, Client: here, Server: there}
		if e.Op == stack.OpAccept || e.Op == stack.OpReceive || e.Received {
			c.Client, c.Server = there, here
		}
		t.convs = append(t.convs, c)
		n = len(t.convs)
		t.active[key] = n
	}
	if e.Op == stack.OpAccept {
		t.convs[n-1].accepted = true
	}
	return n
}

func plain(a netip.AddrPort) netip.AddrPort {
	if !a.IsValid() {
		return a
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// answer shows the addresses that a look-up found.
func answer(addrs []netip.Addr) string {
	if len(addrs) == 0 {
		return ""
	}
	var texts []string
	for _, a := range addrs {
		texts = append(texts, a.String())
	}
	return " = " + strings.Join(texts, ", ")
}

// reason returns the words of an error without what was to be done.
func reason(err error) string {
	var no stack.Errno
	switch {
	case errors.As(err, &no):
		return no.Error()
	case err == io.EOF:
		return "end of stream"
	}
	return err.Error()
}

// Transports reports whether the event is one of a socket, so that Kind counts.
func (e *Event) Transports() bool {
	return e.Op < stack.OpLookup || e.Local.IsValid() || e.Remote.IsValid()
}

// Carries reports whether the event is one of data, so that Size counts.
func (e *Event) Carries() bool { return e.Op == stack.OpSend || e.Op == stack.OpReceive }
