package dns

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A request is one message on its way through the server.
type request struct {
	server   *Server
	raw      []byte
	from, to netip.AddrPort
	conn     *conn // of TCP, else nil
	handled  bool  // it was answered, or needs no answer: the connection stays
	quick    bool  // nobody may wait for the answer: Server.Known is asked
	later    bool  // and did not know it
	told     bool  // the trace has it

	msg    Message
	opt    *miekg.OPT   // of the request
	scope  netip.Prefix // whom the answer is for, if that is not everybody
	answer *Answer      // from the zones

	tsig      *miekg.TSIG // of the reply, if the request had one
	key       *Key        // that the request is signed with
	mac       []byte      // of the request, or of the reply's last message
	streaming bool        // the reply has more than one message, and the first is signed
}

// respond returns the reply, in out if it fits, or nothing if none is due.
func (r *request) respond(out []byte) []byte {
	s := r.server
	if len(r.raw) < 12 || binary.BigEndian.Uint16(r.raw[2:])&bitQR != 0 {
		s.stats.Dropped++
		return nil
	}
	reply := r.reply()
	if reply == nil {
		return nil
	}
	out = r.pack(reply, out)
	if len(out) == 0 {
		s.stats.Dropped++
		return nil
	}
	s.count(out, reply.Rcode)
	if s.Stack.Watched() {
		r.tell(false, Describe(reply))
	} else if r.conn == nil && r.keepable() {
		r.keep(reply, out)
	}
	return out
}

// keepable reports whether the same question will have the same answer and may be asked again: positive, of names that are in the zone and spelt as
// most do, so that nobody can fill the cache with what he makes up.
func (r *request) keepable() bool {
	a := r.answer
	switch {
	case a == nil || r.tsig != nil || r.server.Answer != nil || a.Rcode != miekg.RcodeSuccess || len(a.Answer) == 0 || a.Wildcard:
		return false
	case a.turning != nil && len(a.turning.rrs) > 8:
		return false
	case r.raw[2]&^(bitRD>>8) != 0 || r.raw[3]&^(bitAD|bitCD) != 0:
		return false
	}
	name := r.msg.Question[0].Name
	k, err := keyOf(name)
	size := 12 + len(k) + 4
	if r.opt != nil {
		size += 11
		if len(r.opt.Option) > 0 || r.opt.Hdr.Ttl&^doBit != 0 || !usualSize(r.opt.UDPSize()) {
			return false
		}
	}
	return err == nil && len(r.raw) == size && strings.ToLower(name) == name
}

// doBit is the flag DO in the TTL of an OPT record (RFC 6891 6.1.3).
const doBit = 1 << 15

// usualSize reports whether resolvers have this size of UDP messages by default.
func usualSize(n uint16) bool {
	switch n {
	case 512, 1220, 1232, 1400, 1410, 1452, 1472, 4000, 4096:
		return true
	}
	return false
}

// keep caches a reply that was sent as packed, and those with the other rotations of its set. The next is the one after it.
func (r *request) keep(m *Message, packed []byte) {
	if packed[2]&(bitTC>>8) != 0 {
		return
	}
	n := 1
	if t := r.answer.turning; t != nil {
		n = len(t.rrs)
	}
	set := m.Answer[len(m.Answer)-n:]
	replies := make([][]byte, 0, n)
	m.RecursionDesired, m.CheckingDisabled = false, false
	for range n {
		m.Answer = append(m.Answer[:len(m.Answer)-n:len(m.Answer)-n], rotated(set)...)
		set = m.Answer[len(m.Answer)-n:]
		b, err := r.finish(m, nil)
		if err != nil || len(b) != len(packed) {
			return
		}
		replies = append(replies, b)
	}
	r.server.cache.put(r.raw, replies)
}

func rotated(set []RR) []RR { return append(append([]RR(nil), set[1:]...), set[0]) }

// count counts a reply.
func (s *Server) count(reply []byte, rcode int) {
	s.stats.Replies++
	if rcode < len(s.stats.Rcodes) {
		s.stats.Rcodes[rcode]++
	}
	if reply[2]&(bitTC>>8) != 0 {
		s.stats.Truncated++
	}
}

