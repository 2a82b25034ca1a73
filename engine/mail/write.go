package mail

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"mime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-message/textproto"
)

// maxLine is the longest line of a message, without its end (RFC 5322 2.1.1).
const maxLine = 998

// A writer writes a message; its first error stays.
type writer struct {
	rand *rand.Rand
	out  bytes.Buffer
	err  error
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *writer) fields(list []Field) {
	for _, f := range list {
		w.text(f.Name, f.Value)
	}
}

// text writes a field whose value may be any text of one line. (As encoded words a line end would pass, and show up in who decodes them.)
func (w *writer) text(name, value string) {
	if !strings.ContainsAny(value, lineEnds) {
		value = EncodeWords(value)
	}
	w.field(name, value)
}

// lineEnds are what no value of a field has.
const lineEnds = "\r\n\x00"

// field writes a field, folded at 76 bytes where it has spaces.
func (w *writer) field(name, value string) {
	line, err := FormatField(name, value)
	if err != nil {
		w.fail(err)
	}
	w.out.Write(line)
}

// maxFieldName is the longest name of a field in bytes: it leaves room for a value in a line of 76.
const maxFieldName = 70

// FormatField returns a field of a header with its CRLF, folded so that lines have 76 bytes where spaces allow it (RFC 5322 2.2.3). The value
// must not have line ends: it is what it is, or an *Error.
func FormatField(name, value string) ([]byte, error) {
	if !validName(name) {
		return nil, problem("header", "%.60q is not the name of a field", name)
	}
	if len(name) > maxFieldName {
		return nil, beyond("header", "the name %.60s… has %d bytes, more than %d", name, len(name), maxFieldName)
	}
	if strings.ContainsAny(value, lineEnds) {
		return nil, problem("header", "the value of %.60s has a line end, or a NUL", name)
	}
	if value = strings.TrimSpace(value); !utf8.ValidString(value) {
		return nil, problem("header", "the value of %.60s is not UTF-8", name)
	}
	for word := range strings.FieldsSeq(value) {
		if len(word) > 900 { // the library would cut it
			return nil, beyond("header", "a word in the value of %.60s has %d bytes", name, len(word))
		}
	}
	var h textproto.Header
	h.Add(name, value)
	var b bytes.Buffer
	if err := textproto.WriteHeader(&b, h); err != nil {
		return nil, problem("header", "%.60s: %v", name, err)
	}
	line := b.Bytes()[:b.Len()-2] // without the empty line
	copy(line, name)              // the library changes capitals: "Mime-Version"
	return line, nil
}

// content writes the fields of a part that tell of its body, the empty line and the body.
func (w *writer) content(c *Content, depth int) {
	if depth > MaxDepth {
		w.fail(beyond("body", "parts nest deeper than %d", MaxDepth))
		return
	}
	kind, parameters := c.kind()
	multipart := strings.HasPrefix(kind, "multipart/")
	body := c.Body
	var boundary, encoding string
	switch {
	case multipart && len(c.Parts) == 0 && len(body) == 0:
		w.fail(problem("body", "a multipart without parts"))
	case len(c.Parts) > 0 && !multipart && (kind != "message/rfc822" || len(c.Parts) > 1):
		w.fail(problem("body", "a part of type %.60s cannot have parts", kind))
	case len(c.Parts) > 0:
		body, boundary = w.inside(c, multipart, depth)
		if multipart {
			parameters["boundary"] = boundary
		}
		encoding = w.composite(c, body)
	default:
		body, encoding = w.encoded(c, kind, parameters)
	}
	if encoding != "" && (encoding != "7bit" || c.Encoding != "") {
		w.field("Content-Transfer-Encoding", encoding)
	}
	value := mime.FormatMediaType(kind, parameters)
	if value == "" {
		w.fail(problem("header", "%.60q is not a media type", kind))
	}
	w.field("Content-Type", value)
	w.described(c)
	w.out.WriteString("\r\n")
	w.out.Write(body)
}

// composite returns the transfer encoding of a part that has parts, which may only tell what they have in them (RFC 2045 6.4).
func (w *writer) composite(c *Content, body []byte) string {
	ascii := isASCII(string(body))
	encoding := strings.ToLower(c.Encoding)
	switch {
	case encoding == "" && !ascii:
		return "8bit"
	case encoding == "7bit" && !ascii, encoding != "" && encoding != "7bit" && encoding != "8bit" && encoding != "binary":
		w.fail(problem("body", "a part that has parts cannot be in %.40q", encoding))
	}
	return encoding
}

