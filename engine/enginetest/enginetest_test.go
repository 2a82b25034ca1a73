package enginetest_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/wire"
)

// shout is a protocol: the server answers each line, at most 100 bytes long, in capitals. Its fields are mistakes to make.
type shout struct {
	noServerDeadline bool
	noClientDeadline bool
	noCode           bool
	leaks            bool
	stops            bool // at the first line that is too long
	hoards           bool // takes lines of any length
	drawsTranscript  bool
}

type codeless struct{ error }

func (p shout) serve(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
	l, err := st.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	st.Go("accept", func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			st.Go("session", func() {
				if errors.Is(p.session(st, c), wire.ErrLineTooLong) && p.stops {
					l.Close()
				}
				c.Close()
			})
		}
	})
	return l.Addr().String(), func() {
		if !p.leaks {
			st.Group().Kill(errors.New("stopped"))
			st.Close()
		}
	}, nil
}

func (p shout) session(st *stack.Stack, c net.Conn) error {
	lines := wire.NewLineReader(c)
	if lines.Max = 100; p.hoards {
		lines.Max = 1 << 30
	}
	for {
		if !p.noServerDeadline {
			c.SetDeadline(st.Now().Add(time.Minute))
		}
		line, err := lines.ReadLine()
		if err != nil {
			return err
		}
		if err := wire.WriteLine(c, strings.ToUpper(string(line))); err != nil {
			return err
		}
	}
}

func (p shout) talk(st *stack.Stack, address string) (transcript string, err error) {
	c, err := stack.Dialer{Timeout: time.Minute}.Dial(st, "tcp", address)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if !p.noClientDeadline {
		c.SetDeadline(st.Now().Add(time.Minute))
	}
	lines := wire.NewLineReader(c)
	for i := range 20 {
		said := fmt.Sprintf("line %d", i)
		if err := wire.WriteLine(c, said); err != nil {
			return "", err
		}
		line, err := lines.ReadLine()
		switch {
		case err == io.EOF && p.noCode:
			return "", codeless{errors.New("it went away")}
		case err != nil:
			return "", err
		case string(line) != strings.ToUpper(said):
			return "", &stack.LookupError{Name: string(line), Err: stack.ErrInvalid}
		}
		transcript += string(line) + "\n"
	}
	if p.drawsTranscript {
		transcript += fmt.Sprint(st.Rand().Uint32())
	}
	return transcript, nil
}

func (p shout) protocol() enginetest.Protocol {
	return enginetest.Protocol{Serve: p.serve, Talk: p.talk, Stream: true}
}

func TestSuitePassesAGoodProtocol(t *testing.T) { enginetest.Run(t, shout{}.protocol()) }

// mistakes are protocols that the suite must not pass, each with a part of what it says of them.
var mistakes = map[string]struct {
	shout
	want string
}{
	"NoServerDeadline": {shout{noServerDeadline: true}, "the server still has 21 tasks, 20 more than before"},
	"NoClientDeadline": {shout{noClientDeadline: true}, "deadlock"},
	"NoCode":           {shout{noCode: true}, "an error without a code: it went away"},
	"Leaks":            {shout{leaks: true}, "the server left 1 tasks and 1 sockets"},
	"Stops":            {shout{stops: true}, "Connection refused"},
	"Hoards":           {shout{hoards: true}, "MB more"},
	"Draws":            {shout{drawsTranscript: true}, "seed 2: transcript"},
}

// TestMistake is run by the test below in a process of its own.
func TestMistake(t *testing.T) {
	m, ok := mistakes[os.Getenv("MOONWIRE_MISTAKE")]
	if !ok {
		t.Skip("only for TestSuiteFindsMistakes")
	}
	enginetest.Run(t, m.protocol())
}

func TestSuiteFindsMistakes(t *testing.T) {
	for name, m := range mistakes {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestMistake$")
			cmd.Env = append(os.Environ(), "MOONWIRE_MISTAKE="+name)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), m.want) {
				t.Errorf("the suite ended with %v and said\n%s\nwant a failure with %q", err, out, m.want)
			}
		})
	}
}

// ask is a protocol over UDP with retries.
func ask(t *testing.T) enginetest.Protocol {
	return enginetest.Protocol{
		Datagrams: true,
		Serve: func(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
			c, err := st.ListenPacket("udp", address)
			if err != nil {
				return "", nil, err
			}
			st.Go("answer", func() {
				b := make([]byte, 1500)
				for {
					n, from, err := c.ReadFrom(b)
					if errors.Is(err, net.ErrClosed) {
						return
					}
					if err == nil && n > 2 && b[0] == '?' {
						c.WriteTo(append([]byte("!"), b[1:n]...), from)
					}
				}
			})
			return c.LocalAddr().String(), func() { c.Close() }, nil
		},
		Talk: func(st *stack.Stack, address string) (string, error) {
			c, err := st.Dial("udp", address)
			if err != nil {
				return "", err
			}
			defer c.Close()
			b := make([]byte, 1500)
			for range 8 {
				c.SetReadDeadline(st.Now().Add(time.Second))
				c.Write([]byte("?hello"))
				n, rerr := c.Read(b)
				if err = rerr; err == nil && string(b[:n]) == "!hello" {
					return string(b[:n]), nil
				}
				if err == nil {
					err = os.ErrDeadlineExceeded
				}
			}
			return "", err
		},
	}
}

func TestSuitePassesDatagrams(t *testing.T) { enginetest.Run(t, ask(t)) }
