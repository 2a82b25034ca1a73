package rules

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

var (
	requestFormat = wire.Pattern(`^([!#$%&'*+.^_|~0-9A-Za-z` + "`" + `-]+) ([!-~\x80-\xff]+) (HTTP/[0-9]\.[0-9])$`)
	statusFormat  = wire.Pattern(`^(HTTP/[0-9]\.[0-9]) ([0-9]{3}) (.*)$`)
	chunkFormat   = wire.Pattern(`^([0-9A-Fa-f]{1,16})[ \t]*(;.*)?$`)
)

// knownMethods are methods that people write in small letters.
var knownMethods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH"}

// start takes the first line of a message.
func (s *httpSession) start(side Side, l int, line string) {
	if side == Client {
		s.requestLine(l, line)
	} else {
		s.statusLine(l, line)
	}
}

func (s *httpSession) requestLine(l int, line string) {
	m := &httpMessage{line: l, version: "HTTP/1.1"}
	if s.stopped[Client] {
		s.breach(l, "after-close", "")
	}
	found := requestFormat().FindStringSubmatch(line)
	if found == nil {
		s.breach(l, "request-line", "")
		m.method, _, _ = strings.Cut(line, " ")
		m.garbled = true
	} else {
		m.method, m.version = found[1], found[3]
		s.target(l, m, found[2])
	}
	s.queue, s.asked = append(s.queue, m), true
	s.sides[Client] = httpReader{part: httpFields, m: m}
}

func (s *httpSession) target(l int, m *httpMessage, target string) {
	if m.version != "HTTP/1.1" && m.version != "HTTP/1.0" {
		s.breach(l, "version", "")
	}
	if upper := strings.ToUpper(m.method); upper != m.method && slices.Contains(knownMethods, upper) {
		s.breach(l, "method", "")
	}
	u, err := url.Parse(target)
	ok := strings.HasPrefix(target, "/") || target == "*" && m.method == "OPTIONS" || err == nil && u.Scheme != "" && u.Host != ""
	if m.method == "CONNECT" {
		ok = strings.Contains(target, ":") && !strings.Contains(target, "/")
	}
	if !ok {
		s.breach(l, "target", "")
	}
}

func (s *httpSession) statusLine(l int, line string) {
	m := &httpMessage{line: l, version: "HTTP/1.1"}
	s.noBody = false
	if len(s.queue) > 0 {
		m.request = s.queue[0]
		m.method = m.request.method
	}
	found := statusFormat().FindStringSubmatch(line)
	if found == nil {
		s.breach(l, "status-line", "")
		m.status = 200
		if words := strings.Fields(line); len(words) > 1 && len(words[1]) == 3 {
			m.status, _ = strconv.Atoi(words[1])
		}
	} else {
		m.version = found[1]
		m.status, _ = strconv.Atoi(found[2])
		if m.version != "HTTP/1.1" && m.version != "HTTP/1.0" {
			s.breach(l, "version", "")
		}
		if m.status < 100 || m.status > 599 {
			s.breach(l, "status", "")
		}
	}
	switch {
	case len(s.queue) == 0 && m.status != 408:
		s.breach(l, "response-asked", "")
	case s.stopped[Server]:
		s.breach(l, "after-close", "")
	}
	if len(s.queue) > 0 && (m.status >= 200 || m.status == 101) {
		s.queue = s.queue[1:]
	}
	s.sides[Server] = httpReader{part: httpFields, m: m}
}

// field takes a line of a head or of a trailer.
func (s *httpSession) field(side Side, l int, r *httpReader, line string) {
	if line == "" {
		if r.part == httpTrailer {
			s.done(side, r)
			return
		}
		s.head(side, l, r)
		return
	}
	name, value, ok := strings.Cut(line, ":")
	value = strings.Trim(value, " \t")
	switch {
	case !ok || line[0] == ' ' || line[0] == '\t' || http.CheckField(name, "") != nil:
		s.breach(l, "field", "")
	case http.CheckField(name, value) != nil:
		s.breach(l, "field-value", "")
	default:
		if len(r.m.fields) < 1000 {
			r.m.fields = append(r.m.fields, httpField{strings.ToLower(name), value, l})
		}
	}
}

