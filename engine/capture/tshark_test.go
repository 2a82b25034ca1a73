package capture_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// tshark reads a capture with Wireshark's own code.
func tshark(t *testing.T, file []byte, args ...string) string {
	t.Helper()
	program := interop.Program(t, "tshark", "tshark")
	name := filepath.Join(t.TempDir(), "capture.pcapng")
	if err := os.WriteFile(name, file, 0o644); err != nil {
		t.Fatal(err)
	}
	all := append([]string{"-r", name, "-N", "n", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"}, args...)
	cmd := exec.Command(program, all...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark %q: %v\n%s", args, err, errs.String())
	}
	return string(out)
}

// complaints returns what tshark's experts find: malformed packets, wrong checksums, retransmissions, unseen segments …
// What they merely tell, such as connections that open and close, is left out.
func complaints(t *testing.T, file []byte) []string {
	t.Helper()
	var out []string
	told := regexp.MustCompile(`Connection (establish|finish)|initiates the connection closing|undergoes the connection closing`)
	for line := range strings.Lines(tshark(t, file, "-q", "-z", "expert")) {
		if cells := strings.Fields(line); len(cells) > 3 && cells[0] != "Frequency" && !told.MatchString(line) {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

// TestTsharkFindsNothing reads captures of clean links, from each point of view.
func TestTsharkFindsNothing(t *testing.T) {
	for name, opt := range map[string]func(w *world) capture.Options{
		"world":  func(*world) capture.Options { return capture.Options{} },
		"client": func(w *world) capture.Options { return capture.Options{Host: w.client.V} },
		"server": func(w *world) capture.Options { return capture.Options{Host: w.server.V} },
		"router": func(w *world) capture.Options { return capture.Options{Host: w.router} },
		"near":   func(w *world) capture.Options { return capture.Options{Link: w.near} },
		"far":    func(w *world) capture.Options { return capture.Options{Link: w.far} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1, wan)
			file := captured(t, w, opt(w))
			for _, c := range complaints(t, file) {
				t.Error(c)
			}
			if n := strings.Count(tshark(t, file), "\n"); n != len(packets(t, file)) {
				t.Errorf("tshark sees %d packets, %d are in the file", n, len(packets(t, file)))
			}
		})
	}
}

// TestTsharkComplains shows that the test above can fail: losses and broken packets are found.
func TestTsharkComplains(t *testing.T) {
	for name, c := range map[string]struct {
		shape vnet.Shape
		want  string
	}{
		"loss":       {vnet.Shape{Delay: time.Millisecond, Loss: 0.02}, "retransmission"},
		"corruption": {vnet.Shape{Delay: time.Millisecond, Corrupt: 0.05}, "Bad checksum"},
	} {
		w := newWorld(t, 1, c.shape)
		var file bytes.Buffer
		x, _ := w.Capture(&file, capture.Options{Host: w.server.V})
		w.serve(t, ":6789", upper)
		w.run(t, func(st *stack.Stack) {
			k, err := st.Dial("tcp4", "server:6789")
			if err != nil {
				t.Error(err)
				return
			}
			k.Write(pattern(100_000))
			k.Close()
		})
		x.Stop()
		if got := strings.Join(complaints(t, file.Bytes()), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %q in\n%s", name, c.want, got)
		}
	}
}

// TestTsharkShows checks names, interfaces, times and comments as tshark shows them.
func TestTsharkShows(t *testing.T) {
	w := newWorld(t, 1, vnet.Shape{Delay: 1234567 * time.Nanosecond})
	w.near.SetFilter(vnet.AB, func(p *vnet.Packet) bool { return p.Proto == vnet.UDP })
	var file bytes.Buffer
	c, _ := w.Capture(&file, capture.Options{})
	w.run(t, func(st *stack.Stack) {
		w.client.V.Ping(w.server.V.Addrs()[0], vnet.PingOptions{})
		u, err := st.Dial("udp", "server:9999")
		if err != nil {
			t.Error(err)
			return
		}
		u.Write([]byte("hello"))
	})
	c.Stop()
	got := tshark(t, file.Bytes(), "-T", "fields", "-E", "separator=|", "-e", "frame.time_epoch", "-e", "frame.interface_name", "-e", "ip.src_host", "-e", "ip.dst_host",
		"-e", "frame.comment", "-e", "frame.encap_type")
	want := "1767225600.000000000|client eth0|client|server||7\n" +
		"1767225600.002469134|server eth0|server|client||7\n" +
		"1767225600.004938268|client eth0|client|server|dropped by client: filtered|7\n"
	if got != want {
		t.Errorf("tshark shows\n%swant\n%s", got, want)
	}
}

// TestTsharkReassembles compares the TCP streams that tshark puts together with the bytes that were sent.
func TestTsharkReassembles(t *testing.T) {
	w := newWorld(t, 1, wan)
	var file bytes.Buffer
	c, _ := w.Capture(&file, capture.Options{})
	up, down := w.traffic(t)
	c.Stop()
	var sides [2][]byte
	body := false
	for line := range strings.Lines(tshark(t, file.Bytes(), "-q", "-z", "follow,tcp,raw,0")) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "Node 1:") {
			body = true
			continue
		}
		if !body || strings.HasPrefix(line, "=") {
			continue
		}
		from := 0
		if rest, ok := strings.CutPrefix(line, "\t"); ok {
			from, line = 1, rest
		}
		b, err := hex.DecodeString(line)
		if err != nil {
			t.Fatal(err)
		}
		sides[from] = append(sides[from], b...)
	}
	if !bytes.Equal(sides[0], up) || !bytes.Equal(sides[1], down) {
		t.Errorf("tshark reads %d and %d bytes, %d and %d were sent", len(sides[0]), len(sides[1]), len(up), len(down))
	}
}

// TestTsharkReadsEmpty checks that a file without packets is one for tshark as well.
func TestTsharkReadsEmpty(t *testing.T) {
	var file bytes.Buffer
	c, _ := newWorld(t, 1, wan).Capture(&file, capture.Options{})
	c.Stop()
	if out := tshark(t, file.Bytes()); out != "" {
		t.Errorf("tshark shows %q", out)
	}
}

// TestTsharkStress decodes every packet of 200 hosts that talk across one router, losses included.
func TestTsharkStress(t *testing.T) {
	if testing.Short() {
		t.Skip("long")
	}
	w := newWorld(t, 1, wan)
	var file bytes.Buffer
	c, _ := w.Capture(&file, capture.Options{Every: true})
	w.serve(t, ":6789", upper)
	var done []string
	for i := range 200 {
		h := w.host(t, fmt.Sprintf("host%d", i))
		w.link(t, h.V, w.router, vnet.Shape{Delay: time.Duration(i) * time.Millisecond, Rate: 10e6, Loss: 0.01, Jitter: time.Millisecond})
		st := h.NewStack("client")
		st.Go("client", func() {
			k, err := st.Dial("tcp", "server:6789")
			if err != nil {
				return
			}
			k.SetDeadline(st.Now().Add(time.Minute))
			k.Write(pattern(2000))
			k.Read(make([]byte, 4096))
			k.Close()
			done = append(done, h.Name)
		})
	}
	w.run(t, func(st *stack.Stack) { st.Sleep(2 * time.Minute) })
	c.Stop()
	if len(done) < 190 {
		t.Errorf("only %d of 200 hosts were served", len(done))
	}
	if n := strings.Count(tshark(t, file.Bytes()), "\n"); n != c.Packets() {
		t.Errorf("tshark shows %d of %d packets", n, c.Packets())
	}
	if i := slices.IndexFunc(complaints(t, file.Bytes()), func(s string) bool {
		return strings.Contains(s, "Malformed") || strings.Contains(s, "hecksum") || strings.Contains(s, "Bogus")
	}); i >= 0 {
		t.Error(complaints(t, file.Bytes())[i])
	}
}
