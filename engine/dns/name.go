package dns

import (
	"net/netip"
	"strings"

	miekg "github.com/miekg/dns"
)

// The limits of names in bytes (RFC 1035 2.3.4).
const (
	MaxLabel = 63  // of a label
	MaxName  = 255 // of a name on the wire: each label and its length, and the root's zero
)

// A key is a name as it stands on the wire, uncompressed, in lower case: the identity of a name (RFC 4343).
type key string

const rootKey key = "\x00"

// Fqdn returns name with the dot at its end, or why it is no name: a label is empty or longer than 63 bytes, or all is longer than 255.
func Fqdn(name string) (string, error) {
	name = miekg.Fqdn(name)
	_, err := keyOf(name)
	return name, err
}

// keyOf returns the key of a name with its dot at the end.
func keyOf(name string) (key, error) {
	var buf [MaxName]byte
	n, err := miekg.PackDomainName(name, buf[:], 0, nil, false)
	if err != nil || name == "" {
		return "", &Error{Op: "name", Name: cut(name), Text: nameFault(name)}
	}
	lower(buf[:n])
	return key(buf[:n]), nil
}

// nameFault says why a name is none.
func nameFault(name string) string {
	if name == "" {
		return "empty"
	}
	for _, label := range strings.Split(strings.TrimSuffix(name, "."), ".") {
		switch {
		case label == "":
			return "an empty label"
		case len(label) > MaxLabel && !strings.Contains(label, `\`):
			return "a label of more than 63 bytes"
		}
	}
	if len(name) >= MaxName {
		return "longer than 255 bytes"
	}
	return "not a domain name"
}

// cut shortens what somebody else wrote for a message.
func cut(s string) string {
	if len(s) > 80 {
		return s[:77] + "..."
	}
	return s
}

// lower turns the letters of a name on the wire to lower case. Lengths are below 64, where there are no letters.
func lower(b []byte) {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
}

// parent returns the name above k; k must not be the root.
func (k key) parent() key { return k[1+k[0]:] }

// below reports whether k is origin or a name under it.
func (k key) below(origin key) bool {
	if !strings.HasSuffix(string(k), string(origin)) {
		return false
	}
	for len(k) > len(origin) {
		k = k.parent()
	}
	return len(k) == len(origin)
}

// labels returns how many labels the name has, the root's apart.
func (k key) labels() int {
	n := 0
	for ; k != rootKey; k = k.parent() {
		n++
	}
	return n
}

// String returns the name as text.
func (k key) String() string {
	s, _, err := miekg.UnpackDomainName([]byte(k), 0)
	if err != nil {
		return "?"
	}
	return s
}

// compareKeys orders names canonically: by labels from the right (RFC 4034 6.1).
func compareKeys(a, b key) int {
	var la, lb [128]uint8
	i, j := starts(a, &la), starts(b, &lb)
	for i > 0 && j > 0 {
		i, j = i-1, j-1
		if c := strings.Compare(a.label(la[i]), b.label(lb[j])); c != 0 {
			return c
		}
	}
	return i - j
}

// starts notes where the labels of k begin and returns how many there are.
func starts(k key, at *[128]uint8) int {
	n := 0
	for i := 0; k[i] != 0; i += 1 + int(k[i]) {
		at[n] = uint8(i)
		n++
	}
	return n
}

func (k key) label(at uint8) string { return string(k[at+1 : int(at)+1+int(k[at])]) }

// ReverseName returns the name under in-addr.arpa. or ip6.arpa. that stands for an address (RFC 1035 3.5, RFC 3596 2.5).
func ReverseName(a netip.Addr) string {
	name, err := miekg.ReverseAddr(a.Unmap().WithZone("").String())
	if err != nil {
		return "."
	}
	return name
}

// SerialLess reports whether zone serial a is older than b in the arithmetic of RFC 1982 3.2, in which numbers wrap around. Of two
// that lie half of the circle apart, none is older.
func SerialLess(a, b uint32) bool { return a != b && b-a < 1<<31 }