// reply works out the reply, or returns nil if none is due or the request was answered already.
func (r *request) reply() *Message {
	err := r.msg.Unpack(r.raw)
	if r.server.Stack.Watched() && !r.told {
		r.tell(true, Describe(&r.msg))
		r.told = true
	}
	if err != nil {
		return r.refuse(miekg.RcodeFormatError)
	}
	if !r.edns() {
		return r.refuse(miekg.RcodeFormatError)
	}
	if r.opt != nil && r.opt.Version() != 0 {
		return r.refuse(miekg.RcodeBadVers)
	}
	if no := r.authenticate(); no != nil {
		return no
	}
	switch r.msg.Opcode {
	case miekg.OpcodeQuery:
		return r.query()
	case miekg.OpcodeNotify:
		return r.notified()
	case miekg.OpcodeUpdate:
		return r.update()
	}
	return r.refuse(miekg.RcodeNotImplemented)
}

// edns finds the OPT record; there may be one, in the additional section, of the root (RFC 6891 6.1.1).
func (r *request) edns() bool {
	for _, rr := range r.msg.Extra {
		if opt, ok := rr.(*miekg.OPT); ok {
			if r.opt != nil || opt.Hdr.Name != "." {
				return false
			}
			r.opt = opt
		}
	}
	return true
}

// answerTo returns a reply without records.
func (r *request) answerTo() *Message {
	m := &Message{Question: r.msg.Question, Compress: true}
	m.Id, m.Response, m.Opcode = r.msg.Id, true, r.msg.Opcode
	m.RecursionDesired, m.CheckingDisabled = r.msg.RecursionDesired, r.msg.CheckingDisabled
	if len(m.Question) > 1 {
		m.Question = nil // RFC 9619 4: it is a format error, whatever they are; a client takes it for the answer to all of them
	}
	return m
}

// refuse returns a reply with nothing but a response code.
func (r *request) refuse(rcode int) *Message {
	m := r.answerTo()
	m.Rcode = rcode
	return m
}

// query answers a message of opcode QUERY.
func (r *request) query() *Message {
	if len(r.msg.Question) != 1 || len(r.msg.Answer) > 0 {
		return r.refuse(miekg.RcodeFormatError)
	}
	q := r.msg.Question[0]
	switch {
	case q.Qtype == miekg.TypeAXFR || q.Qtype == miekg.TypeIXFR:
		return r.transfer(q)
	case meta(q.Qtype) && q.Qtype != miekg.TypeANY:
		return r.refuse(miekg.RcodeNotImplemented)
	}
	a := r.ask(q)
	if r.later {
		return nil
	}
	if a == nil {
		a = r.look(q)
		r.answer = a
	}
	r.scope = a.Subnet
	m := r.answerTo()
	m.Rcode, m.Authoritative, m.RecursionAvailable = a.Rcode, a.Authoritative, a.RecursionAvailable
	m.Answer, m.Ns, m.Extra = a.Answer, a.Ns, a.Extra
	return m
}

// ask gives the question to Server.Answer.
func (r *request) ask(q Question) *Answer {
	if r.server.Answer == nil {
		return nil
	}
	query := &Query{From: r.from, To: r.to, TCP: r.conn != nil, Name: q.Name, Type: q.Qtype, Class: q.Qclass,
		Key: r.keyName(), Subnet: r.subnet(), Message: &r.msg}
	if r.quick {
		a := r.server.Known(query)
		r.later = a == nil
		return a
	}
	return r.server.Answer(query)
}

// keyName returns the name of the key that the request is signed with, or "".
func (r *request) keyName() string {
	if r.key == nil {
		return ""
	}
	return r.key.Name
}

