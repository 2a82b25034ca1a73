package repl

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

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
	Release()                           // the terminal, for what runs now
	Interrupt()                         // from any goroutine: a Read ends
	Close() error
}

// errTooLong says that a line was dropped because nobody types lines of that length.
var errTooLong = errors.New("repl: the line is too long")

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
	stdin  *readline.CancelableStdin
	r      *bufio.Reader
	prompt io.Writer // or nil, and then interrupts, too

	interrupts *interrupts
}

func newPlainLines(r io.Reader, prompt io.Writer, i *interrupts) *plainLines {
	stdin := readline.NewCancelableStdin(r)
	return &plainLines{stdin, bufio.NewReaderSize(stdin, 64<<10), prompt, i}
}

func (p *plainLines) Keep(string)  {}
func (p *plainLines) Release()     {}
func (p *plainLines) Interrupt()   { p.stdin.Close() }
func (p *plainLines) Close() error { return p.stdin.Close() }

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

// lineByLine gives a script the next line at most, so that the ones behind it are left to the shell.
type lineByLine struct{ r *bufio.Reader }

func (l lineByLine) Read(b []byte) (n int, err error) {
	for n < len(b) {
		c, err := l.r.ReadByte()
		if err != nil {
			return n, err
		}
		b[n] = c
		if n++; c == '\n' {
			break
		}
	}
	return n, nil
}

// ask shows a prompt, and again after Ctrl-C, until the function that it returns is called. The terminal has dropped the line then.
func (p *plainLines) ask(prompt string) (stop func()) {
	io.WriteString(p.prompt, prompt)
	return p.interrupts.during(func() { io.WriteString(p.prompt, "\n"+prompt) })
}

// escapeKey is Ctrl-].
const escapeKey = 0x1d

// A terminal edits lines.
type terminal struct {
	rl      *readline.Instance
	mode    readline.RawMode
	raw     bool // the terminal gives each key, and shows none itself
	reading atomic.Bool
	input   *typing
	resize  atomic.Bool // the terminal has another size
	resized func()      // tells readline
	stop    func()
}

func (s *Shell) openTerminal(history string) (t *terminal, err error) {
	t = &terminal{input: &typing{ReadCloser: readline.NewCancelableStdin(readline.Stdin)}}
	t.rl, err = readline.NewEx(&readline.Config{
		HistoryFile: history, HistoryLimit: 2000, DisableAutoSaveHistory: true, HistorySearchFold: true,
		AutoComplete: completer{s}, InterruptPrompt: "^C", EOFPrompt: "\n",
		Stdin: t.input, Painter: t.input,
		FuncMakeRaw: t.enterRaw, FuncExitRaw: func() error { return nil },
		FuncOnWidthChanged: func(f func()) { t.resized = f },
		FuncFilterInputRune: func(r rune) (rune, bool) {
			t.adapt()
			if t.rl != nil {
				t.rl.Config.InterruptPrompt = "^C"
			}
			if r == escapeKey && s.escape {
				t.rl.Config.InterruptPrompt = "^]"
				return readline.CharInterrupt, true
			}
			return r, r >= ' ' && r != unicode.ReplacementChar || r < 0 || strings.ContainsRune(editingKeys, r)
		},
	})
	if err != nil {
		return nil, err
	}
	t.stop = onSignals(func() { t.resize.Store(true) }, windowSignals...)
	return t, nil
}

// editingKeys are the control characters that edit a line; others, such as those in a paste, are left out.
var editingKeys = string([]rune{0, readline.CharLineStart, readline.CharBackward, readline.CharInterrupt, readline.CharDelete, readline.CharLineEnd,
	readline.CharForward, readline.CharBell, readline.CharCtrlH, readline.CharTab, readline.CharCtrlJ, readline.CharKill, readline.CharCtrlL, readline.CharEnter,
	readline.CharNext, readline.CharPrev, readline.CharBckSearch, readline.CharFwdSearch, readline.CharTranspose, readline.CharCtrlU, readline.CharCtrlW,
	readline.CharCtrlY, readline.CharBackspace})

