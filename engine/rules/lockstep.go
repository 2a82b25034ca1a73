package rules

import (
	"bytes"
	"time"
)

// A lockstep keeps, in a protocol of commands and replies, who has to speak. It knows the rules that such protocols share by their names.
type lockstep struct {
	*check
	queue        []command // sent and not yet answered
	greeted, bye bool      // the server has said its greeting; that it closes
	quit         bool      // the client has said QUIT
	burst        bool      // the client has not waited, and that was said
}

// A command is one that waits for its reply.
type command struct {
	verb   string
	line   int
	marked bool // means something to the protocol
	number int  // likewise
}

// patience is how long a client waits for a reply before it may close without a word.
const patience = time.Second

// before returns the command whose reply the client has not waited for when it says line l, nil if there is none or it was told so already. A client that
// does not wait for the greeting breaks "greeting-wait".
func (s *lockstep) before(l int) *command {
	switch {
	case !s.greeted && len(s.queue) == 0:
		s.breach(l, "greeting-wait", "")
		return nil
	case len(s.queue) == 0 || s.burst:
		return nil
	}
	return &s.queue[len(s.queue)-1]
}

// last looks whether line l comes after QUIT.
func (s *lockstep) last(l int, verb string) {
	if s.quit {
		s.breach(l, "quit-last", "")
	}
	s.quit = s.quit || verb == "QUIT"
}

// answered takes the command that a reply is to; ok is false if there is none.
func (s *lockstep) answered() (cmd command, ok bool) {
	if len(s.queue) == 0 {
		return command{}, false
	}
	cmd = s.queue[0]
	s.queue = s.queue[1:]
	s.burst = s.burst && len(s.queue) > 0
	return cmd, true
}

// closed is told that a side closes.
func (s *lockstep) closed(side Side) {
	other := s.streams[1-side].closed
	l := s.note(side, "(closes)")
	waits := len(s.queue) > 0
	switch {
	case other || s.bye:
	case side == Server && waits:
		s.breach(l, "reply-missing", "%s has none", name(s.queue[0].verb))
	case side == Server:
		s.breach(l, "close-asked", "")
	case !s.greeted && !waits:
	case s.quit && waits:
		s.breach(l, "quit-wait", "")
	case waits && s.now.At-s.Lines[s.queue[0].line-1].At >= patience: // it has given up
	case !s.quit:
		s.breach(l, "quit", "")
	}
}

// finish looks at what has come of a line when the dialogue ends.
func (s *lockstep) finish(rest [2][]byte) {
	for side := Client; side <= Server; side++ {
		if len(rest[side]) > 0 {
			s.lineEnd(s.line(side, rest[side]), bytes.TrimRight(rest[side], "\r"), "line-end")
		}
	}
}

// name shows a verb.
func name(verb string) string {
	if verb == "." {
		return "the message"
	}
	return shorten(printable(verb), 20)
}
