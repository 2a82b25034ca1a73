// Package scp is the copying protocol that rcp had and scp took over: lines and files over the channel of a command on the other side ("scp -t" takes,
// "scp -f" gives). No document defines it; OpenSSH's scp, with its option -O, is what it is held against. Since version 9 that program uses SFTP unless told otherwise.
package scp

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// Limits.
const (
	maxLine  = 4096
	maxDepth = 50 // folders inside folders
	chunk    = 32 << 10
)

// A Command is the command line that one side runs on the other.
type Command struct {
	Take      bool // -t: files come; otherwise -f: files are asked for
	Recursive bool // -r
	Times     bool // -p
	Folder    bool // -d: the path must be a folder
	Path      string

	patterns []string // that were named, of a command that was read
}

// String is the command line, as a shell reads it.
func (c Command) String() string {
	flags := "-f"
	if c.Take {
		flags = "-t"
	}
	return "scp " + flags + " -- " + quote(c.Path)
}

// ParseCommand reads a command line; false says that it is none of scp's.
func ParseCommand(line string) (c Command, ok bool) {
	list, ok := words(line)
	if !ok || len(list) == 0 || list[0] != "scp" {
		return c, false
	}
	from := false
	list = list[1:]
	for len(list) > 0 && len(list[0]) > 1 && list[0][0] == '-' {
		word := list[0]
		if list = list[1:]; word == "--" {
			break
		}
		for _, flag := range word[1:] {
			switch flag {
			case 't':
				c.Take = true
			case 'f':
				from = true
			case 'r':
				c.Recursive = true
			case 'p':
				c.Times = true
			case 'd':
				c.Folder = true
			case 'v', 'q':
			default:
				return c, false
			}
		}
	}
	for _, pattern := range list {
		if rest, home := strings.CutPrefix(pattern, "~"); home && (rest == "" || rest[0] == '/') {
			pattern = "." + rest
		}
		c.patterns = append(c.patterns, pattern)
	}
	if len(c.patterns) == 0 {
		c.patterns = []string{"."}
	}
	c.Path = literally(c.patterns[0])
	return c, c.Take != from
}

// An Error is what the other side has complained of.
type Error struct{ Text string }

// Error returns the text.
func (e *Error) Error() string { return "scp: " + e.Text }

// Code returns "not-found", "denied" or "limit" for the words of our server and of Unix, and otherwise "failed".
func (e *Error) Code() string {
	switch {
	case strings.Contains(e.Text, "No such file"):
		return "not-found"
	case strings.Contains(e.Text, "ermission denied"):
		return "denied"
	case strings.Contains(e.Text, "No space left"):
		return "limit"
	}
	return "failed"
}

// A protocolError is an answer that does not fit.
type protocolError struct{ text string }

// Error returns the text.
func (e *protocolError) Error() string { return "scp: " + e.text }

// Code returns "protocol".
func (*protocolError) Code() string { return "protocol" }

// A stream is the channel of a command.
type stream struct {
	r *bufio.Reader
	w io.Writer
}

func newStream(rw io.ReadWriter) *stream { return &stream{bufio.NewReader(rw), rw} }

// ok says that what came is in order.
func (s *stream) ok() error {
	_, err := s.w.Write([]byte{0})
	return err
}

// complain says what is wrong; the other side goes on.
func (s *stream) complain(text string) error {
	_, err := io.WriteString(s.w, "\x01scp: "+text+"\n")
	return err
}

// line reads a line without its end. The end of the stream is io.EOF.
func (s *stream) line() (string, error) {
	line, err := s.r.ReadSlice('\n')
	switch {
	case err == io.EOF && len(line) > 0:
		return "", io.ErrUnexpectedEOF
	case err == bufio.ErrBufferFull || len(line) > maxLine:
		return "", &protocolError{"a line of more than 4096 bytes"}
	case err != nil:
		return "", err
	}
	return string(line[:len(line)-1]), nil
}

// heard takes an answer: 0, or 1 or 2 with a complaint, which is an *Error.
func (s *stream) heard() error {
	b, err := s.r.ReadByte()
	switch {
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case err != nil:
		return err
	case b == 0:
		return nil
	case b > 2:
		return &protocolError{fmt.Sprintf("an answer that begins with byte %d", b)}
	}
	text, err := s.line()
	if err != nil {
		return err
	}
	return complaint(text)
}

