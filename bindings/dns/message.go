package dns

import (
	"strconv"
	"strings"
	"time"

	miekg "github.com/miekg/dns"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A MessageTable is a message as scripts see it.
type MessageTable struct {
	ID                 uint16          `name:"id" doc:"the number that a reply repeats"`
	Opcode             string          `doc:"QUERY, NOTIFY, UPDATE, …"`
	Rcode              string          `doc:"NOERROR, NXDOMAIN, SERVFAIL, …"`
	Response           bool            `doc:"flag QR: a reply"`
	Authoritative      bool            `doc:"flag AA: from a server with authority for the name"`
	Truncated          bool            `doc:"flag TC: the whole did not fit"`
	RecursionDesired   bool            `doc:"flag RD: resolve it for me"`
	RecursionAvailable bool            `doc:"flag RA: the server does that"`
	Reserved           bool            `doc:"flag Z: must be false"`
	AuthenticData      bool            `doc:"flag AD: its signatures were checked"`
	CheckingDisabled   bool            `doc:"flag CD: they need not be"`
	Question           []QuestionTable `doc:"what is asked"`
	Answer             []Record        `doc:"the records that answer it"`
	Authority          []Record        `doc:"the servers with authority, or the SOA of a negative answer"`
	Additional         []Record        `doc:"what may save another question, EDNS left out"`
	EDNS               *EDNSTable      `name:"edns" doc:"of the OPT record; nil without one"`
	Size               *int            `doc:"bytes on the wire, of a message that was received"`
	RTT                *time.Duration  `name:"rtt" doc:"seconds between question and answer"`
	Server             *string         `doc:"who answered"`
	TCP                *bool           `name:"tcp" doc:"whether it came over TCP"`
}

// A QuestionTable is a question as scripts see it.
type QuestionTable struct {
	Name  string `doc:"the name"`
	Type  string `doc:"such as A"`
	Class string `doc:"IN"`
}

// An EDNSTable is what an OPT record says (RFC 6891).
type EDNSTable struct {
	Version  uint8  `doc:"0"`
	UDPSize  uint16 `name:"udp_size" doc:"bytes of the largest datagram that its sender takes"`
	DNSSECOk bool   `name:"dnssec_ok" doc:"flag DO: signatures are wanted"`
}

// tableOf shows a message.
func tableOf(c *bind.Call, m *dns.Message) MessageTable {
	charge(c, len(m.Answer)+len(m.Ns)+len(m.Extra))
	t := MessageTable{ID: m.Id, Opcode: opcodeName(m.Opcode), Rcode: dns.RcodeName(m.Rcode), Response: m.Response, Authoritative: m.Authoritative, Truncated: m.Truncated,
		RecursionDesired: m.RecursionDesired, RecursionAvailable: m.RecursionAvailable, Reserved: m.Zero,
		AuthenticData: m.AuthenticatedData, CheckingDisabled: m.CheckingDisabled,
		Question: []QuestionTable{}, Answer: recordsOf(m.Answer), Authority: recordsOf(m.Ns)}
	for _, q := range m.Question {
		t.Question = append(t.Question, QuestionTable{q.Name, dns.TypeName(q.Qtype), miekg.Class(q.Qclass).String()})
	}
	var extra []dns.RR
	for _, rr := range m.Extra {
		if opt, ok := rr.(*miekg.OPT); ok {
			t.EDNS = &EDNSTable{opt.Version(), opt.UDPSize(), opt.Do()}
			continue
		}
		extra = append(extra, rr)
	}
	t.Additional = recordsOf(extra)
	return t
}

func opcodeName(opcode int) string {
	if s, ok := miekg.OpcodeToString[opcode]; ok {
		return s
	}
	return strconv.Itoa(opcode)
}

// replyTable shows a reply.
func replyTable(c *bind.Call, r *dns.Reply) MessageTable {
	t := tableOf(c, r.Message)
	server := r.Server.String()
	t.Size, t.RTT, t.Server, t.TCP = &r.Size, &r.RTT, &server, &r.TCP
	return t
}

// A messageOptions is a message as scripts write it.
type messageOptions struct {
	ID                 uint16      `name:"id" doc:"0 lets the sender draw one" default:"0"`
	Opcode             string      `doc:"what it is for" default:"QUERY"`
	Rcode              string      `doc:"of a reply, such as NXDOMAIN" default:"NOERROR"`
	Response           bool        `doc:"flag QR" default:"false"`
	Authoritative      bool        `doc:"flag AA" default:"false"`
	Truncated          bool        `doc:"flag TC" default:"false"`
	RecursionDesired   bool        `doc:"flag RD" default:"false"`
	RecursionAvailable bool        `doc:"flag RA" default:"false"`
	Reserved           bool        `doc:"flag Z" default:"false"`
	AuthenticData      bool        `doc:"flag AD" default:"false"`
	CheckingDisabled   bool        `doc:"flag CD" default:"false"`
	Question           []question  `doc:"what is asked" default:"nil"`
	Answer             lua.LValue  `doc:"records" default:"nil" type:"table|string"`
	Authority          lua.LValue  `doc:"records" default:"nil" type:"table|string"`
	Additional         lua.LValue  `doc:"records" default:"nil" type:"table|string"`
	EDNS               *ednsOption `name:"edns" doc:"an OPT record"`
	Size               lua.LValue  `doc:"as a received message has it; not sent" default:"nil"`
	RTT                lua.LValue  `name:"rtt" doc:"as a received message has it; not sent" default:"nil"`
	Server             lua.LValue  `doc:"as a received message has it; not sent" default:"nil"`
	TCP                lua.LValue  `name:"tcp" doc:"as a received message has it; not sent" default:"nil"`
}

type question struct {
	Name  string `doc:"the name"`
	Type  string `doc:"such as A" default:"A"`
	Class string `doc:"IN, CH, HS, NONE or ANY" default:"IN"`
}

type ednsOption struct {
	Version  uint8  `doc:"0 is the only one" default:"0"`
	UDPSize  uint16 `name:"udp_size" doc:"bytes of the largest datagram that the sender takes" default:"1232"`
	DNSSECOk bool   `name:"dnssec_ok" doc:"flag DO" default:"false"`
}

// message reads a message that a script wrote.
func (o *messageOptions) message(c *bind.Call) (*dns.Message, error) {
	m := &dns.Message{Compress: true}
	m.Id, m.Response, m.Authoritative, m.Truncated = o.ID, o.Response, o.Authoritative, o.Truncated
	m.RecursionDesired, m.RecursionAvailable, m.Zero = o.RecursionDesired, o.RecursionAvailable, o.Reserved
	m.AuthenticatedData, m.CheckingDisabled = o.AuthenticData, o.CheckingDisabled
	var ok bool
	if m.Opcode, ok = miekg.StringToOpcode[strings.ToUpper(o.Opcode)]; !ok {
		c.Misuse("opcode", "want an opcode such as \"QUERY\", got %q", o.Opcode)
	}
	if m.Rcode, ok = miekg.StringToRcode[strings.ToUpper(o.Rcode)]; !ok {
		c.Misuse("rcode", "want a response code such as \"NXDOMAIN\", got %q", o.Rcode)
	}
	for _, q := range o.Question {
		name, err := dns.Fqdn(q.Name)
		if err != nil {
			misnamed(c, "question", q.Name, err)
		}
		class, ok := miekg.StringToClass[strings.ToUpper(q.Class)]
		if !ok {
			c.Misuse("question", "want a class such as \"IN\", got %q", q.Class)
		}
		m.Question = append(m.Question, dns.Question{Name: name, Qtype: typeOf(c, "question", q.Type), Qclass: class})
	}
	origin := "."
	if len(m.Question) > 0 {
		origin = m.Question[0].Name
	}
	for _, s := range []struct {
		name string
		v    lua.LValue
		rrs  *[]dns.RR
	}{{"answer", o.Answer, &m.Answer}, {"authority", o.Authority, &m.Ns}, {"additional", o.Additional, &m.Extra}} {
		if s.v == nil || s.v == lua.LNil {
			continue
		}
		rrs, err := readRecords(c, s.name, s.v, dns.ParseOptions{Origin: origin, TTL: 60, Records: 5000})
		if err != nil {
			return nil, err
		}
		*s.rrs = rrs
	}
	if o.EDNS != nil {
		opt := &miekg.OPT{Hdr: miekg.RR_Header{Name: ".", Rrtype: miekg.TypeOPT}}
		opt.SetVersion(o.EDNS.Version)
		opt.SetUDPSize(o.EDNS.UDPSize)
		opt.SetDo(o.EDNS.DNSSECOk)
		m.Extra = append(m.Extra, opt)
	}
	return m, nil
}

func messageFn() bind.Member {
	return bind.Fn("message", "Make a question as a table, to be changed, encoded or sent by dns.exchange.", newMessage).
		Returns("message", "a table as dns.decode gives it").
		Example(`local dns = require "dns"
local m = dns.message("www.lab", "MX", {recursion_desired = false})
m.id = 7
print(#dns.encode(m), dns.decode(dns.encode(m)).question[1].type) --> 25	MX`)
}

type newMessageArgs struct {
	Name    string `doc:"the name that is asked for"`
	Type    string `doc:"the type of records" default:"A"`
	Options struct {
		RecursionDesired bool `doc:"flag RD" default:"true"`
		EDNS             bool `name:"edns" doc:"with an OPT record" default:"false"`
	} `doc:"flags"`
}

func newMessage(c *bind.Call, a newMessageArgs) (MessageTable, error) {
	return tableOf(c, newQuery(c, a.Name, a.Type, a.Options.RecursionDesired, a.Options.EDNS)), nil
}

func encodeFn() bind.Member {
	return bind.Fn("encode", "The bytes of a message. Names in records are below the name of the question unless they end with a dot.", encode).
		Returns("bytes", "the message as it goes over the wire").Errors("invalid", "too-long")
}

type encodeArgs struct {
	Message messageOptions `doc:"the message, as dns.decode gives it; records may also be texts"`
}

func encode(c *bind.Call, a encodeArgs) (string, error) {
	m, err := a.Message.message(c)
	if err != nil {
		return "", err
	}
	charge(c, len(m.Answer)+len(m.Ns)+len(m.Extra))
	b, err := m.Pack()
	if err != nil {
		return "", &invalidError{"the message cannot be encoded: " + strings.ReplaceAll(err.Error(), "dns: ", "")}
	}
	if len(b) >= miekg.MaxMsgSize {
		return "", stack.ErrMessageSize
	}
	return string(b), nil
}

func decodeFn() bind.Member {
	return bind.Fn("decode", "The message in bytes that came over the wire.", decode).
		Returns("message", "id, opcode, rcode, the flags, and the sections as lists").Errors("protocol").
		Example(`local dns = require "dns"
local bytes = dns.encode({id = 1, response = true, question = {{name = "www.lab"}}, answer = {"@ 60 A 10.0.0.1"}})
local m = dns.decode(bytes)
print(m.id, m.response, m.answer[1].name, m.answer[1].address) --> 1	true	www.lab.	10.0.0.1
print(dns.decode("nonsense")) --> nil	not a DNS message: bad header ns count: overflow unpacking uint16	protocol`)
}

type decodeArgs struct {
	Bytes []byte `doc:"the message"`
}

func decode(c *bind.Call, a decodeArgs) (MessageTable, error) {
	c.Charge(len(a.Bytes))
	m := new(dns.Message)
	if err := m.Unpack(a.Bytes); err != nil {
		return MessageTable{}, &protocolError{"not a DNS message: " + strings.ReplaceAll(err.Error(), "dns: ", "")}
	}
	return tableOf(c, m), nil
}

// An invalidError has the code "invalid".
type invalidError struct{ text string }

func (e *invalidError) Error() string { return e.text }

// Code returns "invalid".
func (e *invalidError) Code() string { return "invalid" }

// A protocolError has the code "protocol".
type protocolError struct{ text string }

func (e *protocolError) Error() string { return e.text }

// Code returns "protocol".
func (e *protocolError) Code() string { return "protocol" }
