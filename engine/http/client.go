package http

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Mode is how a client uses connections.
type Mode int

// The modes that the lectures compare.
const (
	Persistent    Mode = iota // one connection for many objects, each asked for when the one before has come
	Pipelined                 // one connection, all objects asked for at once
	NonPersistent             // a connection for each object, one after the other
	Parallel                  // a connection for each object, several at a time
)

// A Client makes requests. Stack is needed; the zero values of the other fields are a client without memory, who follows no redirections.
type Client struct {
	Stack     *stack.Stack
	Mode      Mode
	Most      int           // connections at a time to one server in mode Parallel; 0 means 10
	Timeout   time.Duration // for each step; 0 means 60 s
	Limits    Limits        // of answers; a Body of 0 means 64 MiB
	Redirects int           // how many are followed
	Proxy     string        // "host:port" of a proxy, which is asked for tunnels for https; "" for none
	HTTP10    bool          // speak HTTP/1.0
	UserAgent string        // "" means "moonwire"
	Jar       nethttp.CookieJar

	// User and Password are answered to 401 by Basic or Digest, if it comes from the server of the URL that Do, Fetch or Page was given: to no
	// other, whatever a redirection or a page says.
	User, Password string

	// TLS returns the settings for a server of https; nil refuses https.
	TLS func(host string) (*tls.Config, error)
	// Go starts the tasks of mode Parallel; nil is Stack.Go.
	Go stack.Spawn
	// Charge, if set, is told of the work that Page has with what stands in a page, in units of about 25 ns, and by the task that called it.
	Charge func(units int)
	// Heads is told the head of each request and answer as it goes over the wire, to the empty line behind it; nil for nobody.
	Heads func(sent bool, head []byte)

	Opened int // how many connections were opened

	idle    []*pooled
	grants  []*grant
	fetched int64 // by the visits that go on
}

func (c *Client) largest() int64 {
	if c.Limits.Body > 0 {
		return c.Limits.Body
	}
	return 64 << 20
}

// A pooled connection waits for its next request.
type pooled struct {
	key  string // of whom it leads to
	conn *Conn
}

// NewRequest makes a request for a URL of http or https, with a body of known length if it is not nil. Its form is checked. A user and a password in the
// URL become credentials of the scheme Basic (RFC 9110 4.2.4).
func NewRequest(method, target string, body []byte) (*Request, error) {
	if !isToken(method) {
		return nil, invalid("%.40q is no method", method)
	}
	if method == "CONNECT" {
		return nil, invalid("CONNECT asks a proxy for a tunnel: a client that has a proxy does so for https")
	}
	u, err := url.Parse(target)
	if err != nil {
		return nil, invalid("%v", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Opaque != "" {
		return nil, invalid("want a URL such as http://host/path, got %.200q", target)
	}
	for i := range len(target) {
		if target[i] <= ' ' || target[i] == 0x7f {
			return nil, invalid("byte %#02x in URL %.200q", target[i], target)
		}
	}
	if u.Path == "" {
		u.Path = "/"
	}
	r := &Request{Method: method, URL: u, Host: u.Host, Header: Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if u.User != nil {
		password, _ := u.User.Password()
		r.Header.Set("Authorization", Basic(u.User.Username(), password))
		u.User = nil
	}
	if body != nil {
		setBody(r, body)
	}
	return r, nil
}

// setBody gives a request a body that can be sent again.
func setBody(r *Request, body []byte) {
	r.ContentLength = int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(body))), nil }
	r.Body, _ = r.GetBody()
	if len(body) == 0 {
		r.Body = nethttp.NoBody
	}
}

// Do makes a request: with the jar's cookies, with the password if the server asks for one, and at the place to which it sends the client. The
// body of the answer must be read, or closed: then the connection is free again.
func (c *Client) Do(r *Request) (*Response, error) { return c.do(r, hostPort(r.URL)) }

// do is Do with the server that may be shown the password.
func (c *Client) do(r *Request, home string) (*Response, error) {
	for hops := 0; ; hops++ {
		a, err := c.authorized(c.prepared(r), home)
		if err != nil {
			return nil, err
		}
		next := redirected(r, a)
		if next == nil || hops >= c.Redirects {
			return a, nil
		}
		a.Body.Close()
		r = next
	}
}

// Get is Do with GET.
func (c *Client) Get(target string) (*Response, error) {
	r, err := NewRequest("GET", target, nil)
	if err != nil {
		return nil, err
	}
	return c.Do(r)
}

// prepared returns the request with the fields that the client adds.
func (c *Client) prepared(given *Request) *Request {
	r := new(Request)
	*r = *given
	r.Header = given.Header.Clone()
	if r.Header["User-Agent"] == nil {
		name := c.UserAgent
		if name == "" {
			name = "moonwire"
		}
		r.Header.Set("User-Agent", name)
	}
	if c.HTTP10 {
		r.ProtoMinor = 0
	}
	if c.Mode == NonPersistent || c.Mode == Parallel {
		r.Close = true
	}
	if c.Jar != nil {
		for _, k := range c.Jar.Cookies(r.URL) {
			r.AddCookie(k)
		}
	}
	return r
}

