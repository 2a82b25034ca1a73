package wire

import "io"

// A DotReader reads a block that ends with a line of one dot: RFC 5321 4.5.2, RFC 1939 3, RFC 3977 3.1.1. Lines come out with
// the ends CRLF and without the doubled dot; the last line is not part of the block. After io.EOF the stream stands behind
// the block. After an error of this package the rest of the block can be skipped with Skip.
type DotReader struct {
	// Max is the largest block in bytes as it comes out; 0 means no limit. A larger one is ErrBlockTooLong.
	Max int64

	lines *LineReader
	rest  []byte // of the current line, to be handed out
	buf   []byte
	size  int64
	err   error
}

// NewDotReader returns a reader of the block that begins at the next line of l.
func NewDotReader(l *LineReader) *DotReader { return &DotReader{lines: l} }

// Read reads from the block.
func (d *DotReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(d.rest) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		d.err = d.next()
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

func (d *DotReader) next() error {
	line, err := d.line()
	if err != nil {
		return err
	}
	if d.size += int64(len(line)) + 2; d.Max > 0 && d.size > d.Max {
		return ErrBlockTooLong
	}
	d.buf = append(append(d.buf[:0], line...), "\r\n"...)
	d.rest = d.buf
	return nil
}

// line returns the next line of the block without its doubled dot, or io.EOF at the end.
func (d *DotReader) line() ([]byte, error) {
	line, err := d.lines.ReadLine()
	switch {
	case err == io.EOF:
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	case len(line) == 1 && line[0] == '.':
		return nil, io.EOF
	case len(line) > 0 && line[0] == '.':
		line = line[1:]
	}
	return line, nil
}

// Skip reads to the end of the block and drops it, whatever error Read has met; it returns nil if the end was found.
func (d *DotReader) Skip() error {
	if d.err == io.EOF {
		d.rest = nil
		return nil
	}
	for {
		_, err := d.line()
		switch err.(type) {
		case nil, *Error:
			continue
		}
		d.rest, d.err = nil, err
		if err == io.EOF {
			return nil
		}
		return err
	}
}

// A DotWriter writes a block that ends with a line of one dot. LF and CRLF both end a line and become CRLF; a lone CR stays. Close
// ends the last line if it has no end, and the block.
type DotWriter struct {
	w    io.Writer
	buf  []byte
	last byte // what was written last; LF at the start of a block
	done bool
}

// NewDotWriter returns a writer of one block to w. It writes to w once for each of its own calls.
func NewDotWriter(w io.Writer) *DotWriter { return &DotWriter{w: w, last: '\n'} }

// Write adds p to the block.
func (d *DotWriter) Write(p []byte) (int, error) {
	if d.done {
		return 0, io.ErrClosedPipe
	}
	d.buf = d.buf[:0]
	for _, c := range p {
		switch {
		case c == '.' && d.last == '\n':
			d.buf = append(d.buf, '.')
		case c == '\n' && d.last != '\r':
			d.buf = append(d.buf, '\r')
		}
		d.buf = append(d.buf, c)
		d.last = c
	}
	if _, err := d.w.Write(d.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close writes the end of the block; it leaves the connection open.
func (d *DotWriter) Close() error {
	if d.done {
		return nil
	}
	d.done = true
	end := "\r\n.\r\n"
	switch d.last {
	case '\n':
		end = ".\r\n"
	case '\r':
		end = "\n.\r\n"
	}
	_, err := io.WriteString(d.w, end)
	return err
}
