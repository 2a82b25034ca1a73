package mail

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/charset"
)

// A Part is a message or one of the parts it is made of (RFC 2045 2.4: an entity). Its slices are parts of what Parse was given.
type Part struct {
	Header    Header
	Raw       []byte            // header and body as they came
	RawHeader []byte            // with the empty line
	Body      []byte            // as it came: encoded
	Type      string            // media type in lower case, "text/plain" where none is said
	Params    map[string]string // of Content-Type, names in lower case
	Encoding  string            // of the body, in lower case: "7bit", "quoted-printable", …
	Parts     []*Part           // of a multipart, or the one message that a message/rfc822 carries
	Problems  []error           // what is wrong with this part, without those inside; each an *Error
}

// A parsing counts parts and fields.
type parsing struct{ parts, fields int }

// Parse reads a message. It always returns one, and keeps text, which must not change.
func Parse(text []byte) *Part {
	return (&parsing{}).part(text, "text/plain", 0)
}

func (x *parsing) part(text []byte, standard string, depth int) *Part {
	x.parts++
	p := &Part{Raw: text}
	h, n, problems := scanHeader(text, max(min(MaxFields, MaxAll-x.fields), 1))
	x.fields += len(h)
	p.Header, p.RawHeader, p.Body, p.Problems = h, text[:n], text[n:], problems
	p.Type = standard
	if value := h.Get("Content-Type"); value != "" {
		word, parameters, err := params(value)
		if err != nil {
			p.Problems = append(p.Problems, err)
		}
		if major, minor, ok := strings.Cut(word, "/"); ok && major != "" && minor != "" {
			p.Type, p.Params = word, parameters
		} else { // RFC 2045 5.2
			p.Type = "text/plain"
		}
	}
	p.Encoding = strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding")))
	if p.Encoding == "" {
		p.Encoding = "7bit"
	}
	x.inside(p, depth)
	return p
}

// inside parses what a part is made of.
func (x *parsing) inside(p *Part, depth int) {
	multipart := strings.HasPrefix(p.Type, "multipart/")
	if !multipart && (p.Type != "message/rfc822" || !p.plain()) {
		return
	}
	if depth == MaxDepth {
		p.Problems = append(p.Problems, beyond("body", "parts nest deeper than %d", MaxDepth))
		return
	}
	if !multipart {
		p.Parts = []*Part{x.part(p.Body, "text/plain", depth+1)}
		return
	}
	boundary := p.Params["boundary"]
	if boundary == "" {
		p.Problems = append(p.Problems, problem("body", "a multipart without boundary"))
		return
	}
	standard := "text/plain"
	if p.Type == "multipart/digest" { // RFC 2046 5.1.5
		standard = "message/rfc822"
	}
	pieces, closed := split(p.Body, boundary)
	switch {
	case len(pieces) == 0:
		p.Problems = append(p.Problems, problem("body", "no part begins with the boundary %.70q", boundary))
	case !closed:
		p.Problems = append(p.Problems, problem("body", "the last boundary %.70q is missing", boundary))
	}
	for _, piece := range pieces {
		if x.parts >= MaxParts {
			p.Problems = append(p.Problems, beyond("body", "more than %d parts", MaxParts))
			return
		}
		p.Parts = append(p.Parts, x.part(piece, standard, depth+1))
	}
}

// plain reports whether the body is not encoded.
func (p *Part) plain() bool {
	return p.Encoding == "7bit" || p.Encoding == "8bit" || p.Encoding == "binary"
}

