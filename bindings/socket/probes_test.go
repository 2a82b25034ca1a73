package socket_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine"
)

// A difference is a probe whose transcript is not LuaSocket's, and why that stays so.
type difference struct {
	network string // "virtual", "real" or "both"
	probe   string
	reason  string
}

// differences are all that is left. The tests fail when one is gone.
var differences = []difference{
	{"both", "class.metatables", "metatables carry no marks of the classes; no script needs them"},
	{"virtual", "option.buffer sizes", "Linux doubles what is set and tells the double; the virtual network keeps the number"},
	{"virtual", "option.udp buffer sizes", "Linux doubles what is set and tells the double; the virtual network keeps the number"},
	{"virtual", "udp.broadcast needs the option", "the virtual loopback interface has no broadcast address"},
	{"both", "bind.port out of range", "a port above 65535 is an error; the C library takes its last 16 bits and goes to another port without a word"},
	{"both", "connect.port types", "getsockname gives the port as a number, as getpeername does and as later versions of LuaSocket do"},
}

// TestTranscripts checks that the expected transcripts are what LuaSocket says today.
func TestTranscripts(t *testing.T) {
	lua := oracle(t)
	count := 0
	for name, script := range probes(t) {
		file := filepath.Join(t.TempDir(), name+".lua")
		if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), lua, name+".lua")
		cmd.Dir, cmd.Stderr = filepath.Dir(file), os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if *update {
			if err := os.WriteFile(expectedFile(name), out, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if name == "ipv6" && !haveIPv6() {
			continue
		}
		want, got := parse(read(t, expectedFile(name))), parse(string(out))
		count += len(got.names)
		compare(t, want, got, nil)
	}
	t.Logf("%d probes", count)
	if count < 140 {
		t.Errorf("only %d probes", count)
	}
}

func haveIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func TestProbesVirtual(t *testing.T) {
	runProbes(t, "virtual", engine.Options{TimeLimit: time.Hour})
}

func TestProbesReal(t *testing.T) {
	runProbes(t, "real", realWorld(t))
}

func runProbes(t *testing.T, network string, o engine.Options) {
	agree, found := 0, 0
	for name, script := range probes(t) {
		if network == "real" && name == "ipv6" && !haveIPv6() {
			t.Log("no IPv6 on this machine: its probes are left out")
			continue
		}
		t.Run(name, func(t *testing.T) {
			got, want := parse(start(t, o, script)), parse(read(t, expectedFile(name)))
			agree += compare(t, want, got, func(probe string) bool {
				return slices.ContainsFunc(differences, func(d difference) bool {
					return d.probe == probe && (d.network == network || d.network == "both")
				})
			})
			found += len(want.names)
		})
	}
	t.Logf("%s: %d of %d probes agree", network, agree, found)
}

// compare reports the probes that differ without being known to, and those that are known to but do not.
func compare(t *testing.T, want, got transcript, known func(string) bool) (agree int) {
	t.Helper()
	for _, name := range want.names {
		same, expected := want.lines[name] == got.lines[name], known != nil && known(name)
		switch {
		case !same && !expected:
			t.Errorf("%s\nLuaSocket:\n%shere:\n%s", name, want.lines[name], got.lines[name])
		case same && expected:
			t.Errorf("%s: stands in the table of differences, but does not differ", name)
		}
		if same {
			agree++
		}
	}
	for _, name := range got.names {
		if _, ok := want.lines[name]; !ok {
			t.Errorf("%s: not in the expected transcript; run the tests with -update\n%s", name, got.lines[name])
		}
	}
	return agree
}
