package rules

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Turn is what one side says at once: a piece of a stream, cut anywhere, or one datagram.
type Turn struct {
	From   Side
	Data   []byte
	At     time.Duration // on the world's clock; 0 if that is unknown
	Closed bool          // the side has nothing more to say: it closes its connection behind Data
	Broken bool          // the connection broke behind Data: neither side has closed it
}

// A Dialogue is turns in the order in which the client saw them.
type Dialogue []Turn

// Parse reads a dialogue as people write it: lines that begin with "C:" or "S:" and a blank. Each stands for a line with the end CR LF; an empty
// line, and one that begins with "#", says nothing. "C (closes)" and "S (closes)" are the ends. The error names a line that is none of these.
func Parse(text string) (Dialogue, error) {
	var d Dialogue
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		who, said, ok := strings.Cut(line, ":")
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "" || strings.HasPrefix(trimmed, "#"):
			continue
		case trimmed == "C (closes)" || trimmed == "S (closes)":
			d = append(d, Turn{From: sideOf(trimmed[:1]), Closed: true})
			continue
		}
		who = strings.TrimSpace(who)
		if !ok || who != "C" && who != "S" {
			return nil, fmt.Errorf(`rules: dialogue: line %d begins neither with "C:" nor with "S:": %.60q`, i+1, line)
		}
		d = append(d, Turn{From: sideOf(who), Data: []byte(strings.TrimPrefix(said, " ") + "\r\n")})
	}
	return d, nil
}

func sideOf(who string) Side {
	if who == "S" {
		return Server
	}
	return Client
}

// A Recorded conversation is one of a trace.
type Recorded struct {
	Number int // in the trace
	capture.Conversation
	Dialogue Dialogue
}

// Record takes the conversations that are wanted out of a trace, in order. What the client sends counts from when it sent it, what the server sends from when the
// client read it, so that they show what the client could know; what the client never read comes last. If only the server is in the trace, it
// is told as the server saw it. The error is a *KeptError.
func Record(t *capture.Trace, wanted func(capture.Conversation) bool) ([]Recorded, error) {
	events := make([][]capture.Event, t.Conversations())
	var list []Recorded
	for i := range events {
		if conv := t.Conversation(i + 1); wanted(conv) {
			list = append(list, Recorded{Number: i + 1, Conversation: conv})
		}
	}
	for _, e := range t.Events(capture.Filter{}) {
		if e.Conversation > 0 && e.Op != stack.OpMessage {
			events[e.Conversation-1] = append(events[e.Conversation-1], e)
		}
	}
	for i := range list {
		r := &list[i]
		tells := [2]bool{}
		for _, e := range events[r.Number-1] {
			if e.Carries() && len(e.Data) < e.Size {
				return nil, &KeptError{r.Number}
			}
			tells[speaker(r.Conversation, &e)] = true
		}
		viewer := Client
		if !tells[Client] {
			viewer = Server
		}
		r.Dialogue = told(r.Conversation, events[r.Number-1], viewer, tells[1-viewer])
	}
	return list, nil
}

// A KeptError says that a trace has reached its limit of bytes.
type KeptError struct{ Conversation int }

// Error tells what to do.
func (e *KeptError) Error() string {
	return fmt.Sprintf("rules: the trace has not kept all bytes of conversation %d; start it with more bytes", e.Conversation)
}

// Code returns "limit".
func (e *KeptError) Code() string { return "limit" }

// speaker returns the side whose process an event is of.
func speaker(c capture.Conversation, e *capture.Event) Side {
	if c.Client == (capture.End{Host: e.Host, Port: e.Local.Port()}) {
		return Client
	}
	return Server
}

// told puts together what viewer sends and receives; what the other side sent and viewer has not received, if that is known, comes last.
func told(conv capture.Conversation, events []capture.Event, viewer Side, both bool) Dialogue {
	var d Dialogue
	var sent []byte
	heard, last := 0, time.Duration(0)
	closing := false
	for i := range events {
		e := &events[i]
		mine := speaker(conv, e) == viewer
		last = e.At
		switch {
		case mine && e.Op == stack.OpSend:
			d = append(d, Turn{From: viewer, Data: e.Data, At: e.At})
		case mine && e.Op == stack.OpReceive:
			heard += e.Size
			d = append(d, Turn{From: 1 - viewer, Data: e.Data, At: e.At})
		case e.Op == stack.OpFailed && e.Kind == stack.TCP:
			return append(d, Turn{From: viewer, At: e.At, Broken: true})
		case mine && e.Op == stack.OpEnd:
			d, closing = append(d, Turn{From: 1 - viewer, At: e.At, Closed: true}), false
		case mine && (e.Op == stack.OpClose || e.Op == stack.OpShutdown):
			d = append(d, Turn{From: viewer, At: e.At, Closed: true})
		case !mine && e.Op == stack.OpSend && e.Kind == stack.TCP:
			sent = append(sent, e.Data...)
		case !mine && e.Op == stack.OpClose:
			closing = true
		}
	}
	if both && heard < len(sent) {
		d = append(d, Turn{From: 1 - viewer, Data: bytes.Clone(sent[heard:]), At: last})
	}
	if closing {
		d = append(d, Turn{From: 1 - viewer, At: last, Closed: true})
	}
	return d
}
