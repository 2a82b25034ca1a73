package repl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/chzyer/readline"
)

// errInterrupted says that Ctrl-C dropped the line being typed.
var errInterrupted = errors.New("repl: the line was dropped")

// maxLine bounds a line in bytes.
const maxLine = 1 << 20

// lines is where the shell reads from.
type lines interface {
	Read(prompt string) (string, error) // io.EOF at the end
	Answer() (string, error)            // a line that what runs now asks for, with its end, or the beginning of one that is long
	Keep(text string)                   // in the history
	Release()                           // the terminal, for what runs now
	Show(e echo)                        // of what is typed for an Answer; from any goroutine
	Escape(leaves bool)                 // whether Ctrl-] ends an Answer with errInterrupted
	Until(stop <-chan struct{})         // Read and Answer end with errInterrupted when stop is closed
	CallOff(quietly bool)               // from any goroutine: an Answer ends with errInterrupted, also the next one; quietly shows no ^C
	Renew()                             // takes back a CallOff
	Close() error                       // from any goroutine: Read and Answer end
}

// errTooLong says that a line was dropped because nobody types lines of that length.
var errTooLong = errors.New("repl: the line is too long")

// errDropped tells of it.
var errDropped = errors.New("a line was dropped: it is too long to be one; put a script into a file and use run FILE")

// openLines sets up reading and writing.
func (s *Shell) openLines() error {
	o := s.options.Run
	if s.options.Terminal {
		s.interrupts.watch()
	}
	s.out, s.err = o.Stdout, o.Stderr
	switch {
	case !s.options.Terminal:
		s.in = newPlainLines(o.Stdin, nil, nil)
		return nil
	case s.options.Plain:
		s.in = newPlainLines(o.Stdin, s.out, &s.interrupts)
		return nil
	}
	if err := usable(s.options.History); err != nil {
		fmt.Fprintf(o.Stderr, "moonwire: the lines typed here are not kept for later sessions: %v\n", err)
		s.options.History = ""
	}
	t, err := s.openTerminal(s.options.History)
	if err != nil {
		return err
	}
	s.in, s.out, s.err = t, &aside{t, o.Stdout, t.rl.Stdout()}, &aside{t, o.Stderr, t.rl.Stderr()}
	return nil
}

// usable reports why the history cannot be kept in a file. A directory, a pipe or a file of gigabytes is none.
func usable(history string) error {
	if history == "" {
		return nil
	}
	if info, err := os.Stat(history); err == nil && (!info.Mode().IsRegular() || info.Size() > maxHistory) {
		return fmt.Errorf("%s is no file of lines, or one of more than %d bytes", history, maxHistory)
	}
	f, err := os.OpenFile(history, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// maxHistory bounds the file of the history in bytes.
const maxHistory = 16 << 20

// plainLines reads a pipe, a file, or a terminal that obeys nothing.
type plainLines struct {
	*keyboard
	r      *bufio.Reader
	prompt io.Writer // or nil, and then interrupts, too

	interrupts *interrupts
	shows      atomic.Int32 // an echo
}

func newPlainLines(r io.Reader, prompt io.Writer, i *interrupts) *plainLines {
	k := newKeyboard(r)
	return &plainLines{keyboard: k, r: bufio.NewReaderSize(k, 64<<10), prompt: prompt, interrupts: i}
}

// Show has the terminal's own driver show what is typed, or not.
func (p *plainLines) Show(e echo) {
	if p.prompt != nil && echo(p.shows.Swap(int32(e))) != e {
		setEcho(readline.GetStdin(), e == echoed)
	}
}

func (p *plainLines) CallOff(bool) { p.keyboard.CallOff() }
func (p *plainLines) Keep(string)  {}
func (p *plainLines) Release()     {}
func (p *plainLines) Escape(bool)  {} // a line of it does

func (p *plainLines) Read(prompt string) (string, error) {
	if p.prompt != nil {
		defer p.ask(prompt)()
	}
	var line []byte
	for long := false; ; {
		part, err := p.r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case long && (err == nil || err == io.EOF):
			return "", errTooLong
		case err == io.EOF && len(line) > 0, err == nil:
			return strings.TrimRight(string(line), "\r\n"), nil
		default:
			return "", err
		}
	}
}

func (p *plainLines) Answer() (string, error) {
	part, err := p.r.ReadSlice('\n')
	if len(part) > 0 && err != errInterrupted {
		err = nil
	}
	if echo(p.shows.Load()) == hidden {
		io.WriteString(p.prompt, "\n")
	}
	return string(part), err
}

// ask shows a prompt, and again after Ctrl-C, until the function that it returns is called. The terminal has dropped the line then.
func (p *plainLines) ask(prompt string) (stop func()) {
	show := func(text string) func() { return func() { io.WriteString(p.prompt, text) } }
	return p.interrupts.after(show(prompt), show("\n"+prompt))
}

// interrupts has one function at a time called at Ctrl-C. Without one, Ctrl-C does nothing; it never ends the process.
type interrupts struct {
	mu   sync.Mutex
	f    func()
	stop func()
}

func (i *interrupts) watch() { i.stop = onSignals(i.happened, os.Interrupt) }

func (i *interrupts) happened() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.f != nil {
		i.f()
	}
}

// during has f called at Ctrl-C until the function that it returns is called; then what was called before is again.
func (i *interrupts) during(f func()) (restore func()) { return i.after(func() {}, f) }

// after is during, but calls first, too, before f can be.
func (i *interrupts) after(first, f func()) (restore func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	first()
	before := i.f
	i.f = f
	return func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.f = before
	}
}

// onSignals has f called at signals, until the function that it returns is called, which waits until no call is going on.
func onSignals(f func(), signals ...os.Signal) (stop func()) {
	if len(signals) == 0 {
		return func() {}
	}
	c, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(c, signals...)
	go func() {
		defer close(done)
		for range c {
			f()
		}
	}()
	return func() { signal.Stop(c); close(c); <-done }
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
		if w := readline.GetScreenWidth(); w > 0 {
			return max(w, 10)
		}
	}
	return 80
}
