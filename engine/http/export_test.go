package http

import (
	"time"

	"github.com/spf13/afero"

	"errors"
	"io"
)

// HeadFault reads the head of a message and returns why it was not taken.
func HeadFault(r io.Reader) *Fault {
	_, err := newInput(r, Limits{}).head()
	f := new(Fault)
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// ParseChallenges and the others are for tests.
var (
	CheckFields = func(b []byte) error { _, err := checkFields(b, 100); return err }
	HeadEnd     = func(b []byte) int { return headEnd(b, 0) }
)

// ParseChallenges returns how many challenges a value has.
func ParseChallenges(text string) int { return len(parseChallenges(text)) }

// ParseRange returns the starts and lengths of ranges.
func ParseRange(text string, size int64) (list [][2]int64, ok bool) {
	ranges, ok := parseRange(text, size)
	for _, r := range ranges {
		list = append(list, [2]int64{r.start, r.length})
	}
	return list, ok
}

// Rewrite reads a cookie file and writes it again.
func Rewrite(text string) (string, bool) {
	files := afero.NewMemMapFs()
	afero.WriteFile(files, "/jar", []byte(text), 0o644)
	j, err := OpenJar(func() time.Time { return time.Unix(1700000000, 0) }, files, "/jar")
	if err != nil {
		return "", false
	}
	j.write()
	b, _ := afero.ReadFile(files, "/jar")
	return string(b), true
}

// Proof computes the response of RFC 7616's example.
func Proof(algorithm string) string {
	d := &digest{algorithm: algorithm, user: "Mufasa", password: "Circle of Life", realm: "http-auth@example.org", nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		qop: "auth", cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", method: "GET", uri: "/dir/index.html", count: 1}
	return d.response()
}
