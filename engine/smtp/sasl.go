package smtp

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// plainMessage is the client's only message of PLAIN (RFC 4616 2).
func plainMessage(user, password string) string { return "\x00" + user + "\x00" + password }

// parsePlain reads it. An identity to act for has to be the user's own.
func parsePlain(message string) (user, password string, ok bool) {
	parts := strings.Split(message, "\x00")
	if len(parts) != 3 || parts[1] == "" || parts[0] != "" && parts[0] != parts[1] {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// cramMessage is the client's answer to a challenge of CRAM-MD5 (RFC 2195 2).
func cramMessage(user, password, challenge string) string {
	mac := hmac.New(md5.New, []byte(password))
	mac.Write([]byte(challenge))
	return user + " " + hex.EncodeToString(mac.Sum(nil))
}

// checkCram reports whether an answer to a challenge shows that its sender knows the password.
func checkCram(answer, challenge string, secret func(string) (string, bool)) (user string, ok bool) {
	i := strings.LastIndexByte(answer, ' ')
	if i <= 0 {
		return "", false
	}
	user = answer[:i]
	password, known := secret(user)
	want := cramMessage(user, password, challenge)
	return user, subtle.ConstantTimeCompare([]byte(strings.ToLower(answer[i+1:])), []byte(want[i+1:])) == 1 && known
}

// checkPassword reports whether it is the user's.
func checkPassword(user, password string, secret func(string) (string, bool)) bool {
	want, known := secret(user)
	return subtle.ConstantTimeCompare([]byte(password), []byte(want)) == 1 && known
}

// encodeInitial is an initial response on the line of AUTH (RFC 4954 4): "=" is the empty one.
func encodeInitial(message string) string {
	if message == "" {
		return "="
	}
	return base64.StdEncoding.EncodeToString([]byte(message))
}

func decodeInitial(text string) (string, bool) {
	if text == "=" {
		return "", true
	}
	return decodeBase64(text)
}

func decodeBase64(text string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	return string(b), err == nil && !strings.ContainsAny(text, "\r\n")
}
