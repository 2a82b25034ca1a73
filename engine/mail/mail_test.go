package mail

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	alice = Address{"Alice", "alice@crepes.fr"}
	bob   = Address{"", "bob@hamburger.edu"}
)

func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func build(t testing.TB, d Draft) []byte {
	t.Helper()
	text, err := d.Build(seeded(), epoch, "crepes.fr")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// structure renders a tree: path, type, encoding and decoded body of each part.
func structure(p *Part) string {
	var b strings.Builder
	p.Walk(func(path []int, p *Part) bool {
		fmt.Fprintf(&b, "%v %s %s", path, p.Type, p.Encoding)
		if name := p.FileName(); name != "" {
			fmt.Fprintf(&b, " %s=%q", p.Disposition(), name)
		}
		if len(p.Parts) == 0 {
			if strings.HasPrefix(p.Type, "text/") {
				text, err := p.Text()
				fmt.Fprintf(&b, " %q %v", text, err)
			} else {
				body, err := p.Bytes()
				fmt.Fprintf(&b, " %q %v", body, err)
			}
		}
		for _, err := range p.Problems {
			fmt.Fprintf(&b, " ! %v", err)
		}
		b.WriteString("\n")
		return true
	})
	return b.String()
}

func TestBuild(t *testing.T) {
	for _, c := range []struct {
		name, want string
		draft      Draft
	}{
		{"text", "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nFrom: Alice <alice@crepes.fr>\r\nTo: bob@hamburger.edu\r\nSubject: lunch\r\n" +
			"Message-ID: <20260101000000.5c6d8f2c0a3f1f4e@crepes.fr>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nDo you like ketchup?\r\nHow about pickles?\r\n",
			Draft{From: []Address{alice}, To: []Address{bob}, Subject: "lunch", Text: "Do you like ketchup?\nHow about pickles?\n"}},
		{"the slide's picture", "Date: Sun, 28 May 1996 12:05:16 +0100\r\nFrom: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: Picture of yummy crepe.\r\nMessage-ID: <1@crepes.fr>\r\n" +
			"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=98766789\r\n\r\n" +
			"--98766789\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nDear Bob, a picture of a cr=EApe.\r\n" +
			"--98766789\r\nContent-Transfer-Encoding: base64\r\nContent-Type: image/jpeg\r\n\r\n/9j/4A==\r\n\r\n--98766789--\r\n",
			Draft{From: []Address{{"", "alice@crepes.fr"}}, To: []Address{bob}, Subject: "Picture of yummy crepe.", ID: "1@crepes.fr",
				Date: time.Date(1996, 5, 28, 12, 5, 16, 0, time.FixedZone("", 3600)),
				Content: &Content{Boundary: "98766789", Parts: []Content{
					{Type: "text/plain; charset=iso-8859-1", Encoding: "quoted-printable", Body: []byte("Dear Bob, a picture of a crêpe.")},
					{Type: "image/jpeg", Body: []byte("\xff\xd8\xff\xe0")}}}}},
	} {
		got := string(build(t, c.draft))
		want := c.want
		if c.name == "text" { // the random number
			i, j := strings.Index(got, "000000.")+7, strings.Index(want, "000000.")+7
			want = want[:j] + got[i:i+16] + want[j+16:]
		}
		want = strings.Replace(want, "Sun, 28 May", "Tue, 28 May", 1)
		if got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, want)
		}
	}
}

