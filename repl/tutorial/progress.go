package tutorial

import (
	"fmt"
	"os"

	"github.com/BurntSushi/toml"
)

// atEnd stands for the step behind the last.
const atEnd = "end"

// progress is what is kept from one time to the next.
type progress struct {
	Step     string `toml:"step"`     // where the user is, or atEnd
	Language string `toml:"language"` // the user's
}

// maxProgress bounds the file in bytes.
const maxProgress = 4096

// readProgress reads a file. One that is not there or makes no sense keeps nothing.
func readProgress(name string) progress {
	var p progress
	if name == "" {
		return p
	}
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxProgress {
		return p
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return p
	}
	if _, err := toml.Decode(string(b), &p); err != nil {
		return progress{}
	}
	return p
}

// keep writes where the user is. What cannot be written is said once.
func (t *Tutorial) keep() {
	if t.options.Progress == "" || t.unkept {
		return
	}
	step := atEnd
	if t.at < len(t.steps) {
		step = t.steps[t.at].Name
	}
	text := fmt.Sprintf("step = %q\nlanguage = %q\n", step, t.code)
	if err := os.WriteFile(t.options.Progress, []byte(text), 0o600); err != nil {
		t.unkept = true
		t.say(t.words("unkept", "why", err.Error()))
	}
}
