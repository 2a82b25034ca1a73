package pop3

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestParseCommand(t *testing.T) {
	for _, c := range []struct {
		line, name, rest string
		args             []string
		ok               bool
	}{
		{"STAT", "STAT", "", nil, true},
		{"retr 12", "RETR", "12", []string{"12"}, true},
		{"PASS  a b ", "PASS", " a b ", []string{"", "a", "b"}, true},
		{"TOP 1 10  ", "TOP", "1 10  ", []string{"1", "10"}, true},
		{"UIDL ", "UIDL", "", nil, true},
		{"", "", "", nil, false},
		{" USER", "", "", nil, false},
		{"US3R a", "", "", nil, false},
		{"USER\ta", "", "", nil, false},
		{strings.Repeat("A", 17), "", "", nil, false},
		{"\xff\xfe", "", "", nil, false},
	} {
		got, ok := parseCommand([]byte(c.line))
		if ok != c.ok || got.name != c.name || got.rest != c.rest || !cmp.Equal(got.args, c.args) {
			t.Errorf("%q: %+v, %v", c.line, got, ok)
		}
	}
}

func TestParseStatus(t *testing.T) {
	for _, c := range []struct {
		line, response, text string
		ok, valid            bool
	}{
		{"+OK", "", "", true, true},
		{"+OK 2 320", "", "2 320", true, true},
		{"+ok [x] y", "", "[x] y", true, true},
		{"-ERR", "", "", false, true},
		{"-ERR no", "", "no", false, true},
		{"-ERR [IN-USE] busy", "IN-USE", "busy", false, true},
		{"-ERR [SYS/TEMP]", "SYS/TEMP", "", false, true},
		{"-ERR [half", "", "[half", false, true},
		{"-ERR [] x", "", "[] x", false, true},
		{"+OKAY", "", "", false, false},
		{"", "", "", false, false},
		{"220 x", "", "", false, false},
	} {
		ok, response, text, valid := parseStatus([]byte(c.line))
		if ok != c.ok || response != c.response || text != c.text || valid != c.valid {
			t.Errorf("%q: %v, %q, %q, %v", c.line, ok, response, text, valid)
		}
	}
}

