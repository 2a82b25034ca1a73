package smtp

import (
	"encoding/base64"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/sasl"
)

// Auth says who the user is (RFC 4954), by "PLAIN", "LOGIN" or "CRAM-MD5"; by "" with the best one that the server offers: PLAIN under
// TLS, otherwise CRAM-MD5, which does not show the password, before PLAIN and LOGIN, which do.
func (c *Client) Auth(mechanism, user, password string) (Reply, error) {
	offered, ok := c.Extension("AUTH")
	words := strings.Fields(strings.ToUpper(offered))
	if mechanism = strings.ToUpper(mechanism); mechanism == "" {
		mechanism = c.choose(words)
	}
	shown := strings.TrimSpace("AUTH " + mechanism)
	switch {
	case !ok || mechanism == "":
		return Reply{}, &CommandError{shown, &UnsupportedError{"AUTH"}}
	case strings.ContainsRune(user, 0) || strings.ContainsRune(password, 0):
		return Reply{}, &CommandError{shown, &ArgumentError{"user and password have no NUL"}}
	}
	switch mechanism {
	case "PLAIN":
		r, err := c.cmd("AUTH PLAIN "+encodeInitial(sasl.Plain(user, password)), shown)
		return c.judge(shown, r, err, 235)
	case "LOGIN":
		return c.exchange(shown, []func(string) string{
			func(string) string { return user }, func(string) string { return password }})
	case "CRAM-MD5":
		return c.exchange(shown, []func(string) string{
			func(challenge string) string { return sasl.CRAMMD5(user, password, challenge) }})
	}
	return Reply{}, &CommandError{shown, &ArgumentError{"no such mechanism here: " + quote(mechanism)}}
}

func (c *Client) choose(offered []string) string {
	order := []string{"CRAM-MD5", "PLAIN", "LOGIN"}
	if c.secure {
		order = []string{"PLAIN", "CRAM-MD5", "LOGIN"}
	}
	for _, m := range order {
		for _, o := range offered {
			if m == o {
				return m
			}
		}
	}
	return ""
}

// exchange sends AUTH and an answer to each challenge.
func (c *Client) exchange(shown string, answers []func(challenge string) string) (Reply, error) {
	r, err := c.cmd(shown, shown)
	for _, answer := range answers {
		if r, err = c.judge(shown, r, err, 334); err != nil {
			return r, err
		}
		challenge, ok := decodeBase64(r.Text())
		if !ok {
			c.cmd("*", shown) // RFC 4954 4: gives up
			return r, &CommandError{shown, &ProtocolError{"the challenge is not base64: " + quote(r.Text())}}
		}
		r, err = c.cmd(base64.StdEncoding.EncodeToString([]byte(answer(challenge))), shown)
	}
	return c.judge(shown, r, err, 235)
}

// judge makes any reply but that with the code an error.
func (c *Client) judge(shown string, r Reply, err error, code int) (Reply, error) {
	switch {
	case err != nil:
		return r, err
	case r.Code == code:
		return r, nil
	case r.Positive():
		return r, &CommandError{shown, &ProtocolError{"the server's reply does not fit: " + quote(r.String())}}
	}
	return r, refusal(shown, r)
}