// split divides the body of a multipart (RFC 2046 5.1.1): the line end before a boundary belongs to it.
func split(body []byte, boundary string) (pieces [][]byte, closed bool) {
	mark := []byte("--" + strings.TrimRight(boundary, " "))
	begin := -1
	for at := 0; at <= len(body); {
		i := bytes.Index(body[at:], mark)
		if i < 0 {
			break
		}
		at += i
		if at > 0 && body[at-1] != '\n' { // asked first: the line may be as long as the body
			at += len(mark)
			continue
		}
		line := lineAt(body[at:])
		rest := bytes.TrimRight(line[len(mark):], " \t\r\n")
		last := string(rest) == "--"
		if len(rest) > 0 && !last {
			at += len(mark)
			continue
		}
		if begin >= 0 {
			pieces = append(pieces, trimEnd(body[begin:at]))
		}
		if last {
			return pieces, true
		}
		at += len(line)
		begin = at
		if len(pieces) == MaxParts {
			break
		}
	}
	if begin >= 0 {
		pieces = append(pieces, body[min(begin, len(body)):])
	}
	return pieces, false
}

// trimEnd drops one line end.
func trimEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// Bytes returns the body with its transfer encoding undone. If a part of it is not in that encoding it returns what comes before,
// and an *Error; with an unknown encoding the body as it is, and an *Error.
func (p *Part) Bytes() ([]byte, error) {
	if p.plain() {
		return p.Body, nil
	}
	var h message.Header
	h.Set("Content-Transfer-Encoding", p.Encoding)
	// The decoder of quoted-printable refuses lines that are longer than the buffer it reads from.
	body := bufio.NewReaderSize(bytes.NewReader(p.Body), min(len(p.Body)+16, 1<<20))
	e, err := message.New(h, body)
	if err != nil {
		return p.Body, problem("body", "the transfer encoding %.40q is unknown", p.Encoding)
	}
	out := bytes.NewBuffer(make([]byte, 0, len(p.Body)))
	if _, err := io.Copy(out, e.Body); err != nil {
		return out.Bytes(), problem("body", "not in %s behind byte %d", p.Encoding, out.Len())
	}
	return out.Bytes(), nil
}

// Text returns the body as text in UTF-8: decoded, from the charset that the part declares. Bytes that the charset has no character
// for become U+FFFD. With an unknown charset it returns what Bytes does, and an *Error.
func (p *Part) Text() (string, error) {
	b, err := p.Bytes()
	name := strings.ToLower(p.Params["charset"])
	switch name {
	case "", "us-ascii", "utf-8", "utf8":
		return strings.ToValidUTF8(string(b), "\uFFFD"), err
	}
	r, unknown := charset.Reader(name, bytes.NewReader(b))
	if unknown != nil {
		return string(b), problem("body", "the charset %.40q is unknown", name)
	}
	text, bad := io.ReadAll(r)
	if bad != nil {
		return string(text), problem("body", "not in %s behind byte %d", name, len(text))
	}
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	return string(text), err
}

// Disposition returns how the part wants to be shown (RFC 2183): "attachment", "inline" or "".
func (p *Part) Disposition() string {
	word, _, _ := params(p.Header.Get("Content-Disposition"))
	return word
}

// FileName returns the name that the part proposes for a file, without what would lead out of a folder; "" if it proposes none.
func (p *Part) FileName() string {
	_, disposition, _ := params(p.Header.Get("Content-Disposition"))
	name := disposition["filename"]
	if name == "" {
		name = p.Params["name"]
	}
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if name == "." || name == ".." || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return ""
	}
	return name
}

// Walk calls f for the part and all inside it, each before those inside it, until f returns false. The path counts from 1: [2 1] is
// the first part of the second; it is empty for the part itself, and f must not keep it.
func (p *Part) Walk(f func(path []int, p *Part) bool) { p.walk(nil, f) }

func (p *Part) walk(path []int, f func([]int, *Part) bool) bool {
	if !f(path, p) {
		return false
	}
	for i, inside := range p.Parts {
		if !inside.walk(append(path[:len(path):len(path)], i+1), f) {
			return false
		}
	}
	return true
}

// AllProblems returns the problems of the part and all inside it.
func (p *Part) AllProblems() []error {
	var all []error
	p.Walk(func(_ []int, p *Part) bool {
		all = append(all, p.Problems...)
		return true
	})
	return all
}
