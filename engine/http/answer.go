package http

import (
	"bufio"
	"fmt"
	"io"
	nethttp "net/http"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// bulk is how many bytes of an answer are written at once.
const bulk = 64 << 10

// answer sends the answer to a request, nil if it was not understood, and takes what is left of the request's body. An error says
// that the connection is of no more use.
func (x *session) answer(r *Request, a *Response) error {
	b, _ := bodyOf(r)
	if b != nil && b.unfinished() {
		x.close = true
	}
	x.complete(r, a)
	sent, err := x.send(a)
	x.answered++
	x.charge(int(sent / bytesPerUnit))
	if x.Log != nil {
		x.Log(Entry{x.link.RemoteAddr(), r, a.StatusCode, sent, x.began, x.st.Now()})
	}
	switch {
	case err != nil:
		return err
	case b != nil && x.close:
		x.linger()
	case b != nil:
		return b.drain()
	}
	return nil
}

func bodyOf(r *Request) (*body, bool) {
	if r == nil {
		return nil, false
	}
	b, ok := r.Body.(*body)
	return b, ok
}

// complete adds what every answer has: the version, Date, Server, and how it ends.
func (x *session) complete(r *Request, a *Response) {
	a.ProtoMajor, a.ProtoMinor = 1, 1
	if x.HTTP10 {
		a.ProtoMinor = 0
	}
	if a.Header == nil {
		a.Header = Header{}
	}
	if a.Header["Date"] == nil {
		a.Header["Date"] = []string{Date(x.st.Now())}
	}
	if a.Header["Server"] == nil {
		name := x.Name
		if name == "" {
			name = "moonwire"
		}
		a.Header["Server"] = []string{name}
	}
	a.Request, a.TransferEncoding = r, nil
	if noBody(a.StatusCode) {
		if a.Body != nil {
			a.Body.Close()
		}
		a.Body, a.ContentLength = nethttp.NoBody, 0
		a.Request = nil // whoever writes an answer to PUT or POST says Content-Length: 0, which 204 must not have (RFC 9110 8.6)
	}
	if a.Body == nil {
		a.Body = nethttp.NoBody
	}
	if a.ContentLength < 0 {
		if r != nil && r.ProtoAtLeast(1, 1) && !x.HTTP10 {
			a.TransferEncoding = []string{"chunked"}
		} else {
			x.close = true
		}
	}
	a.Close = x.close
	if !x.close && r != nil && !r.ProtoAtLeast(1, 1) {
		a.Header["Connection"] = []string{"keep-alive"}
	}
}

// noBody reports whether answers of a status have none (RFC 9110 6.4.1).
func noBody(status int) bool { return status < 200 || status == 204 || status == 304 }

// send writes an answer and returns how long its body was.
func (x *session) send(a *Response) (int64, error) {
	out := x.writer()
	defer x.giveBack(out)
	counted := &counter{ReadCloser: a.Body}
	a.Body = counted
	if a.ContentLength == 0 {
		a.Body.Close()
		a.Body = nethttp.NoBody
	}
	x.tell(a)
	err := a.Write(out)
	if err == nil {
		err = out.Flush()
	} else {
		a.Body.Close() // net/http does so unless the head could not be written
	}
	x.link.Tell("")
	return counted.n, err
}

// tell says what an answer is to observers who would see the bytes of a picture.
func (x *session) tell(a *Response) {
	if !x.st.Watched() {
		return
	}
	media := a.Header.Get("Content-Type")
	if isText(media) || a.ContentLength == 0 {
		return
	}
	x.link.Tell(fmt.Sprintf("HTTP/1.%d %s, %d bytes of %s", a.ProtoMinor, statusLine(a.StatusCode), a.ContentLength, media))
}

func isText(media string) bool {
	media, _, _ = strings.Cut(media, ";")
	return media == "" || strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "json") || strings.HasSuffix(media, "xml") ||
		strings.HasSuffix(media, "urlencoded") || strings.HasSuffix(media, "javascript")
}

// writer returns a buffer for an answer; those of answers that were sent are used again.
func (x *session) writer() *bufio.Writer {
	n := len(x.writers)
	if n == 0 {
		return bufio.NewWriterSize(timed{x}, bulk)
	}
	out := x.writers[n-1]
	x.writers = x.writers[:n-1]
	out.Reset(timed{x})
	return out
}

func (x *session) giveBack(out *bufio.Writer) {
	if len(x.writers) < 64 {
		out.Reset(nil)
		x.writers = append(x.writers, out)
	}
}

// timed writes to the connection of a session and gives each write its time.
type timed struct{ x *session }

// Write implements io.Writer.
func (w timed) Write(p []byte) (int, error) {
	w.x.link.SetWriteDeadline(w.x.st.Now().Add(w.x.timeout()))
	return w.x.link.Write(p)
}

// A counter counts the bytes of a body.
type counter struct {
	io.ReadCloser
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += int64(n)
	return n, err
}

// A body is that of a request: it keeps time and size within the server's bounds, and asks the client to go on if it waits for that.
type body struct {
	io.ReadCloser
	x      *session
	expect bool // the client waits for 100 Continue (RFC 9110 10.1.1)
	since  time.Time
	n      int64
	failed error // what ended it too early
	ended  bool
}

// Read implements io.Reader. What goes wrong is a *Fault, or an error of the connection.
func (b *body) Read(p []byte) (int, error) {
	if b.failed != nil {
		return 0, b.failed
	}
	if b.expect {
		b.expect = false
		if _, err := (timed{b.x}).Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			b.failed = err
			return 0, err
		}
	}
	b.x.link.SetReadDeadline(b.since.Add(b.x.timeout() + time.Duration(b.n)*time.Second/slowest))
	// net/http fills p from a chunk before it returns: what is over the limit must not be waited for.
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.x.in.limits.Body-b.n+1, bulk)])
	b.n += int64(n)
	b.x.charge(n / bytesPerUnit)
	switch {
	case b.n > b.x.in.limits.Body:
		n, b.failed = 0, fault(413, "the body is longer than %d bytes", b.x.in.limits.Body)
	case err == io.EOF:
		b.ended = true
		return n, err
	case err != nil && stack.Code(err) == "timeout":
		b.failed = fault(408, "the body came too slowly")
	case err == io.ErrUnexpectedEOF:
		b.failed = err
	case err != nil && stack.Code(err) == "failed":
		b.failed = fault(400, "%v", err)
	case err != nil:
		b.failed = err
	}
	return n, b.failed
}

// Close implements io.Closer; what was not read is looked after when the answer was sent.
func (b *body) Close() error { return nil }

// most is how much of a body that nobody wanted is read, so that the connection can go on.
const most = 256 << 10

// unfinished reports whether too much of the body is left to go on after it.
func (b *body) unfinished() bool {
	if b.ended {
		return false
	}
	return b.expect || b.failed != nil || b.x.HTTP10
}

// drain reads what is left of a body.
func (b *body) drain() error {
	if b.ended {
		return nil
	}
	n, err := io.CopyN(io.Discard, b, most)
	if err == io.EOF {
		return nil
	}
	if err == nil {
		err = fault(413, "more than %d bytes that nobody wanted", n)
	}
	return err
}