func TestStructure(t *testing.T) {
	long := strings.Repeat("é", 2000)
	for _, c := range []struct {
		name, want string
		draft      Draft
	}{
		{"nothing", "[] text/plain 7bit \"\" <nil>\n", Draft{}},
		{"accents", "[] text/plain quoted-printable \"un crêpe, s'il vous plaît\\r\\n\" <nil>\n", Draft{Text: "un crêpe, s'il vous plaît\n"}},
		{"chinese", "[] text/plain base64 \"可麗餅\" <nil>\n", Draft{Text: "可麗餅"}},
		{"long", "[] text/plain base64 \"" + long + "\" <nil>\n", Draft{Text: long}},
		{"8bit", "[] text/plain 8bit \"crêpe\" <nil>\n", Draft{Content: &Content{Encoding: "8bit", Body: []byte("crêpe")}}},
		{"html alone", "[] text/html 7bit \"<p>hi\" <nil>\n", Draft{HTML: "<p>hi"}},
		{"both", "[] multipart/alternative 7bit\n[1] text/plain 7bit \"hi\" <nil>\n[2] text/html 7bit \"<p>hi\" <nil>\n", Draft{Text: "hi", HTML: "<p>hi"}},
		{"attached", "[] multipart/mixed 7bit\n[1] multipart/alternative 7bit\n[1 1] text/plain 7bit \"hi\" <nil>\n[1 2] text/html 7bit \"<p>hi\" <nil>\n" +
			"[2] image/jpeg base64 attachment=\"crêpe photo.jpg\" \"\\xff\\x00\\n\" <nil>\n[3] text/plain base64 attachment=\"notes.txt\" \"a\\nb\\rc\" <nil>\n",
			Draft{Text: "hi", HTML: "<p>hi", Attachments: []Content{{Name: "crêpe photo.jpg", Body: []byte("\xff\x00\n")}, {Name: "notes.txt", Body: []byte("a\nb\rc")}}}},
		{"picture alone", "[] image/png base64 \"png\" <nil>\n", Draft{Attachments: []Content{{Type: "image/png", Body: []byte("png")}}}},
		{"forwarded", "[] multipart/digest 8bit\n[1] message/rfc822 8bit\n[1 1] text/plain 8bit \"crêpe\\r\\n\" <nil>\n",
			Draft{Content: &Content{Type: "multipart/digest", Parts: []Content{{Type: "message/rfc822", Body: []byte("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ncrêpe\n")}}}}},
		{"koi8", "[] text/plain 8bit \"блин\" <nil>\n", Draft{Content: &Content{Type: "text/plain; charset=koi8-r", Encoding: "8bit", Body: []byte("блин")}}},
		{"looks like a boundary", "[] multipart/mixed 7bit\n[1] text/plain 7bit \"--x\\r\\n-- \\r\\n\" <nil>\n[2] text/plain 7bit \"--xy\" <nil>\n",
			Draft{Content: &Content{Parts: []Content{{Body: []byte("--x\n-- \n")}, {Body: []byte("--xy")}}}}},
	} {
		text := build(t, c.draft)
		if got := structure(Parse(text)); got != c.want {
			t.Errorf("%s: got\n%swant\n%s\n%s", c.name, got, c.want, text)
		}
		for line := range strings.SplitSeq(string(text), "\r\n") {
			if strings.ContainsAny(line, "\r\n") || len(line) > maxLine {
				t.Errorf("%s: line %q", c.name, line)
			}
		}
	}
}

