package http

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Conn is a client's connection with a server. Requests may be sent before the answers to those before them have come (RFC 9112 9.3.2);
// answers come in the order of the requests. It may not be used by two tasks at a time.
type Conn struct {
	st      *stack.Stack
	timeout time.Duration
	link    *stack.Link
	in      *input
	asked   []*Request // that were not answered yet
	body    *answerBody
	used    int  // answers that have come
	broken  bool // nothing more can be asked
	last    bool // the answer to come is the last
	heads   func(sent bool, head []byte)
}

// NewConn takes a connection to a server, or a proxy. timeout is for each step: a request to be sent, a head to come, and each piece of a body.
func NewConn(st *stack.Stack, conn net.Conn, l Limits, timeout time.Duration) *Conn {
	c := &Conn{st: st, timeout: orElse(timeout, time.Minute), link: stack.NewLink(st, conn)}
	c.in = newInput(c.link, l)
	return c
}

// Secure puts TLS over the connection.
func (c *Conn) Secure(config *tls.Config) error {
	err := c.link.DialTLS(config, c.st.Now().Add(c.timeout))
	if err != nil && stack.Code(err) == "failed" {
		err = &tlsError{err}
	}
	if err != nil {
		return fmt.Errorf("http: TLS handshake: %w", err)
	}
	return nil
}

// A tlsError is a handshake that failed because of a certificate or of the protocol.
type tlsError struct{ cause error }

func (e *tlsError) Error() string { return e.cause.Error() }

// Code returns "protocol".
func (*tlsError) Code() string { return "protocol" }

// Unwrap returns the cause.
func (e *tlsError) Unwrap() error { return e.cause }

// Send writes a request. Its ContentLength must be known, or TransferEncoding be chunked, if it has a body. With Expect: 100-continue the body
// is sent when the server says so, or when it has said nothing for a second.
func (c *Conn) Send(r *Request) error { return c.send(r, false) }

// send writes a request in the form that a proxy wants or a server.
func (c *Conn) send(r *Request, proxied bool) error {
	w := &sending{c: c, http10: r.ProtoMajor == 1 && r.ProtoMinor == 0}
	out := bufio.NewWriterSize(w, bufferSize+len(r.URL.String()))
	c.asked = append(c.asked, r)
	if c.link.Secured() && c.st.Watched() {
		c.link.Tell(r.Method + " " + r.URL.RequestURI() + " HTTP/1.1")
		defer c.link.Tell("")
	}
	if r.Body != nil && r.Body != nethttp.NoBody && strings.EqualFold(r.Header.Get("Expect"), "100-continue") {
		kept := r.Body
		r.Body = &expectant{ReadCloser: kept, c: c, out: out}
		defer func() { r.Body = kept }()
	}
	write := r.Write
	if proxied {
		write = r.WriteProxy
	}
	err := write(out)
	if c.last {
		return nil
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		c.broken = true
		return fmt.Errorf("http: request: %w", err)
	}
	return nil
}

// sending writes to a connection and gives each write its time.
type sending struct {
	c      *Conn
	http10 bool // the first line is to say so; net/http always writes 1.1
	begun  bool
	head   []byte // what has been sent of it, until somebody was told
	told   bool
}

// Write implements io.Writer.
func (w *sending) Write(p []byte) (int, error) {
	if w.http10 && !w.begun {
		if end := bytes.Index(p, []byte(" HTTP/1.1\r\n")); end >= 0 {
			p = bytes.Clone(p)
			p[end+len(" HTTP/1.")] = '0'
		}
	}
	w.tell(p)
	w.begun = true
	w.c.link.SetWriteDeadline(w.c.st.Now().Add(w.c.timeout))
	return w.c.link.Write(p)
}

// tell tells of the head when all of it has been written.
func (w *sending) tell(p []byte) {
	if w.told || w.c.heads == nil {
		return
	}
	w.head = append(w.head, p...)
	if end := bytes.Index(w.head, []byte("\r\n\r\n")); end >= 0 {
		w.c.heads(true, w.head[:end+4])
		w.head, w.told = nil, true
	}
}

var errNotWanted = errors.New("http: the server answered before it had the body")

// An expectant body is sent when the server has said 100 Continue, or nothing for a second (RFC 9110 10.1.1).
type expectant struct {
	io.ReadCloser
	c     *Conn
	out   *bufio.Writer
	asked bool
}

// Read implements io.Reader.
func (e *expectant) Read(p []byte) (int, error) {
	if e.asked {
		return e.ReadCloser.Read(p)
	}
	e.asked = true
	if err := e.out.Flush(); err != nil {
		return 0, err
	}
	e.c.link.SetReadDeadline(e.c.st.Now().Add(time.Second))
	for range 100 {
		head, err := e.c.in.head()
		if err != nil && stack.Code(err) == "timeout" {
			break
		}
		status := ""
		if fields := strings.Fields(string(head)); len(fields) > 1 {
			status = fields[1]
		}
		if err != nil || len(status) != 3 || status[0] != '1' || status == "101" {
			e.c.last = true // Receive says which answer, or what went wrong
			return 0, errNotWanted
		}
		e.c.in.Discard(len(head))
		if status == "100" {
			break
		}
	}
	return e.ReadCloser.Read(p)
}

