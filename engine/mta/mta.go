// Package mta is the mail server of the lectures, a mail transfer agent: it takes messages by SMTP (RFC 5321), keeps them in a queue on
// the host's file system, and puts them into the mailboxes of its own domains or passes them on to the servers of others.
//
//   - Before "250" is said a message is in the queue and on stable storage; it leaves the queue only when the next server, a mailbox or a
//     report to the sender has it. A crash loses nothing that was acknowledged. A message comes twice only if the answer to it was lost.
//   - Whom a domain's mail goes to is looked up as MX records, in the order of their preference, with the domain itself where there
//     are none (RFC 5321 5.1, RFC 7505). What cannot be delivered now is tried again, at growing intervals, until it expires.
//   - What cannot be delivered at all, or is late, is reported to its sender in the form of RFC 3464, with the null sender, so that reports are never
//     reported.
//   - Mail for others is taken from users that say who they are and from the server's own networks only.
//   - Aliases and lists stand for addresses; VRFY and EXPN show them.
//
// Left out: notifications of success, and a sender's wishes for notifications (RFC 3461); any judgement of contents.
package mta

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// An MX is one of the servers that take mail for a domain; the one with the lowest preference is tried first.
type MX struct {
	Host       string // without the dot at its end; "" says that the domain takes no mail (RFC 7505)
	Preference uint16
}

// An Exchanger knows the MX records of domains.
type Exchanger interface {
	// LookupMX returns the records of a domain in any order, none if it has none. An error that is stack.ErrHostNotFound says that
	// there is no such domain, any other that it is not known now. It may park its task.
	LookupMX(domain string) ([]MX, error)
}

// A Server is a mail server. Its fields are not to be changed once it serves.
type Server struct {
	Domain string          // its name, also that of its mail domain; "" is the host's
	Local  []string        // further domains whose mailboxes are here
	Store  *maildrop.Store // the mailboxes
	FS     afero.Fs        // where the queue is
	Queue  string          // its directory; "/var/spool/mail" if empty

	// User reports whether a mailbox of the own domains may be had, for those that are not in the store. nil: there are no others.
	User func(user string) bool
	// Aliases stand for other addresses, or for users of the own domains, by their name in lower case. If there is an alias "owner-x", reports on
	// messages to the list x go to it.
	Aliases map[string][]string
	// CatchAll is the user who gets what is for users that do not exist; "" refuses it.
	CatchAll string

	Networks  []netip.Prefix    // whose hosts may send mail to everybody
	RelayFor  []string          // domains for which the server takes mail from everybody, to pass it on: it is one of their MX
	OpenRelay bool              // takes mail from everybody to everybody
	Routes    map[string]string // servers, "host" or "host:port", for domains, whatever their MX; "*" is all others
	MX        Exchanger         // nil: no domain has MX records
	Port      int               // of other servers; 25 if 0

	Retry     time.Duration // after the first failure; doubles with each up to RetryMax. 15 min if 0
	RetryMax  time.Duration // 4 h if 0
	Warn      time.Duration // when a failed attempt comes so long after the message, its sender is told, once, that it is late. 4 h if 0; never if negative
	Expire    time.Duration // how long delivery is tried; 5 days if 0
	Workers   int           // messages that are being delivered at a time; 10 if 0
	PerDomain int           // of these to one domain; 4 if 0
	MaxMemory int64         // bytes of the messages that are being delivered, with what their sessions need; 64 MiB if 0. One message may always
	MaxQueue  int           // messages in the queue; more are refused for now. 10,000 if 0
	MaxHops   int           // Received fields in a message: more are a loop. 50 if 0

	// SMTP is the server that takes messages: its extensions, bounds, certificate and passwords. Start sets Domain, Mailbox and Go in it, and lets
	// users of the own domains also say their whole address.
	SMTP smtp.Server
	// Client says how messages are passed on. Its Helo is the server's name if it is empty. With TLS sessions are encrypted where the other server can.
	Client  smtp.ClientOptions
	Connect time.Duration // how long a connection may take to come about; 1 min if 0

	// Go starts a task, and reports whether it could; nil means Stack.Go.
	Go func(name string, f func()) bool
	// Told, if set, is told what happens to messages. It must not wait.
	Told func(Event)

	st      *stack.Stack
	domain  string
	domains []string
	closed  bool
	entries map[string]*Entry
	order   []*Entry // by arrival
	jobs    jobs
	serial  uint64
	waiting map[string][]*job
	active  map[string]int // jobs under way by domain
	running int
	held    int64 // as MaxMemory counts
	listed  int64 // what the entries take
	wake    sim.Queue
	changed sim.Queue
}