// head is called at the empty line behind a head.
func (s *httpSession) head(side Side, l int, r *httpReader) {
	m := r.m
	r.left = -1
	for i, f := range m.all("content-length") {
		n, err := strconv.ParseUint(f.value, 10, 62)
		if err != nil || i > 0 && r.left != int(n) {
			s.breach(f.line, "length", "")
			continue
		}
		r.left = int(n)
	}
	chunked := s.coding(m)
	if side == Client {
		s.requestHead(m)
	} else if s.responseHead(l, r); s.halted || r.m == nil {
		return
	}
	switch {
	case chunked:
		r.part = httpChunkSize
	case r.left > 0:
		r.part = httpLength
	case r.left == 0 || side == Client:
		s.done(side, r)
	default:
		r.part = httpUntilClose
	}
}

// coding looks at Transfer-Encoding and reports whether the body is chunked.
func (s *httpSession) coding(m *httpMessage) bool {
	all := m.all("transfer-encoding")
	if len(all) == 0 {
		return false
	}
	f := all[len(all)-1]
	words := strings.Split(f.value, ",")
	last := strings.EqualFold(strings.TrimSpace(words[len(words)-1]), "chunked")
	version := m.version
	if m.request != nil {
		version = m.request.version
	}
	if !last && m.status == 0 || version == "HTTP/1.0" {
		s.breach(f.line, "coding", "")
	}
	if m.has("content-length") {
		s.breach(f.line, "length-or-chunked", "")
	}
	return last
}

func (s *httpSession) requestHead(m *httpMessage) {
	hosts := len(m.all("host"))
	if m.badHost = m.version == "HTTP/1.1" && hosts != 1 && !m.garbled; m.badHost {
		s.breach(m.line, "host", "here are %d", hosts)
	}
}

// responseHead looks at the fields of a response, and ends the message if it has no body.
func (s *httpSession) responseHead(l int, r *httpReader) {
	m := r.m
	final := m.status >= 200
	if m.request != nil && m.request.badHost && final && m.status/100 != 4 {
		s.breach(m.line, "host-400", "")
	}
	for _, want := range []struct {
		rule, field string
		status      []int
	}{
		{"location", "location", []int{301, 302, 303, 307, 308}}, {"allow", "allow", []int{405}}, {"authenticate", "www-authenticate", []int{401}}, {"content-range", "content-range", []int{206}},
	} {
		multipart := want.rule == "content-range" && strings.Contains(strings.ToLower(first(m.all("content-type"))), "multipart/byteranges")
		if slices.Contains(want.status, m.status) && !m.has(want.field) && !multipart {
			s.breach(m.line, want.rule, "")
		}
	}
	if final && m.status < 500 && !m.has("date") {
		s.breach(m.line, "date", "")
	}
	if (m.status == 204 || !final) && (m.has("content-length") || m.has("transfer-encoding")) {
		s.breach(m.line, "no-length", "")
	}
	switch {
	case m.status == 101 || m.method == "CONNECT" && m.status/100 == 2:
		s.halted = true
	case m.method == "HEAD" || !final || m.status == 204 || m.status == 304:
		s.noBody = true
		s.done(Server, r)
	case r.left != 0 && !m.has("content-type"):
		s.breach(m.line, "content-type", "")
	}
}

func first(fields []httpField) string {
	if len(fields) == 0 {
		return ""
	}
	return fields[0].value
}

// chunkSize takes the line before a chunk.
func (s *httpSession) chunkSize(l int, r *httpReader, line string) {
	found := chunkFormat().FindStringSubmatch(line)
	if found == nil {
		s.breach(l, "chunk", "")
		s.halted = true
		return
	}
	n, err := strconv.ParseUint(found[1], 16, 62)
	switch {
	case err != nil:
		s.breach(l, "chunk", "this size is beyond reason")
		s.halted = true
	case n == 0:
		r.part = httpTrailer
	default:
		r.part, r.left = httpChunk, int(n)
	}
}
