// Package sasl has the messages of the authentication mechanisms that mail protocols share: PLAIN (RFC 4616) and CRAM-MD5 (RFC 2195) of the
// Simple Authentication and Security Layer (RFC 4422). How they travel, in base64 on lines of a protocol, is the protocol's.
package sasl

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Plain returns the client's only message of PLAIN (RFC 4616 2), which shows the password.
func Plain(user, password string) string { return "\x00" + user + "\x00" + password }

// CRAMMD5 returns the client's answer to a challenge of CRAM-MD5 (RFC 2195 2): the user's name, a space, and the keyed MD5 digest in lower-case
// hexadecimal.
func CRAMMD5(user, password, challenge string) string {
	mac := hmac.New(md5.New, []byte(password))
	mac.Write([]byte(challenge))
	return user + " " + hex.EncodeToString(mac.Sum(nil))
}

// Challenge returns the msg-id that a server sends (RFC 2195 2); draw is a random number, now the time, host its name.
func Challenge(draw uint64, now time.Time, host string) string {
	return fmt.Sprintf("<%d.%d@%s>", draw, now.Unix(), host)
}

// A Secret returns the password of a user, or false if there is no such user.
type Secret func(user string) (password string, ok bool)

// Password reports whether the password is the user's. It takes as long whatever is wrong.
func (s Secret) Password(user, password string) bool {
	want, known := s(user)
	return Equal(password, want) && known
}

// Plain reads a message of PLAIN. An identity to act for has to be the user's own. valid is false if it is none; proved reports whether it shows
// the user's password.
func (s Secret) Plain(message string) (user string, proved, valid bool) {
	parts := strings.Split(message, "\x00")
	if len(parts) != 3 || parts[1] == "" || parts[0] != "" && parts[0] != parts[1] {
		return "", false, false
	}
	return parts[1], s.Password(parts[1], parts[2]), true
}

// CRAMMD5 reads an answer to a challenge. A name may have spaces. valid is false if it is none; proved reports whether who sent it knows the
// user's password.
func (s Secret) CRAMMD5(answer, challenge string) (user string, proved, valid bool) {
	i := strings.LastIndexByte(answer, ' ')
	if i <= 0 {
		return "", false, false
	}
	user = answer[:i]
	password, known := s(user)
	want := CRAMMD5(user, password, challenge)
	return user, Equal(strings.ToLower(answer[i+1:]), want[i+1:]) && known, true
}

// Equal compares in a time that does not tell where two texts of the same length differ.
func Equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