// A Kind says what happened to a message.
type Kind string

// The kinds of events.
const (
	Queued    Kind = "queued"    // it is in the queue
	Delivered Kind = "delivered" // it is in a mailbox
	Sent      Kind = "sent"      // the next server has it
	Deferred  Kind = "deferred"  // it will be tried again
	Delayed   Kind = "delayed"   // likewise, and its sender is told that it is late
	Bounced   Kind = "bounced"   // it cannot be delivered, and its sender is told
	Dropped   Kind = "dropped"   // it cannot be delivered, and there is no one to tell
	Removed   Kind = "removed"   // it was taken out of the queue
)

// An Event is what happened to a message for one of its recipients.
type Event struct {
	Time time.Time
	Kind Kind
	ID   string // the message's name in the queue
	From string
	To   string // the recipient; of Queued, all of them
	Host string // the server that said so, of Sent, Deferred, Delayed and Bounced; may be ""
	Text string // its answer, or what went wrong
}

const (
	defaultQueue     = "/var/spool/mail"
	defaultRetry     = 15 * time.Minute
	defaultRetryMax  = 4 * time.Hour
	defaultWarn      = 4 * time.Hour
	defaultExpire    = 5 * 24 * time.Hour
	defaultConnect   = time.Minute
	defaultWorkers   = 10
	defaultPerDomain = 4
	defaultMaxMemory = 64 << 20
	entryMemory      = 500
	recipientMemory  = 150
	copiesHeld       = 4 // of a message, while it is passed on
	defaultMaxQueue  = 10_000
	defaultMaxHops   = 50
	maxRecipients    = 10_000 // of one message, when all aliases are replaced
)

func or[T int | int64 | time.Duration](n, usual T) T {
	if n > 0 {
		return n
	}
	return usual
}

func (s *Server) tell(e Event) {
	e.Time = s.st.Now()
	s.changed.Wake()
	if s.st.Watched() {
		s.st.Note(e.line())
	}
	if s.Told != nil {
		s.Told(e)
	}
}

func (e Event) line() string {
	line := "mail " + e.ID + " " + string(e.Kind)
	for _, part := range []string{e.To, e.Host, e.Text} {
		if part != "" {
			line += " " + strings.ReplaceAll(part, "\n", " ")
		}
	}
	return line
}

// isLocal reports whether the mailboxes of a domain are here.
func (s *Server) isLocal(domain string) bool {
	if literal, ok := strings.CutPrefix(domain, "["); ok {
		a, err := netip.ParseAddr(strings.TrimPrefix(strings.TrimSuffix(literal, "]"), "ipv6:"))
		return err == nil && s.isOwn(a)
	}
	return slices.Contains(s.domains, domain)
}

// isOwn reports whether an address is the host's.
func (s *Server) isOwn(a netip.Addr) bool {
	for _, i := range s.st.Interfaces() {
		for _, p := range i.Prefixes {
			if p.Addr() == a {
				return true
			}
		}
	}
	return false
}

// isOurs reports whether a host of an MX record is this server.
func (s *Server) isOurs(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == s.domain || host == strings.ToLower(s.st.HostName())
}

func lowered(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(strings.TrimSuffix(s, "."))
	}
	return out
}
