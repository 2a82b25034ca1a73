package imap

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// utf7 is the base64 of modified UTF-7 (RFC 3501 5.1.3).
func utf7() *base64.Encoding {
	return base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)
}

// encodeUTF7 writes a folder's name in modified UTF-7: what is not printable ASCII becomes "&", base64 of UTF-16, "-"; "&" is "&-".
func encodeUTF7(name string) string {
	var b strings.Builder
	var run []uint16
	flush := func() {
		if len(run) == 0 {
			return
		}
		bytes := make([]byte, 0, 2*len(run))
		for _, u := range run {
			bytes = binary.BigEndian.AppendUint16(bytes, u)
		}
		b.WriteString("&" + utf7().EncodeToString(bytes) + "-")
		run = run[:0]
	}
	for _, r := range name {
		switch {
		case r == '&':
			flush()
			b.WriteString("&-")
		case r >= ' ' && r <= '~':
			flush()
			b.WriteRune(r)
		default:
			run = utf16.AppendRune(run, r)
		}
	}
	flush()
	return b.String()
}

// decodeUTF7 undoes encodeUTF7. It takes names in UTF-8 too, which some clients send, and reports false for what is neither.
func decodeUTF7(name string) (string, bool) {
	if !utf8.ValidString(name) {
		return "", false
	}
	var b strings.Builder
	for name != "" {
		plain, rest, found := strings.Cut(name, "&")
		b.WriteString(plain)
		if !found {
			break
		}
		coded, after, closed := strings.Cut(rest, "-")
		if !closed {
			return "", false
		}
		name = after
		if coded == "" {
			b.WriteByte('&')
			continue
		}
		bytes, err := utf7().DecodeString(coded)
		if err != nil || len(bytes)%2 != 0 {
			return "", false
		}
		units := make([]uint16, len(bytes)/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(bytes[2*i:])
		}
		text := string(utf16.Decode(units))
		if strings.ContainsRune(text, utf8.RuneError) {
			return "", false
		}
		b.WriteString(text)
	}
	return b.String(), true
}
