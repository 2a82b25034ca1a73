package http

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Guard lets only those pass who know a password.
type Guard struct {
	Stack  *stack.Stack // for nonces
	Realm  string       // what the password is for, as browsers show it
	Digest bool         // by the scheme Digest; otherwise Basic, which shows the password to whoever listens
	Secret func(user string) (password string, ok bool)

	nonces []*nonce // the youngest last
}

// A nonce is what a client has to answer to.
type nonce struct {
	text  string
	born  time.Time
	count int // the highest that a client has used
}

// How long a nonce is good, and how many there are.
const (
	nonceAge   = 5 * time.Minute
	maxNonces  = 1000
	nonceBytes = 16
)

// Check returns who makes a request, or the answer to somebody who has not shown the password.
func (g *Guard) Check(r *Request) (user string, refused *Response) {
	text := r.Header.Get("Authorization")
	list := parseChallenges(text)
	switch {
	case len(list) != 1:
	case !g.Digest && list[0].scheme == "basic":
		if user, ok := g.basic(list[0].token); ok {
			return user, nil
		}
	case g.Digest && list[0].scheme == "digest":
		user, ok, stale := g.digest(r, list[0].params)
		if ok {
			return user, nil
		}
		return "", g.ask(stale)
	}
	return "", g.ask(false)
}

// ask is the answer 401.
func (g *Guard) ask(stale bool) *Response {
	a := Status(401)
	if !g.Digest {
		a.Header.Set("Www-Authenticate", "Basic realm="+quoted(g.Realm)+`, charset="UTF-8"`)
		return a
	}
	n := &nonce{born: g.Stack.Now()}
	for range nonceBytes / 8 {
		n.text += fmt.Sprintf("%016x", g.Stack.Rand().Uint64())
	}
	if g.nonces = append(g.nonces, n); len(g.nonces) > maxNonces {
		g.nonces = slices.Delete(g.nonces, 0, maxNonces/2)
	}
	for _, algorithm := range []string{"SHA-256", "MD5"} { // the better first (RFC 7616 3.7)
		text := fmt.Sprintf("Digest realm=%s, qop=\"auth\", algorithm=%s, nonce=%s", quoted(g.Realm), algorithm, quoted(n.text))
		if stale {
			text += ", stale=true"
		}
		a.Header.Add("Www-Authenticate", text)
	}
	return a
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (g *Guard) basic(token string) (string, bool) {
	text, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return "", false
	}
	user, password, ok := strings.Cut(string(text), ":")
	if !ok {
		return "", false
	}
	want, known := g.Secret(user)
	return user, same(password, want) && known
}

// digest checks a proof. stale says that all of it is right but the age of the nonce (RFC 7616 3.3).
func (g *Guard) digest(r *Request, params map[string]string) (user string, ok, stale bool) {
	d, response := claim(r, params)
	if d.hash() == nil || d.qop != "auth" || d.realm != g.Realm || d.uri != r.RequestURI || d.count < 1 || d.cnonce == "" {
		return "", false, false
	}
	password, known := g.Secret(d.user)
	d.password = password
	if !same(response, d.response()) || !known {
		return "", false, false
	}
	i := slices.IndexFunc(g.nonces, func(n *nonce) bool { return n.text == d.nonce })
	if i < 0 || g.Stack.Now().Sub(g.nonces[i].born) > nonceAge || d.count <= g.nonces[i].count {
		return "", false, true
	}
	g.nonces[i].count = d.count
	return d.user, true, false
}
