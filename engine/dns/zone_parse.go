package dns

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	miekg "github.com/miekg/dns"
)

// ParseOptions say how to read a master file. The zero value reads one file of at most 64 MiB, without $INCLUDE.
type ParseOptions struct {
	Origin  string // of relative names, and the zone's name; without it the name of the SOA
	File    string // what messages call the text; "zone" without it
	TTL     uint32 // of records before any $TTL, in seconds; 3600 if 0
	Records int    // how many records, and names, the zone may have; MaxRecords if 0
	Bytes   int64  // how much text, with what is included; 64 MiB if 0
	Include fs.FS  // where $INCLUDE finds files; without it, it is refused
}

// A ParseError says where a master file is wrong.
type ParseError struct {
	File string
	Line int // 1 is the first; 0 if the whole is wrong
	Text string
}

// Error returns "file:line: text".
func (e *ParseError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Code returns "invalid".
func (e *ParseError) Code() string { return "invalid" }

// ParseZone reads a zone from the text of a master file (RFC 1035 5) with $ORIGIN, $TTL, $INCLUDE and $GENERATE. It must be complete and
// consistent: one SOA at the apex and a name server there, no data outside of the zone, none beside a CNAME. Errors are *ParseError.
func ParseZone(text string, o ParseOptions) (*Zone, error) {
	p := newParser(text, o)
	rrs, lines, err := p.records()
	if err != nil {
		return nil, err
	}
	origin := o.Origin
	if origin == "" {
		for _, rr := range rrs {
			if rr.Header().Rrtype == miekg.TypeSOA {
				origin = rr.Header().Name
				break
			}
		}
	}
	if origin == "" {
		return nil, &ParseError{File: p.file, Text: "no SOA, and no origin given"}
	}
	z, err := NewZone(origin)
	if err != nil {
		return nil, &ParseError{File: p.file, Text: err.Error()}
	}
	z.max = p.max
	return z, p.fill(z, rrs, lines)
}

// ParseRecords reads records in the form of a master file that need not make a zone: what is to be added or removed. Origin is that of relative
// names; without it every name must end with a dot.
func ParseRecords(text string, o ParseOptions) ([]RR, error) {
	rrs, _, err := newParser(text, o).records()
	return rrs, err
}

// A parser counts lines and bytes for the library's parser, which reads byte by byte and only as far as the record it returns.
type parser struct {
	zp     *miekg.ZoneParser
	file   string
	max    int
	place  place // where the byte was read that came last
	bytes  int64 // that may still be read
	opens  int   // files that may still be included
	steps  int   // that $GENERATE may still make
	lines  int   // of $GENERATE that may still come
	failed error
}

// A place is a line of a file.
type place struct {
	file string
	line int
}

func newParser(text string, o ParseOptions) *parser {
	p := &parser{file: o.File, max: o.Records, bytes: o.Bytes, opens: 1000, lines: 1000}
	if p.file == "" {
		p.file = "zone"
	}
	if p.max == 0 {
		p.max = MaxRecords
	}
	if p.bytes == 0 {
		p.bytes = 64 << 20
	}
	p.steps = p.max
	ttl := o.TTL
	if ttl == 0 {
		ttl = 3600
	}
	p.zp = miekg.NewZoneParser(&source{p: p, r: strings.NewReader(text + "\n"), at: place{p.file, 1}}, o.Origin, p.file)
	p.zp.SetDefaultTTL(ttl)
	if o.Include != nil {
		p.zp.SetIncludeAllowed(true)
		p.zp.SetIncludeFS(included{p, o.Include})
	}
	return p
}

// records reads all records and notes where each ended.
func (p *parser) records() ([]RR, []place, error) {
	var rrs []RR
	var lines []place
	for rr, ok := p.zp.Next(); ok; rr, ok = p.zp.Next() {
		if len(rrs) >= p.max {
			return nil, nil, p.at(p.place, "more than %d records", p.max)
		}
		rrs, lines = append(rrs, rr), append(lines, p.place)
	}
	switch err := p.zp.Err(); {
	case p.failed != nil:
		return nil, nil, p.at(p.place, "%s", p.failed)
	case err != nil:
		return nil, nil, p.at(p.place, "%s", plainText(err.Error(), p.place.file))
	}
	return rrs, lines, nil
}

// plainText takes what a ParseError says by itself, the file and the line, out of a message of the library.
func plainText(s, file string) string {
	s = strings.TrimPrefix(s, file+": ")
	s = strings.TrimPrefix(s, "dns: ")
	if i := strings.LastIndex(s, " at line: "); i >= 0 {
		s = s[:i]
	}
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:197], "") + "..."
	}
	return s
}

