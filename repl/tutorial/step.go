package tutorial

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed texts
var texts embed.FS

// Languages are the codes of the languages there are, ISO 639-1.
func Languages() []string { return []string{"en", "pt", "es", "it"} }

func known(code string) bool { return slices.Contains(Languages(), code) }

// fromLocale returns the language of a locale such as "pt_BR.UTF-8", English if it is none of Languages.
func fromLocale(locale string) string {
	code := strings.ToLower(locale)
	if i := strings.IndexAny(code, "_.@-:"); i >= 0 {
		code = code[:i]
	}
	if known(code) {
		return code
	}
	return "en"
}

// A step is one subject of the tutorial, in no language.
type step struct {
	Name     string    `toml:"name"`
	Host     string    `toml:"host"`    // where the user sits who has done the steps before
	Ordered  bool      `toml:"ordered"` // the goals have to be reached one after the other
	Goals    []goal    `toml:"goal"`
	Mistakes []mistake `toml:"mistake"`
	Needs    []string  `toml:"needs"`  // steps of which this one needs what they brought about
	Replay   string    `toml:"replay"` // a line that brings it about, done on the step's host if the user has jumped over the step
	Undo     []string  `toml:"undo"`   // lines that repair what the step breaks, done when the user skips it
}

// A goal is something for the user to reach.
type goal struct {
	condition
	Example string `toml:"example"` // lines that reach it, once the goals before it are reached
	Shown   bool   `toml:"shown"`   // the example is shown at once, and not only as the last hint
}

// A mistake is a line that gets a hint.
type mistake struct {
	condition
	Name  string `toml:"name"`
	Back  int    `toml:"back"`  // the goal from which on all is to be done again, counted from 1; 0 for none
	Quiet bool   `toml:"quiet"` // no mistake really: nothing is said
}

// A pattern is a regular expression, in which ^ and $ are the ends of lines and letters stand for both cases.
type pattern struct{ *regexp.Regexp }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *pattern) UnmarshalText(text []byte) (err error) {
	p.Regexp, err = regexp.Compile("(?im)" + string(text))
	return err
}

// loadSteps reads the steps.
func loadSteps() ([]*step, error) {
	var file struct {
		Steps []*step `toml:"step"`
	}
	if err := decode("steps.toml", &file); err != nil {
		return nil, err
	}
	return file.Steps, nil
}

// decode reads one of the texts. A key that nothing reads is an error.
func decode(name string, into any) error {
	b, err := texts.ReadFile("texts/" + name)
	if err != nil {
		return err
	}
	meta, err := toml.Decode(string(b), into)
	if err != nil {
		return fmt.Errorf("tutorial: %s: %w", name, err)
	}
	if u := meta.Undecoded(); len(u) > 0 {
		return fmt.Errorf("tutorial: %s: unknown key %s", name, u[0])
	}
	return nil
}

// A language is all that is read in it.
type language struct {
	Name     string                `toml:"name"`
	Words    map[string]string     `toml:"words"`    // sentences of the tutorial itself
	Mistakes map[string]string     `toml:"mistakes"` // hints that fit every step, by the names of common
	Steps    map[string]*stepTexts `toml:"step"`
}

// stepTexts are what is read in one step.
type stepTexts struct {
	Title    string            `toml:"title"`
	Read     string            `toml:"read"`
	Todo     []string          `toml:"todo"`    // one for each goal
	Hints    []string          `toml:"hints"`   // from vague to clear, when the user asks
	Learned  string            `toml:"learned"` // what it showed
	Mistakes map[string]string `toml:"mistakes"`
}

// loadLanguage reads a language.
func loadLanguage(code string) (*language, error) {
	if !known(code) {
		return nil, fmt.Errorf("there is no language %q; want one of %s", code, strings.Join(Languages(), ", "))
	}
	l := new(language)
	return l, decode(code+".toml", l)
}
