package tutorial

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/repl"
)

var update = flag.Bool("update", false, "write the golden transcript anew")

// A user is one who types lines and reads what is printed.
type user struct {
	*Tutorial
	printed string
	shell   *repl.Shell
}

// sit lets a user of the tutorial type lines into a shell without a terminal.
func sit(t *testing.T, o Options, lines string) *user {
	t.Helper()
	tutorial, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	options := repl.Options{Run: bindings.Run{World: engine.Options{Seed: 1, Hash: true}, Modules: []*bind.Module{repl.Module},
		Stdin: strings.NewReader(lines), Stdout: &out, Stderr: &out}}
	tutorial.Into(&options)
	s, err := repl.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	tutorial.Start(s)
	s.Loop(context.Background())
	tutorial.Leave()
	return &user{tutorial, out.String(), s}
}

// at lets a user sit who has come to a step.
func at(t *testing.T, step, lines string) *user {
	t.Helper()
	progress := filepath.Join(t.TempDir(), "progress")
	if err := os.WriteFile(progress, fmt.Appendf(nil, "step = %q\n", step), 0o600); err != nil {
		t.Fatal(err)
	}
	u := sit(t, Options{Progress: progress}, lines)
	if kept := readProgress(progress); kept.Step == "" || kept.Language != "en" {
		t.Errorf("progress %+v", kept)
	}
	return u
}

// is reports where the user is.
func (u *user) is() string {
	if u.at == len(u.steps) {
		return atEnd
	}
	return u.steps[u.at].Name
}

// read reports whether a text was printed, however its lines were broken.
func (u *user) read(text string) bool {
	flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return strings.Contains(flat(u.printed), flat(text))
}

// examples are the lines that do all steps.
func examples(t *testing.T) string {
	t.Helper()
	steps, err := loadSteps()
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, s := range steps {
		for _, g := range s.Goals {
			lines.WriteString(strings.TrimRight(g.Example, "\n") + "\n")
		}
	}
	return lines.String()
}

// TestWalk does all steps in each language, and then what the last one saved.
func TestWalk(t *testing.T) {
	lines := examples(t)
	for _, code := range Languages() {
		t.Run(code, func(t *testing.T) {
			golden, err := filepath.Abs("testdata/walk.txt")
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(t.TempDir())
			u := sit(t, Options{Language: code, Progress: "progress"}, lines)
			if u.is() != atEnd {
				t.Errorf("the walk ended at %s\n%s", u.is(), u.printed)
			}
			if kept := readProgress("progress"); kept != (progress{atEnd, code}) {
				t.Errorf("kept %+v", kept)
			}
			for _, s := range u.steps {
				text := u.language.Steps[s.Name]
				for _, want := range append([]string{text.Title, text.Read, text.Learned}, text.Todo...) {
					if !u.read(want) {
						t.Errorf("%s: not printed: %s", s.Name, want)
					}
				}
			}
			if strings.Contains(u.printed, "\n* ") {
				t.Error("a hint for one who did all well")
			}
			replayed(t, u)
			if code == "en" {
				compare(t, golden, u.printed)
			}
			for line := range strings.Lines(u.printed) {
				if n := visible(line) - 1; n > 80 && !strings.Contains(line, "bytes)") {
					t.Errorf("a line of %d columns: %s", n, line)
				}
			}
		})
	}
}

// replayed runs the session that the last step saved, and compares the packets.
func replayed(t *testing.T, u *user) {
	script, err := os.ReadFile("first.lua")
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	r, err := bindings.Run{World: engine.Options{Seed: 1, Hash: true, Files: bindings.Files(fstest.MapFS{"first.lua": {Data: script}})},
		Modules: []*bind.Module{repl.Module}, Script: "first.lua", Stdout: &again, Stderr: &again}.Do()
	if err != nil || r.Status != 0 {
		t.Fatalf("%v, status %d\n%s", err, r.Status, again.String())
	}
	if r.Hash != u.shell.Session().World.Hash() {
		t.Error("the saved session does not send the same packets")
	}
}

func compare(t *testing.T, file, got string) {
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("another transcript (-want +got; go test -update writes it):\n%s", d)
	}
}

// TestSteps does each step alone, in a world in which nothing was done before, and what it saves.
func TestSteps(t *testing.T) {
	steps, err := loadSteps()
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range steps {
		t.Run(s.Name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			u := at(t, s.Name, strings.TrimSuffix(examplesOf(t, s.Name), "save first.lua\n")+"save first.lua\n")
			next := append(steps, &step{Name: atEnd})[i+1].Name
			if next == "save" {
				next = atEnd // which the last line has done
			}
			if u.is() != next {
				t.Fatalf("at %s, want %s\n%s", u.is(), next, u.printed)
			}
			replayed(t, u)
		})
	}
}

