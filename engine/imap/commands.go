package imap

import (
	"errors"
	"fmt"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A state is when a command may be given (RFC 3501 3).
type state int

const (
	anyState state = iota
	notAuthenticated
	authenticated // or selected
	selected
)

// A verdict is how a command ends: OK with a text, which may begin with a response code, or an error.
type verdict struct {
	text string
	err  error
}

func ok(text string) verdict { return verdict{text: text} }

// A refusal ends a command with NO.
type refusal struct{ text string }

func (r *refusal) Error() string { return "imap: " + r.text }

func no(text string) verdict { return verdict{err: &refusal{text}} }

// A handler carries a command out whose arguments p has yet to read. It checks p.err before it does anything.
type handler struct {
	state state
	run   func(x *session, p *parser) verdict
}

// handlerOf returns what a command does; false for none.
func handlerOf(name string) (handler, bool) {
	switch name {
	case "CAPABILITY":
		return handler{anyState, (*session).capability}, true
	case "NOOP":
		return handler{anyState, (*session).noop}, true
	case "CHECK":
		return handler{selected, (*session).noop}, true
	case "LOGOUT":
		return handler{anyState, (*session).logout}, true
	case "STARTTLS":
		return handler{notAuthenticated, (*session).startTLS}, true
	case "LOGIN":
		return handler{notAuthenticated, (*session).login}, true
	case "AUTHENTICATE":
		return handler{notAuthenticated, (*session).authenticate}, true
	case "SELECT":
		return handler{authenticated, func(x *session, p *parser) verdict { return x.selectFolder(p, false) }}, true
	case "EXAMINE":
		return handler{authenticated, func(x *session, p *parser) verdict { return x.selectFolder(p, true) }}, true
	case "CREATE":
		return handler{authenticated, (*session).create}, true
	case "DELETE":
		return handler{authenticated, (*session).deleteFolder}, true
	case "RENAME":
		return handler{authenticated, (*session).rename}, true
	case "SUBSCRIBE":
		return handler{authenticated, func(x *session, p *parser) verdict { return x.subscribe(p, true) }}, true
	case "UNSUBSCRIBE":
		return handler{authenticated, func(x *session, p *parser) verdict { return x.subscribe(p, false) }}, true
	case "LIST":
		return handler{authenticated, func(x *session, p *parser) verdict { return x.list(p, false) }}, true
	case "LSUB":
		return handler{authenticated, func(x *session, p *parser) verdict { return x.list(p, true) }}, true
	case "NAMESPACE":
		return handler{authenticated, (*session).namespace}, true
	case "STATUS":
		return handler{authenticated, (*session).status}, true
	case "APPEND":
		return handler{authenticated, (*session).appendNothing}, true
	case "IDLE":
		return handler{authenticated, (*session).idle}, true
	}
	return messageHandler(name)
}

// messageHandler returns what a command for the messages of the selected folder does.
func messageHandler(name string) (handler, bool) {
	base, uid := strings.CutPrefix(name, "UID ")
	switch base {
	case "FETCH":
		return handler{selected, func(x *session, p *parser) verdict { return x.fetch(p, uid) }}, true
	case "STORE":
		return handler{selected, func(x *session, p *parser) verdict { return x.store(p, uid) }}, true
	case "SEARCH":
		return handler{selected, func(x *session, p *parser) verdict { return x.search(p, uid) }}, true
	case "COPY":
		return handler{selected, func(x *session, p *parser) verdict { return x.copy(p, uid, false) }}, true
	case "MOVE":
		return handler{selected, func(x *session, p *parser) verdict { return x.copy(p, uid, true) }}, true
	case "EXPUNGE":
		return handler{selected, func(x *session, p *parser) verdict { return x.expunge(p, uid) }}, true
	}
	if uid {
		return handler{}, false
	}
	switch name {
	case "CLOSE":
		return handler{selected, func(x *session, p *parser) verdict { return x.close(p, true) }}, true
	case "UNSELECT":
		return handler{selected, func(x *session, p *parser) verdict { return x.close(p, false) }}, true
	}
	return handler{}, false
}

// command carries a command out and answers it.
func (x *session) command(text []byte, message *incoming) {
	p := &parser{b: text}
	tag := p.tag()
	p.sp()
	name := strings.ToUpper(p.atom())
	if name == "UID" && p.take(' ') {
		name = "UID " + strings.ToUpper(p.atom())
	}
	if p.err != nil {
		if tag == "" || strings.HasPrefix(string(text), " ") {
			tag = "*"
		}
		x.end(tag, "", verdict{err: p.err})
		return
	}
	if message != nil {
		x.end(tag, "APPEND", x.append(p, message))
		return
	}
	h, known := handlerOf(name)
	switch {
	case !known:
		x.end(tag, name, verdict{err: &misplaced{"unknown command " + name}})
	case h.state == notAuthenticated && x.box != nil:
		x.end(tag, name, verdict{err: &misplaced{name + " comes before the login"}})
	case h.state >= authenticated && x.box == nil:
		x.end(tag, name, verdict{err: &misplaced{name + " comes after the login"}})
	case h.state == selected && x.view == nil:
		x.end(tag, name, verdict{err: &misplaced{name + " needs a selected folder"}})
	default:
		x.end(tag, name, h.run(x, p))
	}
}

// errAnswered is the error of a command that has been answered already.
var errAnswered = errors.New("imap: answered")

// A misplaced command does not exist or comes in the wrong state.
type misplaced struct{ text string }

func (m *misplaced) Error() string { return "imap: " + m.text }

// end tells what else has changed and writes the tagged answer.
func (x *session) end(tag, name string, v verdict) {
	if x.view != nil {
		x.sync(name != "FETCH" && name != "STORE" && name != "SEARCH")
	}
	var syntax *syntaxError
	var wrong *misplaced
	var refused *refusal
	switch {
	case v.err == nil:
		fmt.Fprintf(x.out, "%s OK %s\r\n", tag, v.text)
	case v.err == errAnswered:
	case errors.As(v.err, &syntax):
		x.mistakes++
		fmt.Fprintf(x.out, "%s BAD %s\r\n", tag, strings.TrimSpace(name+" "+syntax.Error()))
	case errors.As(v.err, &wrong):
		x.mistakes++
		fmt.Fprintf(x.out, "%s BAD %s\r\n", tag, wrong.text)
	case errors.As(v.err, &refused):
		fmt.Fprintf(x.out, "%s NO %s\r\n", tag, refused.text)
	default:
		fmt.Fprintf(x.out, "%s NO %s\r\n", tag, explain(v.err))
	}
	if x.logins >= maxLogins {
		x.done = true
	}
}

// explain words an error of the store with its response code (RFC 5530).
func explain(err error) string {
	switch {
	case errors.Is(err, maildrop.ErrNoFolder):
		return "[NONEXISTENT] no such folder"
	case errors.Is(err, maildrop.ErrExists):
		return "[ALREADYEXISTS] there is such a folder"
	case errors.Is(err, maildrop.ErrLocked):
		return "[INUSE] the folder is locked by a POP3 session"
	case errors.Is(err, maildrop.ErrFull), errors.Is(err, stack.ErrNoSpace):
		return "[OVERQUOTA] the mailbox is full"
	case errors.Is(err, maildrop.ErrTooLong):
		return "[TOOBIG] the message is too long"
	case errors.Is(err, maildrop.ErrName):
		return "[CANNOT] not a possible name"
	case errors.Is(err, maildrop.ErrInbox):
		return "[CANNOT] INBOX cannot be deleted"
	case errors.Is(err, maildrop.ErrFlag):
		return "[LIMIT] not a possible flag, or too many keywords"
	}
	return "[SERVERBUG] the mailbox cannot be used"
}
