package imap

import (
	"bytes"
	"strings"
)

// A Structure is how a message or a part of it is made (RFC 3501 7.4.2, RFC 2045).
type Structure struct {
	Type, Subtype string // in capitals: TEXT, PLAIN
	Params        []Param
	ID            string
	Description   string
	Encoding      string       // in capitals: 7BIT, BASE64
	Size          int64        // bytes as they are sent, before decoding
	Lines         int64        // of TEXT and MESSAGE/RFC822
	Envelope      *Envelope    // of MESSAGE/RFC822
	Parts         []*Structure // of MULTIPART, and the one of MESSAGE/RFC822

	MD5               string
	Disposition       string // in capitals: ATTACHMENT
	DispositionParams []Param
	Language          []string
	Location          string

	header span // with the empty line behind it
	body   span
}

// A Param is a parameter of a type or disposition.
type Param struct{ Name, Value string }

// A span is where in a message something is.
type span struct{ from, to int }

func (s *Structure) multipart() bool { return s.Type == "MULTIPART" && len(s.Parts) > 0 }

// counted reports whether Lines means something.
func (s *Structure) counted() bool {
	return s.Type == "TEXT" || s.holdsMessage()
}

// A splitter takes a message apart.
type splitter struct {
	b     []byte
	parts int
}

// split returns the structure of a message. It takes anything: what cannot be understood is TEXT/PLAIN or a part without parts.
func split(message []byte) *Structure {
	s := &splitter{b: message}
	return s.entity(span{0, len(message)}, 0, false)
}

// entity reads a header and what follows. In a digest a part is a message unless it says otherwise (RFC 2046 5.1.5).
func (s *splitter) entity(at span, depth int, digest bool) *Structure {
	s.parts++
	out := &Structure{Type: "TEXT", Subtype: "PLAIN", Encoding: "7BIT"}
	if digest {
		out.Type, out.Subtype = "MESSAGE", "RFC822"
	}
	end := headerEnd(s.b[at.from:at.to])
	out.header, out.body = span{at.from, at.from + end}, span{at.from + end, at.to}
	fields := parseHeader(s.b[out.header.from:out.header.to])
	s.describe(out, fields)
	body := s.b[out.body.from:out.body.to]
	out.Size = int64(len(body))
	boundary := param(out.Params, "BOUNDARY")
	switch {
	case depth >= maxMIMEDepth || s.parts >= maxMIMEParts:
	case out.Type == "MULTIPART" && boundary != "":
		for _, part := range s.boundaries(out.body, boundary) {
			if s.parts >= maxMIMEParts {
				break
			}
			out.Parts = append(out.Parts, s.entity(part, depth+1, out.Subtype == "DIGEST"))
		}
	case out.Type == "MESSAGE" && out.Subtype == "RFC822":
		inner := s.entity(out.body, depth+1, false)
		out.Parts = []*Structure{inner}
		out.Envelope = envelopeOf(parseHeader(s.b[inner.header.from:inner.header.to]))
	}
	if out.Type == "MULTIPART" && len(out.Parts) == 0 {
		out.Type, out.Subtype, out.Params = "TEXT", "PLAIN", nil // nothing else can be said of it in an answer
	}
	if out.counted() {
		out.Lines = int64(bytes.Count(body, []byte("\n")))
	}
	return out
}

// describe reads the fields of a header that begin with Content-.
func (s *splitter) describe(out *Structure, fields []field) {
	for _, f := range fields {
		switch strings.ToLower(f.name) {
		case "content-type":
			value, params := parseValue(f.value)
			kind, sub, ok := strings.Cut(value, "/")
			if ok && kind != "" && sub != "" {
				out.Type, out.Subtype, out.Params = strings.ToUpper(strings.TrimSpace(kind)), strings.ToUpper(strings.TrimSpace(sub)), params
			}
		case "content-transfer-encoding":
			if value, _ := parseValue(f.value); value != "" {
				out.Encoding = strings.ToUpper(value)
			}
		case "content-id":
			out.ID = f.value
		case "content-description":
			out.Description = f.value
		case "content-md5":
			out.MD5 = f.value
		case "content-location":
			out.Location = f.value
		case "content-disposition":
			value, params := parseValue(f.value)
			out.Disposition, out.DispositionParams = strings.ToUpper(value), params
		case "content-language":
			for _, l := range strings.Split(f.value, ",") {
				if l = strings.TrimSpace(l); l != "" && len(out.Language) < maxItems {
					out.Language = append(out.Language, strings.ToUpper(l))
				}
			}
		}
	}
}

// boundaries returns the parts of a multipart (RFC 2046 5.1.1). The end of the line before a boundary belongs to the boundary.
func (s *splitter) boundaries(at span, boundary string) []span {
	var parts []span
	begun := -1
	for pos := at.from; pos < at.to; {
		line := s.b[pos:at.to]
		next := at.to
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, next = line[:i], pos+i+1
		}
		isLine, last := boundaryLine(line, boundary)
		if isLine {
			if begun >= 0 {
				parts = append(parts, span{begun, max(begun, lineStart(s.b, pos))})
			}
			begun = next
			if last || len(parts) >= maxMIMEParts {
				return parts
			}
		}
		pos = next
	}
	if begun >= 0 {
		parts = append(parts, span{begun, at.to})
	}
	return parts
}

// lineStart returns where the line end before pos begins.
func lineStart(b []byte, pos int) int {
	if pos > 0 && b[pos-1] == '\n' {
		pos--
		if pos > 0 && b[pos-1] == '\r' {
			pos--
		}
	}
	return pos
}

// boundaryLine reports whether a line is a boundary, and whether it is the last.
func boundaryLine(line []byte, boundary string) (is, last bool) {
	if len(line) < 2+len(boundary) || line[0] != '-' || line[1] != '-' || string(line[2:2+len(boundary)]) != boundary {
		return false, false
	}
	rest := line[2+len(boundary):]
	if bytes.HasPrefix(rest, []byte("--")) {
		rest, last = rest[2:], true
	}
	return len(bytes.TrimRight(rest, " \t\r")) == 0, last
}

// holdsMessage reports whether the part is a MESSAGE/RFC822 that could be taken apart.
func (s *Structure) holdsMessage() bool { return s.Envelope != nil && len(s.Parts) == 1 }

// find returns the part with that number, or nil (RFC 3501 6.4.5). Of a message that is no multipart, 1 is its body. Numbers lead through a
// MESSAGE/RFC822 into the message that it holds.
func (s *Structure) find(path []uint32) *Structure {
	at, whole := s, true // whole: at is a message and not a part of one
	for _, n := range path {
		if !whole && at.holdsMessage() {
			at, whole = at.Parts[0], true
		}
		switch {
		case at.multipart() && uint64(n) <= uint64(len(at.Parts)):
			at = at.Parts[n-1]
		case at.multipart() || n != 1 || !whole:
			return nil
		}
		whole = false
	}
	return at
}

// locate returns where in the message a section is, without the selection of fields, and false if there is no such part.
func (s *Structure) locate(want section) (span, bool) {
	part := s.find(want.part)
	switch {
	case part == nil:
		return span{}, false
	case len(want.part) == 0 && want.text == "":
		return span{part.header.from, part.body.to}, true
	case want.text == "":
		return part.body, true
	case want.text == "MIME":
		return part.header, true
	case len(want.part) > 0:
		if !part.holdsMessage() {
			return span{}, false
		}
		part = part.Parts[0]
	}
	if want.text == "TEXT" {
		return part.body, true
	}
	return part.header, true
}