func (p *parser) at(where place, format string, args ...any) error {
	return &ParseError{File: where.file, Line: where.line, Text: fmt.Sprintf(format, args...)}
}

// fill puts the records into a new zone.
func (p *parser) fill(z *Zone, rrs []RR, lines []place) error {
	for i, rr := range rrs {
		k, err := z.admit(rr)
		if err == nil {
			err = z.clash(k, rr)
		}
		if err != nil {
			return p.at(lines[i], "%s", err)
		}
		z.put(k, rr)
	}
	if err := z.Complete(); err != nil {
		return &ParseError{File: p.file, Text: err.Error()}
	}
	return nil
}

// A source is a text that the parser reads.
type source struct {
	p    *parser
	r    io.ByteReader
	at   place
	next bool   // the last byte ended a line
	line []byte // the beginning of the line
}

// Read is not called by the library, which reads bytes.
func (s *source) Read([]byte) (int, error) { return 0, io.ErrNoProgress }

// ReadByte returns the next byte. It ends the text with an error before the library has read a line that would cost too much.
func (s *source) ReadByte() (byte, error) {
	if s.p.bytes--; s.p.bytes < 0 {
		return 0, s.fail("too much text")
	}
	if s.next {
		s.at.line++
		s.next, s.line = false, s.line[:0]
	}
	b, err := s.r.ReadByte()
	if err != nil {
		return 0, err
	}
	s.next = b == '\n'
	s.p.place = s.at
	if b != '\n' && len(s.line) < maxGenerate {
		s.line = append(s.line, b)
		return b, nil
	}
	if b == '\n' || len(s.line) == maxGenerate {
		if err := s.generate(b == '\n'); err != nil {
			return 0, err
		}
	}
	return b, nil
}

func (s *source) fail(text string) error {
	if s.p.failed == nil {
		s.p.failed = errors.New(text)
	}
	return s.p.failed
}

// maxGenerate is how long a line with $GENERATE may be.
const maxGenerate = 500

// generate judges the line, if it is one of $GENERATE, before the library runs it: one line of text may stand for 65,536 steps, and what
// they make need not be records, which are counted.
func (s *source) generate(whole bool) error {
	rest, found := generated(s.line)
	if !found {
		return nil
	}
	s.p.lines--
	switch {
	case !whole:
		return s.fail("a line of more than 500 bytes with $GENERATE")
	case s.p.lines < 0:
		return s.fail("more than 1000 lines with $GENERATE")
	case strings.ContainsAny(rest, "()") || strings.Count(rest, `"`)%2 != 0 || strings.Contains(rest, `\"`):
		return s.fail("$GENERATE with brackets, or quotes that do not match")
	}
	var from, to int64
	step := int64(1)
	span, _, _ := strings.Cut(strings.Join(strings.Fields(rest), " "), " ")
	span, by, stepped := strings.Cut(span, "/")
	if stepped {
		fmt.Sscan(by, &step)
	}
	if n, _ := fmt.Sscanf(span, "%d-%d", &from, &to); n != 2 || to < from || step < 1 {
		return nil // the library will say so
	}
	if steps := (to - from) / step; steps >= int64(s.p.steps) {
		return s.fail(fmt.Sprintf("more than %d records", s.p.max))
	}
	s.p.steps -= int((to-from)/step) + 1
	return nil
}

// generated returns what stands behind $GENERATE in a line, whose bytes need not be text.
func generated(line []byte) (rest string, found bool) {
	const directive = "$GENERATE"
	for i := 0; i+len(directive) <= len(line); i++ {
		if line[i] == '$' && strings.EqualFold(string(line[i:i+len(directive)]), directive) {
			return string(line[i+len(directive):]), true
		}
	}
	return "", false
}

// included opens the files that are included.
type included struct {
	p  *parser
	fs fs.FS
}

// Open implements fs.FS.
func (i included) Open(name string) (fs.File, error) {
	if i.p.opens--; i.p.opens < 0 {
		i.p.failed = fmt.Errorf("more than 1000 files are included")
		return nil, i.p.failed
	}
	f, err := i.fs.Open(name)
	if err != nil {
		return nil, err
	}
	return &includedFile{File: f, source: source{p: i.p, r: bufio.NewReader(f), at: place{name, 1}}}, nil
}

// An includedFile is a file whose bytes are counted.
type includedFile struct {
	fs.File
	source
}

// Read implements fs.File; it is not called.
func (f *includedFile) Read(p []byte) (int, error) { return f.source.Read(p) }