func TestParseListing(t *testing.T) {
	for line, want := range map[string]string{
		"1 498": "1 498 true", "2 0": "2 0 true", "1 12 more things": "1 12 true", " 3 4": "3 4 true",
		"1 999999999999999999": "1 999999999999999999 true", "0 1": "0 1 true",
		"": "0 0 false", "1": "0 0 false", "1 ": "1 0 false", "1 -2": "1 0 false", "-1 2": "0 0 false", "1 1e3": "1 0 false",
		"4294967296 1": "2147483647 0 false", "1 9999999999999999999": "1 0 false", "x 1": "0 0 false", "+1 1": "0 0 false", "1 +1": "1 0 false",
	} {
		n, size, ok := parseListing(line)
		if got := fmt.Sprint(n, " ", size, " ", ok); ok != strings.HasSuffix(want, "true") || ok && got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
	for line, want := range map[string]bool{"1 abc": true, "1 !~": true, "1 ": false, "1": false, "1 a b": false, "1 \x7f": false, "x a": false,
		"1 " + strings.Repeat("x", 70): true, "1 " + strings.Repeat("x", 71): false} {
		if _, _, ok := parseUID(line); ok != want {
			t.Errorf("parseUID(%q) = %v", line, ok)
		}
	}
}

// TestDigests checks the example of RFC 1939 7.
func TestDigests(t *testing.T) {
	if got := Digest("<1896.697170952@dbc.mtview.ca.us>", "tanstaaf"); got != "c4c9334bac560ecc979e58001b3e22fb" {
		t.Errorf("APOP: %s", got)
	}
	for greeting, want := range map[string]string{
		"POP3 server ready <1896.697170952@dbc.mtview.ca.us>": "<1896.697170952@dbc.mtview.ca.us>",
		"x <a@b> <c@d>": "<a@b>", "x": "", "<a>": "", "<a @b>": "", "<a@b": "", "> <": "",
	} {
		if got := timestamp(greeting); got != want {
			t.Errorf("timestamp(%q) = %q", greeting, got)
		}
	}
}

func TestTop(t *testing.T) {
	const message = "A: b\r\n\r\none\r\n\r\nthree\r\nfour"
	for lines, want := range map[int]string{0: "A: b\r\n\r\n", 1: "A: b\r\n\r\none\r\n", 2: "A: b\r\n\r\none\r\n\r\n", 4: message, 9: message} {
		for _, text := range []string{message, strings.ReplaceAll(message, "\r\n", "\n")} {
			r := &topReader{r: bufio.NewReader(strings.NewReader(text)), lines: lines}
			got, err := io.ReadAll(iotest.OneByteReader(r))
			if strings.ReplaceAll(string(got), "\r\n", "\n") != strings.ReplaceAll(want, "\r\n", "\n") || err != nil {
				t.Errorf("%d lines of %q: %q, %v", lines, text, got, err)
			}
		}
	}
	if got, _ := io.ReadAll(&topReader{r: bufio.NewReader(strings.NewReader("\r\nbody")), lines: 0}); string(got) != "\r\n" {
		t.Errorf("of a message without a header: %q", got)
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, s := range []string{"USER alice", "PASS  a b ", "TOP 1 2", "", "\x00", "apop mrose c4c9334bac560ecc979e58001b3e22fb"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		c, ok := parseCommand(line)
		if !ok {
			return
		}
		if c.name != strings.ToUpper(c.name) || !strings.EqualFold(c.name, string(line[:len(c.name)])) {
			t.Fatalf("%q: name %q", line, c.name)
		}
		if again := strings.TrimRight(c.rest, " "); strings.Join(c.args, " ") != again {
			t.Fatalf("%q: arguments %q of %q", line, c.args, c.rest)
		}
	})
}

// What an answer is read as, written again, is read as the same.
func FuzzParseAnswers(f *testing.F) {
	for _, s := range []string{"+OK 2 320", "-ERR [IN-USE] busy", "1 498", "2 abc", "POP3 ready <1.2@x>", "-ERR [", "18446744073709551616 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if ok, response, text, valid := parseStatus([]byte(line)); valid {
			again := "-ERR "
			if ok {
				again = "+OK "
			} else if response != "" {
				again += "[" + response + "] "
			}
			if ok2, response2, text2, valid2 := parseStatus([]byte(again + text)); ok2 != ok || response2 != response || text2 != text || !valid2 {
				t.Fatalf("%q was read as %v %q %q, written as %q", line, ok, response, text, again+text)
			}
		}
		if n, size, ok := parseListing(line); ok {
			if n2, size2, ok2 := parseListing(fmt.Sprintf("%d %d", n, size)); n2 != n || size2 != size || !ok2 || n < 0 || size < 0 {
				t.Fatalf("%q: %d %d", line, n, size)
			}
		}
		if n, uid, ok := parseUID(line); ok && (n < 0 || uid == "" || strings.ContainsAny(uid, " \r\n\x00")) {
			t.Fatalf("%q: %d %q", line, n, uid)
		}
		if stamp := timestamp(line); stamp != "" && !strings.Contains(line, stamp) {
			t.Fatalf("%q: stamp %q", line, stamp)
		}
	})
}

// However a message is cut into lines, TOP gives a beginning of it.
func FuzzTop(f *testing.F) {
	f.Add("A: b\r\n\r\nc\r\n", 1)
	f.Fuzz(func(t *testing.T, message string, lines int) {
		lines = lines & 15
		got, err := io.ReadAll(&topReader{r: bufio.NewReader(strings.NewReader(message)), lines: lines})
		if err != nil || !strings.HasPrefix(message, string(got)) {
			t.Fatalf("%q, %v", got, err)
		}
		rest := message[len(got):]
		if rest != "" && !strings.HasSuffix(string(got), "\n") {
			t.Fatalf("cut within a line: %q", got)
		}
	})
}
