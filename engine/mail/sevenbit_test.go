package mail

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSevenBit(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"ASCII", "A: b\r\n\r\ncrepe\r\n", "A: b\r\n\r\ncrepe\r\n"},
		{"text", "A: b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ncrêpe\r\n",
			"MIME-Version: 1.0\r\nA: b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncr=C3=AApe\r\n"},
		{"picture", "MIME-Version: 1.0\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: binary\r\n\r\n\xff\xd8\xff", "MIME-Version: 1.0\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n/9j/\r\n"},
		{"parts", "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\nContent-Transfer-Encoding: 8bit\r\n\r\nbefore\r\n--a\r\n\r\nx\r\n--a\r\nContent-Type: text/html\r\n\r\né\r\n--a--\r\nafter",
			"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\nbefore\r\n--a\r\n\r\nx\r\n--a\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A9\r\n--a--\r\nafter"},
		{"header", "Subject: crêpe\r\n\r\nx", ""},
		{"between", "Content-Type: multipart/mixed; boundary=a\r\n\r\né\r\n--a\r\n\r\nx\r\n--a--\r\n", ""},
		{"no parts", "Content-Type: multipart/mixed\r\n\r\né", ""},
		{"already encoded", "Content-Transfer-Encoding: base64\r\n\r\né", ""},
	} {
		got, err := SevenBit([]byte(c.text))
		if string(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %v\n%q, want\n%q", c.name, err, got, c.want)
		}
	}
}

// What is converted says what it said before.
func TestSevenBitSaysTheSame(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(7, 8))}
	converted := 0
	for range 300 {
		content := g.content(0)
		d := Draft{Subject: "x", Content: &content}
		message, err := d.Build(g.Rand, epoch, "x")
		if err != nil {
			t.Fatal(err)
		}
		got, err := SevenBit(message)
		if err != nil || !isASCII(string(got)) {
			t.Fatalf("%v\n%s\n%s", err, message, got)
		}
		if !bytes.Equal(got, message) {
			converted++
		}
		if a, b := saying(message), saying(got); a != b {
			t.Fatalf("%s\nbecame\n%s", a, b)
		}
	}
	if converted < 30 {
		t.Error("converted", converted)
	}
}

// saying is structure without encodings.
func saying(message []byte) string {
	s := structure(Parse(message))
	for _, encoding := range []string{" 7bit", " 8bit", " quoted-printable", " base64"} {
		s = strings.ReplaceAll(s, encoding, "")
	}
	return s
}

func FuzzSevenBit(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n\r\né\r\n--a--\r\n"))
	f.Add([]byte("From x\n\né"))
	f.Fuzz(func(t *testing.T, message []byte) {
		out, err := SevenBit(message)
		if err == nil && !isASCII(string(out)) {
			t.Errorf("%q became %q", message, out)
		}
		if err == nil && isASCII(string(message)) && !bytes.Equal(message, out) {
			t.Errorf("%q was changed to %q", message, out)
		}
	})
}
