package pop3

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
	"strings"
)

// A command is a line of a client: a keyword and its arguments (RFC 1939 3).
type command struct {
	name string   // in capitals
	args []string // separated by single spaces
	rest string   // all that follows the keyword and a space, which PASS takes as it is
}

// parseCommand reads a command line without its end. It reports false if the line does not begin with a keyword of letters.
func parseCommand(line []byte) (command, bool) {
	word, rest, _ := strings.Cut(string(line), " ")
	if len(word) == 0 || len(word) > 16 {
		return command{}, false
	}
	for i := range len(word) {
		if c := word[i] | 0x20; c < 'a' || c > 'z' {
			return command{}, false
		}
	}
	c := command{name: strings.ToUpper(word), rest: rest}
	if fields := strings.TrimRight(rest, " "); fields != "" {
		c.args = strings.Split(fields, " ")
	}
	return c, true
}

// parseNumber reads a number from 0 to 2^31-1 in decimal digits only.
func parseNumber(text string) (int, bool) {
	if len(text) == 0 || len(text) > 10 {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return int(n), err == nil
}

// parseStatus reads the first line of an answer: whether it is +OK, the response code of -ERR (RFC 2449 8), and the text.
func parseStatus(line []byte) (ok bool, response, text string, valid bool) {
	status, text, _ := strings.Cut(string(line), " ")
	switch strings.ToUpper(status) {
	case "+OK":
		return true, "", text, true
	case "-ERR":
		response, text = splitResponse(text)
		return false, response, text, true
	}
	return false, "", "", false
}

// splitResponse takes a response code off the text of a refusal.
func splitResponse(text string) (response, rest string) {
	inner, ok := strings.CutPrefix(text, "[")
	if !ok {
		return "", text
	}
	response, rest, ok = strings.Cut(inner, "]")
	if !ok || response == "" {
		return "", text
	}
	return response, strings.TrimPrefix(rest, " ")
}

// parseListing reads a line of LIST, "1 498", or the text of STAT. What follows a further space is ignored (RFC 1939 5).
func parseListing(line string) (number int, size int64, ok bool) {
	fields := strings.SplitN(strings.TrimLeft(line, " "), " ", 3)
	if len(fields) < 2 {
		return 0, 0, false
	}
	number, ok = parseNumber(fields[0])
	if !ok || len(fields[1]) == 0 || len(fields[1]) > 18 || fields[1][0] < '0' || fields[1][0] > '9' {
		return 0, 0, false
	}
	size, err := strconv.ParseInt(fields[1], 10, 64)
	return number, size, err == nil
}

// parseUID reads a line of UIDL, "1 whqtswO00WBw418f9t5JxYwZ".
func parseUID(line string) (number int, uid string, ok bool) {
	first, uid, _ := strings.Cut(line, " ")
	number, ok = parseNumber(first)
	return number, uid, ok && validUID(uid)
}

func validUID(uid string) bool {
	if len(uid) == 0 || len(uid) > maxUID {
		return false
	}
	for i := range len(uid) {
		if uid[i] <= ' ' || uid[i] > '~' {
			return false
		}
	}
	return true
}

// timestamp finds the msg-id in a greeting that APOP takes part of (RFC 1939 7); "" if there is none.
func timestamp(greeting string) string {
	from := strings.IndexByte(greeting, '<')
	if from < 0 {
		return ""
	}
	n := strings.IndexByte(greeting[from:], '>')
	if n < 0 || !strings.Contains(greeting[from:from+n], "@") || strings.ContainsAny(greeting[from:from+n], " \t") {
		return ""
	}
	return greeting[from : from+n+1]
}

// Digest returns what APOP sends instead of a password: the MD5 of the greeting's time stamp and the secret, in lower-case
// hexadecimal digits (RFC 1939 7).
func Digest(timestamp, secret string) string {
	sum := md5.Sum([]byte(timestamp + secret))
	return hex.EncodeToString(sum[:])
}

// quote shows text of a peer with what cannot be printed escaped.
func quote(text string) string { return strconv.QuoteToASCII(text) }
