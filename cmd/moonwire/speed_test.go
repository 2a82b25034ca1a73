package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/usage"
)

// These benchmarks start programs, so that memory and processor time are those of whole runs. Command speed sets them side by side.

// builtCommand builds moonwire once and returns its path. Command speed names a folder in which it is kept from run to run.
var builtCommand = sync.OnceValues(func() (path string, err error) {
	dir := os.Getenv("MOONWIRE_SPEED_DIR")
	if dir == "" {
		if dir, err = os.MkdirTemp("", "moonwire-speed"); err != nil {
			return "", err
		}
	}
	path = filepath.Join(dir, "moonwire")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	build := exec.Command("go", "build", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// program returns the command that runs a script of testdata/speed: by moonwire, or by lua5.1.
func program(b *testing.B, with string, flags []string, script string, args ...string) *exec.Cmd {
	b.Helper()
	line := append([]string{with}, script)
	if with == "ours" {
		path, err := builtCommand()
		if err != nil {
			b.Fatal(err)
		}
		line = append(append([]string{path, "run", "--fuel", "0"}, flags...), script)
	} else if _, err := exec.LookPath(with); err != nil {
		b.Skip(err)
	}
	cmd := exec.Command(line[0], append(line[1:], args...)...)
	cmd.Dir, cmd.Stderr = filepath.Join("testdata", "speed"), os.Stderr
	return cmd
}

// cpu returns the seconds of processor time that an ended program took.
func cpu(cmd *exec.Cmd) float64 {
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}

// BenchmarkStart runs a script that prints a word.
func BenchmarkStart(b *testing.B) {
	program(b, "ours", nil, "hello.lua")
	taken := 0.0
	for b.Loop() {
		cmd := program(b, "ours", nil, "hello.lua")
		if out, err := cmd.Output(); err != nil || string(out) != "hello\n" {
			b.Fatalf("%q, %v", out, err)
		}
		taken += cpu(cmd)
	}
	b.ReportMetric(taken/float64(b.N)*1e9, "cpu-ns")
}

// BenchmarkIdle reports the largest resident memory of worlds full of things that wait.
func BenchmarkIdle(b *testing.B) {
	for _, c := range []struct {
		script string
		n      int
	}{{"tasks", 10000}, {"connections", 10000}, {"processes", 1000}} {
		b.Run(c.script, func(b *testing.B) {
			for b.Loop() {
				cmd := program(b, "ours", nil, c.script+".lua", strconv.Itoa(c.n))
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(usage.PeakMemory(cmd.ProcessState))/1e6, "MB")
			}
		})
	}
}

// BenchmarkVirtualEcho reports round trips of a line between two tasks over a virtual link.
func BenchmarkVirtualEcho(b *testing.B) {
	const n = 200000
	for b.Loop() {
		cmd := program(b, "ours", nil, "virtual.lua", strconv.Itoa(n))
		began := time.Now()
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(n/time.Since(began).Seconds(), "trips/s")
		b.ReportMetric(cpu(cmd)/n*1e9, "cpu-ns")
	}
}

// BenchmarkLoopback measures two programs over the machine's loopback: the first of the name is the client, the second the server.
func BenchmarkLoopback(b *testing.B) {
	for _, mode := range []struct {
		name string
		n    int
	}{{"echo", 60000}, {"bulk", 16000}} {
		for _, client := range []string{"ours", "lua5.1"} {
			for _, server := range []string{"ours", "lua5.1"} {
				b.Run(mode.name+"/"+client+"-"+server, func(b *testing.B) {
					for b.Loop() {
						loopback(b, client, server, mode.name, mode.n)
					}
				})
			}
		}
	}
}

func loopback(b *testing.B, client, server, mode string, n int) {
	const address = "127.0.0.1"
	flags := []string{"--net", "real", "--allow", address + ":*"}
	s := program(b, server, flags, "server.lua", address, "0", mode)
	out, err := s.StdoutPipe()
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	c := program(b, client, flags, "client.lua", address, strings.TrimSpace(port), mode, strconv.Itoa(n))
	answer, err := c.Output()
	if err != nil {
		s.Process.Kill()
		b.Fatal(err)
	}
	if err := s.Wait(); err != nil {
		b.Fatal(err)
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(answer)), 64)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(seconds*1e6, "µs/unit")
	b.ReportMetric((cpu(c)+cpu(s))/float64(n)*1e9, "cpu-ns")
}
