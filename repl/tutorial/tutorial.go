// Package tutorial is a guided first half hour in the shell.
//
// It goes in steps. A step has goals, which are told from what came of the lines that the user did: what was typed and printed, which host the user
// sits at, which port a server of the user's listens on, and which bytes a server got and gave back. A line that reaches none of them and fits one
// of the step's mistakes gets a hint. When all goals are reached, the next step begins by itself.
//
// The steps are data: texts/steps.toml says, once for all languages, what the goals and mistakes are, and one more file for each language has what
// is read. A new language is one more file; a new step is one more table in each.
package tutorial

import (
	"fmt"
	"io"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/textbook"
	"github.com/moonwire-lab/moonwire/repl"
)

// Options say how a tutorial begins. The zero value begins in English, at the first step, and keeps no progress.
type Options struct {
	Language string // one of Languages; "" for the one that Progress keeps, else Locale, else English
	Locale   string // what the user's environment says, such as "pt_PT.UTF-8"
	Progress string // the file that keeps how far the user is; "" for none
	Restart  bool   // begin at the first step whatever Progress says
	Color    bool   // paint headings and what was reached
}

// A Tutorial guides the user of one shell.
type Tutorial struct {
	options  Options
	steps    []*step
	language *language
	code     string // of the language
	shell    *repl.Shell
	wire     *wire

	at      int    // the step, or len(steps) after the last
	reached []bool // the step's goals
	hints   int    // that the user asked for
	vain    int    // lines that reached nothing, since the last one that did
	opened  bool   // a session of telnet has begun in the step
	busy    bool   // what is done now is the tutorial's own doing
	unkept  bool   // the progress could not be written; it has been said

	did map[string]bool // steps whose goals were reached in this world, or replayed
}

// New returns a tutorial. It fails if there is no such language.
func New(o Options) (*Tutorial, error) {
	steps, err := loadSteps()
	if err != nil {
		return nil, err
	}
	t := &Tutorial{options: o, steps: steps, wire: &wire{}}
	kept := readProgress(o.Progress)
	code := o.Language
	if code == "" {
		if code = kept.Language; !known(code) {
			code = fromLocale(o.Locale)
		}
	}
	if err := t.speak(code); err != nil {
		return nil, err
	}
	if !o.Restart {
		t.at = t.find(kept.Step)
	}
	return t, nil
}

// find returns the number of a step, 0 if there is none of that name.
func (t *Tutorial) find(name string) int {
	for i, s := range t.steps {
		if s.Name == name {
			return i
		}
	}
	if name == atEnd {
		return len(t.steps)
	}
	return 0
}

// speak changes the language.
func (t *Tutorial) speak(code string) error {
	l, err := loadLanguage(code)
	if err != nil {
		return err
	}
	t.language, t.code = l, code
	return nil
}

// Into lets a shell be one with this tutorial, in the textbook internet.
func (t *Tutorial) Into(o *repl.Options) {
	o.Host, o.Prelude, o.Greeting = textbook.Home, `require("textbook").build()`, ""
	o.Build = func(s *bindings.Session) error {
		if _, err := textbook.Build(s.World); err != nil {
			return err
		}
		t.wire.watch(s.World.Net)
		t.did = map[string]bool{}
		return nil
	}
	o.Commands = append(o.Commands, t.commands()...)
	o.Done = t.done
}

// Start greets and shows the step where the user is, before the shell's loop begins.
func (t *Tutorial) Start(s *repl.Shell) {
	t.shell = s
	switch {
	case t.at == len(t.steps):
		t.at = 0
		t.say(t.words("again"))
	case t.at > 0:
		t.say(t.words("resumed"))
	default:
		t.say(t.words("welcome"))
	}
	t.begin(true)
}

// Leave says goodbye, after the shell's loop.
func (t *Tutorial) Leave() {
	if t.at < len(t.steps) && t.options.Progress != "" && !t.unkept {
		t.say(t.words("bye"))
	}
}

// begin begins the step where the user is. After a jump, the user is put where the step expects it.
func (t *Tutorial) begin(jump bool) {
	t.hints, t.vain, t.opened = 0, 0, false
	t.wire.forget()
	t.keep()
	if t.at == len(t.steps) {
		t.reached = nil
		t.say(t.words("end"))
		return
	}
	step := t.steps[t.at]
	if jump {
		t.prepare(step)
	}
	t.reached = make([]bool, len(step.Goals))
	t.standing(step)
	t.show()
}

// prepare puts the user who has jumped where a step expects them, and brings about what it needs.
func (t *Tutorial) prepare(step *step) {
	for _, name := range step.Needs {
		if needed := t.steps[t.find(name)]; !t.did[name] {
			t.did[name] = true
			t.say(t.words("prepared", "title", t.language.Steps[name].Title))
			t.move(needed.Host)
			t.lines(needed.Replay)
		}
	}
	if step.Host != "" && t.host() != step.Host {
		t.move(step.Host)
		t.say(t.words("moved", "host", step.Host))
	}
}

