package tutorial

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTexts holds that every language has every text of every step, and no other.
func TestTexts(t *testing.T) {
	steps, err := loadSteps()
	if err != nil {
		t.Fatal(err)
	}
	english, err := loadLanguage("en")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range steps {
		names = append(names, s.Name)
	}
	for _, code := range Languages() {
		l, err := loadLanguage(code)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(code, func(t *testing.T) {
			sameKeys(t, "words", keys(english.Words), l.Words)
			for key, text := range l.Words {
				if d := cmp.Diff(holes(english.Words[key]), holes(text)); d != "" {
					t.Errorf("words %s: other braces than in English: %s", key, d)
				}
			}
			var common []string
			for _, m := range commonMistakes() {
				common = append(common, m.Name)
			}
			sameKeys(t, "mistakes", slices.Compact(sorted(common)), l.Mistakes)
			if d := cmp.Diff(slices.Sorted(slices.Values(names)), keys(l.Steps)); d != "" {
				t.Errorf("steps: %s", d)
			}
			for _, s := range steps {
				if text := l.Steps[s.Name]; text != nil {
					t.Run(s.Name, func(t *testing.T) { checkStep(t, s, text, english.Steps[s.Name]) })
				}
			}
		})
	}
}

func checkStep(t *testing.T, s *step, text, english *stepTexts) {
	if text.Title == "" || text.Read == "" || text.Learned == "" {
		t.Error("a title, what to read or what it showed is missing")
	}
	if len(text.Todo) != len(s.Goals) || slices.Contains(text.Todo, "") {
		t.Errorf("%d things to do for %d goals", len(text.Todo), len(s.Goals))
	}
	if len(text.Hints) != len(english.Hints) || len(text.Hints) == 0 || slices.Contains(text.Hints, "") {
		t.Errorf("%d hints, in English %d", len(text.Hints), len(english.Hints))
	}
	var mistakes []string
	for _, m := range s.Mistakes {
		if !m.Quiet {
			mistakes = append(mistakes, m.Name)
		}
	}
	slices.Sort(mistakes)
	sameKeys(t, "mistakes", mistakes, text.Mistakes)
	// What is typed is the same in all languages.
	for i := range text.Todo {
		if d := cmp.Diff(names(english.Todo[i]), names(text.Todo[i])); d != "" {
			t.Errorf("to do %d names other things than in English: %s", i+1, d)
		}
	}
	for name, hint := range text.Mistakes {
		if d := cmp.Diff(names(english.Mistakes[name]), names(hint)); d != "" {
			t.Errorf("mistake %s names other things than in English: %s", name, d)
		}
	}
}

func sameKeys(t *testing.T, what string, want []string, got map[string]string) {
	t.Helper()
	if d := cmp.Diff(want, keys(got)); d != "" {
		t.Errorf("%s (-want +got): %s", what, d)
	}
	for key, text := range got {
		if text == "" {
			t.Errorf("%s: %s is empty", what, key)
		}
	}
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

var (
	hole = regexp.MustCompile(`\{\w+\}`)
	name = regexp.MustCompile(`\b[a-z]+(\.[a-z]+)*\.(edu|fr|net)\b|\b\d{2,}\b`)
)

// holes are what is replaced in a sentence; names are the hosts and numbers in it.
func holes(text string) []string { return sorted(hole.FindAllString(text, -1)) }
func names(text string) []string { return sorted(name.FindAllString(text, -1)) }

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// TestSpecification holds that the steps themselves are whole.
func TestSpecification(t *testing.T) {
	steps, err := loadSteps()
	if err != nil {
		t.Fatal(err)
	}
	tutorial := &Tutorial{steps: steps}
	for _, s := range steps {
		for i, g := range s.Goals {
			if g.Example == "" {
				t.Errorf("%s: goal %d has no example", s.Name, i+1)
			}
			if g.condition == (condition{}) {
				t.Errorf("%s: goal %d is reached by anything", s.Name, i+1)
			}
		}
		for _, m := range s.Mistakes {
			if m.condition == (condition{}) || m.Back > len(s.Goals) {
				t.Errorf("%s: mistake %s", s.Name, m.Name)
			}
		}
		for _, n := range s.Needs {
			if i := tutorial.find(n); steps[i].Name != n || steps[i].Replay == "" {
				t.Errorf("%s needs %s, which cannot be replayed", s.Name, n)
			}
		}
	}
}
