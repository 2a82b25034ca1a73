// Package cell runs one program in a disposable process that can reach nothing of the machine but three pipes.
//
// The program is the calling one, started again with an argument. A first such process is the warden, of which a [Site] has one: it makes
// namespaces, empties the file system, gives up what it does not need, and starts the cells from there, so that they are walled in before
// they begin and starting one costs little. The program in a cell calls [Enter], which puts up the last walls and says which there are. A wall
// that the machine does not allow is left out and named; the caller may refuse.
//
// The walls of a cell, of which one would do for most attacks:
//
//   - namespaces: users, mounts, network, System V objects and the host's name are those of the site, with nothing in them, and its processes its own;
//   - an empty root: the file system has the program and nothing else, and nothing can be written to it;
//   - no capability, and no way to get one;
//   - Landlock: no file can be opened but the program, and none be made or removed;
//   - seccomp: of the kernel's 350 calls the 40 that Go's runtime needs to compute, none of which opens, connects, starts a process or signals one;
//   - limits: of memory, open files, file sizes and core dumps;
//   - a watchdog outside, which looks each 5 ms how much memory is resident and how much time has gone, and kills.
//
// It is for Linux: elsewhere [Survey] says that there are no cells.
package cell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A Spec says what a cell is for.
type Spec struct {
	Path     string // the program; see os.Executable
	Argument string // what it is started with
	Resident int64  // bytes of memory it may have resident
}

// maxStack is how large the stack of one goroutine may become: recursion without end is over in 0.2 s and not in 3.
const maxStack = 64 << 20

// A Budget is what the program may take for one answer. 0 is no limit.
type Budget struct {
	Bytes     int           // the answer's size
	Processor time.Duration // processor's time, looked at each 5 ms, and counted in hundredths of a second
	Clock     time.Duration // time on the clock
}

// Cause is why a cell's program is no more.
type Cause string

// The causes.
const (
	Ended         Cause = "ended by itself"
	Signalled     Cause = "killed by a signal"
	StackOverflow Cause = "stack overflow"
	OutOfMemory   Cause = "out of memory"
	Resident      Cause = "resident memory"
	Processor     Cause = "processor's time"
	Clock         Cause = "time on the clock"
	TooLong       Cause = "answer too long"
	Canceled      Cause = "canceled"
)

// A Death is the error of an operation on a cell whose program is no more.
type Death struct {
	Cause  Cause
	Status string // as the operating system tells it
	Stderr string // the end of what it wrote there

	Processor time.Duration // processor's time that it took for the answer that it did not give, as looked at last
}

func (d *Death) Error() string {
	return fmt.Sprintf("cell: the process is no more: %s (%s)", d.Cause, d.Status)
}

// A Cell is a running program in its walls. Its methods are for one goroutine.
type Cell struct {
	spec    Spec
	forked  bool
	process *os.Process
	in, out *os.File // our ends of its standard input and of descriptor 3
	errs    *os.File // our end of its standard error stream
	unread  []byte
	chunk   []byte
	watch   watch
	end     *Death
	peak    int64
}

// watchEvery is how often memory and time are looked at: a program can fill some 2 GB/s.
const watchEvery = 5 * time.Millisecond

// Send gives the program bytes to read from its standard input.
func (c *Cell) Send(b []byte, within time.Duration) error {
	if c.end != nil {
		return c.end
	}
	c.in.SetWriteDeadline(time.Now().Add(within))
	if _, err := c.in.Write(b); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return c.kill(Clock)
		}
		return c.kill(Ended)
	}
	return nil
}

// Receive returns the next line that the program writes to descriptor 3, without its end. If it writes none within the budget, it is killed. The error
// is a *Death.
func (c *Cell) Receive(ctx context.Context, b Budget) ([]byte, error) {
	if c.end != nil {
		return nil, c.end
	}
	began := time.Now()
	c.watch.begin()
	if c.chunk == nil {
		c.chunk = make([]byte, 16<<10)
	}
	for {
		if i := bytes.IndexByte(c.unread, '\n'); i >= 0 {
			line := c.unread[:i]
			c.unread = c.unread[i+1:]
			return line, nil
		}
		if b.Bytes > 0 && len(c.unread) > b.Bytes {
			return nil, c.kill(TooLong)
		}
		c.out.SetReadDeadline(time.Now().Add(watchEvery))
		n, err := c.out.Read(c.chunk)
		c.unread = append(c.unread, c.chunk[:n]...)
		switch {
		case err == nil:
			if time.Since(began) < watchEvery {
				continue
			}
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, c.kill(Ended)
		}
		resident, processor := c.watch.look()
		var cause Cause
		switch {
		case ctx.Err() != nil:
			cause = Canceled
		case c.spec.Resident > 0 && resident > c.spec.Resident:
			cause = Resident
		case b.Processor > 0 && processor > b.Processor:
			cause = Processor
		case b.Clock > 0 && time.Since(began) > b.Clock:
			cause = Clock
		default:
			continue
		}
		death := c.kill(cause)
		death.Processor = processor
		return nil, death
	}
}

// Forked tells whether the cell is a copy of the warden.
func (c *Cell) Forked() bool { return c.forked }

// Close kills the program, if it still runs, and waits until it is gone.
func (c *Cell) Close() { c.kill(Canceled) }

// Peak returns how many bytes of memory the program had resident at most; it is known when it is gone.
func (c *Cell) Peak() int64 { return c.peak }

// kill ends the program and says of what it died: if by itself, of what it said last.
func (c *Cell) kill(cause Cause) *Death {
	if c.end != nil {
		return c.end
	}
	c.in.Close()
	if cause == Ended { // it has closed its pipe: it has a moment to end by itself, so that the status is its own
		defer time.AfterFunc(time.Second, func() { c.process.Kill() }).Stop()
	} else {
		c.process.Kill()
	}
	state, err := c.process.Wait()
	c.end = &Death{Cause: cause, Stderr: c.lastWords()}
	c.out.Close()
	c.errs.Close()
	c.watch.close()
	if err != nil {
		c.end.Status = err.Error()
		return c.end
	}
	c.end.Status, c.peak = state.String(), peak(state)
	if cause == Ended {
		c.end.Cause = causeOf(state, c.end.Stderr)
	}
	return c.end
}

// lastWords reads what the program, which is gone, has written to its standard error stream.
func (c *Cell) lastWords() string {
	c.errs.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	text, _ := io.ReadAll(io.LimitReader(c.errs, 1<<20))
	return string(text)
}

// causeOf tells of what a program died by itself.
func causeOf(state *os.ProcessState, stderr string) Cause {
	switch {
	case strings.Contains(stderr, "stack overflow") || strings.Contains(stderr, "goroutine stack exceeds"):
		return StackOverflow
	case strings.Contains(stderr, "out of memory") || strings.Contains(stderr, "cannot allocate memory"):
		return OutOfMemory
	case !state.Exited():
		return Signalled
	}
	return Ended
}
