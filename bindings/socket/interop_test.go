package socket_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/luaio"
	"github.com/moonwire-lab/moonwire/bindings/luaos"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/socktest"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

const folder = "../../scripts/sockets/"

const (
	input  = "hello\nMixed Case 123\n\nlast line\n"
	output = "HELLO\nMIXED CASE 123\n\nLAST LINE\n"
)

func processOptions() process.Options {
	return process.Options{Standard: []*bind.Module{luaio.Module, luaos.Module}, Modules: modules}
}

// launch starts one of the scripts on a host.
func launch(t *testing.T, h *engine.Host, script string, in io.Reader, out io.Writer, args ...string) *process.Process {
	t.Helper()
	if err := afero.WriteFile(h.FS, "/"+script, []byte(socktest.Read(t, folder+script)), 0o644); err != nil {
		t.Fatal(err)
	}
	o := processOptions()
	o.Stdin, o.Stdout, o.Stderr = in, out, os.Stderr
	p, err := process.Start(h, script, script, args, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func local(t *testing.T, o engine.Options) (*engine.World, *engine.Host) {
	t.Helper()
	w, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	h, err := w.Local()
	if err != nil {
		t.Fatal(err)
	}
	return w, h
}

// portIn reads the line in which a server says where it listens, and returns the port.
func portIn(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("the server's first line: %v", err)
	}
	words := strings.Fields(line)
	return words[len(words)-1]
}

var errTestOver = errors.New("test over")

// TestServersServeLuaSocket runs the servers here and the clients under lua5.1.
func TestServersServeLuaSocket(t *testing.T) {
	lua := interop.Lua(t, "socket")
	for _, transport := range []string{"tcp", "udp"} {
		t.Run(transport, func(t *testing.T) {
			w, h := local(t, engine.Options{Real: true, Allow: socktest.Allow(t, everywhere...)})
			defer w.Close()
			r, pipe := io.Pipe()
			server := launch(t, h, "upper_"+transport+"_server.lua", nil, pipe, "127.0.0.1", "0")
			over := make(chan error)
			go func() { over <- w.Sched.Run(server.Main()) }()
			port := portIn(t, bufio.NewReader(r))
			for range 2 {
				client := exec.CommandContext(t.Context(), lua, folder+"upper_"+transport+"_client.lua", "127.0.0.1", port)
				client.Stdin, client.Stderr = strings.NewReader(input), os.Stderr
				if got, err := client.Output(); err != nil || string(got) != output {
					t.Errorf("client under lua5.1 printed %q, %v; want %q", got, err, output)
				}
			}
			w.Sched.Interrupt(errTestOver)
			if err := <-over; err != errTestOver {
				t.Errorf("server: %v", err)
			}
		})
	}
}

// TestClientsOfLuaSocketServers runs the clients here and the servers under lua5.1.
func TestClientsOfLuaSocketServers(t *testing.T) {
	lua := interop.Lua(t, "socket")
	for _, transport := range []string{"tcp", "udp"} {
		t.Run(transport, func(t *testing.T) {
			server := exec.CommandContext(t.Context(), lua, folder+"upper_"+transport+"_server.lua", "127.0.0.1", "0")
			server.Stderr = os.Stderr
			out, err := server.StdoutPipe()
			if err == nil {
				err = server.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			defer server.Wait()
			defer server.Process.Kill()
			port := portIn(t, bufio.NewReader(out))
			w, h := local(t, engine.Options{Real: true, Allow: socktest.Allow(t, everywhere...)})
			defer w.Close()
			var got bytes.Buffer
			client := launch(t, h, "upper_"+transport+"_client.lua", strings.NewReader(input), &got, "127.0.0.1", port)
			if err := w.Sched.Run(client.Main()); err != nil || client.Err() != nil || got.String() != output {
				t.Errorf("client printed %q, %v, %v; want %q", got.String(), err, client.Err(), output)
			}
		})
	}
}

// TestTwoHosts runs server and client on two hosts with a link between them, and reckons the time it takes.
func TestTwoHosts(t *testing.T) {
	// A round trip is 20 ms. UDP: one for each of the four lines. TCP: one more for the connection, and at the end FIN, the
	// server's FIN and its acknowledgement.
	for transport, takes := range map[string]time.Duration{"tcp": 130 * time.Millisecond, "udp": 80 * time.Millisecond} {
		t.Run(transport, func(t *testing.T) {
			var texts []string
			for range 2 {
				w, err := engine.New(engine.Options{Seed: 7, TimeLimit: time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				a, b := host(t, w, "server"), host(t, w, "client")
				if _, err := w.Net.Link(a.V, b.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond}}); err != nil {
					t.Fatal(err)
				}
				var got bytes.Buffer
				launch(t, a, "upper_"+transport+"_server.lua", nil, io.Discard, "6789")
				client := launch(t, b, "upper_"+transport+"_client.lua", strings.NewReader(input), &got, "server", "6789")
				if err := w.Sched.Run(client.Main()); err != nil || client.Err() != nil {
					t.Fatalf("%v, %v", err, client.Err())
				}
				texts = append(texts, fmt.Sprintf("%s%v", got.String(), w.Sched.Elapsed()))
			}
			want := fmt.Sprintf("%s%v", output, takes)
			for _, text := range texts {
				if text != want {
					t.Errorf("printed %q, want %q", text, want)
				}
			}
		})
	}
}

func host(t *testing.T, w *engine.World, name string) *engine.Host {
	t.Helper()
	h, err := w.AddHost(name)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
