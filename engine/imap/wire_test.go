package imap

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseElements(t *testing.T) {
	for _, c := range []struct {
		name, text string
		parse      func(p *parser) any
		want       string // "error: …" for what is wanted
	}{
		{"astring", `abc]`, func(p *parser) any { return p.astring() }, "abc]"},
		{"astring", `"a \"b\\"`, func(p *parser) any { return p.astring() }, `a "b\`},
		{"astring", "{3}\r\na\rb", func(p *parser) any { return p.astring() }, "a\rb"},
		{"astring", "{3}\r\na\x00b", func(p *parser) any { return p.astring() }, "error: a string without zero bytes"},
		{"nstring", "{3}\r\na\x00b", func(p *parser) any { text, _ := p.nstring(); return text }, "a\x00b"},
		{"astring", "{3+}\r\nabcd", func(p *parser) any { return p.astring() }, `error: the end of the line`},
		{"astring", "{4}\r\nabc", func(p *parser) any { return p.astring() }, "error: the rest of a literal"},
		{"astring", "{99999999999}\r\nabc", func(p *parser) any { return p.astring() }, "error: a number that is not so large"},
		{"astring", `"abc`, func(p *parser) any { return p.astring() }, "error: the rest of a quoted string"},
		{"astring", `"a\x"`, func(p *parser) any { return p.astring() }, "error: the rest of a quoted string"},
		{"astring", ``, func(p *parser) any { return p.astring() }, "error: a string"},
		{"nstring", `nil`, func(p *parser) any { _, there := p.nstring(); return there }, "false"},
		{"nstring", `nilly`, func(p *parser) any { _, there := p.nstring(); return there }, "error: a string"},
		{"flags", `(\Seen $a)`, func(p *parser) any { return p.flagList() }, `[\Seen $a]`},
		{"flags", `()`, func(p *parser) any { return p.flagList() }, `[]`},
		{"flags", `(\Seen  $a)`, func(p *parser) any { return p.flagList() }, "error: an atom"},
		{"flags", `(\)`, func(p *parser) any { return p.flagList() }, "error: an atom"},
		{"date", `1-Feb-1994`, func(p *parser) any { return p.date().Format("2006-01-02") }, "1994-02-01"},
		{"date", `"31-dec-2026"`, func(p *parser) any { return p.date().Format("2006-01-02") }, "2026-12-31"},
		{"date", `30-Feb-1994`, func(p *parser) any { return p.date() }, "error: a date such as 1-Feb-1994"},
		{"date-time", `" 1-Jan-2026 10:11:12 +0130"`, func(p *parser) any { return p.dateTime().UTC().Format("2006-01-02 15:04:05") }, "2026-01-01 08:41:12"},
		{"date-time", `"1-Jan-2026"`, func(p *parser) any { return p.dateTime() }, `error: a date and time such as "17-Jul-1996 02:44:25 -0700"`},
		{"set", `1,3:5,7:*,*`, func(p *parser) any { return p.sequenceSet().String() }, "1,3:5,7:*,*"},
		{"set", `0`, func(p *parser) any { return p.sequenceSet() }, "error: a number that is not 0"},
		{"set", `1:`, func(p *parser) any { return p.sequenceSet() }, "error: a number"},
		{"set", `4294967296`, func(p *parser) any { return p.sequenceSet() }, "error: a number that is not so large"},
		{"mailbox", `inbox`, func(p *parser) any { return p.mailbox() }, "INBOX"},
		{"mailbox", `"&U,BTFw-/a&-b"`, func(p *parser) any { return p.mailbox() }, "台北/a&b"},
		{"mailbox", `&U,BTF`, func(p *parser) any { return p.mailbox() }, "error: a folder's name in modified UTF-7"},
		{"items", `fast`, func(p *parser) any { return labels(p.fetchItems()) }, "FLAGS INTERNALDATE RFC822.SIZE"},
		{"items", `(uid Body[1.2.mime] BODY.PEEK[header.fields ("a b" to)]<5.10> rfc822.header bodystructure)`, func(p *parser) any { return labels(p.fetchItems()) },
			`UID BODY[1.2.MIME] BODY[HEADER.FIELDS ("a b" to)]<5> RFC822.HEADER BODYSTRUCTURE`},
		{"items", `(fast)`, func(p *parser) any { return p.fetchItems() }, "error: an item to fetch"},
		{"items", `BODY[MIME]`, func(p *parser) any { return p.fetchItems() }, "error: a section of a message"},
		{"items", `BODY[1.]`, func(p *parser) any { return p.fetchItems() }, "error: a part or a section"},
		{"items", `BODY[]<1.0>`, func(p *parser) any { return p.fetchItems() }, "error: a number that is not 0"},
		{"items", `BODY[HEADER.FIELDS ()]`, func(p *parser) any { return p.fetchItems() }, "error: a header field's name"},
		{"search", `CHARSET UTF-8 or from "x" not (unseen 1:2) since 1-Feb-1994`, func(p *parser) any { return show(p.searchProgram().key) },
			`(OR FROM "x" NOT (UNSEEN 1:2) SINCE)`},
		{"search", `or seen`, func(p *parser) any { return p.searchProgram() }, "error: a space"},
		{"search", `(seen`, func(p *parser) any { return p.searchProgram() }, `error: ")"`},
		{"search", `bogus`, func(p *parser) any { return p.searchProgram() }, "error: a search key"},
		{"search", strings.Repeat("not ", 30) + "all", func(p *parser) any { return p.searchProgram() }, "error: search keys that lie less deep"},
		{"search", strings.Repeat("all ", 300) + "all", func(p *parser) any { return p.searchProgram() }, "error: fewer search keys"},
		{"response", "(X " + strings.Repeat("(", 10000), func(p *parser) any { return p.fetchResponse(1) }, "error: fewer parentheses"},
		{"response", "(BODY " + strings.Repeat("(", 10000), func(p *parser) any { return p.fetchResponse(1) }, "error: fewer parentheses"},
		{"store", `+flags.silent`, func(p *parser) any { op, silent := p.storeAttFlags(); return fmt.Sprint(op, silent) }, "1 true"},
	} {
		p := &parser{b: []byte(c.text)}
		got := fmt.Sprint(c.parse(p))
		p.end()
		if p.err != nil {
			got = "error: " + p.err.(*syntaxError).want
		}
		if got != c.want {
			t.Errorf("%s %q: %s, want %s", c.name, c.text, got, c.want)
		}
	}
}

func labels(items []item) string {
	var out []string
	for _, it := range items {
		out = append(out, it.label)
	}
	return strings.Join(out, " ")
}

// show writes a search key, without dates.
func show(k searchKey) string {
	var parts []string
	for _, inner := range k.keys {
		parts = append(parts, show(inner))
	}
	switch k.op {
	case "AND":
		return "(" + strings.Join(parts, " ") + ")"
	case "SET":
		return k.set.String()
	case "OR", "NOT":
		return k.op + " " + strings.Join(parts, " ")
	}
	if k.text != "" {
		return fmt.Sprintf("%s %q", k.op, k.text)
	}
	return k.op
}

func TestNumSets(t *testing.T) {
	if got := Nums(5, 1, 2, 2, 3, 9).String(); got != "1:3,5,9" {
		t.Errorf("Nums: %s", got)
	}
	for _, c := range []struct {
		set     string
		largest uint32
		want    string
	}{{"5:*,1", 3, "[{1 1} {3 5}]"}, {"*:4,2:3,9", 6, "[{2 6} {9 9}]"}, {"1:4294967295,7", 3, "[{1 4294967295}]"}} {
		s, err := ParseNumSet(c.set)
		if got := fmt.Sprint(s.resolve(c.largest)); got != c.want || err != nil {
			t.Errorf("%s of %d: %s, %v, want %s", c.set, c.largest, got, err, c.want)
		}
	}
	if _, err := ParseNumSet("1,"); err == nil {
		t.Error("a comma at the end")
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"a@b":                              "|a|b",
		" a@b , c@d ":                      "|a|b; |c|d",
		"A B <a@b>":                        "A B|a|b",
		`"B, A" <a@b>, "q\"x" <c@d>`:       `B, A|a|b; q"x|c|d`,
		"a@b (The A)":                      "The A|a|b",
		"<@r1,@r2:a@b>":                    "@r1,@r2||a|b",
		"friends: a@b, c@d;, e@f":          "|friends|; |a|b; |c|d; ||; |e|f",
		"undisclosed-recipients:;":         "|undisclosed-recipients|; ||",
		"root":                             "|root|MISSING_DOMAIN",
		"<>":                               "|MISSING_MAILBOX|MISSING_DOMAIN",
		`"a b"@c`:                          "|a b|c",
		"=?utf-8?q?J=C3=BCrgen?= <j@x.de>": "=?utf-8?q?J=C3=BCrgen?=|j|x.de",
		"(((":                              "", "<<<": "|<<|MISSING_DOMAIN", `"`: "|MISSING_MAILBOX|MISSING_DOMAIN",
	} {
		var parts []string
		for _, a := range parseAddresses(text) {
			s := a.Name + "|" + a.Mailbox + "|" + a.Host
			if a.Route != "" {
				s = a.Route + "|" + s
			}
			parts = append(parts, s)
		}
		if got := strings.Join(parts, "; "); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestValues(t *testing.T) {
	for text, want := range map[string]string{
		`text/plain; charset=utf-8; format=flowed`:  "text/plain [{CHARSET utf-8} {FORMAT flowed}]",
		`text/plain (comment; x=y); a="b;\"c" ; d=`: `text/plain [{A b;"c} {D }]`,
		`attachment; x; filename=y`:                 "attachment [{FILENAME y}]",
		``:                                          " []",
		`;=;`:                                       " []",
		`a;b="c`:                                    "a [{B c}]",
	} {
		value, params := parseValue(text)
		if got := fmt.Sprint(value, " ", params); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestSplitBadMessages(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "TEXT PLAIN 0 0"},
		{"no header", "\r\nbody", "TEXT PLAIN 4 0"},
		{"no body", "Subject: x", "TEXT PLAIN 0 0"},
		{"multipart without boundary", "Content-Type: multipart/mixed\r\n\r\nx", "TEXT PLAIN 1 0"},
		{"multipart without parts", "Content-Type: multipart/mixed; boundary=b\r\n\r\nx", "TEXT PLAIN 1 0"},
		{"no last boundary", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx", "MULTIPART MIXED 8 0 (TEXT PLAIN 1 0)"},
		{"a digest", "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\ny\r\n--b--", "MULTIPART DIGEST 29 0 (MESSAGE RFC822 15 2 (TEXT PLAIN 1 0))"},
		{"a boundary within another", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--bb\r\n--b\r\n\r\n--bx\r\n--b--\r\n", "MULTIPART MIXED 26 0 (TEXT PLAIN 4 0)"},
		{"no type", "Content-Type: nonsense\r\n\r\nx", "TEXT PLAIN 1 0"},
	} {
		var show func(s *Structure) string
		show = func(s *Structure) string {
			out := fmt.Sprint(s.Type, " ", s.Subtype, " ", s.Size, " ", s.Lines)
			for _, p := range s.Parts {
				out += " (" + show(p) + ")"
			}
			return out
		}
		if got := show(split([]byte(c.text))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	deep := strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 1000)
	depth := 0
	for s := split([]byte(deep)); len(s.Parts) > 0; s = s.Parts[0] {
		depth++
	}
	if depth != maxMIMEDepth {
		t.Errorf("messages in messages were followed %d deep", depth)
	}
	wide := "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 5000)
	if n := len(split([]byte(wide)).Parts); n > maxMIMEParts {
		t.Errorf("%d parts", n)
	}
}

// FuzzParser reads anything as each kind of element: it must end, and what it has read, written, is read as the same.
func FuzzParser(f *testing.F) {
	for _, s := range []string{"a LOGIN {3}\r\nbob \"x\"", "1,3:*", "(UID BODY.PEEK[1.2.HEADER.FIELDS (a \"b c\")]<1.2>)", "OR (SEEN NOT 1:2) HEADER a b", "&U,BTFw-",
		"(FLAGS (\\Seen) ENVELOPE (NIL NIL ((NIL NIL \"a\" \"b\")) NIL NIL NIL NIL NIL NIL NIL) BODY[] {2}\r\nab)",
		`(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 5 1 NIL ("INLINE" NIL) ("en" "fr") NIL "x" (1 2)) "MIXED" NIL)`, "{9999999999}\r\n", `(\HasChildren) "/" "a b"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parse := func(read func(p *parser)) bool {
			p := &parser{b: []byte(text)}
			read(p)
			p.end()
			if p.at > len(p.b) || p.depth > maxDepth+maxMIMEDepth+1 {
				t.Fatalf("at %d of %d, depth %d", p.at, len(p.b), p.depth)
			}
			return p.err == nil
		}
		var set NumSet
		if parse(func(p *parser) { set = p.sequenceSet() }) {
			again, err := ParseNumSet(set.String())
			if diff := cmp.Diff(set, again); diff != "" || err != nil {
				t.Fatal(diff, err)
			}
			ranges := set.resolve(1000)
			for i := 1; i < len(ranges); i++ {
				if ranges[i].Start <= ranges[i-1].Stop {
					t.Fatalf("%v of %s overlap", ranges, set)
				}
			}
		}
		var items []item
		if parse(func(p *parser) { items = p.fetchItems() }) {
			for _, it := range items {
				if it.name != "BODY[]" || strings.HasPrefix(it.label, "RFC822") {
					continue
				}
				p := &parser{b: []byte("[" + it.section.String() + "]")}
				if again := p.section(); p.err != nil || !cmp.Equal(again, it.section, cmp.AllowUnexported(section{}), cmpopts.EquateEmpty()) {
					t.Fatalf("section %s: %v", it.section, p.err)
				}
			}
		}
		var m *Message
		if parse(func(p *parser) { m = p.fetchResponse(1) }) {
			if e := m.Envelope; e != nil {
				p := &parser{b: appendEnvelope(nil, e)}
				if again := p.envelope(); p.err != nil || !cmp.Equal(again, e, cmpopts.EquateEmpty()) {
					t.Fatalf("envelope %s: %v", p.b, p.err)
				}
			}
		}
		var s *Structure
		if parse(func(p *parser) { s = p.structure() }) {
			p := &parser{b: appendStructure(nil, s, true)}
			if again := p.structure(); p.err == nil && !cmp.Equal(again, s, cmpopts.IgnoreUnexported(Structure{}), cmpopts.EquateEmpty()) {
				t.Fatalf("structure %s: %v", p.b, cmp.Diff(again, s, cmpopts.IgnoreUnexported(Structure{}), cmpopts.EquateEmpty()))
			}
		}
		parse(func(p *parser) { p.searchProgram() })
		parse(func(p *parser) { p.listEntry() })
		parse(func(p *parser) { p.appendArgs() })
		parse(func(p *parser) { p.untagged() })
		parse(func(p *parser) { p.responseText("OK") })
		literalHeader([]byte(text))
		isAppend([]byte(text))
	})
}

// FuzzSplit: every part lies within its message, and its structure and envelope, written, can be read.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "Subject: x\r\n\r\nbody", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a <b@c>, d:e@f;\r\n\r\ny\r\n--b--\r\n",
		"Content-Type: text/plain; charset=\"a\\\"b\"; x=\xff\r\nContent-Disposition: attachment; filename=\"\x00\"\r\n\r\n", "From: \"\xe9\r\n (x\r\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		root := split(message)
		var walk func(s *Structure, within span)
		walk = func(s *Structure, within span) {
			if s.header.from < within.from || s.header.to < s.header.from || s.body.from != s.header.to || s.body.to < s.body.from || s.body.to > within.to {
				t.Fatalf("header %v, body %v within %v", s.header, s.body, within)
			}
			for _, part := range s.Parts {
				walk(part, s.body)
			}
		}
		walk(root, span{0, len(message)})
		for _, extended := range []bool{false, true} {
			p := &parser{b: appendStructure(nil, root, extended)}
			p.structure()
			if p.end(); p.err != nil {
				t.Fatalf("%s: %v", p.b, p.err)
			}
		}
		p := &parser{b: appendEnvelope(nil, envelopeOf(parseHeader(message)))}
		p.envelope()
		if p.end(); p.err != nil {
			t.Fatalf("%s: %v", p.b, p.err)
		}
		for _, path := range [][]uint32{{1}, {2}, {1, 1}, {2, 1}, {2, 1, 1}, {1, 1, 1, 1}} {
			for _, text := range []string{"", "HEADER", "TEXT", "MIME"} {
				if at, ok := root.locate(section{part: path, text: text}); ok && (at.from < 0 || at.to < at.from || at.to > len(message)) {
					t.Fatalf("section %v.%s at %v", path, text, at)
				}
			}
		}
		if n := headerEnd(message); n > len(message) {
			t.Fatal(n)
		}
		decodeBody(message, "BASE64")
		decodeBody(message, "QUOTED-PRINTABLE")
		decodeWords(string(message))
		selectFields(message, []string{"from"}, true)
	})
}

// FuzzUTF7: a name goes to modified UTF-7 and back.
func FuzzUTF7(f *testing.F) {
	for _, s := range []string{"", "INBOX", "&", "台北", "a&b/é\U0001f600-", "&-", "&U,BTFw-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if utf8.ValidString(name) && !strings.ContainsRune(name, utf8.RuneError) {
			coded := encodeUTF7(name)
			if got, ok := decodeUTF7(coded); got != name || !ok || strings.ContainsFunc(coded, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("%q became %q, then %q, %v", name, coded, got, ok)
			}
		}
		if got, ok := decodeUTF7(name); ok && !utf8.ValidString(got) {
			t.Fatalf("%q became %q", name, got)
		}
	})
}

// FuzzMatch compares patterns with regular expressions.
func FuzzMatch(f *testing.F) {
	f.Add("a*b%", "axxb/c")
	f.Add("%", "a/b")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 20 || len(name) > 100 || !utf8.ValidString(pattern) || !utf8.ValidString(name) {
			return
		}
		text := regexp.QuoteMeta(pattern)
		text = strings.NewReplacer(`\*`, `.*`, `%`, `[^/]*`).Replace(text)
		want := regexp.MustCompile(`(?s)\A` + text + `\z`).MatchString(name)
		if got := match(pattern, name); got != want {
			t.Fatalf("%q matches %q: %v, want %v", pattern, name, got, want)
		}
	})
}