func TestBuildRefuses(t *testing.T) {
	for name, d := range map[string]Draft{
		"a line end in the subject": {Subject: "a\r\nBcc: eve@lab"},
		"a line end in a field":     {Fields: []Field{{Name: "X-Y", Value: "a\r\nBcc: eve@lab"}}},
		"a line end beside others":  {Fields: []Field{{Name: "X-Y", Value: "é\nBcc: eve@lab"}}},
		"a name with a colon":       {Fields: []Field{{Name: "X:Y", Value: "a"}}},
		"no address":                {From: []Address{{"", "alice"}}},
		"an address with more":      {From: []Address{{"", "a@b>, <c@d"}}},
		"a wrong boundary":          {Content: &Content{Boundary: "a;b", Parts: []Content{{}}}},
		"a boundary in a part":      {Content: &Content{Boundary: "x", Parts: []Content{{Body: []byte("--x--\n")}}}},
		"an empty multipart":        {Content: &Content{Type: "multipart/mixed"}},
		"parts of a text":           {Content: &Content{Type: "text/plain", Parts: []Content{{}}}},
		"7bit":                      {Content: &Content{Encoding: "7bit", Body: []byte("é")}},
		"long line":                 {Content: &Content{Encoding: "8bit", Body: bytes.Repeat([]byte("a"), 999)}},
		"encoding":                  {Content: &Content{Encoding: "x-uuencode"}},
		"encoded multipart":         {Content: &Content{Encoding: "base64", Parts: []Content{{}}}},
		"charset":                   {Content: &Content{Type: "text/plain; charset=klingon", Body: []byte("é")}},
		"not in the charset":        {Content: &Content{Type: "text/plain; charset=iso-8859-1", Body: []byte("блин")}},
		"type":                      {Content: &Content{Type: "a b/c"}},
		"identifier":                {ID: "a b"},
		"a word of a megabyte":      {Subject: strings.Repeat("a", 1<<20)},
	} {
		text, err := d.Build(seeded(), epoch, "crepes.fr")
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v\n%.300s", name, err, text)
		}
	}
	deep := Content{Type: "text/plain"}
	for range MaxDepth + 1 {
		deep = Content{Type: "multipart/mixed", Parts: []Content{deep}}
	}
	if _, err := (&Draft{Content: &deep}).Build(seeded(), epoch, "x"); err == nil {
		t.Error("parts nest without bound")
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "[] text/plain 7bit \"\" <nil>\n"},
		{"no header", "\r\nbody", "[] text/plain 7bit \"body\" <nil>\n"},
		{"no body", "Subject: x", "[] text/plain 7bit \"\" <nil>\n"},
		{"LF", "A: b\nC: d\n\nbody\n", "[] text/plain 7bit \"body\\n\" <nil>\n"},
		{"mbox", "From alice@crepes.fr Sun May 28 12:05:16 1996\nA: b\n\nbody\n", "[] text/plain 7bit \"body\\n\" <nil>\n"},
		{"not a header", "Dear Bob,\r\n\r\nbody", "[] text/plain 7bit \"Dear Bob,\\r\\n\\r\\nbody\" <nil> ! mail: header: \"Dear Bob,\" is not a field\n"},
		{"header stops", "A: b\r\nDear Bob\r\n\r\nbody", "[] text/plain 7bit \"Dear Bob\\r\\n\\r\\nbody\" <nil> ! mail: header: \"Dear Bob\" is not a field\n"},
		{"no boundary", "Content-Type: multipart/mixed\r\n\r\nx", "[] multipart/mixed 7bit \"x\" <nil> ! mail: body: a multipart without boundary\n"},
		{"no part", "Content-Type: multipart/mixed; boundary=a\r\n\r\nx", "[] multipart/mixed 7bit \"x\" <nil> ! mail: body: no part begins with the boundary \"a\"\n"},
		{"no end", "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx", "[] multipart/mixed 7bit ! mail: body: the last boundary \"a\" is missing\n[1] text/plain 7bit \"x\" <nil>\n"},
		{"around", "Content-Type: multipart/mixed; boundary=\"a b\"\r\n\r\nbefore\r\n--a b\r\n\r\nx\r\n--a b  \r\n\r\n\r\n--a bc\r\n--a b--\r\nafter",
			"[] multipart/mixed 7bit\n[1] text/plain 7bit \"x\" <nil>\n[2] text/plain 7bit \"\\r\\n--a bc\" <nil>\n"},
		{"bad base64", "Content-Transfer-Encoding: base64\r\n\r\naGFs bG8=\r\n*", "[] text/plain base64 \"hallo\" mail: body: not in base64 behind byte 5\n"},
		{"bad quoted-printable", "Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db\x01c", "[] text/plain quoted-printable \"a=b\" mail: body: not in quoted-printable behind byte 3\n"},
		{"soft line", "Content-Transfer-Encoding: Quoted-Printable\r\n\r\na=\r\nb" + strings.Repeat("c", 9000), "[] text/plain quoted-printable \"ab" + strings.Repeat("c", 9000) + "\" <nil>\n"},
		{"unknown encoding", "Content-Transfer-Encoding: rot13\r\n\r\nx", "[] text/plain rot13 \"x\" mail: body: the transfer encoding \"rot13\" is unknown\n"},
		{"unknown charset", "Content-Type: text/plain; charset=klingon\r\n\r\nx", "[] text/plain 7bit \"x\" mail: body: the charset \"klingon\" is unknown\n"},
		{"latin", "Content-Type: text/plain; charset=ISO-8859-1\r\n\r\ncr\xeape", "[] text/plain 7bit \"crêpe\" <nil>\n"},
		{"bad utf-8", "Content-Type: text/plain; charset=utf-8\r\n\r\n\xff", "[] text/plain 7bit \"�\" <nil>\n"},
		{"bad type", "Content-Type: picture\r\n\r\nx", "[] text/plain 7bit \"x\" <nil>\n"},
		{"bad parameter", "Content-Type: image/png; =\r\n\r\nx", "[] image/png 7bit \"x\" <nil> ! mail: header: \"image/png; =\": invalid media parameter\n"},
		{"parameters in pieces", "Content-Type: text/plain; name*0*=utf-8''cr%C3%AA; name*1=pe.txt\r\n\r\nx", "[] text/plain 7bit =\"crêpe.txt\" \"x\" <nil>\n"},
		{"file names", "Content-Disposition: attachment; filename=\"../../etc/passwd\"\r\n\r\nx", "[] text/plain 7bit attachment=\"passwd\" \"x\" <nil>\n"},
		{"encoded rfc822", "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nQTogYg0K", "[] message/rfc822 base64 \"A: b\\r\\n\" <nil>\n"},
	} {
		p := Parse([]byte(c.text))
		if got := structure(p); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
		if string(p.RawHeader)+string(p.Body) != c.text {
			t.Errorf("%s: header %q and body %q", c.name, p.RawHeader, p.Body)
		}
	}
}

