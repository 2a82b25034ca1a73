package dns

import (
	"errors"
	"net/netip"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// ednsSize is the longest datagram in bytes that is asked for.
const ednsSize = 1232

// newQuery makes a question of what a script gave.
func newQuery(c *bind.Call, name, typ string, recurse, edns bool) *dns.Message {
	full, err := dns.Fqdn(name)
	if err != nil {
		misnamed(c, "name", name, err)
	}
	m := resolver.NewQuery(full, typeOf(c, "type", typ), recurse)
	if edns {
		m.SetEdns0(ednsSize, false)
	}
	return m
}

// misnamed raises what dns.Fqdn had against a name.
func misnamed(c *bind.Call, param, name string, err error) {
	why := err.Error()
	var fault *dns.Error
	if errors.As(err, &fault) {
		why = fault.Text
	}
	c.Misuse(param, "want a domain name, got %q: %s", name, why)
}

// config returns the resolver settings of the caller's host.
func config(c *bind.Call) resolver.Config {
	conf, _ := process.Of(c).Host().Config()
	return conf
}

// address returns the address of a server that a script named.
func address(st *stack.Stack, server string, port uint16) (netip.AddrPort, error) {
	addrs, err := st.LookupHost(server)
	if err != nil {
		return netip.AddrPort{}, err
	}
	if len(addrs) == 0 {
		return netip.AddrPort{}, &stack.LookupError{Name: server, Err: stack.ErrHostNotFound}
	}
	return netip.AddrPortFrom(addrs[0].Unmap(), port), nil
}

type askOptions struct {
	Server  *string       `doc:"name or address of the server; without it the first of the host's /etc/resolv.conf"`
	Port    uint16        `doc:"the server's port" default:"53"`
	TCP     bool          `name:"tcp" doc:"ask over TCP; otherwise only when the answer was truncated" default:"false"`
	Timeout time.Duration `doc:"to wait for each answer" default:"5 s" min:"1 ms"`
	Tries   int           `doc:"how often to send the question over UDP" default:"3" min:"1" max:"100"`
}

// client returns the client and the server that the options say.
func (o *askOptions) client(c *bind.Call) (*dns.Client, netip.AddrPort, error) {
	st := process.Of(c).Stack()
	cl := &dns.Client{Stack: st, Timeout: o.Timeout, Tries: o.Tries, TCP: o.TCP}
	if o.Server == nil {
		return cl, config(c).Servers[0], nil
	}
	server, err := address(st, *o.Server, o.Port)
	return cl, server, err
}

func queryFn() bind.Member {
	return bind.Fn("query", "Ask a server for records, and give its whole reply. Response codes such as NXDOMAIN are in it, and no failure.", query).
		Returns("message", "the reply as dns.decode gives it, with size, rtt, server and tcp").
		Errors("timeout", "refused", "unreachable", "host-not-found", "protocol", "closed", "reset").
		Example(`local dns = require "dns"
assert(dns.serve({zones = {dns.zone({"@ NS ns", "ns A 10.0.0.1", "www A 10.0.0.2"}, {origin = "lab"})}}))
local reply = assert(dns.query("www.lab", "A", {server = "127.0.0.1"}))
print(reply.rcode, reply.authoritative, reply.answer[1].address, reply.authority[1].target) --> NOERROR	true	10.0.0.2	ns.lab.
print(dns.query("nobody.lab", "A", {server = "127.0.0.1"}).rcode) --> NXDOMAIN`)
}

type queryArgs struct {
	Name    string `doc:"the name, taken as it is: no search domain completes it"`
	Type    string `doc:"the type of records" default:"A"`
	Options struct {
		askOptions
		Recurse bool `doc:"ask the server to resolve the name if it does not know it (flag RD)" default:"true"`
		EDNS    bool `name:"edns" doc:"say that answers of up to 1232 bytes may come over UDP" default:"false"`
		Key     *Key `doc:"signs the question; the answer must be signed then too" default:"nil"`
	} `doc:"whom to ask, and how"`
}

func query(c *bind.Call, a queryArgs) (MessageTable, error) {
	m := newQuery(c, a.Name, a.Type, a.Options.Recurse, a.Options.EDNS)
	cl, server, err := a.Options.client(c)
	if err != nil {
		return MessageTable{}, err
	}
	if key := a.Options.Key; key != nil {
		signed := dns.Request{Stack: cl.Stack, Server: server, Key: key.Key, Timeout: cl.Timeout, Tries: cl.Tries, TCP: cl.TCP}
		r, err := signed.Do(m)
		if err != nil {
			return MessageTable{}, err
		}
		return tableOf(c, r), nil
	}
	r, err := cl.Exchange(m, server)
	if err != nil {
		return MessageTable{}, err
	}
	return replyTable(c, r), nil
}

func exchangeFn() bind.Member {
	return bind.Fn("exchange", "Send a message, whatever it says, to a server and give its reply.", exchange).
		Returns("message", "the reply").Errors("timeout", "refused", "unreachable", "host-not-found", "protocol", "invalid", "closed", "reset")
}

type exchangeArgs struct {
	Message messageOptions `doc:"the message, as dns.message makes it; id 0 draws one"`
	Options askOptions     `doc:"whom to send it to, and how"`
}

func exchange(c *bind.Call, a exchangeArgs) (MessageTable, error) {
	m, err := a.Message.message(c)
	if err != nil {
		return MessageTable{}, err
	}
	cl, server, err := a.Options.client(c)
	if err != nil {
		return MessageTable{}, err
	}
	cl.KeepID = m.Id != 0
	r, err := cl.Exchange(m, server)
	if err != nil {
		return MessageTable{}, err
	}
	return replyTable(c, r), nil
}

func reverseFn() bind.Member {
	return bind.Fn("reverse", "The name below in-addr.arpa or ip6.arpa that stands for an address.", func(_ *bind.Call, a reverseArgs) (string, error) {
		return dns.ReverseName(a.Address), nil
	}).Example(`print(require("dns").reverse("192.57.76.165")) --> 165.76.57.192.in-addr.arpa.`)
}

type reverseArgs struct {
	Address netip.Addr `doc:"the address"`
}

// wordsArgs are the words of a command.
type wordsArgs struct {
	Words lua.LValue `doc:"what follows the command's name: one text, or a list of words" type:"string|string[]"`
}

// maxWords bounds the words of a command.
const maxWords = 100

func (a *wordsArgs) words(c *bind.Call) []string {
	switch v := a.Words.(type) {
	case lua.LString:
		c.Charge(len(v))
		return strings.Fields(string(v))
	case *lua.LTable:
		var out []string
		for i := 1; i <= min(v.Len(), maxWords+1); i++ {
			s, ok := v.RawGetInt(i).(lua.LString)
			if !ok {
				c.Misuse("words", "want a list of texts, got %s at place %d", c.Describe(v.RawGetInt(i)), i)
			}
			c.Charge(len(s))
			out = append(out, string(s))
		}
		return out
	}
	c.Misuse("words", "want a text or a list of texts, got %s", c.Describe(a.Words))
	return nil
}

// toolErrors are the codes of the commands.
var toolErrors = []string{"timeout", "refused", "unreachable", "host-not-found", "protocol", "invalid"}

// tool returns the commands' place.
func tool(c *bind.Call) resolver.Tool {
	return resolver.Tool{Stack: process.Of(c).Stack(), Config: config(c)}
}

// printed gives what a command prints, which has no line end at its end: print adds one.
func printed(c *bind.Call, text string, err error) (string, error) {
	c.Charge(len(text))
	var failed *resolver.ToolError
	if errors.As(err, &failed) {
		return "", &resolver.ToolError{Output: strings.TrimSuffix(failed.Output, "\n"), Err: failed.Err}
	}
	return strings.TrimSuffix(text, "\n"), err
}

func digFn() bind.Member {
	return bind.Var("dig", "Run dig on the caller's host. It takes dig's words: @server, name, type, -x address, -p port, +short, +trace, +norecurse, +tcp, +noedns, +noall, +answer and more.", dig).
		Returns("text string|nil", "what dig prints, without the last line end; nil if no server answered", "replies dns.message_table[]|string",
			"each reply as dns.decode gives it; or what dig prints then", "code string?", "of the failure").Errors(toolErrors...).
		Example(`local dns = require "dns"
assert(dns.serve({zones = {dns.zone({"@ NS ns", "ns A 10.0.0.1", "www A 10.0.0.2"}, {origin = "lab"})}}))
print((dns.dig("@127.0.0.1 www.lab +noall +answer"))) --> www.lab.		3600	IN	A	10.0.0.2
print((dns.dig({"@127.0.0.1", "www.lab", "+short"}))) --> 10.0.0.2`)
}

func dig(c *bind.Call, a wordsArgs) bind.Out {
	text, replies, err := tool(c).Dig(a.words(c))
	text, err = printed(c, text, err)
	if err != nil {
		return c.Fail(err)
	}
	tables := make([]MessageTable, len(replies))
	for i, r := range replies {
		tables[i] = replyTable(c, r)
	}
	return c.Return(text, tables)
}

func nslookupFn() bind.Member {
	return bind.Fn("nslookup", "Run nslookup on the caller's host: a name or address, a server, and options such as -type=MX before them.", func(c *bind.Call, a wordsArgs) (string, error) {
		text, err := tool(c).NSLookup(a.words(c))
		return printed(c, text, err)
	}).Returns("text", "what nslookup prints, without the last line end").Errors(toolErrors...)
}

func hostFn() bind.Member {
	return bind.Fn("host", "Run host on the caller's host: a name or address, a server, and options such as -t MX.", func(c *bind.Call, a wordsArgs) (string, error) {
		text, err := tool(c).Host(a.words(c))
		return printed(c, text, err)
	}).Returns("text", "what host prints, without the last line end").Errors(toolErrors...).
		Example(`local dns = require "dns"
assert(dns.serve({zones = {dns.zone({"@ NS ns", "ns A 10.0.0.1", "@ MX 10 ns"}, {origin = "lab"})}}))
print(dns.host("-t mx lab 127.0.0.1"):match("lab mail.*")) --> lab mail is handled by 10 ns.lab.
print(select("#", dns.host("nobody.lab 127.0.0.1")), select(3, dns.host("nobody.lab 127.0.0.1"))) --> 3	host-not-found`)
}
