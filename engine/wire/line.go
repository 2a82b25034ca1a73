package wire

import (
	"bufio"
	"io"
)

// A LineReader reads lines, and what follows them, from a stream. A line ends with LF; one CR before it is dropped, as
// is the LF.
type LineReader struct {
	// Max is the longest line in bytes, without its end; 0 means 65,536.
	Max int
	// Strict refuses a CR that no LF follows (RFC 5321 2.3.8) with ErrBareCR.
	Strict bool

	r    *bufio.Reader
	line []byte
}

// NewLineReader returns a reader of lines from r. It may read ahead: read what follows the lines from it too.
func NewLineReader(r io.Reader) *LineReader {
	if b, ok := r.(*bufio.Reader); ok {
		return &LineReader{r: b}
	}
	return &LineReader{r: bufio.NewReader(r)}
}

// Buffered returns how many bytes have been read ahead, which pipelined commands show.
func (l *LineReader) Buffered() int { return l.r.Buffered() }

// Read reads bytes that are not lines, such as a body, from behind the last line.
func (l *LineReader) Read(p []byte) (int, error) { return l.r.Read(p) }

// ReadLine returns the next line, valid until the next call. At the end of the stream it returns io.EOF, or, after a line
// without an end, that line with io.ErrUnexpectedEOF. A line that is too long is skipped to its end and reported as
// ErrLineTooLong, a bare CR likewise, so that the next call begins with the next line. What had come of a line when the
// connection failed, by its deadline for instance, is lost.
func (l *LineReader) ReadLine() ([]byte, error) {
	limit := l.Max
	if limit <= 0 {
		limit = 65536
	}
	l.line = l.line[:0]
	long := false
	for {
		part, err := l.r.ReadSlice('\n')
		if room := limit + 2 - len(l.line); len(part) > room {
			part, long = part[:max(room, 0)], true
		}
		l.line = append(l.line, part...)
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF && len(l.line) > 0:
			return l.finish(l.line, limit, long, io.ErrUnexpectedEOF)
		case err != nil:
			return nil, err
		case long:
			return nil, ErrLineTooLong
		}
		return l.finish(l.line[:len(l.line)-1], limit, false, nil)
	}
}

// finish checks a line from which LF has been taken off.
func (l *LineReader) finish(line []byte, limit int, long bool, err error) ([]byte, error) {
	if n := len(line); err == nil && n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	switch {
	case long || len(line) > limit:
		return nil, ErrLineTooLong
	case l.Strict && hasCR(line):
		return nil, ErrBareCR
	}
	return line, err
}

func hasCR(line []byte) bool {
	for _, c := range line {
		if c == '\r' {
			return true
		}
	}
	return false
}

// WriteLine writes a line and CRLF in one Write. A CR or LF inside the line, which would begin another, is ErrBareCR.
func WriteLine(w io.Writer, line string) error {
	for i := range len(line) {
		if line[i] == '\r' || line[i] == '\n' {
			return ErrBareCR
		}
	}
	_, err := io.WriteString(w, line+"\r\n")
	return err
}

// A Flusher is a reader that writes what is buffered before it waits for more, so that the answers to commands that came together go out together.
type Flusher struct {
	R   io.Reader
	Out interface{ Flush() error }
}

// Read implements io.Reader. An error of Out is returned before anything is read.
func (f Flusher) Read(p []byte) (int, error) {
	if err := f.Out.Flush(); err != nil {
		return 0, err
	}
	return f.R.Read(p)
}