func TestHeader(t *testing.T) {
	h := Parse([]byte("Subject: =?iso-8859-1?Q?cr=EApe?=\r\n =?utf-8?B?cw==?= for two\r\nX-Two: a\r\nX-TWO : b \r\n\tc\r\nMessage-ID: <1@a>\r\nReferences: <1@a>\r\n <2@b> junk <3@c\r\n" +
		"From: \"Burger, Bob\" <bob@hamburger.edu>, =?utf-8?q?Al=C3=ADce?= <alice@crepes.fr>\r\nTo: undisclosed-recipients:;\r\nCc: friends: a@b, c@d;, e@f\r\n" +
		"Date: 28 May 96 12:05 +0100\r\nX-Bad: =?klingon?q?x?= =?utf-8?q?=C3=A9?=\r\n\r\n")).Header
	for what, got := range map[string][2]any{
		"words":    {h.Text("subject"), "crêpes for two"},
		"values":   {h.Values("x-two"), []string{"a", "b c"}},
		"name":     {h[2].Name, "X-TWO"},
		"raw":      {string(h[2].Raw), "X-TWO : b \r\n\tc\r\n"},
		"ids":      {h.IDs("References"), []string{"1@a", "2@b"}},
		"bad word": {h.Text("X-Bad"), "=?klingon?q?x?= é"},
		"none":     {h.Get("Bcc"), ""},
		"has":      {h.Has("to"), true},
	} {
		if !reflect.DeepEqual(got[0], got[1]) {
			t.Errorf("%s: %q, want %q", what, got[0], got[1])
		}
	}
	for field, want := range map[string][]Address{
		"From": {{"Burger, Bob", "bob@hamburger.edu"}, {"Alíce", "alice@crepes.fr"}}, "To": {}, "Bcc": nil,
		"Cc": {{"", "a@b"}, {"", "c@d"}, {"", "e@f"}},
	} {
		if got, err := h.Addresses(field); err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v %v, want %v", field, got, err, want)
		}
	}
	if date, err := h.Date(); err != nil || !date.Equal(time.Date(1996, 5, 28, 11, 5, 0, 0, time.UTC)) {
		t.Error(date, err)
	}
	if _, err := (Header{{Name: "Date", Value: "tomorrow"}}).Date(); err == nil {
		t.Error("tomorrow is a date")
	}
}

