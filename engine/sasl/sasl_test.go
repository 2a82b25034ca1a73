package sasl_test

import (
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sasl"
)

func secret(user string) (string, bool) {
	passwords := map[string]string{"tim": "tanstaaftanstaaf", "a b": "c"}
	p, ok := passwords[user]
	return p, ok
}

// TestCRAMMD5 checks the example of RFC 2195 2 and what is near it.
func TestCRAMMD5(t *testing.T) {
	const challenge = "<1896.697170952@postoffice.reston.mci.net>"
	answer := sasl.CRAMMD5("tim", "tanstaaftanstaaf", challenge)
	if answer != "tim b913a602c7eda7a495b4e6e7334d3890" {
		t.Errorf("the RFC's example gives %q", answer)
	}
	for _, c := range []struct {
		answer        string
		proved, valid bool
	}{
		{answer, true, true},
		{"tim " + strings.ToUpper(answer[4:]), true, true},
		{sasl.CRAMMD5("a b", "c", challenge), true, true},
		{sasl.CRAMMD5("tim", "wrong", challenge), false, true},
		{sasl.CRAMMD5("nobody", "", challenge), false, true},
		{"tim", false, false},
		{" digest", false, false},
		{"", false, false},
	} {
		_, proved, valid := sasl.Secret(secret).CRAMMD5(c.answer, challenge)
		if proved != c.proved || valid != c.valid {
			t.Errorf("%q: proved %v, valid %v", c.answer, proved, valid)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, c := range []struct {
		message       string
		proved, valid bool
	}{
		{sasl.Plain("tim", "tanstaaftanstaaf"), true, true},
		{"tim\x00tim\x00tanstaaftanstaaf", true, true},
		{"root\x00tim\x00tanstaaftanstaaf", false, false},
		{sasl.Plain("tim", "wrong"), false, true},
		{sasl.Plain("nobody", ""), false, true},
		{sasl.Plain("", ""), false, false},
		{"tim\x00tanstaaftanstaaf", false, false},
	} {
		_, proved, valid := sasl.Secret(secret).Plain(c.message)
		if proved != c.proved || valid != c.valid {
			t.Errorf("%q: proved %v, valid %v", c.message, proved, valid)
		}
	}
}

func TestChallenge(t *testing.T) {
	if got := sasl.Challenge(1896, time.Unix(697170952, 0), "postoffice"); got != "<1896.697170952@postoffice>" {
		t.Errorf("got %q", got)
	}
}

// FuzzSecret lets anybody send anything: no answer but the right one proves anything.
func FuzzSecret(f *testing.F) {
	f.Add("\x00tim\x00tanstaaftanstaaf", "<1@x>")
	f.Add("tim b913a602c7eda7a495b4e6e7334d3890", "<1896.697170952@postoffice.reston.mci.net>")
	f.Fuzz(func(t *testing.T, message, challenge string) {
		if user, proved, valid := sasl.Secret(secret).Plain(message); proved && (!valid || !strings.HasSuffix(message, sasl.Plain(user, must(user)))) {
			t.Errorf("%q proves to be %q", message, user)
		}
		if user, proved, valid := sasl.Secret(secret).CRAMMD5(message, challenge); proved && (!valid || !strings.EqualFold(message, sasl.CRAMMD5(user, must(user), challenge))) {
			t.Errorf("%q proves to be %q", message, user)
		}
	})
}

func must(user string) string { p, _ := secret(user); return p }
