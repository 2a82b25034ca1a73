package scripts_test

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/scripts"
)

// change is what a header says to try: one text in the place of another.
var change = regexp.MustCompile("`([^`]+)` instead of `([^`]+)`")

// header returns the comment at the beginning of a script, and the script below it.
func header(source string) (comment []string, rest string) {
	for strings.HasPrefix(source, "--") {
		line, below, _ := strings.Cut(source, "\n")
		comment, source = append(comment, line), below
	}
	return comment, source
}

// tries returns a script as its header says to change it, once for each change.
func tries(source string) ([]string, error) {
	comment, rest := header(source)
	text, found := "", false
	for _, line := range comment {
		line = strings.TrimPrefix(strings.TrimPrefix(line, "--"), " ")
		found = found || strings.HasPrefix(line, "Try: ")
		if found {
			text += " " + line
		}
	}
	pairs := change.FindAllStringSubmatch(text, -1)
	if found && (len(pairs) == 0 || strings.Count(text, "`") != 4*len(pairs)) {
		return nil, fmt.Errorf("not of the form Try: `new` instead of `old`: %s", text)
	}
	var changed []string
	for _, p := range pairs {
		if n := strings.Count(rest, p[2]); n != 1 {
			return nil, fmt.Errorf("the script has %q %d times; want once", p[2], n)
		}
		changed = append(changed, strings.Join(comment, "\n")+"\n"+strings.Replace(rest, p[2], p[1], 1))
	}
	return changed, nil
}

// TestTries does what the headers of the labs say to try: the changed lab runs, and prints something else.
func TestTries(t *testing.T) {
	labsWith := 0
	for _, s := range labs(t) {
		changed, err := tries(s.Source())
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		if len(changed) > 0 {
			labsWith++
		}
		for i, source := range changed {
			t.Run(fmt.Sprintf("%s/%d", s.Name, i+1), func(t *testing.T) {
				if run(t, folderWith(t, s, source), s.File(), 1).output == s.Expected() {
					t.Error("the change makes no difference")
				}
			})
		}
	}
	if labsWith < 60 {
		t.Errorf("only %d labs say what to try", labsWith)
	}
}

// folderWith returns the folder of a lab with another source for it.
func folderWith(t *testing.T, s scripts.Script, source string) fs.FS {
	t.Helper()
	folder := fstest.MapFS{s.File(): {Data: []byte(source)}}
	for _, n := range s.Needs() {
		if n != s {
			folder[n.File()] = &fstest.MapFile{Data: []byte(n.Source())}
		}
	}
	return folder
}

func TestTriesCanFail(t *testing.T) {
	for _, source := range []string{
		"-- title\n-- Try: another number\nprint(1)\n",
		"-- title\n-- Try: `2` instead of `3`\nprint(1)\n",
		"-- title\n-- Try: `2` instead of `1`\nprint(1, 1)\n",
		"-- title\n-- Try: `2` instead of `1`, or `4`\nprint(1)\n",
	} {
		if changed, err := tries(source); err == nil {
			t.Errorf("accepted %q: %q", source, changed)
		}
	}
	changed, err := tries("-- title\n-- Try: `print(2,\n-- 2)` instead of `print(1)`.\nprint(1)\n")
	if err != nil || len(changed) != 1 || !strings.HasSuffix(changed[0], "\nprint(2, 2)\n") {
		t.Errorf("got %q, %v", changed, err)
	}
}
