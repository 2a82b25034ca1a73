package repl

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"github.com/chzyer/readline"
)

// escapeKey is Ctrl-].
const escapeKey = 0x1d

// A terminal edits lines.
type terminal struct {
	rl      *readline.Instance
	mode    readline.RawMode
	input   *typing
	resize  atomic.Bool // the terminal has another size
	resized func()      // tells readline
	stop    func()

	out    io.Writer
	answer atomic.Bool // the line being typed is for what runs: it stands behind what that has printed, and nothing completes it
	secret secret

	quiet   atomic.Bool // what calls the line off was not the user
	unended atomic.Bool // the line that was typed ends on the screen when who gets it shows its end

	mu      sync.Mutex
	raw     bool   // the terminal gives each key, and shows none itself
	signals bool   // and yet sends Ctrl-C as a signal
	reading bool   // a line is being typed
	begun   []byte // what was printed since the last end of a line; while a line for the prompt is being typed, it waits to be shown
}

func (s *Shell) openTerminal(history string) (t *terminal, err error) {
	t = &terminal{input: &typing{keyboard: newKeyboard(readline.Stdin)}, out: s.options.Run.Stdout}
	t.rl, err = readline.NewEx(&readline.Config{
		HistoryFile: history, HistoryLimit: 2000, DisableAutoSaveHistory: true, HistorySearchFold: true,
		AutoComplete: completer{s, t}, InterruptPrompt: "^C", EOFPrompt: "\n",
		Stdin: t.input, Painter: t,
		FuncMakeRaw: t.enterRaw, FuncExitRaw: func() error { return nil },
		FuncOnWidthChanged:  func(f func()) { t.resized = f },
		FuncFilterInputRune: t.filter,
	})
	if err != nil {
		return nil, err
	}
	t.stop = onSignals(func() { t.resize.Store(true) }, windowSignals...)
	return t, nil
}

// Paint implements readline.Painter.
func (t *terminal) Paint(line []rune, _ int) []rune {
	t.input.length.Store(int64(len(line)))
	if n := len(line) - 1; n >= 0 && line[n] == '\n' && t.answer.Load() && t.secret.shows() == byPeer {
		t.unended.Store(true)
		return line[:n]
	}
	return line
}

// filter gives readline the keys that it knows. It would read ahead behind one that is filtered out: in place of those comes one that does nothing.
func (t *terminal) filter(r rune) (rune, bool) {
	t.adapt()
	switch {
	case r == readline.CharInterrupt && t.rl != nil:
		t.rl.Operation.ExitCompleteMode(true) // or it would only do that, and keep the line
		t.rl.Config.InterruptPrompt = "^C"
		switch {
		case t.input.left.Swap(false):
			t.rl.Config.InterruptPrompt = "^]"
		case t.quiet.Swap(false):
			t.rl.Config.InterruptPrompt = ""
		}
	case r >= ' ' && r != unicode.ReplacementChar, r < 0, strings.ContainsRune(editingKeys, r):
	default:
		r = readline.CharBell
	}
	if t.answer.Load() {
		var n int
		if r, n = t.secret.take(r); n > 0 {
			t.input.length.Store(int64(n))
		}
	}
	return r, true
}

// editingKeys are the control characters that edit a line. Others, such as those in a paste, are left out; Ctrl-Z, too, which would give the rest
// of a paste to the user's shell.
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
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.signals {
		setSignals(readline.GetStdin(), false)
		t.signals = false
	}
	if t.raw {
		return nil
	}
	t.raw = true
	setEcho(readline.GetStdin(), false) // before: what Release goes back to at one stroke has no echo either
	return t.mode.Enter()
}

// Release makes the terminal send Ctrl-C as a signal. What is typed ahead is shown once: when it is read.
func (t *terminal) Release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.raw && !t.reading {
		t.raw, t.signals = false, false
		t.mode.Exit()
	}
}

// goOn makes the terminal send Ctrl-C as a signal while a script goes on that has read a line. Other keys stay keys until it reads the next: Ctrl-D
// would be lost in between.
func (t *terminal) goOn() {
	if !setSignals(readline.GetStdin(), true) {
		t.Release()
		return
	}
	t.mu.Lock()
	t.signals = true
	t.mu.Unlock()
}

func (t *terminal) Read(prompt string) (string, error) {
	t.mu.Lock()
	if len(t.begun) > 0 {
		io.WriteString(t.out, "\n")
		t.begun = nil
	}
	t.mu.Unlock()
	return t.line(prompt)
}

