package mail

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzParse checks that any bytes are a message, that the pieces of a tree are those of the text, and that what was parsed is found again.
func FuzzParse(f *testing.F) {
	f.Add([]byte("From: a@b\r\nSubject: =?utf-8?q?x?=\r\n\r\nbody\r\n"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a\nContent-Type: message/rfc822\n\nA: b\n\nc\n--a--\n"))
	f.Add([]byte("Content-Type: multipart/digest; boundary=\"a b\"\r\n\r\n--a b\r\n\r\nA: b\r\n\r\n--a b--"))
	f.Add([]byte("Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=koi8-r; name*=utf-8''%C3%A9\r\n\r\nYQ=="))
	f.Add([]byte("From x\nContent-Transfer-Encoding: quoted-printable\n\na=\n=3D"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := Parse(text)
		p.Walk(func(path []int, p *Part) bool {
			if len(p.RawHeader)+len(p.Body) != len(p.Raw) || !bytes.Contains(text, p.Raw) {
				t.Errorf("%v: header of %d and body of %d bytes in %d", path, len(p.RawHeader), len(p.Body), len(p.Raw))
			}
			p.Bytes()
			p.Text()
			if name := p.FileName(); strings.ContainsAny(name, "/\\\r\n") {
				t.Errorf("file name %q", name)
			}
			for _, f := range p.Header {
				if again := Parse(append(bytes.Clone(f.Raw), "\r\n"...)); len(again.Header) != 1 || again.Header[0].Name != f.Name || again.Header[0].Value != f.Value {
					if !bytes.HasPrefix(f.Raw, []byte("From ")) && bytes.HasSuffix(f.Raw, []byte("\n")) {
						t.Errorf("the field %q alone is %q", f.Raw, again.Header)
					}
				}
			}
			p.Header.Date()
			p.Header.IDs("References")
			p.Header.Addresses("From")
			return true
		})
	})
}

// FuzzAddresses checks that an address that was read can be written and read again.
func FuzzAddresses(f *testing.F) {
	f.Add(`"Burger, Bob" <bob@hamburger.edu>, alice@crepes.fr (Alice)`)
	f.Add(`friends: a@b, =?utf-8?q?=C3=A9?= <c@d>;`)
	f.Add(`"odd \" one"@[192.0.2.1]`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseAddresses(text)
		if err != nil {
			return
		}
		for _, a := range list {
			d := Draft{To: []Address{a}}
			message, err := d.Build(seeded(), epoch, "x")
			if err != nil {
				continue // an address that no header of ours repeats
			}
			again, err := Parse(message).Header.Addresses("To")
			if err != nil || len(again) != 1 || again[0].Address != a.Address {
				t.Errorf("%+v of %q became %+v (%v)\n%s", a, text, again, err, message)
			}
		}
	})
}

// FuzzField checks that a field is written on lines of its own and that its words are read again.
func FuzzField(f *testing.F) {
	f.Add("Subject", "a picture of a yummy crêpe "+strings.Repeat("and another ", 20))
	f.Add("X-Long", strings.Repeat("é", 300))
	f.Fuzz(func(t *testing.T, name, value string) {
		line, err := FormatField(name, EncodeWords(value))
		if err != nil {
			return
		}
		h := Parse(append(line, "\r\nbody"...)).Header
		if len(h) != 1 || h[0].Name != name {
			t.Fatalf("%q became %q", line, h)
		}
		if got, want := strings.Fields(h.Text(name)), strings.Fields(strings.TrimSpace(value)); !strings.Contains(value, "=?") && strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%q became %q by %q", value, h.Text(name), line)
		}
	})
}

// FuzzBuild checks that texts and files come out of a message as they went in.
func FuzzBuild(f *testing.F) {
	f.Add("Do you like ketchup?\n", []byte("\xff\xd8\xff"), "crêpe.jpg", "iso-8859-1")
	f.Add(strings.Repeat("a", 2000), []byte{}, "notes.txt", "")
	f.Fuzz(func(t *testing.T, text string, file []byte, name, charset string) {
		text = strings.ToValidUTF8(strings.ReplaceAll(text, "\r", ""), "")
		part := Content{Type: "text/plain", Body: []byte(text), Params: map[string]string{"charset": charset}}
		if charset == "" {
			part.Params = nil
		}
		d := Draft{Content: &Content{Parts: []Content{part, {Name: name, Type: "image/jpeg", Body: file}}}}
		message, err := d.Build(seeded(), epoch, "x")
		if err != nil {
			return
		}
		p := Parse(message)
		if len(p.AllProblems()) > 0 || len(p.Parts) != 2 {
			t.Fatalf("%v, %d parts of\n%s", p.AllProblems(), len(p.Parts), message)
		}
		if got, err := p.Parts[1].Bytes(); err != nil || !bytes.Equal(got, file) {
			t.Errorf("the file %q became %q (%v)", file, got, err)
		}
		got, err := p.Parts[0].Text()
		if err != nil || strings.ReplaceAll(got, "\r\n", "\n") != text && (charset == "" || charset == "utf-8") {
			t.Errorf("the text %q became %q (%v) by\n%s", text, got, err, message)
		}
	})
}

// FuzzReceived checks that any value can be read.
func FuzzReceived(f *testing.F) {
	f.Add("from a (b [10.0.0.1]) by c with ESMTP id d for <e@f>; Thu, 01 Jan 2026 00:00:00 +0000")
	f.Fuzz(func(t *testing.T, value string) { ParseReceived(value) })
}