func complaint(text string) error {
	return &Error{strings.TrimPrefix(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text), "scp: ")}
}

// An entry is a line C (a file) or D (a folder).
type entry struct {
	folder bool
	mode   fs.FileMode
	size   int64
	name   string
}

// parseEntry reads "C0644 1234 name". The name must be one, and lead nowhere.
func parseEntry(line string) (e entry, err error) {
	bad := &protocolError{"not a line of scp: " + strconv.QuoteToASCII(line[:min(len(line), 80)])}
	parts := strings.SplitN(line, " ", 3)
	if len(parts) != 3 || len(parts[0]) != 5 || parts[0][0] != 'C' && parts[0][0] != 'D' {
		return e, bad
	}
	mode, merr := strconv.ParseUint(parts[0][1:], 8, 16)
	size, serr := strconv.ParseInt(parts[1], 10, 63)
	if merr != nil || serr != nil || size < 0 {
		return e, bad
	}
	if name := parts[2]; name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00\r") {
		return e, &protocolError{"a name that is none: " + strconv.QuoteToASCII(name)}
	}
	return entry{parts[0][0] == 'D', fs.FileMode(mode).Perm(), size, parts[2]}, nil
}

// parseTimes reads "T<modified> 0 <accessed> 0".
func parseTimes(line string) (time.Time, error) {
	text, _, _ := strings.Cut(strings.TrimPrefix(line, "T"), " ")
	seconds, err := strconv.ParseInt(text, 10, 40)
	if err != nil {
		return time.Time{}, &protocolError{"not a line of scp: " + strconv.QuoteToASCII(line[:min(len(line), 80)])}
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// send sends a file: its line, its bytes, and 0.
func send(x *stream, e entry, r io.Reader, charge func(int)) error {
	if _, err := fmt.Fprintf(x.w, "C%04o %d %s\n", e.mode, e.size, e.name); err != nil {
		return err
	}
	if err := x.heard(); err != nil {
		return err
	}
	b := make([]byte, chunk)
	for left := e.size; left > 0; {
		n, err := io.ReadFull(r, b[:min(left, chunk)])
		if err != nil {
			return err // the other side waits for more, and is cut off
		}
		if _, err := x.w.Write(b[:n]); err != nil {
			return err
		}
		charge(n)
		left -= int64(n)
	}
	if err := x.ok(); err != nil {
		return err
	}
	return x.heard()
}

// receive takes the bytes of a file and the 0 behind them. What cannot be written is read to its end.
func receive(x *stream, size int64, w io.Writer, charge func(int)) (failed, broken error) {
	if err := x.ok(); err != nil {
		return nil, err
	}
	b := make([]byte, chunk)
	for size > 0 {
		n, err := io.ReadFull(x.r, b[:min(size, chunk)])
		if err != nil {
			return failed, io.ErrUnexpectedEOF
		}
		size -= int64(n)
		charge(n)
		if failed == nil {
			_, failed = w.Write(b[:n])
		}
	}
	return failed, x.heard()
}

// Fetch takes one file from the command Command{Path: …} on the other side and returns how many bytes.
func Fetch(rw io.ReadWriter, w io.Writer) (int64, error) {
	x := newStream(rw)
	if err := x.ok(); err != nil {
		return 0, err
	}
	line, err := x.line()
	switch {
	case err == io.EOF:
		return 0, io.ErrUnexpectedEOF
	case err != nil:
		return 0, err
	case line != "" && (line[0] == 1 || line[0] == 2):
		return 0, complaint(line[1:])
	}
	e, err := parseEntry(line)
	if err == nil && e.folder {
		err = &protocolError{"a folder came"}
	}
	if err != nil {
		return 0, err
	}
	failed, broken := receive(x, e.size, w, func(int) {})
	if broken != nil {
		return 0, broken
	}
	if failed != nil {
		return 0, failed
	}
	return e.size, x.ok()
}

// Store gives one file of so many bytes to the command Command{Take: true, Path: …} on the other side.
func Store(rw io.ReadWriter, name string, size int64, r io.Reader) error {
	x := newStream(rw)
	if err := x.heard(); err != nil {
		return err
	}
	return send(x, entry{mode: 0o644, size: size, name: name}, r, func(int) {})
}
