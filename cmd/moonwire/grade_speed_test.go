package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/moonwire-lab/moonwire/scripts"
)

// smallest is an exercise with as little to do as one can have.
const smallest = `
local check, net = require "check", require "net"
check.exercise{title = "Hello", main = "hello.lua"}
check.test{name = "hello", points = 1, run = function(t)
  local p = t:start(net.host "client")
  t:require(p):exits()
  t:expect(p):prints("hello")
end}`

// BenchmarkGrade has two at a time: submissions with full isolation, and the interpreter of another laboratory in the sandbox that other graders use.
func BenchmarkGrade(b *testing.B) {
	moonwire, err := builtCommand()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "check.lua"), []byte(smallest), 0o666); err != nil {
		b.Fatal(err)
	}
	grade := func(b *testing.B, exercise, source string, flags ...string) {
		args := append([]string{"grade", "--isolation", "require", "-j", "2"}, flags...)
		args = append(args, exercise)
		folder := b.TempDir()
		for i := range b.N {
			file := filepath.Join(folder, fmt.Sprintf("%d.lua", i))
			if err := os.WriteFile(file, []byte(source), 0o666); err != nil {
				b.Fatal(err)
			}
			args = append(args, file)
		}
		cmd := exec.Command(moonwire, args...)
		b.ResetTimer()
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %.2000s", err, out)
		}
		if !strings.Contains(b.Name(), "trivial") { // where the other side's processor time is not known
			b.ReportMetric(cpu(cmd)/2/float64(b.N)*1e9, "cpu-ns") // on two processors
		}
	}
	b.Run("trivial", func(b *testing.B) { grade(b, dir, `print "hello"`) })
	b.Run("udp_pinger", func(b *testing.B) {
		files, ok := scripts.Exercise("udp_pinger")
		if !ok {
			b.Fatal("no such exercise")
		}
		source, err := fs.ReadFile(files, "solution.lua")
		if err != nil {
			b.Fatal(err)
		}
		grade(b, "udp_pinger", string(source), "--seeds", "20")
	})
	b.Run("bubblewrap", func(b *testing.B) {
		for _, name := range []string{"bwrap", "lua5.1"} {
			if _, err := exec.LookPath(name); err != nil {
				b.Skip(err)
			}
		}
		turns := make(chan struct{})
		var two sync.WaitGroup
		for range 2 {
			two.Go(func() {
				for range turns {
					if out, err := exec.Command("bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "lua5.1", "-e", "").CombinedOutput(); err != nil {
						b.Errorf("%v: %s", err, out)
					}
				}
			})
		}
		for b.Loop() {
			turns <- struct{}{}
		}
		close(turns)
		two.Wait()
	})
}
