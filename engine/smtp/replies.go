package smtp

import (
	"fmt"
	"slices"
	"strings"
)

// A phrase is one of the replies that a server chooses from.
type phrase struct{ name, text string }

// phrases are the server's own replies. The first ones are the lectures'. {domain} stands for the server's name, {client} for what the client called
// itself, {address} for what the command is about: an address, a user, the command itself.
var phrases = []phrase{
	{"greeting", "220 {domain}"},
	{"helo", "250 Hello {client}, pleased to meet you"},
	{"ehlo", "250 {domain} Hello {client}, pleased to meet you"},
	{"mail", "250 2.1.0 {address}... Sender ok"},
	{"rcpt", "250 2.1.5 {address} ... Recipient ok"},
	{"data", `354 Enter mail, end with "." on a line by itself`},
	{"accepted", "250 2.0.0 Message accepted for delivery"},
	{"quit", "221 2.0.0 {domain} closing connection"},

	{"chunk", "250 2.0.0 {address} bytes received"},
	{"rset", "250 2.0.0 Reset state"},
	{"noop", "250 2.0.0 OK"},
	{"help", "214 2.0.0 {address}"},
	{"vrfy", "250 2.1.5 {address}"},
	{"vrfy-unsaid", "252 2.5.2 Cannot VRFY user, but will take mail for it and try"},
	{"expn", "250 2.1.5 {address}"},
	{"starttls", "220 2.0.0 Ready to start TLS"},
	{"challenge", "334 {address}"},
	{"authenticated", "235 2.7.0 Authentication succeeded"},

	{"unknown", "500 5.5.2 Command unrecognized: {address}"},
	{"too-long", "500 5.5.2 Line too long"},
	{"syntax", "501 5.5.4 Syntax: {address}"},
	{"bad-sender", "501 5.1.7 {address}... Not an address"},
	{"bad-recipient", "501 5.1.3 {address}... Not an address"},
	{"not-implemented", "502 5.5.1 Command not implemented: {address}"},
	{"sequence", "503 5.5.1 {address}"},
	{"no-recipients", "554 5.5.1 No valid recipients"},
	{"parameter", "555 5.5.4 Unsupported parameter: {address}"},
	{"utf8-needed", "553 5.6.7 {address}... Only with SMTPUTF8"},
	{"too-many-recipients", "452 4.5.3 Too many recipients"},
	{"too-large", "552 5.3.4 Message too large, the limit is {address} bytes"},
	{"line-too-long", "554 5.6.0 A line of the message is longer than {address} bytes"},
	{"bare-ending", "554 5.6.0 A line of the message does not end with CR LF"},
	{"smuggling", "521 5.5.2 A dot between line ends that are not CR LF; closing connection"},
	{"eight-bit", "554 5.6.1 The message is not 7-bit ASCII; say BODY=8BITMIME"},
	{"no-room", "452 4.3.1 Too many messages at a time"},
	{"local-error", "451 4.3.0 Local error in processing"},
	{"auth-mechanism", "504 5.5.4 Unknown mechanism: {address}"},
	{"auth-failed", "535 5.7.8 Authentication failed"},
	{"auth-cancelled", "501 5.7.0 Authentication cancelled"},
	{"auth-syntax", "501 5.5.2 Not base64"},
	{"auth-encryption", "538 5.7.11 Only after STARTTLS"},
	{"pipelined-tls", "554 5.5.1 Commands behind STARTTLS; closing connection"},

	{"timeout", "421 4.4.2 {domain} Timeout, closing connection"},
	{"too-many-errors", "421 4.7.0 {domain} Too many errors, closing connection"},
	{"too-many-commands", "421 4.7.0 {domain} Too many commands without a message, closing connection"},
	{"too-many-sessions", "421 4.3.2 {domain} Too many connections, try again later"},
	{"closing", "421 4.3.2 {domain} Service not available, closing connection"},
}

// ReplyNames returns the names under which Server.Replies may have replies.
func ReplyNames() []string {
	names := make([]string, len(phrases))
	for i, p := range phrases {
		names[i] = p.name
	}
	return names
}

// DefaultReply returns the text of a reply that Server.Replies does not replace, "" if there is none of the name.
func DefaultReply(name string) string {
	for _, p := range phrases {
		if p.name == name {
			return p.text
		}
	}
	return ""
}

// CheckReply reports what is wrong with a reply of that name: no such name, no reply, or of another sort, positive or negative, than it has
// to be.
func CheckReply(name, text string) error {
	_, err := replyOf(name, text)
	return err
}

func replyOf(name, text string) (Reply, error) {
	usual, err := ParseReply(DefaultReply(name))
	if err != nil {
		return Reply{}, &ArgumentError{"no reply is called " + quote(name)}
	}
	r, err := ParseReply(text)
	if err != nil {
		return Reply{}, err
	}
	if r.Code/100 != usual.Code/100 && (r.Positive() || usual.Positive()) {
		return Reply{}, &ArgumentError{fmt.Sprintf("the reply %s has a code such as %d, not %d", name, usual.Code, r.Code)}
	}
	if r.Enhanced == "" && usual.Enhanced != "" && r.Code == usual.Code {
		r.Enhanced = usual.Enhanced
	}
	return r, nil
}

// wording returns all replies, those in replace instead of the usual ones.
func wording(replace map[string]string) (map[string]Reply, error) {
	names := ReplyNames()
	all := make(map[string]Reply, len(names))
	for name := range replace {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("smtp: replies: %w", &ArgumentError{"no reply is called " + quote(name)})
		}
	}
	for _, p := range phrases {
		text, ok := replace[p.name]
		if !ok {
			text = p.text
		}
		r, err := replyOf(p.name, text)
		if err != nil {
			return nil, fmt.Errorf("smtp: replies: %s: %w", p.name, err)
		}
		all[p.name] = r
	}
	return all, nil
}

// expand puts values in the places of {domain}, {client} and {address}. A value with several lines makes several lines.
func expand(r Reply, domain, client, address string) Reply {
	out := Reply{Code: r.Code, Enhanced: r.Enhanced, Lines: make([]string, 0, len(r.Lines))}
	for _, line := range r.Lines {
		if strings.IndexByte(line, '{') < 0 {
			out.Lines = append(out.Lines, line)
			continue
		}
		before, rest, found := strings.Cut(line, "{address}")
		if found && strings.Contains(address, "\n") {
			for _, part := range strings.Split(address, "\n") {
				out.Lines = append(out.Lines, printable(fill(before, domain, client)+part+fill(rest, domain, client)))
			}
			continue
		}
		if found {
			line = fill(before, domain, client) + address + fill(rest, domain, client)
		} else {
			line = fill(line, domain, client)
		}
		out.Lines = append(out.Lines, printable(line))
	}
	return out
}

// fill puts the names of server and client in.
func fill(text, domain, client string) string {
	if strings.IndexByte(text, '{') < 0 {
		return text
	}
	text = strings.ReplaceAll(text, "{domain}", domain)
	return strings.ReplaceAll(text, "{client}", client)
}

// printable makes a text of the peer's fit for a line of a reply.
func printable(s string) string {
	if len(s) > maxReplyText {
		s = s[:maxReplyText]
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return strings.Map(func(c rune) rune {
				if c < ' ' || c == 0x7f {
					return '?'
				}
				return c
			}, s)
		}
	}
	return s
}
