package check

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// A program is a process that the test started of the submission's, or of the reference solution's, files.
type program struct {
	*host.Process
	script    string
	host      string
	reference bool
	expected  bool // the test has looked at how it ended
}

// story says what has become of the program, "" if nothing that matters, and where its script stands or failed.
func (p *program) story() (text, where string) {
	name := p.script + " on " + p.host
	err := p.Err()
	switch {
	case err != nil:
		first, _, _ := strings.Cut(err.Error(), "\n")
		return fmt.Sprintf("%s had ended with status %d: %s", name, p.Status(), first), whereOf(err)
	case p.Ended() && p.expected:
		return "", ""
	case p.Ended():
		return fmt.Sprintf("%s had ended with status %d", name, p.Status()), ""
	}
	for _, b := range p.World().Sched.Blocked(p.Main().Group()) {
		if b.Where != "" {
			return fmt.Sprintf("%s waits in %s at %s since %v", name, b.Call, b.Where, b.Since), b.Where
		}
	}
	return "", p.Where()
}

// whereOf returns the file and line of an error, "" if it has none.
func whereOf(err error) string {
	var syntax *lua51.SyntaxError
	var run *lua51.RuntimeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("%s:%d", syntax.Chunk, syntax.Line)
	case errors.As(err, &run):
		for _, f := range run.Traceback {
			if f.Line > 0 {
				return fmt.Sprintf("%s:%d", f.Chunk, f.Line)
			}
		}
	}
	return ""
}

// death returns the verdict on a program of the submission that ended by an error or a limit and the report of it; "" if it did not, or if
// the test expected that it would.
func (p *program) death() (grade.Verdict, string) {
	err := p.Err()
	if err == nil || p.reference || p.expected || errors.Is(err, process.ErrKilled) || errors.Is(err, process.ErrCrashed) {
		return "", ""
	}
	report := strings.TrimSuffix(p.Complained().String(), "\n")
	var limit *lua51.LimitError
	var syntax *lua51.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return grade.CannotLoad, report
	case !errors.As(err, &limit):
		return grade.Crash, report
	}
	switch limit.Limit {
	case "fuel":
		return grade.Fuel, report
	case "memory":
		return grade.Memory, report
	case "output":
		return grade.OutputLimit, report
	case "depth":
		return grade.Crash, report
	}
	return grade.Limit, report
}

// longestOutput is how many bytes of what the submission printed are kept.
const longestOutput = 8 << 10

// output returns what the programs of the submission have printed, without the report of a failure that is told elsewhere.
func (t *trial) output(report string) string {
	var b strings.Builder
	mine := 0
	for _, p := range t.programs {
		if !p.reference {
			mine++
		}
	}
	for _, p := range t.programs {
		if p.reference {
			continue
		}
		text := p.Printed().String()
		if complaints := p.Complained().String(); report == "" || strings.TrimSuffix(complaints, "\n") != report {
			text += complaints
		}
		if text != "" && mine > 1 {
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
				b.WriteByte('\n')
			}
			fmt.Fprintf(&b, "--- %s on %s\n", p.script, p.host)
		}
		b.WriteString(cutMiddle(text, longestOutput/mine))
	}
	return b.String()
}

// cutMiddle leaves the middle of a text out if it is longer than most bytes.
func cutMiddle(text string, most int) string {
	if len(text) <= most {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	head, tail := most/2, len(text)-most/2
	for head > 0 && !utf8.RuneStart(text[head]) {
		head--
	}
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	text = fmt.Sprintf("%s\n… %d bytes left out …\n%s", text[:head], tail-head, text[tail:])
	return strings.ToValidUTF8(text, "\uFFFD")
}
