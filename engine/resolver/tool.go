package resolver

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Tool is the place where dig, nslookup and host run: a host, and its settings.
type Tool struct {
	Stack  *stack.Stack
	Config Config // of the host's resolv.conf, or as without one
}

// A UsageError says what is wrong with the words of a command.
type UsageError struct {
	Text  string
	Word  string   // that nobody knows; "" if it is not about one
	Known []string // the words there are in its place
}

func (e *UsageError) Error() string { return e.Text }

// Code returns "invalid".
func (e *UsageError) Code() string { return "invalid" }

// A ToolError is a command that failed: its Output is what it prints, Err why.
type ToolError struct {
	Output string
	Err    error
}

func (e *ToolError) Error() string { return e.Output }

// Unwrap returns Err.
func (e *ToolError) Unwrap() error { return e.Err }

// words bounds the words of a command.
const maxWords = 100

// A place is a server as a command line names it.
type place struct {
	name string // as it was written
	addr netip.AddrPort
}

// String returns the address as the tools print it: 10.0.0.1#53.
func (p place) String() string { return fmt.Sprintf("%s#%d", p.addr.Addr(), p.addr.Port()) }

// places returns the servers to ask: the named one, or those of resolv.conf.
func (t Tool) places(name string, port uint16) ([]place, error) {
	if name == "" {
		var out []place
		servers := t.Config.Servers
		if len(servers) == 0 {
			servers = ParseConfig("").Servers
		}
		for _, s := range servers {
			if port != 0 {
				s = netip.AddrPortFrom(s.Addr(), port)
			}
			out = append(out, place{s.Addr().String(), s})
		}
		return out, nil
	}
	if port == 0 {
		port = dns.Port
	}
	addrs, err := t.Stack.LookupHost(name)
	if err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, &stack.LookupError{Name: name, Err: stack.ErrHostNotFound}
	}
	return []place{{name, netip.AddrPortFrom(addrs[0].Unmap(), port)}}, nil
}

// An inquiry is how a command asks.
type inquiry struct {
	client  dns.Client
	servers []place
	tries   int
	log     strings.Builder // what the command says of servers that do not answer
}

// ask asks one server after the other, each once, and then over again.
func (i *inquiry) ask(q *dns.Message) (*dns.Reply, place, error) {
	i.client.Tries = 1
	var last error
	for range i.tries {
		for _, p := range i.servers {
			r, err := i.client.Exchange(q, p.addr)
			if err == nil {
				return r, p, nil
			}
			fmt.Fprintf(&i.log, ";; communications error to %s: %s\n", p, reasonOf(err))
			last = err
		}
	}
	return nil, place{}, last
}

// reasonOf returns the words of the tools for what went wrong.
func reasonOf(err error) string {
	var e *dns.ExchangeError
	if errors.As(err, &e) {
		err = e.Err
	}
	var no stack.Errno
	switch {
	case errors.As(err, &no):
		return strings.ToLower(no.Error())
	case stack.Code(err) == "timeout":
		return "timed out"
	case stack.Code(err) == "closed":
		return "end of file"
	}
	return err.Error()
}

// typeOf returns the record type of a word such as MX or TYPE65280.
func typeOf(word string) (uint16, bool) {
	upper := strings.ToUpper(word)
	if t, ok := miekg.StringToType[upper]; ok {
		return t, true
	}
	if number, ok := strings.CutPrefix(upper, "TYPE"); ok {
		n, err := strconv.ParseUint(number, 10, 16)
		return uint16(n), err == nil
	}
	return 0, false
}

// wholeName returns a name with the dot at its end; a name that is none is a UsageError.
func wholeName(name string) (string, error) {
	full, err := dns.Fqdn(name)
	if err != nil {
		return "", &UsageError{Text: fmt.Sprintf("'%s' is not a legal name (%v)", name, err)}
	}
	return full, nil
}

func portOf(word string) (uint16, error) {
	n, err := strconv.ParseUint(word, 10, 16)
	if err != nil || n == 0 {
		return 0, &UsageError{Text: fmt.Sprintf("port number '%s' is not one from 1 to 65535", word)}
	}
	return uint16(n), nil
}

func secondsOf(word string) (time.Duration, error) {
	n, err := strconv.ParseUint(word, 10, 16)
	if err != nil {
		return 0, &UsageError{Text: fmt.Sprintf("'%s' is not a number of seconds", word)}
	}
	return time.Duration(max(n, 1)) * time.Second, nil
}

// plain is a name without the dot at its end, but for the root.
func plain(name string) string {
	if name == "." {
		return name
	}
	return strings.TrimSuffix(name, ".")
}
