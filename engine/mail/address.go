package mail

import (
	"strings"
	"unicode"

	gomail "github.com/emersion/go-message/mail"
)

// An Address is a mailbox of a header: "Bob Burger <bob@hamburger.edu>".
type Address struct {
	Name    string // decoded; may be ""
	Address string // local part, @ and domain
}

// ParseAddress reads one address (RFC 5322 3.4), or returns an *Error.
func ParseAddress(text string) (Address, error) {
	list, err := ParseAddresses(text)
	if err != nil {
		return Address{}, err
	}
	if len(list) != 1 {
		return Address{}, problem("address", "%.100q is not one address", text)
	}
	return list[0], nil
}

// ParseAddresses reads a list of addresses (RFC 5322 3.4), or returns an *Error. The members of groups are among them.
func ParseAddresses(text string) ([]Address, error) {
	if len(text) > MaxValue {
		return nil, beyond("address", "the list has %d bytes", len(text))
	}
	if n := longestComment(text); n > 1000 {
		return nil, beyond("address", "a comment has %d bytes", n)
	}
	list, err := gomail.ParseAddressList(text)
	if err != nil {
		return nil, problem("address", "%.100q: %s", text, strings.TrimPrefix(err.Error(), "mail: "))
	}
	out := make([]Address, len(list))
	for i, a := range list {
		if strings.ContainsFunc(a.Address, func(r rune) bool {
			return r > unicode.MaxASCII && !unicode.IsGraphic(r) || r != ' ' && unicode.IsSpace(r)
		}) {
			return nil, problem("address", "%.100q has a character that cannot be seen", a.Address)
		}
		out[i] = Address{a.Name, a.Address}
	}
	return out, nil
}

// longestComment returns the length of what is between parentheses, at most: the library takes time that grows with its square.
func longestComment(text string) int {
	open := strings.IndexByte(text, '(')
	if open < 0 {
		return 0
	}
	longest, depth, begin := 0, 0, 0
	for i := open; i < len(text); i++ {
		switch text[i] {
		case '(':
			if depth == 0 {
				begin = i
			}
			depth++
		case ')':
			depth = max(depth-1, 0)
		}
		if depth > 0 {
			longest = max(longest, i-begin)
		}
	}
	return longest
}

// String writes the address as a header has it: the name bare where it may be, else quoted, or as encoded words if it is not ASCII.
func (a Address) String() string {
	if a.Name == "" {
		return a.Address
	}
	return phrase(a.Name) + " <" + a.Address + ">"
}

// FormatAddresses writes a list of addresses.
func FormatAddresses(list []Address) string {
	parts := make([]string, len(list))
	for i, a := range list {
		parts[i] = a.String()
	}
	return strings.Join(parts, ", ")
}

func phrase(name string) string {
	bare := true
	for i := range len(name) {
		c := name[i]
		if c >= 0x7f || c < ' ' {
			return EncodeWords(name)
		}
		if !isAtom(c) && c != ' ' {
			bare = false
		}
	}
	if bare && strings.TrimSpace(name) == name && !strings.Contains(name, "  ") && !strings.Contains(name, "=?") {
		return name
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}

func isAtom(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// Domain returns what is behind the last @ of an address, in lower case; "" if there is none.
func Domain(address string) string {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		return strings.ToLower(address[i+1:])
	}
	return ""
}

// Local returns what is before the last @ of an address.
func Local(address string) string {
	if i := strings.LastIndexByte(address, '@'); i >= 0 {
		return address[:i]
	}
	return address
}
