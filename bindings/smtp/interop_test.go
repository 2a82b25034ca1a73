package smtp_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/socktest"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

// TestCurl lets curl send to a server written in Lua, on the machine's network.
func TestCurl(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	file := filepath.Join(t.TempDir(), "message")
	if err := os.WriteFile(file, []byte("Subject: lunch\n\nDo you like ketchup?\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	script := `
local smtp, task = require "smtp", require "task"
local done = task.queue()
local server
server = assert(smtp.serve{address = "127.0.0.1", port = 0, domain = "hamburger.edu", tls = true, users = {alice = "hungry"},
  deliver = function(e, m) print(e.protocol, e.user, e.helo, e.from, table.concat(e.to, ","), (m:gsub("\r\n", "|"))) done:put(true) end,
  on = {rcpt = function(_, to) if to:find("^no") then return "550 5.1.1 " .. to .. "... User unknown" end end}})
print(server:port())
io.stdout:flush()
done:get()
task.sleep(0.2)
server:close()`
	r, w := io.Pipe()
	go func() {
		result, err := bindings.Run{World: engine.Options{Real: true, Allow: socktest.Allow(t), Files: bindings.Files(fstest.MapFS{"lab.lua": {Data: []byte(script)}})},
			Script: "lab.lua", Stdout: w, Stderr: os.Stderr}.Do()
		if err != nil || result.Status != 0 {
			t.Errorf("%v, status %d", err, result.Status)
		}
		w.Close()
	}()
	lines := bufio.NewReader(r)
	port, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string)
	go func() { rest, _ := io.ReadAll(lines); said <- string(rest) }() // at once: print waits for the reader of a pipe
	out, err := exec.Command(curl, "-s", "-S", "-m", "20", "smtp://127.0.0.1:"+strings.TrimSpace(port)+"/crepes.fr", "-k", "--ssl-reqd", "-u", "alice:hungry", "--mail-rcpt-allowfails", "--crlf",
		"--mail-from", "alice@crepes.fr", "--mail-rcpt", "bob@hamburger.edu", "--mail-rcpt", "nobody@hamburger.edu", "-T", file).CombinedOutput()
	if err != nil {
		t.Errorf("curl: %v\n%s", err, out)
	}
	rest := <-said
	if want := "ESMTPSA\talice\tcrepes.fr\talice@crepes.fr\tbob@hamburger.edu\tSubject: lunch||Do you like ketchup?|\n"; rest != want {
		t.Errorf("the server said %q, want %q", rest, want)
	}
}
