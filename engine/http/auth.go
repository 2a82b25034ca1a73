package http

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	nethttp "net/http"
)

// A challenge is what a server asks for, or a client's answer to it: a scheme with its parameters (RFC 9110 11.3).
type challenge struct {
	scheme string            // in lower case
	token  string            // of Basic
	params map[string]string // names in lower case
}

// parseChallenges reads the value of WWW-Authenticate, which may have several challenges. What it cannot read it leaves out.
func parseChallenges(text string) (list []challenge) {
	for text = strings.TrimLeft(text, " \t,"); text != ""; text = strings.TrimLeft(text, " \t,") {
		n := tokenLength(text)
		if n == 0 {
			return list
		}
		word, rest := text[:n], strings.TrimLeft(text[n:], " \t")
		if value, ok := strings.CutPrefix(rest, "="); ok && len(list) > 0 && !strings.HasPrefix(value, "=") {
			last := &list[len(list)-1]
			var v string
			v, text = parameter(value)
			last.params[strings.ToLower(word)] = v
			continue
		}
		c := challenge{scheme: strings.ToLower(word), params: map[string]string{}}
		if end := strings.IndexAny(rest, ", "); end < 0 && strings.TrimRight(rest, "=") != "" && !strings.Contains(strings.TrimRight(rest, "="), "=") {
			c.token, rest = rest, ""
		}
		list, text = append(list, c), rest
		if len(list) > 20 {
			return list
		}
	}
	return list
}

func tokenLength(s string) int {
	n := 0
	for n < len(s) && isToken(s[n:n+1]) {
		n++
	}
	return n
}

// parameter reads the value of a parameter, a token or a quoted string, and returns what follows.
func parameter(s string) (value, rest string) {
	s = strings.TrimLeft(s, " \t")
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ", \t")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// Basic is the credentials of the scheme Basic (RFC 7617 2): whoever reads them knows the password.
func Basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

// A digest is what proves the knowledge of a password to a server that has sent a nonce (RFC 7616 3.4).
type digest struct {
	algorithm                  string // as it was said; "" is MD5
	user, password, realm      string
	nonce, qop, cnonce, method string
	uri                        string
	count                      int
}

// hash returns the hash function of an algorithm, or nil of one that is not known.
func (d *digest) hash() hash.Hash {
	switch strings.ToUpper(d.algorithm) {
	case "", "MD5":
		return md5.New()
	case "SHA-256":
		return sha256.New()
	}
	return nil
}

// response is the proof, in hexadecimal digits.
func (d *digest) response() string {
	h := func(text string) string {
		f := d.hash()
		io.WriteString(f, text)
		return hex.EncodeToString(f.Sum(nil))
	}
	secret, what := h(d.user+":"+d.realm+":"+d.password), h(d.method+":"+d.uri)
	if d.qop == "" {
		return h(secret + ":" + d.nonce + ":" + what)
	}
	return h(fmt.Sprintf("%s:%s:%08x:%s:%s:%s", secret, d.nonce, d.count, d.cnonce, d.qop, what))
}

// A grant is how a client answers a server that has asked for the password once.
type grant struct {
	host   string
	scheme string
	params map[string]string
	count  int
}

// authorized makes a request, and once more with the password if the server asks for it. Later requests to the same server have it from the
// beginning: the server does not remember who asks (RFC 9110 11.6.2).
func (c *Client) authorized(r *Request, home string) (*Response, error) {
	if !c.signs(r, home) {
		return c.exchange(r)
	}
	c.sign(r)
	for range 2 {
		a, err := c.exchange(r)
		if err != nil || a.StatusCode != nethttp.StatusUnauthorized || !rewind(r) {
			return a, err
		}
		signed := r.Header.Get("Authorization") != ""
		g := c.grant(r, a)
		if g == nil || signed && !strings.EqualFold(g.params["stale"], "true") {
			return a, nil
		}
		a.Body.Close()
		c.sign(r)
	}
	return c.exchange(r)
}

// signs reports whether the client shows its password where a request goes.
func (c *Client) signs(r *Request, home string) bool {
	return c.User != "" && r.Header.Get("Authorization") == "" && hostPort(r.URL) == home
}

// grant takes the best challenge of an answer, or returns nil.
func (c *Client) grant(r *Request, a *Response) *grant {
	var best *challenge
	for _, k := range parseChallenges(strings.Join(a.Header.Values("Www-Authenticate"), ", ")) {
		usable := k.scheme == "basic" || k.scheme == "digest" && (&digest{algorithm: k.params["algorithm"]}).hash() != nil && k.params["nonce"] != ""
		if usable && (best == nil || best.scheme == "basic") {
			best = &k
		}
	}
	if best == nil {
		return nil
	}
	host := hostPort(r.URL)
	g := &grant{host: host, scheme: best.scheme, params: best.params}
	for i := range c.grants {
		if c.grants[i].host == host {
			c.grants[i] = g
			return g
		}
	}
	c.grants = append(c.grants, g)
	return g
}

// sign adds the credentials for a server that has asked for them before.
func (c *Client) sign(r *Request) {
	host := hostPort(r.URL)
	for _, g := range c.grants {
		if g.host != host {
			continue
		}
		if g.scheme == "basic" {
			r.Header.Set("Authorization", Basic(c.User, c.Password))
			return
		}
		g.count++
		d := &digest{algorithm: g.params["algorithm"], user: c.User, password: c.Password, realm: g.params["realm"], nonce: g.params["nonce"],
			method: r.Method, uri: r.URL.RequestURI(), count: g.count}
		for option := range strings.SplitSeq(g.params["qop"], ",") {
			if strings.EqualFold(strings.TrimSpace(option), "auth") {
				d.qop, d.cnonce = "auth", fmt.Sprintf("%016x", c.Stack.Rand().Uint64())
			}
		}
		r.Header.Set("Authorization", d.credentials(g.params["opaque"]))
	}
}

// credentials is the value of Authorization.
func (d *digest) credentials(opaque string) string {
	text := fmt.Sprintf("Digest username=%s, realm=%s, nonce=%s, uri=%s, response=%s", quoted(d.user), quoted(d.realm), quoted(d.nonce), quoted(d.uri), quoted(d.response()))
	if d.algorithm != "" {
		text += ", algorithm=" + d.algorithm
	}
	if opaque != "" {
		text += ", opaque=" + quoted(opaque)
	}
	if d.qop != "" {
		text += fmt.Sprintf(", qop=%s, nc=%08x, cnonce=%s", d.qop, d.count, quoted(d.cnonce))
	}
	return text
}

// claim reads the credentials of a request as a digest with the response that the client gives.
func claim(r *Request, params map[string]string) (d *digest, response string) {
	count, _ := strconv.ParseInt(params["nc"], 16, 32)
	return &digest{algorithm: params["algorithm"], user: params["username"], realm: params["realm"], nonce: params["nonce"], qop: params["qop"],
		cnonce: params["cnonce"], method: r.Method, uri: params["uri"], count: int(count)}, params["response"]
}