func TestCommands(t *testing.T) {
	t.Run("hints, then the solution", func(t *testing.T) {
		u := at(t, "dig", "dig gaia.cs.umass.edu\nhint\nhint\nhint\n")
		for _, want := range append(u.text().Hints, u.words("solution")+"\n          dig hamburger.edu MX\n") {
			if !u.read(want) {
				t.Errorf("not printed: %s\n%s", want, u.printed)
			}
		}
	})
	t.Run("hint in a session of telnet", func(t *testing.T) {
		if u := at(t, "mail", "telnet hamburger.edu 25\nhint\n"); !u.read(u.text().Hints[0]) {
			t.Error(u.printed)
		}
	})
	t.Run("skip in a session of telnet", func(t *testing.T) {
		if u := at(t, "mail", "telnet hamburger.edu 25\nskip\n^]\n"); u.is() != "mail" || !u.read(u.words("inside")) {
			t.Errorf("at %s\n%s", u.is(), u.printed)
		}
	})
	t.Run("skip and back", func(t *testing.T) {
		u := at(t, "prompt", "back\nskip\nskip\nback\n")
		if u.is() != "hosts" || !u.read(u.words("nothing")) {
			t.Errorf("at %s\n%s", u.is(), u.printed)
		}
	})
	t.Run("skip to the end and on", func(t *testing.T) {
		u := at(t, "save", "skip\nskip\nhint\nagain\nsteps\n1 + 1\nback\n")
		if u.is() != "save" || !u.read(u.words("end")) || !u.read(u.words("nothing")) {
			t.Errorf("at %s\n%s", u.is(), u.printed)
		}
	})
	t.Run("steps", func(t *testing.T) {
		u := at(t, "reach", "steps\n")
		for _, want := range []string{"✓  2. Hosts\n", ">  3. Is anybody there?\n", "   4. Names become addresses\n"} {
			if !strings.Contains(u.printed, want) {
				t.Errorf("not printed: %q\n%s", want, u.printed)
			}
		}
	})
	t.Run("language", func(t *testing.T) {
		u := sit(t, Options{}, "6 * 7\nlanguage it\nlanguage xx\n")
		for _, want := range []string{"La riga di comando", "✓ 1. Moltiplica", "there is no language \"xx\"; want one of en, pt, es, it"} {
			if !u.read(want) {
				t.Errorf("not printed: %s\n%s", want, u.printed)
			}
		}
	})
	t.Run("again", func(t *testing.T) {
		if u := sit(t, Options{}, "again\n"); strings.Count(u.printed, "--- 1/16  The prompt -") != 2 {
			t.Error(u.printed)
		}
	})
	t.Run("help", func(t *testing.T) {
		if u := sit(t, Options{}, "help\n"); !strings.Contains(u.printed, "  skip ") {
			t.Error(u.printed)
		}
	})
}

// TestJumps looks at what a step needs that was not done.
func TestJumps(t *testing.T) {
	t.Run("a letter for Bob", func(t *testing.T) {
		u := at(t, "inbox", "telnet hamburger.edu 110\nUSER bob\nPASS hungry\nLIST\nRETR 1\nQUIT\n")
		if u.is() != "server" || !u.read(u.words("prepared", "title", "A letter by hand")) || !u.read("Do you like ketchup?") {
			t.Errorf("at %s\n%s", u.is(), u.printed)
		}
	})
	t.Run("a server", func(t *testing.T) {
		u := at(t, "trace", "trace on\ntelnet gaia.cs.umass.edu 6789\nhello\ntrace show\n")
		if u.is() != "wait" {
			t.Errorf("at %s\n%s", u.is(), u.printed)
		}
	})
	t.Run("a server that is there", func(t *testing.T) {
		u := at(t, "server", examplesOf(t, "server")+"skip\nback\n")
		if strings.Contains(u.printed, "has been done for you") {
			t.Error(u.printed)
		}
	})
	t.Run("reset", func(t *testing.T) {
		u := at(t, "trace", "trace on\nreset\ntrace on\ntelnet gaia.cs.umass.edu 6789\nhello\ntrace show\n")
		if u.is() != "wait" {
			t.Errorf("at %s\n%s", u.is(), u.printed)
		}
	})
	t.Run("a cable that is broken", func(t *testing.T) {
		u := at(t, "broken", "link router.poly.edu newyork.backbone.net down\nskip\nping gaia.cs.umass.edu 1\n")
		if !u.read("newyork.backbone.net-router.poly.edu up") || !u.read("1 received") {
			t.Error(u.printed)
		}
	})
	t.Run("a session that ends where the next step begins", func(t *testing.T) {
		u := at(t, "mail", examplesOf(t, "mail"))
		if u.is() != "inbox" || strings.Contains(u.printed, "\n* ") {
			t.Errorf("at %s\n%s", u.is(), u.printed)
		}
	})
	t.Run("a letter written again", func(t *testing.T) {
		letter := "MAIL FROM:<alice@crepes.fr>\nRCPT TO:<bob@hamburger.edu>\nDATA\n%s\n.\n"
		u := at(t, "mail", greet+fmt.Sprintf(letter, "Olá!")+fmt.Sprintf(letter, "Hello!")+"QUIT\n")
		if u.is() != "inbox" {
			t.Errorf("at %s\n%s", u.is(), u.printed)
		}
	})
	t.Run("begun again after it was left", func(t *testing.T) {
		u := at(t, "mail", "telnet hamburger.edu 25\nHELO crepes.fr\nQUIT\n"+strings.TrimPrefix(examplesOf(t, "mail"), "ssh alice.crepes.fr\n"))
		if u.is() != "inbox" {
			t.Errorf("at %s\n%s", u.is(), u.printed)
		}
	})
}

