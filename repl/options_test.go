package repl

import (
	"fmt"
	"strings"
	"testing"
)

func TestOptions(t *testing.T) {
	for line, want := range map[string]string{
		"host":               "[] host",
		"-v host -o f":       "[v= o=f] host",
		"-ivof host":         "[i= v= o=f] host",
		"-o -x host":         "[o=-x] host",
		"host -- -v":         "[] host -v",
		"- host":             "[] - host",
		"-z host":            "t: there is no option -z; it takes -v -i -o",
		"-vz host":           "t: there is no option -z; it takes -v -i -o",
		"--verbose host":     "t: there is no option --verbose; it takes -v -i -o",
		"host -o":            "t: -o wants a value behind it",
		"-\x80 host":         "t: there is no option -\u0080; it takes -v -i -o",
		"-o host -- -o -- x": "[o=host] -o -- x",
	} {
		given, rest, err := options("t", strings.Fields(line), "vi", "o")
		var letters []string
		for _, o := range given {
			letters = append(letters, fmt.Sprintf("%c=%s", o.letter, o.value))
		}
		got := strings.TrimSpace(fmt.Sprint(letters) + " " + strings.Join(rest, " "))
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

// FuzzOptions looks for a command line that is taken apart wrongly: every letter is one that there is, and nothing gets longer.
func FuzzOptions(f *testing.F) {
	f.Add("-vi -o x host")
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Fields(line)
		given, rest, err := options("t", args, "vi", "o")
		if err != nil {
			return
		}
		n := 0
		for _, o := range given {
			if !strings.ContainsRune("vio", rune(o.letter)) || o.letter != 'o' && o.value != "" {
				t.Errorf("%q: %c %q", line, o.letter, o.value)
			}
			n += 1 + len(o.value)
		}
		if n += len(strings.Join(rest, "")); n > len(line) || len(rest) > len(args) {
			t.Errorf("%q became longer: %v %q", line, given, rest)
		}
	})
}