// redirected returns the request that an answer sends the client to make, or nil (RFC 9110 15.4).
func redirected(r *Request, a *Response) *Request {
	if !slices.Contains([]int{301, 302, 303, 307, 308}, a.StatusCode) {
		return nil
	}
	to, err := a.Location()
	if err != nil || to.Scheme != "http" && to.Scheme != "https" || r.URL.Scheme == "https" && to.Scheme == "http" {
		return nil
	}
	method := r.Method
	again := a.StatusCode == 307 || a.StatusCode == 308
	if !again && method != "GET" && method != "HEAD" {
		method = "GET"
	}
	next, err := NewRequest(method, to.String(), nil)
	if err != nil {
		return nil
	}
	for name, values := range r.Header { // into another map: the order does not matter
		if !again && strings.HasPrefix(name, "Content-") || (name == "Authorization" || name == "Cookie") && hostPort(to) != hostPort(r.URL) {
			continue
		}
		next.Header[name] = values
	}
	if again && r.GetBody != nil {
		next.GetBody, next.ContentLength = r.GetBody, r.ContentLength
		next.Body, _ = r.GetBody()
	}
	return next
}

// exchange makes one request on a connection of the pool or a new one, and keeps the cookies of the answer.
func (c *Client) exchange(r *Request) (*Response, error) {
	a, err := c.attempt(r, true)
	if errors.Is(err, errStale) {
		a, err = c.attempt(r, false)
	}
	if err != nil {
		return nil, err
	}
	c.learn(r, a)
	return a, nil
}

func (c *Client) learn(r *Request, a *Response) {
	if c.Jar != nil {
		if list := a.Cookies(); len(list) > 0 {
			c.Jar.SetCookies(r.URL, list)
		}
	}
}

// errStale says that a connection from the pool was closed by the server, and that the request may be made once more.
var errStale = errors.New("http: the connection was closed")

func (c *Client) attempt(r *Request, pool bool) (*Response, error) {
	conn, err := c.conn(r, pool)
	if err != nil {
		return nil, err
	}
	stale := func(err error) error {
		conn.Close()
		safe := slices.Contains([]string{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}, r.Method)
		if conn.used > 0 && safe && pool && rewind(r) {
			return errStale
		}
		return err
	}
	if err := conn.send(r, c.proxied(r)); err != nil {
		return nil, stale(err)
	}
	a, err := conn.Receive()
	if err != nil {
		if errors.Is(err, ErrUnanswered) || stack.Code(err) == "reset" {
			return nil, stale(err)
		}
		conn.Close()
		return nil, err
	}
	c.release(conn, r, a)
	return a, nil
}

// rewind makes the body of a request readable again.
func rewind(r *Request) bool {
	if r.Body == nil || r.Body == nethttp.NoBody {
		return true
	}
	if r.GetBody == nil {
		return false
	}
	var err error
	r.Body, err = r.GetBody()
	return err == nil
}

// release puts the connection into the pool when the body of the answer has been read.
func (c *Client) release(conn *Conn, r *Request, a *Response) {
	done := func() {
		if conn.Free() && !r.Close {
			c.keep(r, conn)
		} else {
			conn.Close()
		}
	}
	if b, ok := a.Body.(*answerBody); ok && !b.ended {
		b.after = done
		return
	}
	done()
}

// maxIdle is how many connections wait for requests at most.
const maxIdle = 512

func (c *Client) keep(r *Request, conn *Conn) {
	if len(c.idle) >= maxIdle {
		c.idle[0].conn.Close()
		c.idle = slices.Delete(c.idle, 0, 1)
	}
	c.idle = append(c.idle, &pooled{c.key(r), conn})
}

func (c *Client) proxied(r *Request) bool { return c.Proxy != "" && r.URL.Scheme == "http" }

// key names whom a connection for a request leads to.
func (c *Client) key(r *Request) string {
	if c.proxied(r) {
		return "proxy " + c.Proxy
	}
	return r.URL.Scheme + " " + hostPort(r.URL) + " by " + c.Proxy
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = fmt.Sprint(Port)
		if u.Scheme == "https" {
			port = fmt.Sprint(PortTLS)
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// conn takes a connection from the pool, or opens one.
func (c *Client) conn(r *Request, pool bool) (*Conn, error) {
	key := c.key(r)
	for i := 0; i < len(c.idle) && pool; i++ {
		p := c.idle[i]
		if p.key != key {
			continue
		}
		c.idle = slices.Delete(c.idle, i, i+1)
		if p.conn.quiet() {
			return p.conn, nil
		}
		p.conn.Close()
		i--
	}
	d := stack.Dialer{Timeout: orElse(c.Timeout, time.Minute)}
	tcp, err := d.Dial(c.Stack, "tcp", cmp.Or(c.Proxy, hostPort(r.URL)))
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	c.Opened++
	l := c.Limits
	l.Body = c.largest()
	conn := NewConn(c.Stack, tcp, l, c.Timeout)
	conn.heads = c.Heads
	if r.URL.Scheme == "https" {
		if err := c.secure(conn, r); err != nil {
			conn.Close()
			return nil, err
		}
	}
	return conn, nil
}

// secure puts TLS over a connection, behind a tunnel if there is a proxy.
func (c *Client) secure(conn *Conn, r *Request) error {
	if c.TLS == nil {
		return invalid("no settings for TLS")
	}
	config, err := c.TLS(r.URL.Hostname())
	if err == nil && c.Proxy != "" {
		err = conn.through(hostPort(r.URL), r.Header.Get("User-Agent"))
	}
	if err != nil {
		return err
	}
	return conn.Secure(config)
}

// Close closes the connections that wait for requests.
func (c *Client) Close() {
	for _, p := range c.idle {
		p.conn.Close()
	}
	c.idle = nil
}
