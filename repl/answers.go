package repl

import (
	"errors"
	"io"
	"strings"
)

// readLine reads a line behind the prompt.
func (s *Shell) readLine(prompt string) (string, error) {
	return s.blocking(func() (string, error) { return s.in.Read(prompt) })
}

// readAnswer reads a line that a command of the shell asks for, without its end.
func (s *Shell) readAnswer() (string, error) {
	var whole strings.Builder
	for !strings.HasSuffix(whole.String(), "\n") {
		part, err := s.blocking(s.in.Answer)
		whole.WriteString(part)
		if err == io.EOF && whole.Len() > 0 {
			break
		}
		if err != nil {
			return "", err
		}
		if whole.Len() > maxLine {
			return "", errTooLong
		}
	}
	return strings.TrimRight(whole.String(), "\r\n"), nil
}

// blocking reads. On the wall clock the world goes on meanwhile.
func (s *Shell) blocking(read func() (string, error)) (line string, err error) {
	if s.session.World.Sched.Virtual() {
		return s.turn(nil, read)
	}
	stop := make(chan struct{})
	if err := s.session.Block(func() { line, err = s.turn(stop, read) }); err != nil {
		close(stop)
		return "", err
	}
	return line, err
}

// turn reads when nobody else does, until stop is closed. On the wall clock, the prompt and tasks in the background may want a line at the same
// time.
func (s *Shell) turn(stop <-chan struct{}, read func() (string, error)) (string, error) {
	s.turns.Lock()
	defer s.turns.Unlock()
	s.in.Until(stop)
	defer s.in.Until(nil)
	return read()
}

// answers is the standard input of what runs: it takes the lines that follow, one at a time, so that those behind them are left to the shell.
type answers struct {
	s    *Shell
	rest string
}

// Read implements io.Reader.
func (a *answers) Read(b []byte) (n int, err error) { return a.ReadUntil(nil, b) }

// ReadUntil implements process.UntilReader.
func (a *answers) ReadUntil(stop <-chan struct{}, b []byte) (n int, err error) {
	var text string
	take := func() (string, error) {
		for a.rest == "" && err == nil {
			if a.rest, err = a.s.in.Answer(); errors.Is(err, errTooLong) {
				a.s.report("", errDropped)
				err = nil
			}
		}
		n = copy(b, a.rest)
		text, a.rest = a.rest[:n], a.rest[n:]
		return text, err
	}
	if _, err = a.s.turn(stop, take); errors.Is(err, errInterrupted) {
		select {
		case <-stop: // it is over already
		default:
			a.s.interrupts.happened()
		}
		return 0, err
	}
	a.s.noteAnswer(text, err == io.EOF)
	return n, err
}
