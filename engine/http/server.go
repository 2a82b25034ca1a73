package http

import (
	"bufio"
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

// A Server answers on any number of listeners. Handler is needed; set the fields before the first connection.
type Server struct {
	Handler Handler

	Name     string        // in the field Server; "" means "moonwire"
	HTTP10   bool          // answer as a server of HTTP/1.0: one request on each connection
	TLS      *tls.Config   // begin every connection with TLS; nil for none
	Limits   Limits        // of requests
	Timeout  time.Duration // for a whole head, for a body besides a second for each 500 bytes, and for 64 KiB of an answer; 0 means 60 s
	Idle     time.Duration // how long a connection is kept for the next request; 0 means 60 s
	Requests int           // on one connection; 0 means any number
	Sessions int           // connections at a time; 0 means 10,000

	// Connect, if set, answers CONNECT: it opens the connection that a client asks for, to which everything is then handed on, and back, until both
	// sides have ended or nothing has moved for 10 minutes. The response refuses. If nil, CONNECT is answered with 501.
	Connect func(*Request) (net.Conn, *Response)
	// Go starts the task of a connection; nil is Stack.Go.
	Go stack.Spawn
	// Charge, if set, is told of the work that sessions do, in units of about 25 ns.
	Charge func(units int)
	// Log, if set, is told of every answer, when it was sent or could not be.
	Log func(Entry)

	sessions stack.Sessions
	writers  []*bufio.Writer // that no session uses now
	answered int
}

// An Entry is a line of a server's log.
type Entry struct {
	Remote   net.Addr
	Request  *Request // nil if it was not understood
	Status   int
	Bytes    int64 // of the body, or through a tunnel both ways
	Began    time.Time
	Finished time.Time
}

// slowest is how many bytes a second a body has to come with.
const slowest = 500

// Serve takes connections until the listener is closed or fails, each in a task of its own, and closes the listener.
func (s *Server) Serve(st *stack.Stack, l net.Listener) error {
	if err := s.sessions.Serve(st, l, "http session", s.Go, func(c net.Conn) { s.ServeConn(st, c) }); err != nil {
		return fmt.Errorf("http: accept: %w", err)
	}
	return nil
}

// Close closes the listeners and breaks every connection off.
func (s *Server) Close() { s.sessions.Close() }

// Active returns how many connections there are.
func (s *Server) Active() int { return s.sessions.Len() }

// Answered returns how many requests were answered.
func (s *Server) Answered() int { return s.answered }

func orElse(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

func (s *Server) timeout() time.Duration { return orElse(s.Timeout, time.Minute) }

func (s *Server) charge(units int) {
	if s.Charge != nil {
		s.Charge(units)
	}
}

// ServeConn answers the requests of one connection until it ends, and closes it.
func (s *Server) ServeConn(st *stack.Stack, conn net.Conn) {
	defer conn.Close()
	if task := st.Scheduler().Current(); task != nil {
		task.Daemon = true // a client that says nothing more does not keep the world going
	}
	x := &session{Server: s, st: st, link: stack.NewLink(st, conn)}
	most := s.Sessions
	if most <= 0 {
		most = 10000
	}
	leave, ok := s.sessions.Enter(conn, most)
	defer leave()
	if s.TLS != nil {
		if x.link.ServeTLS(s.TLS, st.Now().Add(s.timeout())) != nil {
			return
		}
		defer x.link.Close()
	}
	x.in = newInput(x.link, s.Limits)
	if !ok {
		x.refuse(fault(503, "too many connections"))
		return
	}
	x.run()
}

// A session is one connection.
type session struct {
	*Server
	st    *stack.Stack
	link  *stack.Link
	in    *input
	began time.Time // when the head of the request had come
	close bool      // no request may follow
}

func (x *session) run() {
	for n := 1; !x.close; n++ {
		r, err := x.next(n)
		if err != nil {
			x.fail(err)
			return
		}
		x.close = r.Close || x.HTTP10 || n == x.Requests
		x.charge(requestCost)
		switch {
		case r.Method != "CONNECT":
			err = x.answer(r, x.handle(r))
		case x.Connect != nil:
			err = x.tunnel(r)
		default:
			err = x.answer(r, Text(501, "501 Not Implemented: this server makes no tunnels"))
		}
		if err != nil {
			return
		}
		x.in.shrink()
	}
}

const (
	requestCost  = 400 // of a request, in units of Charge
	bytesPerUnit = 64  // of bodies
)

// next waits for a request and reads its head.
func (x *session) next(n int) (*Request, error) {
	if x.in.Buffered() == 0 {
		wait := orElse(x.Idle, time.Minute)
		if n == 1 {
			wait = x.timeout()
		}
		x.link.SetReadDeadline(x.st.Now().Add(wait))
		if _, err := x.in.Peek(1); err != nil {
			if n > 1 || errors.Is(err, io.EOF) {
				return nil, io.EOF // whatever it is, nothing was asked
			}
			return nil, err
		}
	}
	x.link.SetReadDeadline(x.st.Now().Add(x.timeout()))
	head, err := x.in.head()
	if err != nil {
		return nil, err
	}
	x.began = x.st.Now()
	f, err := checkRequest(head, x.in.limits)
	if err != nil {
		return nil, err
	}
	r, err := nethttp.ReadRequest(x.in.Reader)
	if err != nil {
		return nil, fault(400, "%v", err)
	}
	if t, ok := x.link.Conn.(*tls.Conn); ok {
		state := t.ConnectionState()
		r.TLS = &state
		x.st.Message(stack.Message{Local: x.link.LocalAddr(), Remote: x.link.RemoteAddr(), Received: true, Text: "TLS: " + r.Method + " " + r.RequestURI + " " + r.Proto})
	}
	r.RemoteAddr = x.link.RemoteAddr().String()
	if r.Method == "PUT" && f.coding == "" && f.length == "" {
		return r, fault(411, "PUT wants a Content-Length, or chunks")
	}
	if f.coding != "" || r.ContentLength > 0 {
		if r.ContentLength > x.in.limits.Body {
			return r, fault(413, "the body is longer than %d bytes", x.in.limits.Body)
		}
		expect := strings.ToLower(r.Header.Get("Expect"))
		if expect != "" && expect != "100-continue" {
			return r, fault(417, "expectation %.40q", expect)
		}
		r.Body = &body{ReadCloser: r.Body, x: x, expect: expect != "" && r.ProtoAtLeast(1, 1), since: x.began}
	}
	return r, nil
}

// checkRequest refuses a head whose meaning is in doubt, or of a version that is not spoken here.
func checkRequest(head []byte, l Limits) (framing, error) {
	line, fields, _ := strings.Cut(string(head), "\n")
	line = strings.TrimSuffix(line, "\r")
	f, err := checkFields(head[len(head)-len(fields):], l.Fields)
	if err != nil {
		return f, err
	}
	if badValue(line) >= 0 || strings.Contains(line, "\t") {
		return f, fault(400, "a control character in the request line")
	}
	_, version, _ := strings.Cut(line[strings.LastIndexByte(line, ' ')+1:], "HTTP/")
	major, minor, ok := nethttp.ParseHTTPVersion("HTTP/" + version)
	switch {
	case !ok:
		return f, fault(400, "want METHOD TARGET HTTP/1.1, got %.60q", line)
	case major != 1:
		return f, fault(505, "version %d.%d; 1.0 and 1.1 are spoken here", major, minor)
	case f.hosts > 1 || minor >= 1 && f.hosts == 0:
		return f, fault(400, "%d fields Host, want 1", f.hosts)
	case minor == 0 && f.codings > 0:
		return f, fault(400, "Transfer-Encoding in a request of HTTP/1.0")
	}
	return f, nil
}

// handle lets the handler answer.
func (x *session) handle(r *Request) *Response {
	answer := x.Handler(r)
	if b, ok := r.Body.(*body); ok && b.failed != nil {
		if f := new(Fault); errors.As(b.failed, &f) {
			if answer != nil && answer.Body != nil {
				answer.Body.Close()
			}
			answer = refusal(f)
		}
		x.close = true
	}
	if answer == nil {
		answer = Status(500)
	}
	return answer
}

// fail ends a connection on which no request, or none that can be understood, has come.
func (x *session) fail(err error) {
	if f := new(Fault); errors.As(err, &f) {
		x.refuse(f)
	} else if stack.Code(err) == "timeout" {
		x.refuse(fault(408, "the request did not come within %v", x.timeout()))
	}
}

func refusal(f *Fault) *Response { return Text(f.Status, statusLine(f.Status)+": "+f.Text) }

// refuse answers what could not be read, and ends the connection.
func (x *session) refuse(f *Fault) {
	x.close = true
	if x.answer(nil, refusal(f)) == nil {
		x.linger()
	}
}

// linger reads what a client still sends, for a while: to close at once could take the answer from it before it has read it (RFC 9112 9.6).
func (x *session) linger() {
	if closeWrite(x.link) != nil {
		return
	}
	x.link.SetReadDeadline(x.st.Now().Add(5 * time.Second))
	io.Copy(io.Discard, x.in)
}
