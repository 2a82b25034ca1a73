package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkHandler lets wrk ask for a page that a function makes: one of Lua under moonwire, and one of Go under net/http, over connections that are kept.
func BenchmarkHandler(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		cmd := program(b, "ours", []string{"--net", "real", "--allow", "127.0.0.1:*", "--wall-limit", "0"}, "http_server.lua")
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			b.Fatal(err)
		}
		defer func() { cmd.Process.Kill(); cmd.Wait() }()
		port, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		requests(b, "http://127.0.0.1:"+strings.TrimSpace(port)+"/page")
	})
	b.Run("net-http", func(b *testing.B) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintf(w, "you asked for %s\n", r.URL.Path)
		})}
		go s.Serve(l)
		defer s.Close()
		requests(b, "http://"+l.Addr().String()+"/page")
	})
}

// requests reports how many requests a second wrk makes.
func requests(b *testing.B, url string) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		b.Skip(err)
	}
	out, err := exec.Command(wrk, "-t1", "-c32", "-d2s", url).CombinedOutput()
	m := regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`).FindSubmatch(out)
	if err != nil || m == nil || strings.Contains(string(out), "Non-2xx") {
		b.Fatalf("%v\n%s", err, out)
	}
	n, _ := strconv.ParseFloat(string(m[1]), 64)
	b.ReportMetric(n, "requests/s")
	b.ReportMetric(0, "ns/op")
}
