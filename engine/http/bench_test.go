package http_test

import (
	"context"
	"fmt"
	"net"
	nethttp "net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/enginetest/usage"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// rate matches what wrk says of requests.
var rate = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

// drive lets wrk ask for a URL over connections that it keeps, and reports requests per second.
func drive(b *testing.B, url string, run func(*exec.Cmd) (string, error)) {
	b.Helper()
	wrk := interop.Program(b, "wrk", "wrk")
	out, err := run(exec.Command(wrk, "-t1", "-c32", "-d2s", url))
	m := rate.FindStringSubmatch(out)
	if err != nil || m == nil || strings.Contains(out, "Non-2xx") {
		b.Fatalf("%v\n%s", err, out)
	}
	n, _ := strconv.ParseFloat(m[1], 64)
	b.ReportMetric(n, "requests/s")
	b.ReportMetric(0, "ns/op")
}

const page = "<!DOCTYPE html>\n<title>page</title>\n<p>A page of a few hundred bytes, as the web is full of.</p>\n"

// BenchmarkStatic serves a small file to wrk, with our server from a host's memory and with the file server of net/http from a folder.
func BenchmarkStatic(b *testing.B) {
	b.Run("moonwire", func(b *testing.B) {
		interop.Run(b, func(m *interop.Machine) {
			afero.WriteFile(m.Host.FS, "/www/index.html", []byte(strings.Repeat(page, 4)), 0o644)
			at, stop := listen(b, m, &http.Server{Handler: (&http.Files{FS: m.Host.FS, Root: "/www"}).Answer})
			drive(b, "http://"+at+"/", m.Output)
			stop()
		})
	})
	b.Run("net-http", func(b *testing.B) {
		dir := b.TempDir()
		os.WriteFile(filepath.Join(dir, "index.html"), []byte(strings.Repeat(page, 4)), 0o644)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		s := &nethttp.Server{Handler: nethttp.FileServer(nethttp.Dir(dir))}
		go s.Serve(l)
		defer s.Shutdown(context.Background())
		drive(b, "http://"+l.Addr().String()+"/", func(cmd *exec.Cmd) (string, error) {
			out, err := cmd.CombinedOutput()
			return string(out), err
		})
	})
}

// listen starts a server on the machine's loopback.
func listen(b testing.TB, m *interop.Machine, s *http.Server) (at string, stop func()) {
	l, err := m.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	m.Go("server", func() { s.Serve(m.Stack, l) })
	return l.Addr().String(), s.Close
}

// BenchmarkBulk lets curl fetch a file of 256 MiB, from our server and from nginx.
func BenchmarkBulk(b *testing.B) {
	const size = 256 << 20
	curl := interop.Program(b, "curl", "curl")
	fetch := func(b *testing.B, url string, run func(*exec.Cmd) (string, error)) {
		began := time.Now()
		out, err := run(exec.Command(curl, "-s", "-S", "-o", "/dev/null", "-w", "%{size_download}", url))
		took := time.Since(began)
		if err != nil || out != fmt.Sprint(size) {
			b.Fatalf("%v %s", err, out)
		}
		b.ReportMetric(size/took.Seconds()/1e6, "MB/s")
		b.ReportMetric(0, "ns/op")
	}
	b.Run("moonwire", func(b *testing.B) {
		interop.Run(b, func(m *interop.Machine) {
			f, _ := m.Host.FS.Create("/www/big")
			f.Truncate(size)
			f.Close()
			at, stop := listen(b, m, &http.Server{Handler: (&http.Files{FS: m.Host.FS, Root: "/www"}).Answer})
			fetch(b, "http://"+at+"/big", m.Output)
			stop()
		})
	})
	b.Run("nginx", func(b *testing.B) {
		dir := b.TempDir()
		f, _ := os.Create(filepath.Join(dir, "big"))
		f.Truncate(size)
		f.Close()
		at := interop.StartNginx(b, dir, "")
		fetch(b, "http://"+at+"/big", func(cmd *exec.Cmd) (string, error) {
			out, err := cmd.CombinedOutput()
			return string(out), err
		})
	})
}

// BenchmarkPages loads a page with ten objects again and again in one virtual world, each time with a client of its own.
func BenchmarkPages(b *testing.B) {
	const loads = 10000
	before := usage.Processor()
	for range b.N {
		w, err := engine.New(engine.Options{Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		home, _ := w.AddHost("home")
		www, _ := w.AddHost("www")
		w.Net.Link(home.V, www.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond}})
		var text strings.Builder
		for i := range 10 {
			fmt.Fprintf(&text, "<img src=\"%d.gif\">\n", i)
			afero.WriteFile(www.FS, fmt.Sprintf("/www/%d.gif", i), []byte(strings.Repeat("x", 1000)), 0o644)
		}
		afero.WriteFile(www.FS, "/www/index.html", []byte(text.String()), 0o644)
		server, client := www.NewStack("server"), home.NewStack("client")
		s := &http.Server{Handler: (&http.Files{FS: www.FS, Root: "/www"}).Answer}
		l, err := server.Listen("tcp", ":80")
		if err != nil {
			b.Fatal(err)
		}
		server.Go("accept", func() { s.Serve(server, l) })
		main := client.Go("main", func() { loadPages(b, client, loads); s.Close() })
		if err := w.Sched.Run(main); err != nil {
			b.Fatal(err)
		}
		w.Close()
	}
	usage.Report(b, before, float64(b.N))
}

func loadPages(b *testing.B, st *stack.Stack, n int) {
	for range n {
		c := &http.Client{Stack: st}
		objects, err := c.Page("http://www/")
		c.Close()
		if err != nil || len(objects) != 11 || objects[10].Answer == nil || objects[10].Answer.StatusCode != 200 {
			b.Errorf("%d objects, %v", len(objects), err)
			return
		}
	}
}