// subnet returns the client subnet that a resolver told (RFC 7871 6).
func (r *request) subnet() netip.Prefix {
	if r.opt == nil {
		return netip.Prefix{}
	}
	for _, o := range r.opt.Option {
		if sub, ok := o.(*miekg.EDNS0_SUBNET); ok {
			if a, ok := netip.AddrFromSlice(sub.Address); ok {
				if p, err := a.Unmap().Prefix(int(sub.SourceNetmask)); err == nil {
					return p
				}
			}
		}
	}
	return netip.Prefix{}
}

// echo is the option by which a resolver learns for which of its clients an answer is.
func echo(p netip.Prefix) *miekg.EDNS0_SUBNET {
	family := uint16(1)
	if p.Addr().Is6() {
		family = 2
	}
	return &miekg.EDNS0_SUBNET{Code: miekg.EDNS0SUBNET, Family: family, SourceNetmask: uint8(p.Bits()), SourceScope: uint8(p.Bits()), Address: p.Addr().AsSlice()}
}

// look answers from the zones.
func (r *request) look(q Question) *Answer {
	if q.Qclass != miekg.ClassINET && q.Qclass != miekg.ClassANY {
		return &Answer{Rcode: miekg.RcodeRefused}
	}
	l := lookup{typ: q.Qtype, zone: r.server.zoneOf}
	a := l.run(q.Name)
	if t := a.turning; t != nil {
		t.turn = (t.turn + 1) % len(t.rrs)
	}
	if r.server.Minimal && a.Rcode == miekg.RcodeSuccess && len(a.Answer) > 0 && !a.Referral {
		a.Ns, a.Extra = nil, nil
	}
	return a
}

// limit is how large the reply may be.
func (r *request) limit() int {
	if r.conn != nil {
		return miekg.MaxMsgSize
	}
	if r.opt == nil {
		return miekg.MinMsgSize
	}
	return min(max(int(r.opt.UDPSize()), miekg.MinMsgSize), r.server.udpSize())
}

// pack packs a reply into out, made to fit: additional records that can be missed go first, then the authority section of a positive answer; what
// still does not fit is truncated (RFC 2181 9). Over TCP that is a failure.
func (r *request) pack(m *Message, out []byte) []byte {
	out = out[:cap(out)]
	limit := r.limit() - r.signatureSize()
	for step := 0; ; step++ {
		b, err := r.finish(m, out)
		if err == nil && len(b) <= limit {
			return r.sign(b)
		}
		switch step {
		case 0:
			m.Extra = r.glue(m.Extra)
		case 1:
			if len(m.Answer) > 0 {
				m.Ns, m.Extra = nil, nil
			}
		case 2:
			m.Answer, m.Ns, m.Extra = nil, nil, nil
			m.Truncated = r.conn == nil && err == nil
			if !m.Truncated {
				m.Rcode = miekg.RcodeServerFailure
			}
		default:
			return nil
		}
	}
}

// glue returns the additional records without which a referral leads nowhere.
func (r *request) glue(extra []RR) []RR {
	if r.answer == nil {
		return nil
	}
	return extra[:min(r.answer.glue, len(extra))]
}

// finish packs a reply with its OPT record.
func (r *request) finish(m *Message, out []byte) ([]byte, error) {
	whole := *m
	if r.opt != nil {
		opt := &miekg.OPT{Hdr: miekg.RR_Header{Name: ".", Rrtype: miekg.TypeOPT}}
		opt.SetUDPSize(uint16(r.server.udpSize()))
		opt.SetDo(r.opt.Do())
		if r.scope.IsValid() {
			opt.Option = append(opt.Option, echo(r.scope))
		}
		whole.Extra = append(m.Extra[:len(m.Extra):len(m.Extra)], opt)
	}
	return whole.PackBuffer(out)
}

// tell names the request or the reply in the trace.
func (r *request) tell(received bool, text string) {
	m := stack.Message{Received: received, Text: text}
	if r.conn != nil {
		m.Local, m.Remote = net.TCPAddrFromAddrPort(r.to), net.TCPAddrFromAddrPort(r.from)
	} else {
		m.Local, m.Remote = net.UDPAddrFromAddrPort(r.to), net.UDPAddrFromAddrPort(r.from)
	}
	r.server.Stack.Message(m)
}
