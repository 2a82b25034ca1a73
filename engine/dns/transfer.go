package dns

import (
	"net/netip"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// A Request asks one server for something that is signed or comes in many messages: a transfer, an update, a NOTIFY.
type Request struct {
	Stack   *stack.Stack
	Server  netip.AddrPort
	Key     *Key          // signs the request; the reply must be signed then too
	Timeout time.Duration // for each try over UDP, and for each message over TCP; 0 means 5 s
	Tries   int           // over UDP; 0 means 3
	TCP     bool          // from the start; otherwise only what is too large for UDP, and again what came back truncated
	Records int           // how many a transfer may bring; MaxRecords if 0
}

func (q *Request) timeout() time.Duration {
	if q.Timeout > 0 {
		return q.Timeout
	}
	return 5 * time.Second
}

// pack packs and signs a message with an id drawn from the stack's random numbers.
func (q *Request) pack(m *Message) ([]byte, *stream, error) {
	m.Id = uint16(q.Stack.Rand().Uint32())
	raw, err := m.Pack()
	if err != nil {
		return nil, nil, &Error{Op: opcodeWord(m), Name: nameOf(m), Text: "a record that no message can carry"}
	}
	s := &stream{key: q.Key}
	if q.Key != nil {
		t := q.Key.stub(m.Id, q.Stack.Now())
		raw, s.prior = q.Key.sign(digest{message: raw}, t)
	}
	return raw, s, nil
}

// Do sends a message and returns the reply, whatever its response code. It gives the message an id.
func (q *Request) Do(m *Message) (*Message, error) {
	raw, s, err := q.pack(m)
	if err != nil {
		return nil, err
	}
	if !q.TCP && len(raw) <= miekg.MinMsgSize {
		reply, err := q.overUDP(m, raw, s)
		if err != nil || !reply.Truncated {
			return reply, err
		}
		if raw, s, err = q.pack(m); err != nil {
			return nil, err
		}
	}
	c, err := q.dial(m, raw)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return q.next(c, m, s, q.Stack.Now().Add(q.timeout()))
}

// overUDP sends until a reply comes that fits. What does not fit is passed over.
func (q *Request) overUDP(m *Message, raw []byte, s *stream) (*Message, error) {
	c, err := stack.Dialer{}.Dial(q.Stack, "udp", q.Server.String())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	tries := q.Tries
	if tries == 0 {
		tries = 3
	}
	buf := make([]byte, 65535)
	var last, wrong error
	for try := range tries {
		q.tell(c, false, m)
		if _, last = c.Write(raw); last != nil {
			continue
		}
		c.SetReadDeadline(q.Stack.Now().Add(q.timeout() << min(try, 4)))
		for {
			n, err := c.Read(buf)
			if err != nil {
				last = err
				break
			}
			attempt := *s
			reply, err := q.read(c, buf[:n], m, &attempt)
			if err == nil {
				return reply, nil
			}
			if reply != nil { // it fits the question, but its signature does not: a right one may still come
				wrong = err
			}
		}
		if wrong != nil {
			return nil, wrong
		}
	}
	return nil, last
}

// dial opens a TCP connection and sends the message.
func (q *Request) dial(m *Message, raw []byte) (*stack.Conn, error) {
	c, err := stack.Dialer{Timeout: q.timeout()}.Dial(q.Stack, "tcp", q.Server.String())
	if err != nil {
		return nil, err
	}
	c.SetDeadline(q.Stack.Now().Add(q.timeout()))
	q.tell(c, false, m)
	if err := wire.Width16.WriteFrame(c, raw); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// next reads the next message of a connection, within the time for one and before all has to be over.
func (q *Request) next(c *stack.Conn, m *Message, s *stream, end time.Time) (*Message, error) {
	by := q.Stack.Now().Add(q.timeout())
	if end.Before(by) {
		by = end
	}
	c.SetReadDeadline(by)
	raw, err := wire.Width16.ReadFrame(c, 0)
	if err != nil {
		return nil, err
	}
	return q.read(c, raw, m, s)
}

// read unpacks and verifies a reply. The message comes with the error if it belongs to the question but its signature is wrong.
func (q *Request) read(c *stack.Conn, raw []byte, m *Message, s *stream) (*Message, error) {
	reply := new(Message)
	if err := reply.Unpack(raw); err != nil || len(raw) < 12 {
		return nil, &Error{Op: opcodeWord(m), Name: nameOf(m), Text: "the reply cannot be read"}
	}
	q.tell(c, true, reply)
	if !reply.Response || reply.Id != m.Id || reply.Opcode != m.Opcode || len(reply.Question) > 0 && !sameQuestion(reply, m) {
		return nil, &Error{Op: opcodeWord(m), Name: nameOf(m), Text: "the reply is to something else"}
	}
	if _, err := s.verify(raw, q.Stack.Now()); err != nil {
		return reply, err
	}
	return reply, nil
}

// tell names a message in the trace.
func (q *Request) tell(c *stack.Conn, received bool, m *Message) {
	if q.Stack.Watched() {
		q.Stack.Message(stack.Message{Local: c.LocalAddr(), Remote: c.RemoteAddr(), Received: received, Text: Describe(m)})
	}
}

func sameQuestion(a, b *Message) bool {
	if len(a.Question) != 1 || len(b.Question) != 1 {
		return false
	}
	x, y := a.Question[0], b.Question[0]
	return x.Qtype == y.Qtype && x.Qclass == y.Qclass && miekg.CanonicalName(x.Name) == miekg.CanonicalName(y.Name)
}

func nameOf(m *Message) string {
	if len(m.Question) == 0 {
		return ""
	}
	return m.Question[0].Name
}

// maxTransfer is how long a transfer may take, however it trickles.
const maxTransfer = time.Hour

// A Delta is what a transfer brought: all records, the SOA first, or the changes since the version that the asker has.
type Delta struct {
	SOA     *miekg.SOA // the version that it leads to
	Records []RR       // of a whole transfer
	Changes []Change   // of an incremental one; none if the asker's version is the newest
	Whole   bool
}

// Transfer asks for a zone: for all of it if have is nil (AXFR, RFC 5936), otherwise for what has changed since that version (IXFR, RFC 1995),
// in whose place the server may still send all of it.
func (q *Request) Transfer(zone string, have *miekg.SOA) (*Delta, error) {
	m := new(Message)
	m.Question = []Question{{Name: miekg.Fqdn(zone), Qtype: miekg.TypeAXFR, Qclass: miekg.ClassINET}}
	if have != nil {
		m.Question[0].Qtype = miekg.TypeIXFR
		m.Ns = []RR{have}
	}
	raw, s, err := q.pack(m)
	if err != nil {
		return nil, err
	}
	c, err := q.dial(m, raw)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	limit := q.Records
	if limit == 0 {
		limit = MaxRecords
	}
	t := newTransferReader(m.Question[0].Name, have, limit)
	end := q.Stack.Now().Add(maxTransfer)
	for !t.done {
		reply, err := q.next(c, m, s, end)
		if err != nil {
			return nil, err
		}
		if reply.Rcode != miekg.RcodeSuccess {
			return nil, &Error{Op: "transfer", Name: m.Question[0].Name, Rcode: reply.Rcode}
		}
		if err := t.message(reply.Answer); err != nil {
			return nil, err
		}
	}
	if err := s.complete(); err != nil {
		return nil, err
	}
	return t.delta(), nil
}

// A transferReader puts the records of a transfer together.
type transferReader struct {
	zone   string
	have   *miekg.SOA
	left   int // records that may still come
	soa    *miekg.SOA
	second bool // the next record is the second
	whole  bool
	adding bool // within a change, after its second SOA
	rrs    []RR
	change []Change
	done   bool
}

func newTransferReader(zone string, have *miekg.SOA, limit int) *transferReader {
	return &transferReader{zone: zone, have: have, left: 2*limit + 10}
}

func (t *transferReader) wrong(text string) error {
	return &Error{Op: "transfer", Name: t.zone, Text: text}
}

// message takes the records of one message.
func (t *transferReader) message(rrs []RR) error {
	if len(rrs) == 0 {
		return t.wrong("a message without records")
	}
	first := t.soa == nil
	for _, rr := range rrs {
		if t.done {
			return t.wrong("records after the end")
		}
		if t.left--; t.left < 0 {
			return t.wrong("more records than a zone may have")
		}
		if err := t.record(rr); err != nil {
			return err
		}
	}
	// RFC 1995 2: one SOA alone, not newer than what the asker has.
	if first && len(rrs) == 1 && t.have != nil && !SerialLess(t.have.Serial, t.soa.Serial) {
		t.done = true
	}
	return nil
}

// record takes one record.
func (t *transferReader) record(rr RR) error {
	soa, isSOA := rr.(*miekg.SOA)
	if isSOA && miekg.CanonicalName(soa.Hdr.Name) != miekg.CanonicalName(t.zone) {
		return t.wrong("the SOA of another zone")
	}
	switch {
	case t.soa == nil:
		if !isSOA {
			return t.wrong("it does not begin with an SOA")
		}
		t.soa, t.second = soa, true
	case t.second:
		t.second = false
		if t.whole = t.have == nil || !isSOA || soa.Serial == t.soa.Serial; t.whole {
			t.rrs = []RR{t.soa}
			return t.wholeRecord(rr)
		}
		t.change = append(t.change, Change{Old: soa})
	case t.whole:
		return t.wholeRecord(rr)
	default:
		return t.changeRecord(rr)
	}
	return nil
}

// wholeRecord takes a record of a whole transfer, which ends with the SOA it began with.
func (t *transferReader) wholeRecord(rr RR) error {
	if soa, ok := rr.(*miekg.SOA); ok {
		if soa.Serial != t.soa.Serial {
			return t.wrong("it ends with another SOA than it began with")
		}
		t.done = true
		return nil
	}
	t.rrs = append(t.rrs, rr)
	return nil
}

// changeRecord takes a record of an incremental transfer: changes of the form old SOA, what is removed, new SOA, what is added; then the newest
// SOA again.
func (t *transferReader) changeRecord(rr RR) error {
	c := &t.change[len(t.change)-1]
	soa, isSOA := rr.(*miekg.SOA)
	switch {
	case isSOA && !t.adding:
		c.New, t.adding = soa, true
	case isSOA && c.New.Serial == t.soa.Serial:
		if soa.Serial != t.soa.Serial {
			return t.wrong("a change after the last one")
		}
		t.done = true
	case isSOA:
		if soa.Serial != c.New.Serial {
			return t.wrong("changes that do not follow each other")
		}
		t.change, t.adding = append(t.change, Change{Old: soa}), false
	case t.adding:
		c.Added = append(c.Added, rr)
	default:
		c.Removed = append(c.Removed, rr)
	}
	return nil
}

func (t *transferReader) delta() *Delta {
	return &Delta{SOA: t.soa, Records: t.rrs, Changes: t.change, Whole: t.whole}
}
