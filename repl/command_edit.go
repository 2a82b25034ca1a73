package repl

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/afero"
)

// editDoc explains the editor.
const editDoc = "Write or change a text file of this host. What you type is added at the end; a line with a dot alone saves and leaves, .q leaves without saving, .h lists what else there is."

const editHelp = `A line is added where the prompt says. A line that begins with a dot is a command:
  .            save and leave (Ctrl-D does the same)
  .q           leave and save nothing (Ctrl-C does the same)
  .p [A [B]]   show the lines, or line A, or those from A to B
  .g N         go before line N: what you type next is put there; .g alone to the end
  .c N TEXT    change line N to TEXT
  .d A [B]     delete line A, or those from A to B
  ..TEXT       a line that begins with a dot itself`

// An editor has a text that is being edited line by line.
type editor struct {
	c     *Context
	name  string
	lines []string
	size  int // of the text in bytes
	at    int // where the next line is put: before this one, from 0
}

// edit lets the user change a file.
func edit(c *Context, args []string) error {
	e := &editor{c: c, name: args[0]}
	if err := e.open(); err != nil {
		return fileError("edit", e.name, err)
	}
	return c.dialogue(func() string { return fmt.Sprintf("%4d  ", e.at+1) }, ".", e.do)
}

// open reads the file, or begins a new one.
func (e *editor) open() error {
	fsys, name := e.c.Process.FS(), e.c.Process.Path(e.name)
	if info, err := fsys.Stat(path.Dir(name)); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s", path.Dir(name))
	}
	info, err := fsys.Stat(name)
	if err != nil {
		fmt.Fprintf(e.c.Out, "%s is new. Type its lines; a dot alone saves, .h helps.\n", e.name)
		return nil
	}
	if info.IsDir() || info.Size() > maxTyping {
		return fmt.Errorf("a folder, or a file of more than %d MiB, cannot be edited", maxTyping>>20)
	}
	b, err := afero.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return errors.New("this is no text")
	}
	if text := strings.TrimSuffix(string(b), "\n"); len(b) > 0 {
		e.lines, e.size = strings.Split(text, "\n"), len(text)+1
	}
	e.at = len(e.lines)
	fmt.Fprintf(e.c.Out, "%s has %d lines. What you type is added; a dot alone saves, .h helps.\n", e.name, len(e.lines))
	e.show(max(len(e.lines)-20, 0), len(e.lines))
	return nil
}

// save writes the file.
func (e *editor) save() error {
	var text string
	if len(e.lines) > 0 {
		text = strings.Join(e.lines, "\n") + "\n"
	}
	if err := afero.WriteFile(e.c.Process.FS(), e.c.Process.Path(e.name), []byte(text), 0o644); err != nil {
		return fmt.Errorf("%w; .q leaves without saving", fileError("edit", e.name, err))
	}
	fmt.Fprintf(e.c.Out, "%s: %d lines, %d bytes.\n", e.name, len(e.lines), len(text))
	return nil
}

// do does a line that was typed.
func (e *editor) do(line string) error {
	if !strings.HasPrefix(line, ".") || strings.HasPrefix(line, "..") {
		return e.put(strings.TrimPrefix(line, "."))
	}
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case ".":
		if err := e.save(); err != nil {
			return err
		}
		return errLeave
	case ".q":
		fmt.Fprintf(e.c.Out, "%s is as it was.\n", e.name)
		return errLeave
	case ".h":
		fmt.Fprintln(e.c.Out, editHelp)
		return nil
	case ".c":
		return e.change(rest)
	}
	return e.byNumber(word, strings.Fields(rest))
}

// byNumber does a command that takes the numbers of lines.
func (e *editor) byNumber(word string, args []string) error {
	if !slices.Contains([]string{".p", ".g", ".d"}, word) {
		return fmt.Errorf("there is no %s; .h lists what there is, and a line that begins with a dot is typed with two", word)
	}
	from, to, err := e.span(word, args)
	if err != nil {
		return err
	}
	switch word {
	case ".p":
		e.show(from, to)
	case ".g":
		if e.at = from; len(args) == 0 {
			e.at = len(e.lines)
		}
	case ".d":
		if len(args) == 0 {
			return errors.New(".d: want the number of a line, such as .d 2, or of the first and the last")
		}
		for _, line := range e.lines[from:to] {
			e.size -= len(line) + 1
		}
		e.lines = slices.Delete(e.lines, from, to)
		e.at = len(e.lines)
	}
	return nil
}

// put inserts a line where the editor is.
func (e *editor) put(line string) error {
	if err := e.grow(len(line) + 1); err != nil {
		return err
	}
	e.lines = slices.Insert(e.lines, e.at, line)
	e.at++
	return nil
}

func (e *editor) change(rest string) error {
	number, text, _ := strings.Cut(rest, " ")
	from, _, err := e.span(".c", []string{number})
	if err == nil {
		err = e.grow(len(text) - len(e.lines[from]))
	}
	if err != nil {
		return err
	}
	e.lines[from] = text
	return nil
}

func (e *editor) grow(bytes int) error {
	if e.size+bytes > maxTyping {
		return fmt.Errorf("the text would be longer than %d MiB; the line is left out", maxTyping>>20)
	}
	e.size += bytes
	return nil
}

// span reads the numbers of the first and the last line as a slice has them; without numbers, all lines.
func (e *editor) span(word string, args []string) (from, to int, err error) {
	if len(args) == 0 {
		return 0, len(e.lines), nil
	}
	var n [2]int
	for i, a := range args {
		if i == len(n) {
			return 0, 0, fmt.Errorf("%s: want at most two numbers", word)
		}
		if n[i], err = strconv.Atoi(a); err != nil || n[i] < 1 || n[i] > len(e.lines) {
			return 0, 0, fmt.Errorf("%s: want the number of a line, from 1 to %d, got %q", word, len(e.lines), a)
		}
	}
	if len(args) == 1 {
		n[1] = n[0]
	}
	if n[0] > n[1] {
		return 0, 0, fmt.Errorf("%s: want the first line before the last", word)
	}
	return n[0] - 1, n[1], nil
}

// show prints lines with their numbers.
func (e *editor) show(from, to int) {
	if from > 0 && to == len(e.lines) {
		fmt.Fprintln(e.c.Out, "   …")
	}
	for i := from; i < to; i++ {
		fmt.Fprintf(e.c.Out, "%4d  %s\n", i+1, seen(e.lines[i]))
	}
}
