package rules

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/trace"
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/rules"
)

// bytesPerStep is how many bytes of a dialogue are read, or of a report written, for a unit of fuel.
const bytesPerStep = 8

// read takes a dialogue from Lua.
func read(c *bind.Call, v lua.LValue) rules.Dialogue {
	switch v := v.(type) {
	case lua.LString:
		c.Charge(len(v)/bytesPerStep + 1)
		d, err := rules.Parse(string(v))
		if err != nil {
			c.Misuse("dialogue", "%s", err)
		}
		return d
	case *lua.LTable:
		var d rules.Dialogue
		n := v.Len()
		c.Charge(10 * n)
		for i := 1; i <= n; i++ {
			d = append(d, turn(c, i, v.RawGetInt(i)))
		}
		return d
	}
	c.Misuse("dialogue", "want a text with lines such as \"C: QUIT\", or a list of turns, got %s", c.Describe(v))
	return nil
}

// turn takes one turn.
func turn(c *bind.Call, i int, v lua.LValue) rules.Turn {
	t, ok := v.(*lua.LTable)
	if !ok {
		c.Misuse("dialogue", "want a table at [%d], got %s", i, c.Describe(v))
	}
	var out rules.Turn
	switch from := t.RawGetString("from"); from {
	case lua.LString("client"):
	case lua.LString("server"):
		out.From = rules.Server
	default:
		c.Misuse("dialogue", "want \"client\" or \"server\" as [%d].from, got %s", i, c.Describe(from))
	}
	switch data := t.RawGetString("data").(type) {
	case lua.LString:
		c.Charge(len(data) / bytesPerStep)
		out.Data = []byte(data)
	case *lua.LNilType:
	default:
		c.Misuse("dialogue", "want text as [%d].data, got %s", i, c.Describe(data))
	}
	if at, ok := t.RawGetString("at").(lua.LNumber); ok && at >= 0 && at < 1e9 {
		out.At = time.Duration(float64(at) * float64(time.Second))
	}
	out.Closed = lua.LVAsBool(t.RawGetString("closed"))
	return out
}

type dialoguesArgs struct {
	Trace   *trace.Trace `doc:"the trace"`
	Options struct {
		Ports []int `doc:"only conversations of which either end has one of these ports" default:"nil"`
	} `doc:"which"`
}

// Conversation is a dialogue of a trace as scripts see it, but for the turns, which are its elements.
type conversation struct {
	Client     string
	Server     string
	ClientPort int
	ServerPort int
	Transport  string
}

// A turnTable is a turn as scripts see it.
type turnTable struct {
	From   string
	At     time.Duration
	Data   *string
	Closed *bool
}

func dialogues(c *bind.Call, a dialoguesArgs) (*lua.LTable, error) {
	found, err := rules.Record(a.Trace.Recorded(), func(conv capture.Conversation) bool {
		return wanted(a.Options.Ports, int(conv.Client.Port), int(conv.Server.Port))
	})
	if err != nil {
		return nil, err
	}
	out := c.L.NewTable()
	for _, r := range found {
		conv := r.Conversation
		list := c.Value(conversation{conv.Client.Host, conv.Server.Host, int(conv.Client.Port), int(conv.Server.Port), conv.Kind.String()}).(*lua.LTable)
		c.Charge(10 + 10*len(r.Dialogue))
		for _, turn := range r.Dialogue {
			c.Charge(len(turn.Data) / bytesPerStep)
			x := turnTable{From: turn.From.String(), At: turn.At}
			if data := string(turn.Data); data != "" {
				x.Data = &data
			}
			if turn.Closed {
				x.Closed = &turn.Closed
			}
			list.Append(c.Value(x))
		}
		out.Append(list)
	}
	return out, nil
}

func wanted(ports []int, client, server int) bool {
	for _, p := range ports {
		if p == client || p == server {
			return true
		}
	}
	return len(ports) == 0
}
