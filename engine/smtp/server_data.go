package smtp

import (
	"strconv"
	"strings"
)

// ready reports whether a message may begin, and answers if it may not. After a group of pipelined commands, all recipients of which were refused,
// the answer has to say so (RFC 2920 3.1).
func (ss *session) ready() bool {
	switch {
	case !ss.mail:
		ss.fail("sequence", "Say MAIL first")
	case len(ss.envelope.To) == 0 && ss.refused:
		ss.fail("no-recipients", "")
	case len(ss.envelope.To) == 0:
		ss.fail("sequence", "Say RCPT first")
	default:
		return true
	}
	return false
}

func (ss *session) newBlock() *block {
	s := ss.server
	return &block{claim: ss.claim, max: s.maxSize(), maxLine: or(s.MaxLine, maxText), eightBit: s.EightBit || ss.envelope.UTF8 || ss.envelope.Body == "8BITMIME"}
}

// data is DATA (RFC 5321 4.1.1.4).
func (ss *session) data(arg string) {
	switch {
	case arg != "":
		ss.fail("syntax", "DATA")
		return
	case ss.chunks != nil:
		ss.fail("sequence", "The message comes by BDAT")
		return
	case !ss.ready():
		return
	case ss.server.Mailbox == nil && ss.server.Hook == nil:
		ss.say("local-error", "")
		return
	case !ss.settle(Event{Step: StepData}, nil, "data"):
		return
	}
	b := ss.newBlock()
	ss.coming = b
	err := ss.in.dotted(b)
	ss.coming, ss.waits = nil, false
	switch err {
	case nil:
		ss.finish(b)
	case errSmuggling:
		ss.say("smuggling", "")
		ss.closing = true
	case errFarTooLarge:
		ss.say("too-large", strconv.Itoa(b.max))
		ss.closing = true
	default:
		ss.broken(err)
		ss.closing = true
	}
}

// parseBdat reads the argument of BDAT.
func parseBdat(arg string) (n int64, last, ok bool) {
	words := strings.Fields(arg)
	if last = len(words) == 2 && strings.EqualFold(words[1], "LAST"); !last && len(words) != 1 {
		return 0, false, false
	}
	v, err := strconv.ParseUint(words[0], 10, 63)
	return int64(v), last, err == nil
}

// bdat is BDAT (RFC 3030 2): its bytes follow whatever the answer will be, so they are read first.
func (ss *session) bdat(arg string) {
	n, last, ok := parseBdat(arg)
	b, begins := ss.chunks, ss.chunks == nil
	if begins {
		b = ss.newBlock()
	}
	switch {
	case !ok:
		ss.fail("syntax", "BDAT size [LAST]") // nobody knows where the next command begins
		ss.closing = true
		return
	case n > int64(2*b.max):
		ss.say("too-large", strconv.Itoa(b.max))
		ss.closing = true
		return
	}
	s := ss.server
	allowed, nobody := s.offers("CHUNKING") && ss.envelope.Extended, s.Mailbox == nil && s.Hook == nil
	if !allowed || !ss.mail || len(ss.envelope.To) == 0 || nobody {
		b.blame(errTooLarge) // so that nothing is kept
	}
	ss.coming = b
	err := ss.in.chunk(b, n)
	ss.coming, ss.waits = nil, false
	switch {
	case err != nil:
		ss.broken(err)
		ss.closing = true
	case !allowed:
		ss.fail("not-implemented", "BDAT")
	case !ss.ready():
	case nobody:
		ss.say("local-error", "")
	case begins && !ss.mayBegin():
		ss.reset()
	default:
		ss.takeChunk(b, n, last)
	}
}

// mayBegin asks the hook whether a message may come in chunks: the positive answer is that to the first chunk.
func (ss *session) mayBegin() bool {
	r := ss.ask(Event{Step: StepData})
	if r == nil || r.Positive() {
		return true
	}
	ss.reply(*r)
	return false
}

// takeChunk answers a chunk that was read.
func (ss *session) takeChunk(b *block, n int64, last bool) {
	ss.chunks, ss.envelope.Chunked = b, true
	switch {
	case last:
		b.checkLines()
		ss.finish(b)
	case b.fault != nil:
		ss.faulty(b)
		ss.reset()
	default:
		ss.say("chunk", strconv.FormatInt(n, 10))
	}
}

// finish ends a transaction: the message is delivered, or refused if something is wrong with it.
func (ss *session) finish(b *block) {
	defer ss.reset()
	b.finish()
	if b.fault != nil {
		ss.faulty(b)
		return
	}
	ss.idle = 0
	ss.settle(Event{Step: StepMessage, Message: b.text}, func() error {
		if ss.server.Mailbox == nil {
			return nil
		}
		return ss.server.Mailbox.Deliver(ss.envelope, b.text)
	}, "accepted")
}

// faulty refuses a message.
func (ss *session) faulty(b *block) {
	switch b.fault {
	case errTooLarge:
		ss.fail("too-large", strconv.Itoa(b.max))
	case errTextTooLong:
		ss.fail("line-too-long", strconv.Itoa(b.maxLine))
	case errBareEnding:
		ss.fail("bare-ending", "")
	case errEightBit:
		ss.fail("eight-bit", "")
	case errOutOfMemory:
		ss.say("no-room", "")
	}
}