// ErrUnanswered says that a connection ended before anything of an answer had come: on a connection that was used before, the request may be
// made once more if that does no harm (RFC 9110 9.2.2).
var ErrUnanswered = &AnswerError{"the connection was closed before an answer came", "closed"}

// Receive reads the head of the answer to the first request that has none. The body must be read, or closed, before the next is received.
// Interim answers (1xx) are dropped.
func (c *Conn) Receive() (*Response, error) {
	if len(c.asked) == 0 {
		return nil, errors.New("http: nothing was asked")
	}
	if c.body != nil {
		c.body.Close()
	}
	if c.broken {
		return nil, ErrUnanswered
	}
	r := c.asked[0]
	c.asked = c.asked[1:]
	for range 100 {
		a, err := c.receive(r)
		if err != nil {
			c.broken = true
			return nil, err
		}
		if a.StatusCode >= 200 || a.StatusCode == 101 {
			c.used++
			return c.take(a), nil
		}
	}
	c.broken = true
	return nil, badAnswer("one interim answer after the other")
}

func (c *Conn) receive(r *Request) (*Response, error) {
	c.link.SetReadDeadline(c.st.Now().Add(c.timeout))
	head, err := c.in.head()
	switch {
	case err == io.EOF:
		return nil, ErrUnanswered
	case err != nil:
		if f := new(Fault); errors.As(err, &f) {
			return nil, &AnswerError{fmt.Sprintf("answer to %s %s: %s", r.Method, r.URL, f.Text), f.Code()}
		}
		return nil, fmt.Errorf("http: answer to %s %s: %w", r.Method, r.URL, err)
	}
	if c.heads != nil {
		c.heads(false, head)
	}
	line, _, _ := strings.Cut(string(head), "\n")
	if _, err := checkFields(head[len(line)+1:], c.in.limits.Fields); err != nil {
		return nil, badAnswer("answer to %s %s: %s", r.Method, r.URL, err.(*Fault).Text)
	}
	a, err := nethttp.ReadResponse(c.in.Reader, r)
	if err != nil {
		return nil, badAnswer("answer to %s %s: %v", r.Method, r.URL, err)
	}
	if a.ProtoMajor != 1 {
		return nil, badAnswer("answer to %s %s in version %s", r.Method, r.URL, a.Proto)
	}
	if c.link.Secured() {
		c.st.Message(stack.Message{Local: c.link.LocalAddr(), Remote: c.link.RemoteAddr(), Received: true, Text: "TLS: " + a.Proto + " " + a.Status})
	}
	return a, nil
}

// take puts around the body of an answer what keeps its time and its size, and knows when the connection is free again.
func (c *Conn) take(a *Response) *Response {
	if a.Close || a.StatusCode == 101 || c.last {
		c.broken = true
	}
	b := &answerBody{ReadCloser: a.Body, c: c, until: a.ContentLength < 0 && len(a.TransferEncoding) == 0}
	c.body = b
	if a.Body == nethttp.NoBody || a.ContentLength == 0 {
		b.end()
	}
	a.Body = b
	return a
}

// Free reports whether the connection can take a request now: all answers have come in whole, and the server keeps it.
func (c *Conn) Free() bool { return !c.broken && len(c.asked) == 0 && c.body == nil }

// quiet reports whether nothing has come on a connection that is not in use. What comes then is its end, or nothing that was asked for; under TLS nobody
// knows without reading it.
func (c *Conn) quiet() bool {
	s, ok := c.link.TCP().(interface{ Socket() stack.Socket })
	return c.in.Buffered() == 0 && (!ok || c.link.Secured() || !s.Socket().CanRead())
}

// Close closes the connection.
func (c *Conn) Close() error {
	c.broken = true
	return c.link.Close()
}

// An answerBody is the body of an answer.
type answerBody struct {
	io.ReadCloser
	c     *Conn
	until bool // it goes on until the connection is closed
	n     int64
	ended bool
	err   error
	after func() // called once, when the body has ended
}

// Read implements io.Reader.
func (b *answerBody) Read(p []byte) (int, error) {
	if b.ended {
		if b.err != nil {
			return 0, b.err
		}
		return 0, io.EOF
	}
	b.c.link.SetReadDeadline(b.c.st.Now().Add(b.c.timeout))
	n, err := b.ReadCloser.Read(p)
	if b.n += int64(n); b.n > b.c.in.limits.Body {
		n, err = 0, &AnswerError{fmt.Sprintf("the answer is longer than %d bytes", b.c.in.limits.Body), "too-long"}
	}
	if err != nil {
		if err != io.EOF {
			if stack.Code(err) == "failed" {
				err = badAnswer("body: %v", err)
			}
			b.err, b.c.broken = err, true
		}
		b.end()
	}
	return n, err
}

func (b *answerBody) end() {
	if b.ended {
		return
	}
	b.ended = true
	if b.until {
		b.c.broken = true
	}
	if b.c.body == b {
		b.c.body = nil
	}
	if b.after != nil {
		b.after()
	}
}

// Close implements io.Closer. A little that is left is read, so that the connection can be used again; otherwise it is closed.
func (b *answerBody) Close() error {
	if !b.ended {
		if n, err := io.CopyN(io.Discard, b, 64<<10); n == 64<<10 && err == nil {
			b.c.broken = true
			b.end()
		}
	}
	if b.c.broken && b.c.body == nil {
		b.c.link.Close()
	}
	return nil
}
