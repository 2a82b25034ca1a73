package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// A progress tells on standard error how far grading has come: a line that changes on a terminal, otherwise a line for each of several submissions.
type progress struct {
	to       io.Writer
	terminal bool
	several  bool
}

func newProgress(c *console, submissions int) *progress {
	return &progress{to: c.err, terminal: isTerminal(c.err) && os.Getenv("TERM") != "dumb", several: submissions > 1}
}

const (
	clearLine = "\r\x1b[K"
	barWidth  = 30
)

func (p *progress) tell(now grade.Progress) {
	switch {
	case p.terminal:
		done := barWidth * now.Done / max(now.All, 1)
		what := now.Submission
		if now.Outcome != nil {
			what += ": " + now.Outcome.Name
		}
		text := fmt.Sprintf("[%s%s] %d of %d  %s", strings.Repeat("#", done), strings.Repeat(".", barWidth-done), now.Done, now.All, capture.Escape(what))
		fmt.Fprint(p.to, clearLine, capture.Cut(text, 78))
	case p.several && now.Result != nil:
		kept := ""
		if now.Kept {
			kept = ", from the journal"
		}
		name := now.Submission
		if !utf8.ValidString(name) || len(name) > 200 {
			name = capture.Cut(capture.Escape(name), 200)
		}
		fmt.Fprintf(p.to, "%d of %d: %s has %.6g of %.6g points%s\n", now.Done, now.All, capture.Escape(name), now.Result.Score, now.Result.Max, kept)
	}
}

// warn prints what the person who grades should know.
func (p *progress) warn(text string) {
	p.end()
	fmt.Fprintf(p.to, "moonwire: warning: %s\n", text)
}

// end takes the line that changes away.
func (p *progress) end() {
	if p.terminal {
		fmt.Fprint(p.to, clearLine)
	}
}