func (t *terminal) Answer() (string, error) {
	if t.input.calledOff.Swap(false) {
		return "", errInterrupted
	}
	t.answer.Store(true)
	t.mu.Lock()
	prompt := string(t.begun)
	t.mu.Unlock()
	t.secret.taken()
	line, err := t.line(prompt)
	t.answer.Store(false)
	t.rl.SaveHistory("") // makes readline forget the line
	t.goOn()
	if err == nil {
		line += t.secret.taken() + "\n"
	}
	return line, err
}

func (t *terminal) Show(e echo) { t.secret.show(e) }

// line lets a line be typed behind a prompt.
func (t *terminal) line(prompt string) (string, error) {
	t.adapt()
	t.rl.SetPrompt(prompt)
	t.mu.Lock()
	t.reading = true
	t.mu.Unlock()
	t.input.wanted.Store(true)
	line, err := t.rl.Readline()
	t.input.wanted.Store(false)
	t.ended()
	t.input.length.Store(0)
	if t.input.cut.Swap(false) {
		return "", errTooLong
	}
	if errors.Is(err, readline.ErrInterrupt) {
		return "", errInterrupted
	}
	return line, err
}

// ended notes that nobody types any more and shows what waited for it.
func (t *terminal) ended() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reading = false
	if t.unended.Swap(false) {
		return
	}
	if t.answer.Load() {
		t.begun = nil
	}
	t.out.Write(t.begun)
}

// aside writes without tearing the line being typed. readline itself takes a while to notice that a line has ended, and would draw another prompt.
type aside struct {
	t              *terminal
	plain, redrawn io.Writer
}

func (a *aside) Write(b []byte) (int, error) {
	t := a.t
	t.mu.Lock()
	defer t.mu.Unlock()
	end := bytes.LastIndexByte(b, '\n') + 1
	if !t.reading {
		if end > 0 {
			t.begun = nil
		}
		t.begun = append(t.begun, b[end:]...)
		t.begun = t.begun[max(len(t.begun)-maxTyped, 0):]
		return a.plain.Write(b)
	}
	return len(b), a.redraw(b[:end], b[end:])
}

// redraw writes while a line is being typed: whole lines above it. The beginning of one stands before an answer, and waits for the end of a line
// that is typed at the prompt.
func (a *aside) redraw(whole, rest []byte) (err error) {
	t := a.t
	if len(whole) > 0 {
		if _, err = a.redrawn.Write(append(t.begun, whole...)); err != nil {
			return err
		}
		t.begun = nil
	}
	t.begun = append(t.begun, rest...)
	switch {
	case len(t.begun) > maxTyped:
		t.begun = append(t.begun, '\n')
		_, err = a.redrawn.Write(t.begun)
		t.begun = nil
	case !t.answer.Load():
		return nil
	}
	t.rl.SetPrompt(string(t.begun))
	t.rl.Refresh()
	return err
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

func (t *terminal) Escape(leaves bool)         { t.input.escape.Store(leaves) }
func (t *terminal) Until(stop <-chan struct{}) { t.input.Until(stop) }

func (t *terminal) CallOff(quietly bool) {
	t.quiet.Store(quietly)
	t.input.CallOff()
}

func (t *terminal) Renew() {
	t.quiet.Store(false)
	t.input.Renew()
	t.input.calledOff.Store(false)
}

func (t *terminal) Close() error {
	t.input.Close()
	return t.rl.Close()
}

// leave gives the terminal back as it was.
func (t *terminal) leave() {
	t.stop()
	t.Close()
	t.Release()
	setEcho(readline.GetStdin(), true)
}

// maxTyped bounds a line at a terminal in characters: readline draws all of it anew for each.
const maxTyped = 4096

// typing is what comes from the keyboard. It drops what would make a line too long, and then the line: a paste of megabytes without an
// end of line takes neither the terminal nor the memory.
type typing struct {
	*keyboard
	length atomic.Int64 // of the line, as it was drawn last
	cut    atomic.Bool

	escape    atomic.Bool // Ctrl-] leaves what reads the lines now
	left      atomic.Bool // it did
	wanted    atomic.Bool // somebody waits for a line
	calledOff atomic.Bool // an Answer, before it began
}

func (t *typing) Read(b []byte) (int, error) {
	for {
		n, err := t.keyboard.Read(b[:min(len(b), 512)])
		if errors.Is(err, errInterrupted) {
			if !t.wanted.Load() { // readline is reading ahead
				t.calledOff.Store(true)
				continue
			}
			b[0] = readline.CharInterrupt
			return 1, nil
		}
		n = copy(b, bytes.ReplaceAll(b[:n], []byte{0}, nil)) // readline takes it for the end
		if i := bytes.IndexByte(b[:n], escapeKey); i >= 0 && t.escape.Load() {
			b[i] = readline.CharInterrupt
			t.left.Store(true)
		}
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
