package smtp_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// sinkVariable tells the test program that it is a sink, and of what kind, for BenchmarkSink.
const sinkVariable = "MOONWIRE_SMTP_SINK"

func TestMain(m *testing.M) {
	switch kind := os.Getenv(sinkVariable); kind {
	case "":
		os.Exit(m.Run())
	case "ours":
		sinkOurs()
	case "go-smtp":
		sinkGoSMTP()
	}
}

// untilEOF ends the sink when its parent closes its standard input.
func untilEOF(end func()) {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		end()
	}()
}

// nowhere is a mailbox that keeps nothing.
type nowhere struct{}

func (nowhere) Deliver(*smtp.Envelope, []byte) error { return nil }

func sinkOurs() {
	allow, err := osnet.ParseAllow("127.0.0.1:*")
	if err != nil {
		panic(err)
	}
	w, err := engine.New(engine.Options{Real: true, Allow: allow})
	if err != nil {
		panic(err)
	}
	h, err := w.Local()
	if err != nil {
		panic(err)
	}
	st := h.NewStack("sink")
	done := errors.New("done")
	main := st.Go("sink", func() {
		l, err := st.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		fmt.Println(l.Addr())
		untilEOF(func() { w.Sched.Interrupt(done) })
		(&smtp.Server{Domain: "sink", Mailbox: nowhere{}, EightBit: true}).Serve(st, l)
	})
	if err := w.Sched.Run(main); err != done {
		panic(err)
	}
}

// A discard is go-smtp's session that keeps nothing.
type discard struct{}

func (discard) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return discard{}, nil }
func (discard) Mail(string, *gosmtp.MailOptions) error          { return nil }
func (discard) Rcpt(string, *gosmtp.RcptOptions) error          { return nil }
func (discard) Reset()                                          {}
func (discard) Logout() error                                   { return nil }

func (discard) Data(r io.Reader) error {
	_, err := io.ReadAll(r)
	return err
}

func sinkGoSMTP() {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	s := gosmtp.NewServer(discard{})
	s.Domain, s.MaxMessageBytes, s.MaxRecipients = "sink", 10<<20, 100
	untilEOF(func() { os.Exit(0) })
	panic(s.Serve(l))
}

// startSink starts a sink as a process of its own.
func startSink(b *testing.B, kind string) (address string, stop func() (cpu float64)) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), sinkVariable+"="+kind), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(line), func() float64 {
		in.Close()
		cmd.Wait()
		return float64(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime())
	}
}

// load sends n messages on one connection.
func load(address string, n int, pipelined bool, text string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	r := bufio.NewReader(c)
	expect := func(code string) error {
		for {
			line, err := r.ReadString('\n')
			if err != nil || !strings.HasPrefix(line, code) {
				return fmt.Errorf("%q, %w; want %s", line, err, code)
			}
			if line[3] == ' ' {
				return nil
			}
		}
	}
	// exchange sends commands and waits for an answer with each code.
	exchange := func(commands string, codes ...string) error {
		if _, err := io.WriteString(c, commands); err != nil {
			return err
		}
		for _, code := range codes {
			if err := expect(code); err != nil {
				return err
			}
		}
		return nil
	}
	const mail, rcpt, data = "MAIL FROM:<alice@crepes.fr>\r\n", "RCPT TO:<bob@hamburger.edu>\r\n", "DATA\r\n"
	err = errors.Join(expect("220"), exchange("EHLO load\r\n", "250"))
	for i := 0; i < n && err == nil; i++ {
		if pipelined {
			err = exchange(mail+rcpt+data, "250", "250", "354")
		} else if err = exchange(mail, "250"); err == nil {
			if err = exchange(rcpt, "250"); err == nil {
				err = exchange(data, "354")
			}
		}
		if err == nil {
			err = exchange(text, "250")
		}
	}
	return err
}

// BenchmarkSink measures how long a message takes with our server and with one on the library go-smtp, each a process that keeps nothing, under the same
// load over the machine's loopback. "cpu-ns" is processor time of the server for each message.
func BenchmarkSink(b *testing.B) {
	line := strings.Repeat("x", 70) + "\r\n"
	for _, c := range []struct {
		name      string
		size      int
		pipelined bool
	}{{"4KB", 4 << 10, false}, {"4KB-pipelined", 4 << 10, true}, {"100KB", 100 << 10, true}} {
		text := strings.Repeat(line, c.size/len(line)) + ".\r\n"
		for _, kind := range []string{"ours", "go-smtp"} {
			b.Run(c.name+"/"+kind, func(b *testing.B) {
				const connections = 8
				address, stop := startSink(b, kind)
				b.SetBytes(int64(len(text)))
				b.ResetTimer()
				var group sync.WaitGroup
				for i := range connections {
					group.Go(func() {
						if err := load(address, (b.N+i)/connections, c.pipelined, text); err != nil {
							b.Error(err)
						}
					})
				}
				group.Wait()
				b.StopTimer()
				b.ReportMetric(stop()/float64(b.N), "cpu-ns")
			})
		}
	}
}
