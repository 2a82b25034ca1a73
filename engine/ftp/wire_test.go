package ftp

import (
	"bytes"
	"io"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

func TestCommands(t *testing.T) {
	for _, c := range []struct {
		in, name, arg string
		ok            bool
	}{
		{"user alice", "USER", "alice", true},
		{"RETR a b ", "RETR", "a b ", true},
		{"PWD", "PWD", "", true},
		{"\xff\xf4\xff\xf2ABOR", "ABOR", "", true},
		{"STOR \xc3\xa9t\xc3\xa9", "STOR", "été", true},
		{"", "", "", false}, {"AB x", "", "", false}, {"RETR\tx", "", "", false}, {"RETR a\x00b", "", "", false}, {"RETR a\rb", "", "", false},
		{"TOOLONGVERB x", "", "", false}, {" USER x", "", "", false}, {"\xff\xff", "", "", false},
	} {
		if got, ok := parseCommand([]byte(c.in)); ok != c.ok || ok && (got.name != c.name || got.arg != c.arg) {
			t.Errorf("%q: %+v, %v", c.in, got, ok)
		}
	}
}

func TestReplies(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Reply
		bad  bool
	}{
		{in: "220 ready\r\n", want: Reply{220, "ready"}},
		{in: "220\r\n", want: Reply{220, ""}},
		{in: "211-Features:\r\n MDTM\r\n SIZE\r\n211 End\r\n", want: Reply{211, "Features:\n MDTM\n SIZE\nEnd"}},
		{in: "230-one\r\n230-two\r\n230 three\r\n", want: Reply{230, "one\ntwo\nthree"}},
		{in: "123-First\r\n  234 not the last\r\n123x\r\n123 Last\r\n", want: Reply{123, "First\n  234 not the last\n123x\nLast"}},
		{in: "999 x\r\n", bad: true}, {in: "20 x\r\n", bad: true}, {in: "2200\r\n", bad: true}, {in: "HTTP/1.1 200 OK\r\n", bad: true},
		{in: "220-x\r\n" + strings.Repeat(strings.Repeat("y", 4000)+"\r\n", 20), bad: true},
		{in: "220-x\r\n", bad: true}, {in: "220-x\r\n" + strings.Repeat("y", 5000) + "\r\n220 x\r\n", bad: true},
	} {
		lines := wire.NewLineReader(strings.NewReader(c.in))
		lines.Max = maxLine
		if got, err := readReply(lines, "X"); (err != nil) != c.bad || got != c.want {
			t.Errorf("%.40q: %.60q, %v", c.in, got, err)
		}
	}
	if got := string((Reply{211, "a\n211 b\nc"}).append(nil)); got != "211-a\r\n 211 b\r\n211 c\r\n" {
		t.Errorf("%q", got)
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{"132,235,1,2,24,131": "132.235.1.2:6275", "1,2,3,4,5": "", "1,2,3,4,5,256": "", "1,2,3,4,5,6,7": "", "1,2,3,4,,6": "", "-1,2,3,4,5,6": ""} {
		a, ok := parseHostPort(text)
		if ok != (want != "") || ok && a.String() != want {
			t.Errorf("%q: %v, %v", text, a, ok)
		}
	}
	for text, want := range map[string]string{"Entering Passive Mode (10,0,0,1,4,1).": "10.0.0.1:1025", "ok 10,0,0,1,4,1": "10.0.0.1:1025", "227 =10,0,0,1,4,1": "10.0.0.1:1025", "no": "", "(1,2,3,4,5)": ""} {
		a, ok := parsePassive(text)
		if ok != (want != "") || ok && a.String() != want {
			t.Errorf("%q: %v, %v", text, a, ok)
		}
	}
	for text, want := range map[string]string{"|1|132.235.1.2|6275|": "132.235.1.2:6275", "|2|1080::8:800:200C:417A|5282|": "[1080::8:800:200c:417a]:5282", "!1!1.2.3.4!5!": "1.2.3.4:5",
		"|1|::1|5|": "", "|2|1.2.3.4|5|": "", "|1|1.2.3.4|0|": "", "|1|1.2.3.4|70000|": "", "|1|1.2.3.4|5": "", "": "", "||||": "", "|2|fe80::1%eth0|5|": ""} {
		a, _, ok := parseExtendedPort(text)
		if ok != (want != "") || ok && a.String() != want {
			t.Errorf("%q: %v, %v", text, a, ok)
		}
	}
	if _, known, ok := parseExtendedPort("|9|x|5|"); known || !ok {
		t.Error("a family that is not known is no mistake of syntax")
	}
	for text, want := range map[string]uint16{"Entering Extended Passive Mode (|||6446|)": 6446, "(!!!7!)": 7, "(|||0|)": 0, "|||6446|": 0, "(||1.2.3.4|6446|)": 0, "(|||70000|)": 0, "()": 0} {
		if port, ok := parseExtendedPassive(text); ok != (want > 0) || ok && port != want {
			t.Errorf("%q: %d, %v", text, port, ok)
		}
	}
}

func TestPaths(t *testing.T) {
	for _, path := range []string{"/", `/a "b" c`, `""`} {
		if got, ok := unquotePath(quotePath(path) + " is the folder"); got != path || !ok {
			t.Errorf("%q: %q", path, got)
		}
	}
	for _, bad := range []string{"", "/", `"`, `"/a`} {
		if got, ok := unquotePath(bad); ok {
			t.Errorf("%q: %q", bad, got)
		}
	}
}

func TestListings(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	files := fstest.MapFS{"new.txt": {Mode: 0o640, ModTime: now.Add(-time.Hour), Data: []byte("12345")}, "old name": {Mode: 0o644, ModTime: now.AddDate(-2, 0, 0)}, "d": {Mode: 0o755 | 1<<31, ModTime: now}}
	for name, want := range map[string]string{"new.txt": "-rw-r-----   1 ftp      ftp             5 Nov 25 11:00 new.txt", "old name": "-rw-r--r--   1 ftp      ftp             0 Nov 25  2024 old name",
		"d": "drwxr-xr-x   2 ftp      ftp             0 Nov 25 12:00 d"} {
		i, err := files.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		line := listLine(i, now)
		if line != want {
			t.Errorf("%q, want %q", line, want)
		}
		e, ok := parseList(line, now)
		if !ok || e.Name != name || e.Type == "file" && e.Size != i.Size() || e.Mode != i.Mode().Perm().String()[1:] || name != "old name" && !e.Modified.Equal(i.ModTime()) {
			t.Errorf("%q: %+v", line, e)
		}
		e, ok = parseFacts(factLine(i, name, allFacts, true))
		if !ok || e.Name != name || e.Type == "file" && e.Size != i.Size() || e.Mode != i.Mode().Perm().String()[1:] || !e.Modified.Equal(i.ModTime()) {
			t.Errorf("%+v", e)
		}
	}
	for _, c := range []struct {
		line string
		want Entry
	}{
		{"lrwxrwxrwx    1 0        0              11 Dec 31 23:59 link -> /etc/passwd", Entry{"link", "link", 11, time.Date(2025, 12, 31, 23, 59, 0, 0, time.UTC), "rwxrwxrwx"}},
		{"-rw-r--r--+   1 a        b              11 Feb 29 10:00 leap", Entry{"leap", "file", 11, time.Date(2024, 2, 29, 10, 0, 0, 0, time.UTC), "rw-r--r--"}},
		{"07-17-26  02:05PM       <DIR>          some docs", Entry{"some docs", "dir", 0, time.Date(2026, 7, 17, 14, 5, 0, 0, time.UTC), ""}},
		{"07-17-2026  14:05                 1234 x.txt", Entry{"x.txt", "file", 1234, time.Date(2026, 7, 17, 14, 5, 0, 0, time.UTC), ""}},
		{"total 12", Entry{}}, {"", Entry{}}, {"-rw-r--r-- 1 a b c Nov 25 11:00 x", Entry{}}, {"drwxr-xr-x 1 a b 1 Xxx 25 11:00 x", Entry{}},
	} {
		if got, ok := parseList(c.line, now); ok != (c.want.Name != "") || ok && got != c.want {
			t.Errorf("%q: %+v, %v", c.line, got, ok)
		}
	}
	for _, bad := range []string{"", "type=file;", "type=file x", "type=file; a\x00b"} {
		if e, ok := parseFacts(bad); ok {
			t.Errorf("%q: %+v", bad, e)
		}
	}
}

// FuzzCommand: what is taken for a command has no control characters, and is read the same again.
func FuzzCommand(f *testing.F) {
	f.Add([]byte("USER alice"))
	f.Add([]byte("\xff\xf4\xf2ABOR"))
	f.Fuzz(func(t *testing.T, line []byte) {
		c, ok := parseCommand(line)
		if !ok {
			return
		}
		again, ok := parseCommand([]byte(c.name + " " + c.arg))
		if !ok || again != c || hasControl(c.arg) {
			t.Fatalf("%q: %+v, %+v", line, c, again)
		}
		if v, ok := verbs(c.name); ok && v.run == nil {
			t.Fatal(c.name)
		}
	})
}

// FuzzReply: a reply that was read is written and read again as the same.
func FuzzReply(f *testing.F) {
	f.Add([]byte("211-a\r\n b\r\n211 c\r\n"))
	f.Add([]byte("220 ready\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		lines := wire.NewLineReader(bytes.NewReader(in))
		lines.Max = maxLine
		r, err := readReply(lines, "X")
		if err != nil {
			return
		}
		parsePassive(r.Text)
		parseExtendedPassive(r.Text)
		unquotePath(r.Text)
		again := wire.NewLineReader(bytes.NewReader(r.append(nil)))
		got, err := readReply(again, "X")
		if err != nil || got.Code != r.Code || strings.Count(got.Text, "\n") != strings.Count(r.Text, "\n") {
			t.Fatalf("%q: %+v, then %+v, %v", in, r, got, err)
		}
	})
}

// FuzzAddress: what is read as an address is written and read again as the same.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"132,235,1,2,24,131", "|1|132.235.1.2|6275|", "|2|1080::8:800:200C:417A|5282|", "Entering (|||6446|)", "(1,2,3,4,5,6)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if a, ok := parseHostPort(text); ok {
			if b, ok := parseHostPort(formatHostPort(a)); !ok || a != b {
				t.Fatal(text, a, b)
			}
		}
		if a, _, ok := parseExtendedPort(text); ok && a.IsValid() {
			if b, known, ok := parseExtendedPort(formatExtendedPort(a)); !ok || !known || a != b {
				t.Fatal(text, a, b)
			}
		}
		if a, ok := parsePassive(text); ok && a == (netip.AddrPort{}) {
			t.Fatal(text)
		}
		parseExtendedPassive(text)
		if at, ok := parseTime(text); ok && at.Year() > 9999 {
			t.Fatal(text, at)
		}
	})
}

