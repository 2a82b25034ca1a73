package mime

import (
	"encoding/base64"
	"strings"
)

// encodeBase64 encodes all whole groups of three bytes and returns the bytes left over. last pads and encodes those too.
func encodeBase64(data string, last bool) (text, left string) {
	whole := len(data)
	if !last {
		whole -= whole % 3
	}
	return base64.StdEncoding.EncodeToString([]byte(data[:whole])), data[whole:]
}

const (
	alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	padding  = '='
)

// decodeBase64 decodes all whole groups of four letters, whatever stands between them, and returns the letters left over. Padding may
// end any group.
func decodeBase64(text string) (data, left string) {
	var out strings.Builder
	var group []byte
	for i := range len(text) {
		c := text[i]
		if c != padding && strings.IndexByte(alphabet, c) < 0 {
			continue
		}
		if group = append(group, c); len(group) == 4 {
			decodeGroup(&out, group)
			group = group[:0]
		}
	}
	return out.String(), string(group)
}

func decodeGroup(out *strings.Builder, group []byte) {
	bits := 0
	for _, c := range group {
		bits = bits<<6 | max(strings.IndexByte(alphabet, c), 0)
	}
	size := 3
	switch {
	case group[2] == padding:
		size = 1
	case group[3] == padding:
		size = 2
	}
	out.Write([]byte{byte(bits >> 16), byte(bits >> 8), byte(bits)}[:size])
}