func examplesOf(t *testing.T, name string) string {
	t.Helper()
	steps, err := loadSteps()
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, s := range steps {
		for _, g := range s.Goals {
			if s.Name == name {
				lines.WriteString(strings.TrimRight(g.Example, "\n") + "\n")
			}
		}
	}
	return lines.String()
}

func TestProgress(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, c := range []struct {
		name string
		o    Options
		step string
		says string
	}{
		{"none", Options{}, "prompt", "Welcome."},
		{"none yet", Options{Progress: filepath.Join(folder, "new")}, "prompt", "Welcome."},
		{"a step", Options{Progress: file("a", "step = \"dig\"\nlanguage = \"es\"\n")}, "dig", "Hola de nuevo."},
		{"another language now", Options{Progress: file("b", "step = \"dig\"\nlanguage = \"es\"\n"), Language: "pt"}, "dig", "Olá outra vez."},
		{"the locale's", Options{Progress: file("c", "step = \"dig\"\n"), Locale: "it_IT.UTF-8"}, "dig", "Ciao di nuovo."},
		{"at the end", Options{Progress: file("d", "step = \"end\"\n")}, "prompt", "You have done all steps before"},
		{"restart", Options{Progress: file("e", "step = \"dig\"\n"), Restart: true}, "prompt", "Welcome."},
		{"an unknown step", Options{Progress: file("f", "step = \"diggg\"\nlanguage = \"xx\"\n")}, "prompt", "Welcome."},
		{"no sense", Options{Progress: file("g", "\x00\xff = [")}, "prompt", "Welcome."},
		{"too large", Options{Progress: file("h", "step = \"dig\"\n#"+strings.Repeat("x", maxProgress))}, "prompt", "Welcome."},
		{"a folder", Options{Progress: folder}, "prompt", "Your progress cannot be kept: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := sit(t, c.o, "skip\nback\n")
			if u.is() != c.step || !u.read(c.says) {
				t.Errorf("at %s\n%s", u.is(), u.printed)
			}
			if n := strings.Count(u.printed, "cannot be kept"); n > 1 {
				t.Errorf("said %d times", n)
			}
		})
	}
	if _, err := New(Options{Language: "de"}); err == nil {
		t.Error("a language that is not there")
	}
}

func TestLocales(t *testing.T) {
	for locale, want := range map[string]string{"": "en", "C": "en", "pt_BR.UTF-8": "pt", "PT": "pt", "es_419": "es", "it_IT@euro": "it", "de_DE": "en", "_": "en", "pt:en": "pt"} {
		if got := fromLocale(locale); got != want {
			t.Errorf("%q: %s, want %s", locale, got, want)
		}
	}
}

func FuzzProgress(f *testing.F) {
	f.Add("step = \"dig\"\nlanguage = \"es\"\n")
	f.Add("step = [\x00")
	name := filepath.Join(f.TempDir(), "progress")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		tutorial, err := New(Options{Progress: name})
		if err != nil {
			t.Fatal(err)
		}
		if tutorial.at > len(tutorial.steps) {
			t.Error(tutorial.at)
		}
	})
}

func FuzzWrap(f *testing.F) {
	f.Add("one two\n\n  three", 5)
	f.Fuzz(func(t *testing.T, text string, width int) {
		width = width&63 + 8
		for line := range strings.Lines(wrap(text, width, "* ", "  ")) {
			if n := visible(strings.TrimRight(line, "\n")); n > width && len(strings.Fields(line)) > 2 && !strings.HasPrefix(line, "   ") {
				t.Errorf("%d columns of %d: %q", n, width, line)
			}
		}
	})
}
