package smtp

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// An input reads lines, messages and chunks from a connection.
type input struct {
	r      io.Reader
	before func() error // called before each read of r: what was said goes out before the peer is waited for
	buf    []byte
	at, n  int // what is read and not yet taken: buf[at:n]
}

const (
	smallBuffer = 4 << 10  // of an idle session
	largeBuffer = 32 << 10 // while a message comes
)

// What can be wrong with what is read; the session goes on behind it.
var (
	errLineTooLong = errors.New("line too long")
	errTextTooLong = errors.New("line of the message too long")
	errBareEnding  = errors.New("CR or LF alone in the message")
	errTooLarge    = errors.New("message too large")
	errEightBit    = errors.New("8-bit data in the message")
	errSmuggling   = errors.New("a dot between line ends that are not CRLF") // and here it does not
	errFarTooLarge = errors.New("message far too large")                     // nor here
	errOutOfMemory = errors.New("too many messages at a time")
)

// waiting returns the bytes that are read and not yet taken.
func (in *input) waiting() []byte { return in.buf[in.at:in.n] }

// fill reads more, at least a byte.
func (in *input) fill() error {
	if err := in.before(); err != nil {
		return err
	}
	switch {
	case in.buf == nil:
		in.buf = make([]byte, smallBuffer)
	case in.at == in.n:
		in.at, in.n = 0, 0
	case in.n == len(in.buf) && in.at > 0:
		in.n = copy(in.buf, in.buf[in.at:in.n])
		in.at = 0
	case in.n == len(in.buf):
		in.grow(2 * len(in.buf))
	}
	for range 100 {
		n, err := in.r.Read(in.buf[in.n:])
		in.n += n
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

func (in *input) grow(size int) {
	if size > len(in.buf) {
		bigger := make([]byte, size)
		in.n = copy(bigger, in.buf[in.at:in.n])
		in.at, in.buf = 0, bigger
	}
}

// line returns the next line without its end, LF or CRLF, valid until the next call. A line of more than limit bytes is skipped and is
// errLineTooLong. The end of the stream is io.EOF, within a line io.ErrUnexpectedEOF.
func (in *input) line(limit int) ([]byte, error) {
	long, seen := false, 0
	for {
		rest := in.waiting()
		if i := bytes.IndexByte(rest[seen:], '\n'); i >= 0 {
			i += seen
			in.at += i + 1
			if i > 0 && rest[i-1] == '\r' {
				i--
			}
			if long || i > limit {
				return nil, errLineTooLong
			}
			return rest[:i], nil
		}
		if seen = len(rest); seen > limit+2 {
			long, seen = true, 0
			in.at = in.n
		}
		if err := in.fill(); err != nil {
			if err == io.EOF && (seen > 0 || long) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

// A block is a message on its way in.
type block struct {
	text     []byte
	max      int              // of text, in bytes
	maxLine  int              // of a line without its end
	eightBit bool             // bytes from 0x80 on are allowed
	claim    func(n int) bool // asks for room for n more bytes
	room     int              // bytes that were granted
	fault    error
	taken    int // bytes of the stream
}

// claimed is how much room is asked for at a time.
const claimed = 64 << 10

func (b *block) blame(err error) {
	if b.fault == nil {
		b.fault = err
	}
}

// add appends what belongs to the message.
func (b *block) add(p []byte) {
	if len(b.text)+len(p) > b.max {
		b.blame(errTooLarge)
	}
	for b.fault == nil && b.room < len(b.text)+len(p) {
		if !b.claim(claimed) {
			b.blame(errOutOfMemory)
		}
		b.room += claimed
	}
	if b.fault != nil {
		return
	}
	if need := len(b.text) + len(p); need > cap(b.text) { // append would grow large slices by a quarter
		b.text = slices.Grow(b.text, max(need, 2*cap(b.text), smallBuffer)-len(b.text))
	}
	b.text = append(b.text, p...)
}

// dotted reads a message up to its last line, a dot (RFC 5321 4.5.2). Only CRLF ends a line (2.3.8): a CR or LF alone makes the whole message a
// fault, and a line of a dot that begins or ends with one ends the session, because another server may have taken it, or may take it, for
// the end. b.fault says what is wrong with a message that ended; the error is for what did not end.
func (in *input) dotted(b *block) error {
	in.grow(largeBuffer)
	start := true // a line begins here, behind CRLF
	part := false // within a line that is too long
	for seen := 0; ; {
		rest := in.waiting()
		i := bytes.IndexByte(rest[seen:], '\n')
		if i < 0 {
			if seen = len(rest); seen > b.maxLine+2 && seen > 1 {
				b.blame(errTextTooLong)
				in.at, b.taken = in.n-1, b.taken+seen-1 // the last byte may be a CR
				seen, part, start = 1, true, false
			}
			if b.taken > 2*b.max+1<<20 {
				return errFarTooLarge
			}
			if err := in.fill(); err != nil {
				if err == io.EOF {
					err = io.ErrUnexpectedEOF
				}
				return err
			}
			continue
		}
		line := rest[:seen+i+1]
		in.at, b.taken, seen = in.at+len(line), b.taken+len(line), 0
		end, err := b.takeLine(line, start, part)
		if end || err != nil {
			return err
		}
		start, part = len(line) > 1 && line[len(line)-2] == '\r', false
	}
}

// takeLine adds a line, which LF ends, and reports whether it was the last.
func (b *block) takeLine(line []byte, start, part bool) (end bool, err error) {
	body, crlf := line[:len(line)-1], false
	if n := len(body); n > 0 && body[n-1] == '\r' {
		body, crlf = body[:n-1], true
	}
	if len(body) == 1 && body[0] == '.' && !part {
		if start && crlf {
			return true, nil
		}
		return false, errSmuggling
	}
	switch {
	case len(body) > b.maxLine+1 || len(body) > b.maxLine && body[0] != '.':
		b.blame(errTextTooLong)
	case !crlf, bytes.IndexByte(body, '\r') >= 0:
		b.blame(errBareEnding)
	case start && len(body) > 0 && body[0] == '.':
		line = line[1:]
	}
	b.add(line)
	return false, nil
}

// finish checks what can be checked of the whole message.
func (b *block) finish() {
	if !b.eightBit && b.fault == nil && !sevenBit(b.text) {
		b.blame(errEightBit)
	}
}

// sevenBit reports whether no byte of text has its eighth bit set.
func sevenBit(text []byte) bool {
	var bits byte
	for len(text) >= 8 {
		bits |= text[0] | text[1] | text[2] | text[3] | text[4] | text[5] | text[6] | text[7]
		text = text[8:]
	}
	for _, c := range text {
		bits |= c
	}
	return bits < 0x80
}

// chunk reads n bytes of a message (RFC 3030 2).
func (in *input) chunk(b *block, n int64) error {
	in.grow(largeBuffer)
	for n > 0 {
		rest := in.waiting()
		if len(rest) == 0 {
			if err := in.fill(); err != nil {
				if err == io.EOF {
					err = io.ErrUnexpectedEOF
				}
				return err
			}
			continue
		}
		rest = rest[:min(int64(len(rest)), n)]
		b.add(rest)
		b.taken += len(rest)
		in.at, n = in.at+len(rest), n-int64(len(rest))
	}
	return nil
}

// checkLines looks for what dotted refuses in a message that came in chunks, since it may have to be sent on by DATA, and ends its last line.
func (b *block) checkLines() {
	if b.fault != nil {
		return
	}
	for rest := b.text; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			i = len(rest)
			if bytes.IndexByte(rest, '\r') >= 0 {
				b.blame(errBareEnding)
			}
		} else if i == 0 || rest[i-1] != '\r' || bytes.IndexByte(rest[:i-1], '\r') >= 0 {
			b.blame(errBareEnding)
		}
		if i > b.maxLine+1 {
			b.blame(errTextTooLong)
		}
		rest = rest[min(i+1, len(rest)):]
	}
	if n := len(b.text); n > 0 && b.text[n-1] != '\n' {
		b.add([]byte("\r\n"))
	}
}
