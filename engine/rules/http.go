package rules

import (
	"fmt"
	"slices"
	"strings"
)

// httpRules are the rules of HTTP that HTTP knows.
var httpRules = []Rule{
	{"line-end", Must, 9112, "2.1", "a line of the head ends with CR LF, and neither stands elsewhere"},
	{"request-line", Must, 9112, "3", "a request begins with method, target and HTTP version, with one space between"},
	{"version", Must, 9112, "2.3", "the version is HTTP/1.1 or HTTP/1.0"},
	{"method", Should, 9110, "9.1", "methods are written in capitals: a server knows no get"},
	{"target", Must, 9112, "3.2", "the target is a path that begins with /, a whole URL (to a proxy), * (OPTIONS) or host:port (CONNECT)"},
	{"host", Must, 9112, "3.2", "a request of HTTP/1.1 has one field Host"},
	{"field", Must, 9112, "5", "a field is a name, a colon and a value, without a space before the colon or at the begin of the line"},
	{"field-value", Must, 9110, "5.5", "the value of a field has no control characters"},
	{"head-end", Must, 9112, "2.1", "an empty line ends the head"},
	{"length", Must, 9110, "8.6", "Content-Length is one number of bytes"},
	{"length-or-chunked", Must, 9112, "6.2", "a message has Content-Length or Transfer-Encoding, not both"},
	{"coding", Must, 9112, "6.1", "chunked is the last transfer coding, and is for HTTP/1.1"},
	{"chunk", Must, 9112, "7.1", "a chunk is its size in hexadecimal digits, CR LF, as many bytes, and CR LF; the chunk of size 0 is the last"},
	{"body-short", Must, 9112, "8", "the body is as long as its head says"},
	{"after-close", Must, 9112, "9.6", "nothing follows a message that says Connection: close, or that is of HTTP/1.0 and does not say keep-alive"},

	{"status-line", Must, 9112, "4", "a response begins with HTTP version, a code of three digits and a reason, with one space between"},
	{"status", Must, 9110, "15", "a status code is a number from 100 to 599"},
	{"response-asked", Must, 9112, "9.2", "the server says one response to each request, and nothing unasked but 408"},
	{"response-missing", Must, 9112, "9.2", "each request has a response"},
	{"host-400", Must, 9112, "3.2", "a request of HTTP/1.1 without Host, or with two, is answered with 400"},
	{"no-body", Must, 9110, "6.4.1", "a response to HEAD, and one with 1xx, 204 or 304, has no body"},
	{"no-length", Must, 9110, "8.6", "a response with 1xx or 204 has neither Content-Length nor Transfer-Encoding"},
	{"body-end", Must, 9112, "6.3", "a body without Content-Length, and not chunked, ends when the server closes"},
	{"close-announced", Should, 9112, "9.3", "a server that closes after a response says Connection: close in it"},
	{"close-kept", Should, 9112, "9.6", "a server that says Connection: close closes"},
	{"date", Should, 9110, "6.6.1", "a response with 2xx, 3xx or 4xx has a field Date"},
	{"content-type", Should, 9110, "8.3", "a response with a body has a field Content-Type"},
	{"location", Should, 9110, "15.4", "a response with 301, 302, 303, 307 or 308 has a field Location"},
	{"allow", Must, 9110, "15.5.6", "a response with 405 has a field Allow"},
	{"authenticate", Must, 9110, "11.6.1", "a response with 401 has a field WWW-Authenticate"},
	{"content-range", Must, 9110, "15.3.7", "a response with 206 has a field Content-Range, or is of the type multipart/byteranges"},
}

// HTTP checks a dialogue of HTTP/1.0 and 1.1 (RFC 9110, 9112) on one connection. It ends where TLS, a tunnel or another protocol begins.
func HTTP(d Dialogue) *Report {
	s := &httpSession{check: newCheck(httpRules)}
	return s.run(d, s)
}

