package tutorial

import (
	"fmt"
	"strings"

	"github.com/moonwire-lab/moonwire/repl"
)

// commands are what the user of the tutorial may say besides the shell's own.
func (t *Tutorial) commands() []*repl.Command {
	plain := func(f func()) func(*repl.Shell, []string) error {
		return func(*repl.Shell, []string) error { f(); return nil }
	}
	return []*repl.Command{
		{Name: "hint", Doc: "Tutorial: help with this step; the last hint is the solution.", Silent: true, Shell: plain(t.hint)},
		{Name: "again", Doc: "Tutorial: show this step again.", Silent: true, Shell: plain(t.again)},
		{Name: "skip", Doc: "Tutorial: go on to the next step.", Silent: true, Shell: plain(func() { t.jump(1) })},
		{Name: "back", Doc: "Tutorial: go back to the step before.", Silent: true, Shell: plain(func() { t.jump(-1) })},
		{Name: "steps", Doc: "Tutorial: list the steps.", Silent: true, Shell: plain(t.list)},
		{Name: "language", Args: strings.Join(Languages(), "|"), Doc: "Tutorial: go on in another language.", Min: 1, Max: 1, Silent: true,
			Shell:    func(_ *repl.Shell, args []string) error { return t.translate(args[0]) },
			Complete: func(*repl.Shell, []string) []string { return Languages() }},
	}
}

// hint gives the step's hints one after the other, and then what may be typed.
func (t *Tutorial) hint() {
	if t.at == len(t.steps) {
		t.say(t.words("end"))
		return
	}
	if hints := t.text().Hints; t.hints < len(hints) {
		t.note(t.star(), hints[t.hints])
		t.hints++
		return
	}
	t.note(t.star(), t.words("solution"))
	fmt.Fprint(t.shell.Out(), code(t.steps[t.at].Goals[t.next()].Example))
}

func (t *Tutorial) again() {
	if t.at == len(t.steps) {
		t.say(t.words("end"))
		return
	}
	t.show()
}

// jump goes to another step. What the step in hand has broken is repaired.
func (t *Tutorial) jump(by int) {
	to := t.at + by
	if to < 0 || to > len(t.steps) {
		t.say(t.words("nothing"))
		return
	}
	if t.at < len(t.steps) {
		t.lines(t.steps[t.at].Undo...)
	}
	t.at = to
	t.begin(true)
}

func (t *Tutorial) list() {
	var b strings.Builder
	for i, s := range t.steps {
		sign := "  "
		switch {
		case i < t.at:
			sign = t.paint(green, "✓ ")
		case i == t.at:
			sign = t.paint(bold, "> ")
		}
		fmt.Fprintf(&b, "%s%2d. %s\n", sign, i+1, t.language.Steps[s.Name].Title)
	}
	fmt.Fprint(t.shell.Out(), b.String())
}

func (t *Tutorial) translate(code string) error {
	if err := t.speak(code); err != nil {
		return fmt.Errorf("language: %w", err)
	}
	t.keep()
	t.again()
	return nil
}