func (t *Tutorial) move(host string) {
	if h := t.shell.Session().World.Find(host); h != nil {
		t.shell.Session().Move(h)
	}
}

// lines does lines of the shell for the user, so that a saved session has them too.
func (t *Tutorial) lines(lines ...string) {
	t.busy = true
	for _, line := range lines {
		t.shell.Do(line)
	}
	t.busy = false
}

// standing marks the goals that are reached already: those that ask only for what is. If all were, none is marked, and the user does something.
func (t *Tutorial) standing(step *step) {
	all := true
	for i := range step.Goals {
		g := &step.Goals[i]
		t.reached[i] = g.state() && g.met(&situation{tutorial: t})
		if all = all && t.reached[i]; step.Ordered && !t.reached[i] {
			break
		}
	}
	if all {
		clear(t.reached)
	}
}

func (t *Tutorial) host() string { return t.shell.Session().Host().Name }

// done looks at what came of a line.
func (t *Tutorial) done(s *repl.Shell, d repl.Done) {
	if t.busy || t.at == len(t.steps) || t.own(d) {
		return
	}
	if d.Err == nil && (d.Command == "reset" || d.Command == "seed" && len(d.Args) > 0) {
		t.begin(true)
		return
	}
	if t.opened = t.opened || d.Open; d.Command == "telnet" && d.Err == nil && !t.opened {
		return // the end of a session in which the step before was done
	}
	step := t.steps[t.at]
	now := &situation{tutorial: t, Done: d}
	before := t.count()
	for i := range step.Goals {
		if !t.reached[i] && step.Goals[i].met(now) {
			t.reached[i] = true
		}
		if step.Ordered && !t.reached[i] {
			break
		}
	}
	switch n := t.count(); {
	case n == len(step.Goals):
		t.did[step.Name] = true
		io.WriteString(t.shell.Out(), "\n")
		t.say(t.mark() + t.text().Learned)
		t.at++
		t.begin(false)
	case n > before:
		t.vain = 0
		t.note(t.mark(), t.words("reached", "done", fmt.Sprint(n), "all", fmt.Sprint(len(step.Goals))))
	default:
		t.help(step, now)
	}
}

// own reports whether a line is a command of the tutorial. Typed into a session of telnet, which sends it to the server, a command that helps is done
// all the same.
func (t *Tutorial) own(d repl.Done) bool {
	for _, c := range t.commands() {
		if d.Command == c.Name {
			return true
		}
		if !d.Typed || strings.TrimSpace(d.Text) != c.Name {
			continue
		}
		if c.Name == "hint" || c.Name == "again" {
			c.Shell(t.shell, nil)
		} else {
			t.note(t.star(), t.words("inside"))
		}
		return true
	}
	return false
}

// help says what was wrong with a line that reached nothing, if it is known.
func (t *Tutorial) help(step *step, now *situation) {
	if i := t.elsewhere(step, now); i >= 0 {
		t.note(t.star(), t.words("elsewhere", "here", t.host(), "host", step.Goals[i].At))
		return
	}
	for i := range step.Mistakes {
		if m := &step.Mistakes[i]; m.met(now) {
			for i := m.Back - 1; m.Back > 0 && i < len(t.reached); i++ {
				t.reached[i] = false
			}
			if !m.Quiet {
				t.note(t.star(), t.text().Mistakes[m.Name])
			}
			return
		}
	}
	if m := commonMistake(now); m != "" {
		t.note(t.star(), t.language.Mistakes[m])
		return
	}
	if t.vain++; t.vain%3 == 0 {
		t.note(t.star(), t.words("stuck"))
	}
}

// elsewhere returns the goal that the line would have reached on another host, or -1.
func (t *Tutorial) elsewhere(step *step, now *situation) int {
	for i := range step.Goals {
		g := step.Goals[i]
		if !t.reached[i] && g.At != "" && g.At != now.Host {
			if g.At = ""; (g.Line != nil || g.Typed != nil) && (&condition{Line: g.Line, Typed: g.Typed}).met(now) {
				return i
			}
		}
		if step.Ordered && !t.reached[i] {
			break
		}
	}
	return -1
}

// count returns how many of the step's goals are reached.
func (t *Tutorial) count() int {
	n := 0
	for _, r := range t.reached {
		if r {
			n++
		}
	}
	return n
}

// next returns the first goal that is not reached.
func (t *Tutorial) next() int {
	for i, r := range t.reached {
		if !r {
			return i
		}
	}
	return 0
}
