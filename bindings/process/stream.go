package process

import (
	"bufio"
	"bytes"
	"io"
	"time"

	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Reader is a process's standard input: buffered, and parking the calling task while there is nothing to read.
type Reader struct {
	*bufio.Reader
}

func newReader(s *sim.Scheduler, r io.Reader) *Reader {
	switch r := r.(type) {
	case nil:
		return &Reader{bufio.NewReaderSize(bytes.NewReader(nil), 0)}
	case *Pipe:
		return &Reader{bufio.NewReaderSize(r, 512)} // which is in memory already
	default:
		return &Reader{bufio.NewReader(&machineReader{s, r})}
	}
}

// An UntilReader is a reader from outside the world that is told when nobody waits for a Read any more, because the task was killed that did.
type UntilReader interface {
	// ReadUntil is Read; it returns soon after stop is closed.
	ReadUntil(stop <-chan struct{}, b []byte) (int, error)
}

// A machineReader reads from outside the world.
type machineReader struct {
	sched *sim.Scheduler
	r     io.Reader
}

func (m *machineReader) Read(p []byte) (n int, err error) {
	buf, stop, over := make([]byte, len(p)), make(chan struct{}), false
	defer func() {
		if !over { // the task is killed
			close(stop)
		}
	}()
	m.sched.Block(sim.Wait{Call: "read from standard input"}, func() {
		if r, ok := m.r.(UntilReader); ok {
			n, err = r.ReadUntil(stop, buf)
		} else {
			n, err = m.r.Read(buf)
		}
	})
	over = true
	copy(p, buf[:n])
	return n, err
}

// A Pipe carries bytes from one task to another, within one world. It has no limit: writers never wait.
type Pipe struct {
	sched  *sim.Scheduler
	buf    bytes.Buffer
	closed bool
	more   sim.Queue
}

// NewPipe returns an empty pipe.
func NewPipe(s *sim.Scheduler) *Pipe { return &Pipe{sched: s} }

// Write appends b; after Close it fails with io.ErrClosedPipe.
func (p *Pipe) Write(b []byte) (int, error) {
	if p.closed {
		return 0, io.ErrClosedPipe
	}
	p.more.Wake()
	return p.buf.Write(b)
}

// Len returns how many bytes wait to be read.
func (p *Pipe) Len() int64 { return int64(p.buf.Cap()) }

// Close ends the stream: readers get what is left and then io.EOF.
func (p *Pipe) Close() error {
	p.closed = true
	p.more.Wake()
	return nil
}

// Read waits until there is something to read.
func (p *Pipe) Read(b []byte) (int, error) {
	for p.buf.Len() == 0 {
		if p.closed {
			return 0, io.EOF
		}
		p.sched.Wait(sim.Wait{Call: "read from standard input"}, time.Time{}, &p.more)
	}
	return p.buf.Read(b)
}

// A Capture keeps what a process prints, and wakes those who wait for it.
type Capture struct {
	buf  bytes.Buffer
	More sim.Queue
}

// Write appends b.
func (c *Capture) Write(b []byte) (int, error) {
	c.More.Wake()
	return c.buf.Write(b)
}

// String returns all that was written.
func (c *Capture) String() string { return c.buf.String() }

// Len returns how many bytes were written.
func (c *Capture) Len() int { return c.buf.Len() }

// Line returns the line that begins at a byte of what was written, without its end, and whether its end has come.
func (c *Capture) Line(from int) (line string, whole bool) {
	rest := c.buf.Bytes()[from:]
	end := bytes.IndexByte(rest, '\n')
	if end < 0 {
		return string(rest), false
	}
	return string(rest[:end]), true
}

// A Prefixed writer puts a label before each line, so that the output of several processes can share a screen.
type Prefixed struct {
	W      io.Writer
	Label  string
	within bool // the last byte written was not a newline
}

// Write implements io.Writer.
func (w *Prefixed) Write(b []byte) (int, error) {
	var out bytes.Buffer
	for _, line := range bytes.SplitAfter(b, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		if !w.within {
			out.WriteString(w.Label)
		}
		w.within = line[len(line)-1] != '\n'
		out.Write(line)
	}
	_, err := w.W.Write(out.Bytes())
	return len(b), err
}