// An httpSession reads a dialogue of HTTP.
type httpSession struct {
	*check
	sides   [2]httpReader
	queue   []*httpMessage // requests without their response
	asked   bool           // there was a request
	last    *httpMessage   // the last response
	noBody  bool           // it had none, and nothing has come since
	stopped [2]bool        // the side has said that nothing follows
}

// What is read next.
type httpPart uint8

const (
	httpStart httpPart = iota
	httpFields
	httpLength    // a body of known length
	httpChunkSize // a line
	httpChunk     // its bytes, and a line's end
	httpTrailer
	httpUntilClose
)

// An httpReader reads the messages of a side.
type httpReader struct {
	part  httpPart
	m     *httpMessage
	left  int // bytes of the body or chunk that are to come
	body  int // the line that stands for it; 0 before its first byte
	bytes int // of it
}

// An httpMessage is the head of a message.
type httpMessage struct {
	line    int // of its start
	request *httpMessage
	method  string
	version string
	status  int
	fields  []httpField
	garbled bool // the first line is none
	badHost bool
}

type httpField struct {
	name, value string // the name in lower case
	line        int
}

// all returns the values of the fields of a name.
func (m *httpMessage) all(name string) []httpField {
	var list []httpField
	for _, f := range m.fields {
		if f.name == name {
			list = append(list, f)
		}
	}
	return list
}

func (m *httpMessage) has(name string) bool { return len(m.all(name)) > 0 }

// says reports whether a list of words has a word.
func (m *httpMessage) says(name, word string) bool {
	for _, f := range m.all(name) {
		for w := range strings.SplitSeq(f.value, ",") {
			if strings.EqualFold(strings.TrimSpace(w), word) {
				return true
			}
		}
	}
	return false
}

// closes reports whether the connection ends with the message (RFC 9112 9.3).
func (m *httpMessage) closes() bool {
	return m.says("connection", "close") || m.version == "HTTP/1.0" && !m.says("connection", "keep-alive")
}

func (s *httpSession) take(side Side, waiting []byte) int {
	r := &s.sides[side]
	switch r.part {
	case httpLength, httpUntilClose, httpChunk:
		return s.body(side, r, waiting)
	}
	if r.part == httpStart && s.foreign(side, waiting) {
		return len(waiting)
	}
	line, n := s.cutLine(side, waiting)
	if n == 0 {
		return 0
	}
	l := s.line(side, waiting[:n])
	if r.part != httpStart || len(line) > 0 {
		s.lineEnd(l, waiting[:n], "line-end")
	}
	switch r.part {
	case httpStart:
		if len(line) > 0 || side == Server { // empty lines before a request are let pass (RFC 9112 2.2)
			s.start(side, l, string(line))
		}
	case httpChunkSize:
		s.chunkSize(l, r, string(line))
	default:
		s.field(side, l, r, string(line))
	}
	return n
}

// foreign takes everything, and ends the check, if what comes where a message should begin is none.
func (s *httpSession) foreign(side Side, waiting []byte) bool {
	rule, detail, note := "", "", fmt.Sprintf("(%d bytes)", len(waiting))
	tls := len(waiting) > 2 && waiting[0] == 0x16 && waiting[1] == 3
	is := strings.HasPrefix("HTTP/", string(waiting[:min(len(waiting), 5)]))
	switch {
	case tls && !s.asked:
		note = "(TLS)"
	case side == Client || is:
		return false
	case s.noBody:
		rule = "no-body"
	case len(s.queue) > 0:
		rule, note = "status-line", ""
	case s.last != nil:
		rule, detail = "response-asked", "is Content-Length too small?"
	default:
		rule = "response-asked"
	}
	l := s.line(side, waiting)
	s.Lines[l-1].Note = note
	s.halted = true
	if rule != "" {
		s.breach(l, rule, "%s", detail)
	}
	return true
}

