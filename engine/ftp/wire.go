package ftp

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

// A command is a line of a client: a verb and what follows it and a space.
type command struct {
	name string // in capitals
	arg  string
}

// parseCommand reads a command line without its end. Telnet commands before it, which clients send with ABOR, are skipped. It reports
// false if the line does not begin with three to eight letters, or has control characters.
func parseCommand(line []byte) (command, bool) {
	for len(line) > 0 && line[0] >= 0xf0 { // IAC IP IAC DM (RFC 959 5.1)
		line = line[1:]
	}
	word, arg, _ := strings.Cut(string(line), " ")
	if len(word) < 3 || len(word) > 8 || hasControl(arg) {
		return command{}, false
	}
	for i := range len(word) {
		if c := word[i] | 0x20; c < 'a' || c > 'z' {
			return command{}, false
		}
	}
	return command{strings.ToUpper(word), arg}, true
}

func hasControl(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] == 0x7f {
			return true
		}
	}
	return false
}

// append adds the reply as it is sent: code, a hyphen if more lines follow, text. Lines in the middle begin with a space, so that no
// digits of theirs are taken for the code (RFC 959 4.2).
func (r Reply) append(out []byte) []byte {
	lines := strings.Split(r.Text, "\n")
	for i, line := range lines {
		last := i == len(lines)-1
		switch {
		case last:
			out = append(strconv.AppendInt(out, int64(r.Code), 10), ' ')
		case i == 0:
			out = append(strconv.AppendInt(out, int64(r.Code), 10), '-')
		default:
			out = append(out, ' ')
		}
		out = append(append(out, line...), "\r\n"...)
	}
	return out
}

// parseReplyLine reads the first line of a reply, or one that may be its last.
func parseReplyLine(line string) (code int, more bool, text string, ok bool) {
	if len(line) < 3 || line[0] < '1' || line[0] > '5' || !isDigit(line[1]) || !isDigit(line[2]) {
		return 0, false, "", false
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	switch {
	case len(line) == 3:
		return code, false, "", true
	case line[3] == ' ':
		return code, false, line[4:], true
	case line[3] == '-':
		return code, true, line[4:], true
	}
	return 0, false, "", false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// readReply reads a reply of one line or several. A reply that is none, or too long, is a *SyntaxError.
func readReply(lines *wire.LineReader, command string) (Reply, error) {
	line, err := lines.ReadLine()
	if err != nil {
		return Reply{}, err
	}
	first := string(line)
	code, more, text, ok := parseReplyLine(first)
	if !ok {
		return Reply{}, syntaxError(command, first)
	}
	all := []byte(text)
	for more {
		if line, err = lines.ReadLine(); err != nil {
			return Reply{}, err
		}
		next := string(line)
		if again, still, rest, ok := parseReplyLine(next); ok && again == code {
			more, next = still, rest
		}
		all = append(append(all, '\n'), next...)
		if len(all) > maxReply {
			return Reply{}, syntaxError(command, first)
		}
	}
	return Reply{code, string(all)}, nil
}

// parseHostPort reads h1,h2,h3,h4,p1,p2 (RFC 959 5.3.2, PORT).
func parseHostPort(text string) (netip.AddrPort, bool) {
	parts := strings.Split(text, ",")
	if len(parts) != 6 {
		return netip.AddrPort{}, false
	}
	var b [6]byte
	for i, p := range parts {
		n, ok := parseNumber(p, 255)
		if !ok {
			return netip.AddrPort{}, false
		}
		b[i] = byte(n)
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[:4])), uint16(b[4])<<8|uint16(b[5])), true
}

// formatHostPort is the reverse of parseHostPort; the address must be IPv4.
func formatHostPort(a netip.AddrPort) string {
	return strings.ReplaceAll(a.Addr().String(), ".", ",") + "," + strconv.Itoa(int(a.Port()>>8)) + "," + strconv.Itoa(int(a.Port()&255))
}

// parsePassive finds the six numbers in a reply to PASV; what stands around them is not said by the RFC (RFC 1123 4.1.2.6).
func parsePassive(text string) (netip.AddrPort, bool) {
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) || i > 0 && isDigit(text[i-1]) {
			continue
		}
		end := i
		for end < len(text) && (isDigit(text[end]) || text[end] == ',') {
			end++
		}
		if a, ok := parseHostPort(text[i:end]); ok {
			return a, true
		}
	}
	return netip.AddrPort{}, false
}

// parseExtendedPort reads the argument of EPRT, |1|132.235.1.2|6275| (RFC 2428 2). known is false for a family that is neither IPv4 nor IPv6.
func parseExtendedPort(text string) (a netip.AddrPort, known, ok bool) {
	if len(text) < 4 || text[0] < 33 || text[0] > 126 || isDigit(text[0]) {
		return a, false, false
	}
	parts := strings.Split(text, text[:1])
	if len(parts) != 5 || parts[0] != "" || parts[4] != "" {
		return a, false, false
	}
	if parts[1] != "1" && parts[1] != "2" {
		_, number := parseNumber(parts[1], 65535)
		return a, false, number
	}
	addr, err := netip.ParseAddr(parts[2])
	port, fits := parseNumber(parts[3], 65535)
	if err != nil || !fits || port == 0 || addr.Zone() != "" || addr.Is4() != (parts[1] == "1") {
		return a, true, false
	}
	return netip.AddrPortFrom(addr, uint16(port)), true, true
}

// formatExtendedPort is the reverse of parseExtendedPort.
func formatExtendedPort(a netip.AddrPort) string {
	family := "1"
	if a.Addr().Is6() {
		family = "2"
	}
	return "|" + family + "|" + a.Addr().WithZone("").String() + "|" + strconv.Itoa(int(a.Port())) + "|"
}

// parseExtendedPassive finds the port in a reply to EPSV, "… (|||6446|)" (RFC 2428 3).
func parseExtendedPassive(text string) (uint16, bool) {
	_, inner, ok := strings.Cut(text, "(")
	if !ok {
		return 0, false
	}
	inner, _, ok = strings.Cut(inner, ")")
	if !ok || len(inner) < 5 || isDigit(inner[0]) {
		return 0, false
	}
	parts := strings.Split(inner, inner[:1])
	if len(parts) != 5 || parts[1] != "" || parts[2] != "" || parts[0] != "" || parts[4] != "" {
		return 0, false
	}
	port, ok := parseNumber(parts[3], 65535)
	return uint16(port), ok && port > 0
}

// parseNumber reads a number from 0 to most in decimal digits only.
func parseNumber(text string, most int64) (int64, bool) {
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	for i := range len(text) {
		if !isDigit(text[i]) {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n <= most
}

// timeLayout is how MDTM and the fact modify show a time, in UTC (RFC 3659 2.3).
const timeLayout = "20060102150405"

func parseTime(text string) (time.Time, bool) {
	t, err := time.Parse(timeLayout, text) // it takes fractions of a second, too
	return t, err == nil
}

// quotePath is a path in the reply to PWD and MKD: in quotation marks, those inside it doubled (RFC 959 appendix II).
func quotePath(path string) string { return `"` + strings.ReplaceAll(path, `"`, `""`) + `"` }

// unquotePath reads the path at the beginning of such a reply.
func unquotePath(text string) (string, bool) {
	rest, ok := strings.CutPrefix(text, `"`)
	if !ok {
		return "", false
	}
	var path strings.Builder
	for {
		before, after, found := strings.Cut(rest, `"`)
		path.WriteString(before)
		if !found {
			return "", false
		}
		if rest, found = strings.CutPrefix(after, `"`); !found {
			return path.String(), true
		}
		path.WriteByte('"')
	}
}
