package telnet_test

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/telnet"
)

// session asks for a name and a password, and says what it knows.
func session(c *telnet.Conn) {
	io.WriteString(c, "login: ")
	name, err := c.ReadLine()
	if err != nil {
		return
	}
	secret, err := c.ReadSecret("password: ")
	if err != nil {
		return
	}
	terminal, width, height := c.Terminal()
	fmt.Fprintf(c, "%s/%s at %s %dx%d\xff\n", name, secret, terminal, width, height)
}

func serve(st *stack.Stack, _ *engine.Host, address string) (string, func(), error) {
	l, err := st.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	s := &telnet.Server{Session: session}
	st.Go("accept", func() { s.Serve(st, l) })
	return l.Addr().String(), s.Close, nil
}

func talk(st *stack.Stack, address string) (string, error) {
	var echoes []bool
	c, err := telnet.Dial(st, address, telnet.Settings{Terminal: "VT100", Width: 80, Height: 255, Echoes: func(on bool) { echoes = append(echoes, on) }})
	if err != nil {
		return "", err
	}
	defer c.Close()
	var all strings.Builder
	expect := func(text string) error {
		for !strings.HasSuffix(all.String(), text) {
			b := make([]byte, 1)
			if _, err := c.Read(b); err != nil {
				return err
			}
			all.Write(b)
		}
		return nil
	}
	if err := expect("login: "); err != nil {
		return "", err
	}
	io.WriteString(c, "alicx\be\n")
	if err := expect("password: "); err != nil {
		return "", err
	}
	if !slices.Equal(echoes, []bool{true}) {
		return "", fmt.Errorf("the client was told %v of who echoes when it was asked for the password", echoes)
	}
	io.WriteString(c, "hungry\n")
	if err := expect("\xff\n"); err != nil {
		return "", err
	}
	for err == nil {
		_, err = c.Read(make([]byte, 1))
	}
	if err != io.EOF {
		return "", err
	}
	if !slices.Equal(echoes, []bool{true, false}) {
		return "", fmt.Errorf("at the end the client was told %v of who echoes", echoes)
	}
	return fmt.Sprintf("%q %v", all.String(), c.On(telnet.WindowSize, true)), nil
}

func TestConformance(t *testing.T) {
	var garbage [][]byte
	for _, s := range []string{"\xff\xfb\x01\xff\xfd\x01\xff\xfb\x18\xff\xfa\x18\x00", "\xff\xfa" + strings.Repeat("x", 100_000), strings.Repeat("\xff\xfb\xc8\xff\xfc\xc8", 5000), strings.Repeat("\xff\xf6", 500),
		strings.Repeat("x", 100_000), "\xff\xfa\x1f\x00\xff\xff\x00\xff\xf0alice\r\x00hungry\r\n"} {
		garbage = append(garbage, []byte(s))
	}
	enginetest.Run(t, enginetest.Protocol{Serve: serve, Talk: talk, Stream: true, Port: 23, Patience: 2 * time.Hour, Garbage: garbage})
}

// serving runs f beside a server on the machine's network.
func serving(t *testing.T, s *telnet.Server, f func(m *interop.Machine, port string)) {
	t.Helper()
	interop.Run(t, func(m *interop.Machine) {
		l, err := m.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		m.Go("telnet", func() { s.Serve(m.Stack, l) })
		_, port, _ := net.SplitHostPort(l.Addr().String())
		f(m, port)
		s.Close()
	})
}

// TestInetutils types at the telnet command, in both modes, on a terminal of 100 columns and 30 lines.
func TestInetutils(t *testing.T) {
	program := interop.Program(t, "inetutils-telnet", "inetutils-telnet")
	for _, echo := range []bool{false, true} {
		serving(t, &telnet.Server{Session: session, Echo: echo}, func(m *interop.Machine, port string) {
			cmd := exec.Command(program, "127.0.0.1", port)
			cmd.Env = []string{"TERM=vt220"}
			var all strings.Builder
			m.Scheduler().Block(sim.Wait{Call: "telnet"}, func() {
				f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 100})
				if err != nil {
					t.Error(err)
					return
				}
				expect := func(text string) {
					b := make([]byte, 1)
					for !strings.HasSuffix(all.String(), text) {
						if n, err := f.Read(b); n == 0 || err != nil {
							return
						}
						all.Write(b)
					}
				}
				expect("login: ")
				io.WriteString(f, "alicx\x7fe\r")
				expect("password: ")
				io.WriteString(f, "hungry\r")
				expect("foreign host.")
				f.Close()
				cmd.Wait()
			})
			if out := all.String(); !strings.Contains(out, "alice/hungry at VT220 100x30") || strings.Count(out, "hungry") != 1 || !strings.Contains(out, "alic") {
				t.Errorf("echo %v: %q", echo, out)
			}
		})
	}
}

// TestTelnetd talks with the telnet server of inetutils, which runs cat for whoever comes.
func TestTelnetd(t *testing.T) {
	program := interop.Program(t, "/usr/sbin/telnetd", "inetutils-telnetd")
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.AcceptTCP()
		if err != nil {
			return
		}
		f, err := c.File()
		c.Close()
		if err != nil {
			return
		}
		cmd := exec.Command(program, "-h", "-E", "/bin/cat")
		cmd.Stdin, cmd.Stdout = f, f
		cmd.Start()
		f.Close()
		cmd.Wait()
	}()
	interop.Run(t, func(m *interop.Machine) {
		c, err := telnet.Dial(m.Stack, l.Addr().String(), telnet.Settings{Terminal: "VT100", Width: 90, Height: 33, Timeout: 10 * time.Second})
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		io.WriteString(c, "do you like ketchup?\n")
		var all strings.Builder
		b := make([]byte, 100)
		for strings.Count(all.String(), "ketchup?") < 2 { // the terminal's echo, and cat's
			n, err := c.Read(b)
			if err != nil {
				t.Error(err)
				break
			}
			all.Write(b[:n])
		}
		if !c.On(telnet.Echo, false) || !c.On(telnet.TerminalType, true) || !c.On(telnet.WindowSize, true) {
			t.Error(c.Log())
		}
		t.Logf("%q\n%s", all.String(), strings.Join(c.Log(), "\n"))
	})
}