// body takes bytes of a body or a chunk, which is one line however often it is cut.
func (s *httpSession) body(side Side, r *httpReader, waiting []byte) int {
	if r.part == httpChunk {
		return s.chunk(side, r, waiting)
	}
	n := len(waiting)
	if r.part == httpLength {
		n = min(n, r.left)
		r.left -= n
	}
	if r.body == 0 {
		r.body = s.line(side, waiting[:n])
		s.Lines[r.body-1].Body = true
	}
	r.bytes += n
	s.Lines[r.body-1].Note = fmt.Sprintf("(the body, %d bytes)", r.bytes)
	if r.part == httpLength && r.left == 0 {
		s.done(side, r)
	}
	return n
}

// chunk takes a chunk with the end of the line behind it.
func (s *httpSession) chunk(side Side, r *httpReader, waiting []byte) int {
	size := r.left
	if len(waiting) <= size || len(waiting) == size+1 && waiting[size] == '\r' {
		return 0
	}
	end := waiting[size:min(len(waiting), size+2)]
	whole := string(end) == "\r\n"
	if !whole {
		end = end[:1]
	}
	l := s.line(side, waiting[:size+len(end)])
	s.Lines[l-1].Note, s.Lines[l-1].Body = fmt.Sprintf("(a chunk, %d bytes)", size), true
	if !whole {
		s.breach(l, "chunk", "behind its %d bytes stands %q", size, end)
		s.halted = end[0] != '\n'
	}
	r.part = httpChunkSize
	return size + len(end)
}

// done is called when a message is whole.
func (s *httpSession) done(side Side, r *httpReader) {
	m := r.m
	*r = httpReader{}
	if side == Client {
		s.stopped[Client] = s.stopped[Client] || m.closes()
		return
	}
	if m.status < 200 && m.status >= 100 {
		return
	}
	s.last = m
	s.stopped[Server] = s.stopped[Server] || m.closes() || m.request != nil && m.request.closes()
}

// closed is told that a side closes.
func (s *httpSession) closed(side Side) {
	r := &s.sides[side]
	other := s.streams[1-side].closed
	l := s.note(side, "(closes)")
	switch {
	case r.part == httpUntilClose:
		s.done(side, r)
	case r.part != httpStart && r.part != httpLength && r.part != httpChunk && r.part != httpChunkSize:
		s.breach(l, "head-end", "")
	case r.part != httpStart:
		if side == Server || !other {
			s.breach(l, "body-short", "")
		}
	case side == Server && len(s.queue) > 0 && !other:
		s.breach(l, "response-missing", "%s has none", shorten(s.queue[0].method, 20))
	case side == Server && s.last != nil && !other && !s.stopped[Server] && s.now.At-s.Lines[s.last.line-1].At < patience:
		s.breach(l, "close-announced", "")
	}
}

// finish looks at what is left when the dialogue ends.
func (s *httpSession) finish(rest [2][]byte) {
	for side := Client; side <= Server; side++ {
		r := &s.sides[side]
		if b := rest[side]; len(b) > 0 {
			l := s.line(side, b)
			if r.part == httpChunk {
				s.Lines[l-1].Note = fmt.Sprintf("(%d bytes)", len(b))
				s.breach(l, "chunk", "%d of %d bytes and their CR LF came", len(b), r.left)
				continue
			}
			s.lineEnd(l, slices.DeleteFunc(slices.Clone(b), func(c byte) bool { return c == '\r' }), "line-end")
			continue
		}
		switch closed := s.streams[side].closed; {
		case closed:
		case r.part == httpUntilClose:
			s.breach(r.m.line, "body-end", "it has not closed")
		case r.part == httpFields || r.part == httpTrailer:
			l := len(s.Lines)
			for l > 1 && s.Lines[l-1].From != side {
				l--
			}
			s.breach(l, "head-end", "")
		case r.part == httpLength && r.left > 0:
			s.breach(r.m.line, "body-short", "%d bytes are missing", r.left)
		case side == Server && s.stopped[Server] && s.last != nil && !s.streams[Client].closed && s.last.says("connection", "close"):
			s.breach(s.last.line, "close-kept", "")
		}
	}
}