func TestAddresses(t *testing.T) {
	for _, a := range []Address{{"Alice", "alice@crepes.fr"}, {"", "bob@hamburger.edu"}, {`Burger, "Bob" \`, "bob@hamburger.edu"}, {"José Silva", "j@di.fct.unl.pt"}, {"a  b", "a@b"}, {"=?x?=", "a@b"},
		{"", `"odd one"@lab`}, {"x", "a+b=c@[192.0.2.1]"}, {"dot.ted", "a@b"}} {
		again, err := ParseAddress(a.String())
		if err != nil || again.Name != a.Name || again.Address != a.Address && strings.Trim(again.Address, `"`) == "" {
			t.Errorf("%q became %s and %+v (%v)", a, a, again, err)
		}
	}
	for _, text := range []string{"", "alice", "a@b, c@d", "<a@b", "a@b>", "a b@c", "@", "a@", strings.Repeat("(", 5000) + "a@b", strings.Repeat("a@b,", 20_000)} {
		if a, err := ParseAddress(text); err == nil {
			t.Errorf("%.40q is %v", text, a)
		}
	}
	if d, l := Domain("a@B@Crepes.FR"), Local("a@B@crepes.fr"); d != "crepes.fr" || l != "a@B" {
		t.Error(d, l)
	}
}

func TestReceived(t *testing.T) {
	r := Received{From: "crepes.fr (crepes.fr [10.0.1.1])", By: "hamburger.edu", With: "ESMTP", ID: "q1", For: "bob@hamburger.edu", Date: epoch}
	const want = "from crepes.fr (crepes.fr [10.0.1.1]) by hamburger.edu with ESMTP id q1 for <bob@hamburger.edu>; Thu, 01 Jan 2026 00:00:00 +0000"
	if got := r.Field(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := ParseReceived(want); got.Date.Format(time.RFC3339) != r.Date.Format(time.RFC3339) || got.Field() != want {
		t.Errorf("%+v, want %+v", got, r)
	}
	if got := ParseReceived("(junk) by x via y z"); got != (Received{By: "x"}) {
		t.Errorf("%+v", got)
	}
}

// What passes a bound stays unparsed, and is said.
func TestBounds(t *testing.T) {
	limited := func(name string, p *Part) {
		t.Helper()
		for _, err := range p.AllProblems() {
			if e := err.(*Error); e.Code() == "limit" {
				return
			}
		}
		t.Errorf("%s: problems %v", name, p.AllProblems())
	}
	var deep, ends strings.Builder
	for i := range 200 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%03d\n\n--b%03d\n", i, i)
		fmt.Fprintf(&ends, "\n--b%03d--\n", 199-i)
	}
	p := Parse([]byte(deep.String() + "\nx" + ends.String()))
	limited("deep", p)
	levels := 0
	p.Walk(func(path []int, _ *Part) bool { levels = max(levels, len(path)); return true })
	if levels != MaxDepth {
		t.Error("levels", levels)
	}
	p = Parse([]byte("Content-Type: multipart/mixed; boundary=a\n\n" + strings.Repeat("--a\n\nx\n", 2*MaxParts)))
	limited("many", p)
	if len(p.Parts) >= MaxParts {
		t.Error("parts", len(p.Parts))
	}
	p = Parse([]byte(strings.Repeat("a:\n", 2*MaxFields) + "\nbody"))
	limited("fields", p)
	if len(p.Header) != MaxFields || string(p.Body) != "body" {
		t.Error("fields", len(p.Header), "body", len(p.Body))
	}
	limited("header", Parse([]byte("Subject: "+strings.Repeat("a b\n ", MaxHeader))))
	p = Parse([]byte("Content-Type: text/plain; x=" + strings.Repeat("y", MaxValue) + "\n\nx"))
	limited("parameters", p)
	if _, err := (Header{{Name: "To", Value: strings.Repeat("a@b, ", MaxValue)}}).Addresses("To"); err == nil {
		t.Error("a list of addresses has no bound")
	}
}