// FuzzListing: no line of a listing is read as a name that has control characters.
func FuzzListing(f *testing.F) {
	for _, s := range []string{"-rw-r--r-- 1 ftp ftp 5 Nov 25 11:00 new.txt", "07-17-26  02:05PM  <DIR>  docs", "type=file;size=5;modify=20261125110000;unix.mode=0644; new.txt"} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, line string) {
		if e, ok := parseList(line, now); ok && (e.Name == "" || hasControl(e.Name) || e.Size < 0) {
			t.Fatalf("%q: %+v", line, e)
		}
		if e, ok := parseFacts(line); ok && (e.Name == "" || hasControl(e.Name) || e.Size < -1) {
			t.Fatalf("%q: %+v", line, e)
		}
	})
}

// FuzzText: text with LF alone comes through type A as it was, in whatever pieces.
func FuzzText(f *testing.F) {
	f.Add([]byte("a\nb\r\nc\rd\r"))
	f.Fuzz(func(t *testing.T, text []byte) {
		sent, err := io.ReadAll(iotest.OneByteReader(&textReader{r: iotest.HalfReader(bytes.NewReader(text)), ends: &toNetwork{}}))
		if err != nil || bytes.Contains(bytes.ReplaceAll(sent, []byte("\r\n"), nil), []byte("\n")) {
			t.Fatalf("%q: %q, %v", text, sent, err)
		}
		got, err := io.ReadAll(&textReader{r: iotest.OneByteReader(bytes.NewReader(sent)), ends: &fromNetwork{}})
		var out bytes.Buffer
		w := &textWriter{w: &out, ends: &fromNetwork{}}
		for i := range sent {
			w.Write(sent[i : i+1])
		}
		w.Close()
		want := bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
		if err != nil || !bytes.Equal(got, want) || !bytes.Equal(out.Bytes(), want) {
			t.Fatalf("%q: %q and %q, %v", text, got, out.Bytes(), err)
		}
	})
}