// adapt tells readline of another size where nothing else of it runs, as it wants no locks.
func (t *terminal) adapt() {
	if t.resize.Swap(false) {
		t.resized()
	}
}

// enterRaw gives readline each key. It lasts until Release and not for a line only, so that the terminal does not show the rest of a paste by
// itself.
func (t *terminal) enterRaw() error {
	if t.raw {
		return nil
	}
	t.raw = true
	return t.mode.Enter()
}

// Release makes the terminal send Ctrl-C as a signal. What is typed ahead is shown once: when it is read.
func (t *terminal) Release() {
	if t.raw {
		t.raw = false
		t.mode.Exit()
		setEcho(readline.GetStdin(), false)
	}
}

// echoed reads for a script, which a terminal helps to type.
type echoed struct{ io.Reader }

func (e echoed) Read(b []byte) (int, error) {
	setEcho(readline.GetStdin(), true)
	defer setEcho(readline.GetStdin(), false)
	return e.Reader.Read(b)
}

func (t *terminal) Read(prompt string) (string, error) {
	t.adapt()
	t.rl.SetPrompt(prompt)
	t.reading.Store(true)
	line, err := t.rl.Readline()
	t.reading.Store(false)
	t.input.length.Store(0)
	if t.input.cut.Swap(false) {
		return "", errTooLong
	}
	if errors.Is(err, readline.ErrInterrupt) {
		return "", errInterrupted
	}
	return line, err
}

// aside writes without tearing the line being typed. readline itself takes a while to notice that a line has ended, and would draw another prompt.
type aside struct {
	t              *terminal
	plain, redrawn io.Writer
}

func (a *aside) Write(b []byte) (int, error) {
	if a.t.reading.Load() {
		return a.redrawn.Write(b)
	}
	return a.plain.Write(b)
}

// Keep adds a piece to the history, on one line if Lua reads it alike. A disk that is full costs the line, not the session.
func (t *terminal) Keep(text string) {
	lines := []string{strings.ReplaceAll(text, "\n", " ")}
	if strings.Contains(text, "--") || strings.Contains(text, "[[") || strings.Contains(text, "[=") {
		lines = strings.Split(text, "\n")
	}
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" && len(line) <= maxTyped {
			t.rl.SaveHistory(line)
		}
	}
}

func (t *terminal) Interrupt() { t.rl.Close() }

func (t *terminal) Close() error {
	t.stop()
	err := t.rl.Close()
	t.Release()
	setEcho(readline.GetStdin(), true)
	return err
}

// maxTyped bounds a line at a terminal in characters: readline draws all of it anew for each.
const maxTyped = 4096

// typing is what comes from the keyboard. It drops what would make a line too long, and then the line: a paste of megabytes without an
// end of line takes neither the terminal nor the memory.
type typing struct {
	io.ReadCloser
	length atomic.Int64 // of the line, as it was drawn last
	cut    atomic.Bool
}

// Paint implements readline.Painter.
func (t *typing) Paint(line []rune, _ int) []rune {
	t.length.Store(int64(len(line)))
	return line
}

func (t *typing) Read(b []byte) (int, error) {
	for {
		n, err := t.ReadCloser.Read(b[:min(len(b), 512)])
		n = copy(b, bytes.ReplaceAll(b[:n], []byte{0}, nil)) // readline takes it for the end
		if t.length.Load() > maxTyped {
			n = t.drop(b[:n])
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// drop leaves of b what follows the end of the line, which becomes Ctrl-C.
func (t *typing) drop(b []byte) int {
	t.cut.Store(true)
	end := bytes.IndexAny(b, "\r\n\x03")
	if end < 0 {
		return 0
	}
	b[end] = readline.CharInterrupt
	t.length.Store(0)
	return copy(b, b[end:])
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
func (i *interrupts) during(f func()) (restore func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
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
		if w := readline.GetScreenWidth(); w > 20 {
			return w
		}
	}
	return 80
}
