package mail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

// What Python's package email says of a message, and what we say.
type described struct {
	Subject string          `json:"subject"`
	From    [][2]string     `json:"from"`
	To      [][2]string     `json:"to"`
	Date    int64           `json:"date"`
	Parts   []describedPart `json:"parts"`
}

type describedPart struct {
	Path []int  `json:"path"`
	Type string `json:"type"`
	Name string `json:"name"`
	Text string `json:"text"`
	Data []byte `json:"data"`
}

// describe says of a message what the script does.
func describe(message []byte) described {
	p := Parse(message)
	d := described{Subject: p.Header.Text("Subject"), From: [][2]string{}, To: [][2]string{}}
	for name, list := range map[string]*[][2]string{"From": &d.From, "To": &d.To} {
		addresses, _ := p.Header.Addresses(name)
		for _, a := range addresses {
			*list = append(*list, [2]string{a.Name, a.Address})
		}
	}
	if date, err := p.Header.Date(); err == nil {
		d.Date = date.Unix()
	}
	p.Walk(func(path []int, p *Part) bool {
		x := describedPart{Path: append([]int{}, path...), Type: p.Type, Name: p.FileName()}
		switch {
		case len(p.Parts) > 0:
		case strings.HasPrefix(p.Type, "text/"):
			text, _ := p.Text()
			x.Text = strings.ReplaceAll(text, "\r\n", "\n")
		default:
			x.Data, _ = p.Bytes()
		}
		d.Parts = append(d.Parts, x)
		return true
	})
	return d
}

