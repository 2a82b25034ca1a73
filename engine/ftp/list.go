package ftp

import (
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// An Entry is a file or folder in a listing.
type Entry struct {
	Name     string
	Type     string    // "file", "dir", "link"; of MLSD also "cdir" and "pdir", the folder itself and the one above
	Size     int64     // bytes; -1 if not told
	Modified time.Time // in UTC; zero if not told. Of LIST it has no seconds, and is in the server's zone
	Mode     string    // "rwxr-xr-x"; "" if not told
}

// listLine shows a file as ls -l does, which is what clients know how to read. Times of the last six months have hours, others the year.
func listLine(i fs.FileInfo, now time.Time) string {
	kind := "-"
	links := 1
	if i.IsDir() {
		kind, links = "d", 2
	}
	modified := i.ModTime().UTC()
	when := modified.Format("Jan _2 15:04")
	if age := now.Sub(modified); age > 182*24*time.Hour || age < -24*time.Hour {
		when = modified.Format("Jan _2  2006")
	}
	return fmt.Sprintf("%s%s %3d %-8s %-8s %8d %s %s", kind, shownMode(i), links, "ftp", "ftp", shownSize(i), when, shownName(i.Name()))
}

func shownMode(i fs.FileInfo) string { return i.Mode().Perm().String()[1:] }

// shownSize is 0 for folders: their size is an accident of the file system below.
func shownSize(i fs.FileInfo) int64 {
	if i.IsDir() {
		return 0
	}
	return i.Size()
}

// shownName keeps a name on its line.
func shownName(name string) string {
	if !hasControl(name) {
		return name
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, name)
}

// allFacts are the facts that MLST and MLSD can tell, in their order (RFC 3659 7.5).
const allFacts = "type;size;modify;perm;unix.mode;"

// factLine shows a file with facts, a list such as "type;size;". writable says whether the session may change it.
func factLine(i fs.FileInfo, name, facts string, writable bool) string {
	var b strings.Builder
	for fact := range strings.SplitSeq(strings.TrimSuffix(facts, ";"), ";") {
		switch fact {
		case "type":
			kind := "file"
			if i.IsDir() {
				kind = "dir"
			}
			b.WriteString("type=" + kind + ";")
		case "size":
			if !i.IsDir() {
				fmt.Fprintf(&b, "size=%d;", i.Size())
			}
		case "modify":
			b.WriteString("modify=" + i.ModTime().UTC().Format(timeLayout) + ";")
		case "perm":
			b.WriteString("perm=" + permissions(i.IsDir(), writable) + ";")
		case "unix.mode":
			fmt.Fprintf(&b, "unix.mode=%04o;", i.Mode().Perm())
		}
	}
	return b.String() + " " + shownName(name)
}

// permissions is the fact perm (RFC 3659 7.5.5): what the user may do.
func permissions(dir, writable bool) string {
	switch {
	case dir && writable:
		return "cdeflmp"
	case dir:
		return "el"
	case writable:
		return "adfrw"
	}
	return "r"
}

// parseFacts reads a line of MLSD or MLST: facts, a space, a name (RFC 3659 7.2).
func parseFacts(line string) (Entry, bool) {
	facts, name, ok := strings.Cut(line, " ")
	if !ok || name == "" || facts != "" && !strings.HasSuffix(facts, ";") || hasControl(name) {
		return Entry{}, false
	}
	e := Entry{Name: name, Type: "file", Size: -1}
	for fact := range strings.SplitSeq(strings.TrimSuffix(facts, ";"), ";") {
		key, value, _ := strings.Cut(fact, "=")
		switch strings.ToLower(key) {
		case "type":
			if e.Type = strings.ToLower(value); strings.HasPrefix(e.Type, "os.unix=") {
				e.Type = "link"
			}
		case "size":
			if n, ok := parseNumber(value, 1<<62); ok {
				e.Size = n
			}
		case "modify":
			e.Modified, _ = parseTime(value)
		case "unix.mode":
			e.Mode = parseMode(value)
		}
	}
	return e, true
}

// parseMode turns 0644 into rw-r--r--.
func parseMode(octal string) string {
	octal = strings.TrimLeft(octal, "0")
	if octal == "" {
		octal = "0"
	}
	var mode fs.FileMode
	for i := range len(octal) {
		if octal[i] < '0' || octal[i] > '7' || len(octal) > 4 {
			return ""
		}
		mode = mode<<3 | fs.FileMode(octal[i]-'0')
	}
	return mode.Perm().String()[1:]
}

// parseList reads a line of LIST as Unix servers write it, or as Windows' do. It reports false for a line that is no entry, such as "total 3".
func parseList(line string, now time.Time) (Entry, bool) {
	if len(line) > 10 && isDigit(line[0]) {
		return parseWindows(line)
	}
	f := fieldsThen(line, 8)
	if f == nil || len(f[0]) < 10 || !strings.Contains("-dlbcps", f[0][:1]) {
		return Entry{}, false
	}
	e := Entry{Name: f[8], Type: "file", Mode: f[0][1:10]}
	switch f[0][0] {
	case 'd':
		e.Type = "dir"
	case 'l':
		e.Type = "link"
		e.Name, _, _ = strings.Cut(e.Name, " -> ")
	}
	var ok bool
	if e.Size, ok = parseNumber(f[4], 1<<62); !ok || e.Name == "" || hasControl(e.Name) {
		return Entry{}, false
	}
	e.Modified, ok = parseListTime(f[5]+" "+f[6]+" "+f[7], now)
	return e, ok
}

// fieldsThen returns n fields separated by spaces, and what follows the space behind them; nil if there are fewer.
func fieldsThen(line string, n int) []string {
	fields := make([]string, 0, n+1)
	for range n {
		line = strings.TrimLeft(line, " ")
		field, rest, ok := strings.Cut(line, " ")
		if !ok || field == "" {
			return nil
		}
		fields, line = append(fields, field), rest
	}
	return append(fields, line)
}

// parseListTime reads "Nov 25 23:15", the last such moment that is not more than a day ahead, or "Nov 25 2025".
func parseListTime(text string, now time.Time) (time.Time, bool) {
	if t, err := time.Parse("Jan 2 2006", text); err == nil {
		return t, true
	}
	for year := now.UTC().Year() + 1; year >= now.UTC().Year()-8; year-- { // a leap day may be that long ago
		t, err := time.Parse("Jan 2 15:04 2006", fmt.Sprintf("%s %04d", text, year))
		if err == nil && t.Before(now.Add(24*time.Hour)) {
			return t, true
		}
	}
	return time.Time{}, false
}

// parseWindows reads "07-17-26  02:05PM       <DIR>          docs".
func parseWindows(line string) (Entry, bool) {
	f := fieldsThen(line, 3)
	if f == nil {
		return Entry{}, false
	}
	e := Entry{Name: strings.TrimLeft(f[3], " "), Type: "file"}
	ok := true
	if f[2] == "<DIR>" {
		e.Type = "dir"
	} else {
		e.Size, ok = parseNumber(f[2], 1<<62)
	}
	var err error
	for _, layout := range []string{"01-02-06 03:04PM", "01-02-2006 03:04PM", "01-02-06 15:04", "01-02-2006 15:04"} {
		if e.Modified, err = time.Parse(layout, f[0]+" "+f[1]); err == nil {
			break
		}
	}
	return e, ok && err == nil && e.Name != "" && !hasControl(e.Name)
}
