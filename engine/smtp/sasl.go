package smtp

import (
	"encoding/base64"
	"strings"
)

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
