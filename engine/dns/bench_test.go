package dns_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	miekg "github.com/miekg/dns"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dns"
	"github.com/moonwire-lab/moonwire/engine/osnet"
)

// serverVariable names the server that the test binary is to be, in the processes that the benchmark starts.
const serverVariable = "MOONWIRE_BENCH_DNS"

func TestMain(m *testing.M) {
	switch os.Getenv(serverVariable) {
	case "moonwire":
		serveMoonwire()
	case "miekg":
		serveMiekg()
	default:
		os.Exit(m.Run())
	}
}

// serveMoonwire serves the zone lab on 127.0.0.1 as moonwire does with --net real, until its standard input ends.
func serveMoonwire() {
	allow, err := osnet.ParseAllow("127.0.0.1:*")
	check(err)
	w, err := engine.New(engine.Options{Real: true, Allow: allow})
	check(err)
	h, err := w.Local()
	check(err)
	st := h.NewStack("bench")
	z, err := dns.ParseZone(lab, dns.ParseOptions{})
	check(err)
	main := st.Go("main", func() {
		s := &dns.Server{Stack: st, Addrs: []netip.AddrPort{netip.AddrPortFrom(loopback, 0)}, Minimal: true}
		s.AddZone(z)
		check(s.Start())
		fmt.Println(s.Addr())
	})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		w.Sched.Interrupt(errors.New("end"))
	}()
	w.Sched.Run(main)
}

// serveMiekg serves the same records by the least that the library needs: a map of answers.
func serveMiekg() {
	z, err := dns.ParseZone(lab, dns.ParseOptions{})
	check(err)
	type question struct {
		name string
		typ  uint16
	}
	answers := map[question][]miekg.RR{}
	names := map[string]bool{}
	for _, rr := range z.Records() {
		name := strings.ToLower(rr.Header().Name)
		answers[question{name, rr.Header().Rrtype}] = append(answers[question{name, rr.Header().Rrtype}], rr)
		names[name] = true
	}
	soa := []miekg.RR{z.SOA()}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	fmt.Println(conn.LocalAddr())
	server := &miekg.Server{PacketConn: conn, Handler: miekg.HandlerFunc(func(w miekg.ResponseWriter, r *miekg.Msg) {
		m := new(miekg.Msg)
		m.SetReply(r)
		m.Authoritative = true
		name := strings.ToLower(r.Question[0].Name)
		if m.Answer = answers[question{name, r.Question[0].Qtype}]; m.Answer == nil {
			m.Ns = soa
			if !names[name] {
				m.Rcode = miekg.RcodeNameError
			}
		}
		w.WriteMsg(m)
	})}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		server.Shutdown()
	}()
	check(server.ActivateAndServe())
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// A contender is a server in a process of its own.
type contender struct {
	cmd   *exec.Cmd
	stdin io.Closer
	conn  *net.UDPConn
}

func contend(name string) *contender {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverVariable+"="+name)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	check(err)
	stdout, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	check(err)
	addr := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(strings.TrimSpace(line)))
	conn, err := net.DialUDP("udp", nil, addr)
	check(err)
	return &contender{cmd, stdin, conn}
}

// end stops the server and returns the processor time that it took.
func (c *contender) end() time.Duration {
	c.conn.Close()
	c.stdin.Close()
	c.cmd.Wait()
	return c.cmd.ProcessState.UserTime() + c.cmd.ProcessState.SystemTime()
}

// load asks n questions, of which 64 are under way at a time.
func (c *contender) load(questions [][]byte, n int) {
	buf := make([]byte, 4096)
	sent := 0
	ask := func() {
		if sent < n {
			c.conn.Write(questions[sent%len(questions)])
			sent++
		}
	}
	for range 64 {
		ask()
	}
	for got := 0; got < n; got++ {
		c.conn.SetReadDeadline(time.Now().Add(time.Second))
		c.conn.Read(buf) // one that is lost counts as answered late
		ask()
	}
}

// BenchmarkLoopback asks this server, and the least one that miekg/dns makes, over UDP on the machine's loopback: names and types that are there, and such that
// are not. "cpu-ns" is processor time of the server for each question.
func BenchmarkLoopback(b *testing.B) {
	for _, load := range []struct {
		name string
		list []string
	}{
		{"hits", []string{"www.lab. A", "mail.lab. A", "lab. MX", "ns.lab. AAAA", "host.lab. HINFO"}},
		{"misses", []string{"nobody.lab. A", "mail.lab. AAAA", "nobody2.lab. TXT"}},
	} {
		var questions [][]byte
		for _, q := range load.list {
			name, typ, _ := strings.Cut(q, " ")
			raw, err := query(name, miekg.StringToType[typ]).Pack()
			check(err)
			questions = append(questions, raw)
		}
		for _, server := range []string{"moonwire", "miekg"} {
			b.Run(load.name+"/"+server, func(b *testing.B) {
				c := contend(server)
				b.ResetTimer()
				c.load(questions, b.N)
				b.StopTimer()
				b.ReportMetric(float64(c.end().Nanoseconds())/float64(b.N), "cpu-ns")
			})
		}
	}
}

// BenchmarkRespond answers one question again and again without a network: from packed replies, and otherwise.
func BenchmarkRespond(b *testing.B) {
	for name, q := range map[string]string{"hit": "www.lab.", "miss": "nobody.lab.", "wildcard": "q.wild.lab."} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			s := w.serve(b, &dns.Server{}, zone(b, lab))
			raw, err := query(q, miekg.TypeA).Pack()
			check(err)
			b.ReportAllocs()
			for b.Loop() {
				dns.Respond(s, raw)
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	z := bigZone(b, 900)
	b.ReportAllocs()
	for b.Loop() {
		z.Lookup("ns.lab.", miekg.TypeA)
	}
}