// oracle runs the script.
func oracle(t *testing.T, input []byte, args ...string) []byte {
	t.Helper()
	python := interop.Python(t, "python3")
	cmd := exec.Command(python, append([]string{"testdata/oracle.py"}, args...)...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A generator makes texts of all kinds from a seed.
type generator struct{ *rand.Rand }

func (g generator) words(n int) string {
	kinds := []string{"lunch", "crêpe", "блин", "可麗餅", "=?x?=", "a,b", "(c)", "\"q\"", ".", "..", "From", "--x", "a=3D", "&", "ß" + strings.Repeat("x", 30), "🥞"}
	list := make([]string, 1+g.IntN(n))
	for i := range list {
		list[i] = kinds[g.IntN(len(kinds))]
	}
	return strings.Join(list, " ")
}

func (g generator) text() string {
	var b strings.Builder
	for range g.IntN(8) {
		b.WriteString(g.words(30))
		if g.IntN(4) == 0 {
			b.WriteString("  ")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (g generator) bytes() []byte {
	b := make([]byte, g.IntN(300))
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

func (g generator) name() string {
	return []string{"crepe.jpg", "crêpe à la carte.jpg", "a b.txt", "可麗餅.png", "semi;colon.bin", strings.Repeat("long-", 20) + "name.txt"}[g.IntN(6)]
}

func (g generator) address() Address {
	names := []string{"", "Bob Burger", "Burger, Bob", "José da Silva", `say "hi"`, "可麗餅"}
	return Address{names[g.IntN(len(names))], []string{"alice@crepes.fr", "bob+lists@hamburger.edu", "j.l.martins@di.fct.unl.pt"}[g.IntN(3)]}
}

func (g generator) content(depth int) Content {
	switch g.IntN(5) {
	case 0:
		if depth < 3 {
			c := Content{Type: []string{"multipart/mixed", "multipart/alternative", "multipart/related"}[g.IntN(3)]}
			for range 1 + g.IntN(3) {
				c.Parts = append(c.Parts, g.content(depth+1))
			}
			return c
		}
	case 1:
		return Content{Name: g.name(), Type: "application/octet-stream", Body: g.bytes()}
	case 2:
		return Content{Type: "image/png", Body: g.bytes(), ID: "x@y"}
	case 3:
		return Content{Type: "text/html", Body: []byte("<p>" + g.text()), Encoding: []string{"", "quoted-printable", "base64"}[g.IntN(3)]}
	}
	return Content{Type: "text/plain", Body: []byte(g.text()), Encoding: []string{"", "8bit", "quoted-printable", "base64"}[g.IntN(4)]}
}

// Python reads what we write as we read it.
func TestPythonReadsOurs(t *testing.T) {
	dir := t.TempDir()
	g := generator{rand.New(rand.NewPCG(3, 4))}
	var files []string
	var want []described
	for i := range 150 {
		content := g.content(0)
		d := Draft{From: []Address{g.address()}, To: []Address{g.address(), g.address()}, Subject: strings.ReplaceAll(g.words(12), "=?x?=", "x"), Date: time.Unix(int64(1e9+g.IntN(1e9)), 0), Content: &content}
		message, err := d.Build(g.Rand, epoch, "crepes.fr")
		if err != nil {
			t.Fatal(err)
		}
		if problems := Parse(message).AllProblems(); len(problems) > 0 {
			t.Errorf("%v in\n%s", problems, message)
		}
		files = append(files, filepath.Join(dir, strconv.Itoa(i)))
		if err := os.WriteFile(files[i], message, 0o644); err != nil {
			t.Fatal(err)
		}
		want = append(want, describe(message))
		if got := want[i]; got.Subject != d.Subject || got.From[0] != [2]string{d.From[0].Name, d.From[0].Address} || got.Date != d.Date.Unix() {
			t.Errorf("what was written as %q by %v is read as %+v", d.Subject, d.From, got)
		}
	}
	var got []described
	if err := json.Unmarshal(oracle(t, nil, append([]string{"read"}, files...)...), &got); err != nil {
		t.Fatal(err)
	}
	compareDescribed(t, files, got, want)
}

func compareDescribed(t *testing.T, files []string, python, ours []described) {
	t.Helper()
	failed := 0
	for i := range ours {
		if diff := cmp.Diff(normal(python[i]), normal(ours[i])); diff != "" {
			text, _ := os.ReadFile(files[i])
			t.Errorf("message %d (-python +here):\n%s\n%.1500s", i, diff, text)
			if failed++; failed == 3 {
				return
			}
		}
	}
}

func normal(d described) described {
	for i := range d.Parts {
		if len(d.Parts[i].Data) == 0 {
			d.Parts[i].Data = nil
		}
	}
	return d
}

// We read what Python writes: what it was given comes out.
func TestWeReadPythons(t *testing.T) {
	type spec struct {
		Subject  string      `json:"subject"`
		From     string      `json:"from"`
		To       []string    `json:"to"`
		Date     int64       `json:"date"`
		Text     string      `json:"text"`
		HTML     string      `json:"html"`
		Charset  string      `json:"charset"`
		Encoding string      `json:"encoding"`
		Files    [][2]string `json:"files"`
	}
	g := generator{rand.New(rand.NewPCG(5, 6))}
	var specs []spec
	for i := range 150 {
		s := spec{Subject: strings.ReplaceAll(g.words(12), "=?x?=", "x"), From: "Alice <alice@crepes.fr>", To: []string{"bob@hamburger.edu", "\"Burger, Bob\" <b@c.d>"}, Date: 1e9 + int64(i), Text: g.text() + "\n", Charset: "utf-8",
			Encoding: []string{"", "8bit", "quoted-printable", "base64"}[i%4], Files: [][2]string{}}
		if i%5 == 0 {
			s.Text, s.Charset = "crêpe à la carte\n", "iso-8859-1"
		}
		if i%3 == 0 {
			s.HTML = "<p>" + g.words(5) + "\n"
		}
		for range g.IntN(3) {
			data, _ := json.Marshal(g.bytes())
			s.Files = append(s.Files, [2]string{g.name(), strings.Trim(string(data), `"`)})
		}
		specs = append(specs, s)
	}
	input, err := json.Marshal(specs)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	oracle(t, input, "write", dir)
	for i, s := range specs {
		text, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			t.Fatal(err)
		}
		got := describe(text)
		body, files := "", [][2]string{}
		for _, p := range got.Parts {
			data, _ := json.Marshal(p.Data)
			switch {
			case p.Type == "text/plain" && body == "":
				body = p.Text
			case p.Type == "application/x-any":
				files = append(files, [2]string{p.Name, strings.Trim(string(data), `"`)})
			}
		}
		if problems := Parse(text).AllProblems(); len(problems) > 0 || got.Subject != s.Subject || fmt.Sprint(got.To) != "[[ bob@hamburger.edu] [Burger, Bob b@c.d]]" || got.Date != s.Date ||
			body != s.Text || cmp.Diff(files, s.Files) != "" {
			t.Errorf("message %d: %v\ngot %+v\nof %+v\n%.1500s", i, problems, got, s, text)
			return
		}
	}
}

// Messages that others have written, and some that are not quite right, are read as Python reads them.
func TestPythonAgrees(t *testing.T) {
	dir := t.TempDir()
	var files []string
	var ours []described
	for i, text := range []string{
		"From: a@b\nSubject: x\n\nbody\n",
		"From: =?utf-8?q?Jos=C3=A9?= <jose@di.fct.unl.pt>\r\nTo: \"B\" <b@c>, d@e\r\nSubject: =?iso-8859-1?B?Y3LqcGU=?= =?utf-8?q?_two?=\r\nDate: Tue, 28 May 1996 12:05:16 +0100\r\n\r\nhi\r\n",
		"Content-Type: multipart/mixed; boundary=98766789\n\npreamble\n--98766789\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/plain\n\nDear Bob, =\nPlease find a picture of a crepe.\n--98766789\nContent-Transfer-Encoding: base64\nContent-Type: image/jpeg\n\n/9j/\n4AA=\n--98766789--\nepilogue\n",
		"Content-Type: multipart/mixed; boundary=\"a b\"\n\n--a b\n\nx\n--a bc\ny\n--a b--\n",
		"Content-Type: multipart/alternative; boundary=o\n\n--o\nContent-Type: multipart/related; boundary=oo\n\n--oo\n\n1\n--oo\nContent-Type: image/png\n\n2\n--oo--\n--o\nContent-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: base64\n\nwszJzgo=\n--o--\n",
		"Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/plain; charset=utf-8\n\ncr\xc3\xaape\n",
		"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nno end",
		"Content-Type: application/octet-stream; name=\"a.bin\"\nContent-Disposition: attachment; filename*0*=utf-8''cr%C3%AA; filename*1=pe.bin\nContent-Transfer-Encoding: base64\n\nAAEC\n",
		"Content-Type: text/plain; charset=\"iso-8859-15\"\nContent-Transfer-Encoding: 8bit\n\n\xa4\n",
		"Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\na=20\nb=3D=\nc\n",
	} {
		files = append(files, filepath.Join(dir, strconv.Itoa(i)))
		if err := os.WriteFile(files[i], []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		ours = append(ours, describe([]byte(text)))
	}
	var python []described
	if err := json.Unmarshal(oracle(t, nil, append([]string{"read"}, files...)...), &python); err != nil {
		t.Fatal(err)
	}
	compareDescribed(t, files, python, ours)
}

// Python reads our reports as RFC 3464 has them, and we read them back.
func TestPythonReadsReports(t *testing.T) {
	r := Report{ReportingMTA: "crepes.fr", Arrived: epoch, Recipients: []ReportedRecipient{
		{Final: "eve@hamburger.edu", Original: "all@crepes.fr", Action: "failed", Status: "5.1.1", RemoteMTA: "hamburger.edu", Diagnostic: "550 5.1.1 User unknown"},
		{Final: "bob@hamburger.edu", Action: "failed", Status: "4.4.7", Diagnostic: "it was tried for a day"}}}
	draft := r.Draft(build(t, Draft{Subject: "lunch", Text: "ketchup?\n"}), 1000)
	draft.From, draft.To = []Address{{Address: "mailer-daemon@crepes.fr"}}, []Address{alice}
	message := build(t, draft)
	if got, ok := ParseReport(Parse(message)); !ok || !got.Arrived.Equal(epoch) || fmt.Sprint(got.Recipients) != fmt.Sprint(r.Recipients) {
		t.Errorf("%+v, want %+v", got, r)
	}
	file := filepath.Join(t.TempDir(), "report")
	if err := os.WriteFile(file, message, 0o644); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Type     string              `json:"type"`
		Kinds    []string            `json:"kinds"`
		Blocks   []map[string]string `json:"blocks"`
		Returned string              `json:"returned"`
	}
	if err := json.Unmarshal(oracle(t, nil, "report", file), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{
		{"Reporting-MTA": "dns; crepes.fr", "Arrival-Date": "Thu, 01 Jan 2026 00:00:00 +0000"},
		{"Original-Recipient": "rfc822; all@crepes.fr", "Final-Recipient": "rfc822; eve@hamburger.edu", "Action": "failed", "Status": "5.1.1", "Remote-MTA": "dns; hamburger.edu", "Diagnostic-Code": "smtp; 550 5.1.1 User unknown"},
		{"Final-Recipient": "rfc822; bob@hamburger.edu", "Action": "failed", "Status": "4.4.7", "Diagnostic-Code": "x-local; it was tried for a day"},
	}
	if diff := cmp.Diff(want, got.Blocks); diff != "" || got.Type != "multipart/report" || fmt.Sprint(got.Kinds) != "[text/plain message/delivery-status message/rfc822]" || got.Returned != "lunch" {
		t.Errorf("%+v\n%s\n%s", got, diff, message)
	}
}
