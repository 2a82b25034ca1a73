package imap

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

// An incoming is the literal at the end of APPEND, which is not read yet: the message.
type incoming struct {
	size int64
	plus bool // it comes without being asked for (RFC 7888)
}

// A tooBig is a literal beyond the limits.
type tooBig struct {
	tag    string
	coming bool
}

func (*tooBig) Error() string { return "imap: the literal is too large" }

// readCommand reads a line and the literals in it, with the lines that follow them. The message of an APPEND is left to be read.
func (x *session) readCommand() (text []byte, message *incoming, err error) {
	for {
		x.patience()
		line, err := x.lines.ReadLine()
		if err != nil {
			return nil, nil, err
		}
		text = append(text, line...)
		size, plus, ok := literalHeader(line)
		if !ok {
			return text, nil, nil
		}
		if isAppend(text) {
			return text, &incoming{size, plus}, nil
		}
		if size > maxLiteral || int64(len(text))+size > maxCommand {
			return nil, nil, &tooBig{tagOf(text), plus}
		}
		if !plus {
			x.out.WriteString("+ go on\r\n")
		}
		x.hold(len(text) + int(size))
		text = append(text, "\r\n"...)
		from := len(text)
		text = append(text, make([]byte, size)...)
		if _, err := io.ReadFull(x.lines, text[from:]); err != nil {
			return nil, nil, err
		}
	}
}

// literalHeader reads "{size}" or "{size+}" at the end of a line.
func literalHeader(line []byte) (size int64, plus, ok bool) {
	if len(line) < 3 || line[len(line)-1] != '}' {
		return 0, false, false
	}
	i := bytes.LastIndexByte(line, '{')
	if i < 0 {
		return 0, false, false
	}
	digits, plus := bytes.CutSuffix(line[i+1:len(line)-1], []byte("+"))
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false, false
	}
	for _, c := range digits {
		if !isDigit(c) {
			return 0, false, false
		}
	}
	size, err := strconv.ParseInt(string(digits), 10, 64)
	return size, plus, err == nil
}

// isAppend reports whether the literal that text ends with is the message of an APPEND.
func isAppend(text []byte) bool {
	p := &parser{b: text}
	p.tag()
	p.sp()
	if !p.keyword("APPEND") {
		return false
	}
	p.sp()
	p.appendArgs()
	i := bytes.LastIndexByte(text, '{')
	return p.err == nil && p.at == i
}

func tagOf(text []byte) string {
	p := &parser{b: text}
	tag := p.tag()
	if p.err != nil {
		return "*"
	}
	return tag
}

// A messageReader reads the literal of an APPEND and the end of the line behind it, so that a message is whole, or not taken.
type messageReader struct {
	x    *session
	left int64
	over bool
	part int // of the present chunk
}

var errNoLineEnd = errors.New("imap: the line goes on behind the message")

// Read implements io.Reader.
func (r *messageReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, r.finish()
	}
	if r.part <= 0 {
		r.x.patience()
		r.part = chunk
	}
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	n, err := r.x.lines.Read(p)
	r.left -= int64(n)
	r.part -= n
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// finish reads the end of the line.
func (r *messageReader) finish() error {
	if r.over {
		return io.EOF
	}
	r.over = true
	r.x.patience()
	line, err := r.x.lines.ReadLine()
	switch {
	case err == wire.ErrLineTooLong || err == nil && len(line) > 0:
		return errNoLineEnd
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	}
	return io.EOF
}
