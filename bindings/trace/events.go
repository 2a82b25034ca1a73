package trace

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// event is an event as a table; what does not apply is nil.
type event struct {
	At            time.Duration
	Host, Process string
	Op            string
	Transport     lua.LValue
	LocalAddress  lua.LValue
	RemoteAddress lua.LValue
	Peer          lua.LValue
	Conversation  lua.LValue
	Size          lua.LValue
	Data          lua.LValue
	Text          lua.LValue
	Received      lua.LValue
	Message       lua.LValue
	Code          lua.LValue
}

func (t *Trace) events(c *bind.Call, a choiceArgs) ([]event, error) {
	out := []event{}
	for _, e := range t.trace.Events(a.Options.filter(c)) {
		out = append(out, tableOf(&e))
	}
	return out, nil
}

func tableOf(e *capture.Event) event {
	r := event{At: e.At, Host: e.Host, Process: e.Process, Op: e.Op.String(), Transport: lua.LNil, LocalAddress: lua.LNil, RemoteAddress: lua.LNil,
		Peer: text(e.Peer), Conversation: lua.LNil, Size: lua.LNil, Data: lua.LNil, Text: text(e.Text), Received: lua.LNil,
		Message: text(e.Err), Code: text(e.Code)}
	if e.Transports() {
		r.Transport = lua.LString(e.Kind.String())
	}
	if e.Local.IsValid() {
		r.LocalAddress = lua.LString(e.Local.String())
	}
	if e.Remote.IsValid() {
		r.RemoteAddress = lua.LString(e.Remote.String())
	}
	if e.Conversation > 0 {
		r.Conversation = lua.LNumber(e.Conversation)
	}
	if e.Carries() {
		r.Size, r.Data = lua.LNumber(e.Size), lua.LString(e.Data)
	}
	if e.Op == stack.OpMessage {
		r.Received = lua.LBool(e.Received)
	}
	return r
}

// text returns s, or nil for none.
func text(s string) lua.LValue {
	if s == "" {
		return lua.LNil
	}
	return lua.LString(s)
}