// kind returns the media type of a part and its parameters.
func (c *Content) kind() (string, map[string]string) {
	kind, parameters, _ := params(c.Type)
	if parameters == nil {
		parameters = map[string]string{}
	}
	for k, v := range c.Params {
		parameters[strings.ToLower(k)] = v
	}
	if c.Type != "" {
		return kind, parameters
	}
	kind = "text/plain"
	switch {
	case len(c.Parts) > 0:
		kind = "multipart/mixed"
	case c.Name != "":
		kind = typeByName(c.Name)
	case !utf8.Valid(c.Body) || bytes.IndexByte(c.Body, 0) >= 0:
		kind = "application/octet-stream"
	}
	return kind, parameters
}

// described writes the fields of a part that its body does not need.
func (w *writer) described(c *Content) {
	disposition := c.Disposition
	if disposition == "" && c.Name != "" {
		disposition = "attachment"
	}
	if disposition != "" {
		parameters := map[string]string{}
		if c.Name != "" {
			parameters["filename"] = c.Name
		}
		value := mime.FormatMediaType(disposition, parameters)
		if value == "" {
			w.fail(problem("header", "%.60q cannot be a disposition with the name %.60q", disposition, c.Name))
		}
		w.field("Content-Disposition", value)
	}
	if c.ID != "" {
		if !validID(c.ID) {
			w.fail(problem("header", "%.60q is not an identifier", c.ID))
		}
		w.field("Content-ID", "<"+c.ID+">")
	}
	if c.Description != "" {
		w.field("Content-Description", EncodeWords(c.Description))
	}
	w.fields(c.Fields)
}

// inside writes the parts of a part.
func (w *writer) inside(c *Content, multipart bool, depth int) (body []byte, boundary string) {
	inner := &writer{rand: w.rand}
	var parts [][]byte
	for i := range c.Parts {
		inner.out.Reset()
		inner.content(&c.Parts[i], depth+1)
		parts = append(parts, bytes.Clone(inner.out.Bytes()))
	}
	if inner.err != nil {
		w.fail(inner.err)
	}
	if !multipart {
		return parts[0], ""
	}
	boundary = c.Boundary
	if boundary == "" {
		boundary = newBoundary(w.rand, parts)
	} else if !validBoundary(boundary) || appears(boundary, parts) {
		w.fail(problem("body", "%.80q cannot be the boundary: it has other characters than it may, or is within a part", boundary))
	}
	var b bytes.Buffer
	b.Write(c.Body) // in front of the first part, for readers that know no MIME
	if len(c.Body) > 0 && !bytes.HasSuffix(c.Body, []byte("\n")) {
		b.WriteString("\r\n")
	}
	for i, part := range parts {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString("--" + boundary + "\r\n")
		b.Write(part)
	}
	b.WriteString("\r\n--" + boundary + "--\r\n")
	return b.Bytes(), boundary
}

func newBoundary(r *rand.Rand, parts [][]byte) string {
	for {
		if boundary := fmt.Sprintf("=_%016x", r.Uint64()); !appears(boundary, parts) {
			return boundary
		}
	}
}

func appears(boundary string, parts [][]byte) bool {
	for _, p := range parts {
		if bytes.Contains(p, []byte("--"+boundary)) {
			return true
		}
	}
	return false
}

// validBoundary reports whether a boundary may be so (RFC 2046 5.1.1).
func validBoundary(b string) bool {
	return b != "" && len(b) <= 70 && !strings.HasSuffix(b, " ") && !strings.ContainsFunc(b, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') && !strings.ContainsRune("'()+_,-./:=? ", r)
	})
}

// validID reports whether an identifier can stand between brackets.
func validID(id string) bool {
	return id != "" && len(id) < 900 && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '<' || r == '>' })
}

// NewID returns an identifier for a message: the time, a random number and the host.
func NewID(r *rand.Rand, now time.Time, host string) string {
	return fmt.Sprintf("%s.%016x@%s", now.UTC().Format("20060102150405"), r.Uint64(), host)
}
