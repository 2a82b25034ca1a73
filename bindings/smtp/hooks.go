package smtp

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// Hooks are a script's functions for the steps of a mail server's sessions.
type Hooks struct {
	tasks    *serve.Tasks
	function string // that has started the server, for messages
	on       map[smtp.Step]*lua.LFunction
}

// steps are the names that the option on may have.
func steps() []string {
	return []string{"connect", "command", "helo", "mail", "rcpt", "data", "message", "rset", "noop", "help", "vrfy", "expn", "auth", "starttls", "quit", "close"}
}

// NewHooks reads the option on of a function of Lua. Steps that do not exist are misuse.
func NewHooks(c *bind.Call, tasks *serve.Tasks, function string, on map[string]*lua.LFunction) *Hooks {
	h := &Hooks{tasks, function, map[smtp.Step]*lua.LFunction{}}
	names := steps()
	for _, name := range slices.Sorted(maps.Keys(on)) {
		if !slices.Contains(names, name) {
			c.Misuse("on", "want functions for the steps %s, got one for %q", strings.Join(names, ", "), name)
		}
		h.on[smtp.Step(name)] = on[name]
	}
	return h
}

// Held shows the functions to who counts what a server holds.
func (h *Hooks) Held(see func(lua.LValue)) {
	for _, fn := range h.on {
		see(fn)
	}
}

// Ask is the Hook of an smtp.Server: it calls the function for a step, if there is one.
func (h *Hooks) Ask(e smtp.Event) *smtp.Reply {
	fn := h.on[e.Step]
	if fn == nil {
		return nil
	}
	arg := lua.LValue(lua.LString(e.Arg))
	if e.Step == smtp.StepMessage {
		arg = lua.LString(e.Message)
	}
	results, err := h.tasks.Call(fn, h.envelope(e.Envelope), arg)
	return h.reply(string(e.Step), results, err, "550 5.7.1 Refused")
}

// reply reads what a function returned: nil to go on.
func (h *Hooks) reply(name string, results []lua.LValue, err error, refusal string) *smtp.Reply {
	if err != nil {
		return &smtp.Reply{Code: 421, Enhanced: "4.3.0", Lines: []string{"Internal error, closing connection"}}
	}
	text := ""
	switch first := value(results, 0).(type) {
	case lua.LBool:
		if first {
			return nil
		}
		text = refusal
	case lua.LString:
		text = string(first)
	case lua.LNumber:
		text = first.String()
	case *lua.LNilType:
		why, ok := value(results, 1).(lua.LString)
		if !ok {
			return nil
		}
		if r, err := smtp.ParseReply("451 4.3.0 " + string(why)); err == nil {
			return &r
		}
		text = "451 4.3.0 Not delivered"
	}
	r, err := smtp.ParseReply(text)
	if err != nil {
		h.tasks.Fail(fmt.Errorf("%s: the function %s returned no reply: %w", h.function, name, err))
		return &smtp.Reply{Code: 421, Enhanced: "4.3.0", Lines: []string{"Internal error, closing connection"}}
	}
	return &r
}

func value(results []lua.LValue, i int) lua.LValue {
	if i < len(results) {
		return results[i]
	}
	return lua.LNil
}

// envelope makes the table that functions get.
func (h *Hooks) envelope(e *smtp.Envelope) *lua.LTable {
	L := h.tasks.Process().L
	t := L.CreateTable(0, 12)
	to := L.CreateTable(len(e.To), 0)
	for _, address := range e.To {
		to.Append(lua.LString(address))
	}
	t.RawSetString("from", lua.LString(e.From))
	t.RawSetString("to", to)
	t.RawSetString("helo", lua.LString(e.Helo))
	t.RawSetString("protocol", lua.LString(e.Protocol()))
	t.RawSetString("address", lua.LString(e.Remote.Addr().String()))
	t.RawSetString("port", lua.LNumber(e.Remote.Port()))
	if e.User != "" {
		t.RawSetString("user", lua.LString(e.User))
	}
	t.RawSetString("tls", lua.LBool(e.Secure))
	t.RawSetString("body", lua.LString(e.Body))
	t.RawSetString("smtputf8", lua.LBool(e.UTF8))
	t.RawSetString("size", lua.LNumber(e.Size))
	return t
}
