package repl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ask prints a prompt, at a terminal, and reads what the user answers, without the end of the line. At a terminal it is edited like any line, in a pipe it is the
// next line, and when a saved session is done again it is what was answered. At the end of the input the error is io.EOF.
func (c *Context) ask(prompt string) (string, error) {
	if c.Terminal {
		io.WriteString(c.Out, prompt)
	}
	var line []byte
	for {
		part, err := c.Process.Stdin.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return "", errTooLong
		}
		line = append(line, part...)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == nil, err == io.EOF && len(line) > 0:
			return strings.TrimRight(string(line), "\r\n"), nil
		}
		return "", err
	}
}

// askSecret is ask for a password: what is typed is not shown.
func (c *Context) askSecret(prompt string) (string, error) {
	if c.Show != nil {
		c.Show(hidden)
		defer c.Show(echoed)
	}
	return c.ask(prompt)
}

// text asks for the lines of a text up to a line of a dot alone, or the end of the input. As in SMTP, a line that begins with a dot is typed with
// one more.
func (c *Context) text() (string, error) {
	var b strings.Builder
	for {
		line, err := c.ask("")
		if err == io.EOF || line == "." && err == nil {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		if b.Len()+len(line) > maxTyping {
			return "", fmt.Errorf("the text is longer than %d MiB", maxTyping>>20)
		}
		b.WriteString(strings.TrimPrefix(line, "."))
		b.WriteByte('\n')
	}
}

// maxTyping bounds in bytes what is typed as one text, and the files that can be edited.
const maxTyping = 4 << 20

// errLeave ends a dialogue.
var errLeave = errors.New("repl: the user leaves")

// dialogue asks for lines and does each, until do returns errLeave. The end of the input is the line atEnd. Other errors are told and do not end
// it, but for an interrupt.
func (c *Context) dialogue(prompt func() string, atEnd string, do func(line string) error) error {
	for {
		line, err := c.ask(prompt())
		over := err == io.EOF
		if over {
			line, err = atEnd, nil
		}
		if err == nil {
			err = do(line)
		} else if !errors.Is(err, errTooLong) {
			return err
		}
		if errors.Is(err, errLeave) {
			return nil
		}
		if err != nil {
			fmt.Fprintln(c.Out, err)
		}
		if over {
			return nil
		}
	}
}
