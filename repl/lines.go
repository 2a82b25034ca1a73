package repl

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/chzyer/readline"
)

// errInterrupted says that Ctrl-C dropped the line being typed.
var errInterrupted = errors.New("repl: the line was dropped")

// maxLine bounds a line in bytes.
const maxLine = 1 << 20

// lines is where the shell reads from.
type lines interface {
	Read(prompt string) (string, error) // io.EOF at the end
	Keep(text string)                   // in the history
	Interrupt()                         // from any goroutine: a Read ends
	Close() error
}

// openLines sets up reading and writing.
func (s *Shell) openLines() error {
	o := s.options.Run
	s.out, s.err = o.Stdout, o.Stderr
	if !s.options.Terminal {
		s.in = &plainLines{r: bufio.NewReaderSize(o.Stdin, 64<<10)}
		return nil
	}
	t, err := s.openTerminal(s.options.History)
	if err != nil && s.options.History != "" {
		fmt.Fprintf(o.Stderr, "moonwire: the history of lines is not kept: %v\n", err)
		t, err = s.openTerminal("")
	}
	if err != nil {
		return err
	}
	s.in, s.out, s.err = t, t.rl.Stdout(), t.rl.Stderr()
	return nil
}

// plainLines reads a pipe or a file.
type plainLines struct{ r *bufio.Reader }

func (p *plainLines) Keep(string)  {}
func (p *plainLines) Interrupt()   {}
func (p *plainLines) Close() error { return nil }

func (p *plainLines) Read(string) (string, error) {
	var line []byte
	for {
		part, err := p.r.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxLine {
			return "", fmt.Errorf("a line of more than %d bytes", maxLine)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(line) > 0, err == nil:
			return strings.TrimRight(string(line), "\r\n"), nil
		default:
			return "", err
		}
	}
}

// escapeKey is Ctrl-].
const escapeKey = 0x1d

// A terminal edits lines.
type terminal struct {
	rl   *readline.Instance
	kept bool
}

func (s *Shell) openTerminal(history string) (*terminal, error) {
	rl, err := readline.NewEx(&readline.Config{
		HistoryFile: history, HistoryLimit: 2000, DisableAutoSaveHistory: true, HistorySearchFold: true,
		AutoComplete: completer{s}, InterruptPrompt: "^C", EOFPrompt: "",
		FuncFilterInputRune: func(r rune) (rune, bool) {
			if r == escapeKey && s.escape {
				return readline.CharInterrupt, true
			}
			return r, r != readline.CharCtrlZ
		},
	})
	if err != nil {
		return nil, err
	}
	return &terminal{rl: rl, kept: history != ""}, nil
}

func (t *terminal) Read(prompt string) (string, error) {
	t.rl.SetPrompt(prompt)
	line, err := t.rl.Readline()
	if errors.Is(err, readline.ErrInterrupt) {
		return "", errInterrupted
	}
	return line, err
}

// Keep adds a piece to the history, on one line. A disk that is full costs the line, not the session.
func (t *terminal) Keep(text string) {
	if text = strings.TrimSpace(strings.ReplaceAll(text, "\n", " ")); text != "" && len(text) < 4096 {
		t.rl.SaveHistory(text)
	}
}

func (t *terminal) Interrupt()   { t.rl.Close() }
func (t *terminal) Close() error { return t.rl.Close() }

// watchInterrupts makes Ctrl-C stop what runs, until the function that it returns is called.
func (s *Shell) watchInterrupts() (stop func()) {
	if !s.options.Terminal {
		return func() {}
	}
	c, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(c, os.Interrupt)
	session := s.session
	go func() {
		for {
			select {
			case <-c:
				session.Interrupt()
			case <-done:
				return
			}
		}
	}()
	return func() { signal.Stop(c); close(done) }
}

// The ways to paint text.
const (
	bold = "1"
	red  = "31"
)

// paint gives a text a colour, if colours are wanted.
func (s *Shell) paint(how, text string) string {
	if !s.options.Color {
		return text
	}
	return "\x1b[" + how + "m" + text + "\x1b[0m"
}

// width returns how many columns the terminal has.
func (s *Shell) width() int {
	if s.options.Terminal {
		if w := readline.GetScreenWidth(); w > 20 {
			return w
		}
	}
	return 80
}

// interruptible returns a context that Ctrl-C ends.
func interruptible() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt)
}
