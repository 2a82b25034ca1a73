package clients_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/luaio"
	"github.com/moonwire-lab/moonwire/bindings/luaos"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/socktest"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

// listener returns a socket that already listens, for a server to inherit, and its port.
func listener(t *testing.T) (*net.TCPListener, *os.File, string) {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); f.Close() })
	return l, f, strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// serve starts a server for the time of the test. It inherits the listening socket as descriptor 3.
func serve(t *testing.T, cmd *exec.Cmd, l *net.TCPListener, socket *os.File) {
	t.Helper()
	cmd.ExtraFiles, cmd.Stderr = []*os.File{socket}, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	l.Close() // so that clients are refused, and do not wait, if the server fails to start
	socket.Close()
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() })
}

// sameTranscript runs a script under lua5.1 and here, against the same server, and wants the same output, which it returns.
func sameTranscript(t *testing.T, script string, args ...string) string {
	t.Helper()
	lua := interop.Lua(t, "socket.http", "socket.smtp", "socket.ftp")
	file := filepath.Join(t.TempDir(), "script.lua")
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), lua, append([]string{"script.lua"}, args...)...)
	cmd.Dir, cmd.Stderr = filepath.Dir(file), os.Stderr
	want, err := cmd.Output()
	if err != nil {
		t.Fatalf("lua5.1: %v\n%s", err, want)
	}
	got := runHere(t, script, args)
	if got != string(want) {
		t.Errorf("lua5.1 with LuaSocket:\n%s\nhere:\n%s", want, got)
	}
	return got
}

// runHere runs a script on the machine's network.
func runHere(t *testing.T, script string, args []string) string {
	t.Helper()
	w, err := engine.New(engine.Options{Real: true, Allow: socktest.Allow(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	h, err := w.Local()
	if err != nil {
		t.Fatal(err)
	}
	if err := afero.WriteFile(h.FS, "/script.lua", []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	p, err := process.Start(h, "script.lua", "script.lua", args, process.Options{
		Standard: []*bind.Module{luaio.Module, luaos.Module}, Modules: modules(), Stdout: &out, Stderr: &errs})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Sched.Run(p.Main()); err != nil || errs.Len() > 0 {
		t.Errorf("run: %v\n%s", err, errs.String())
	}
	return out.String()
}

const nginxConf = `daemon off; worker_processes 1; pid nginx.pid; error_log error.log;
events {}
http {
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  types { text/html html; text/plain txt; }
  server {
    listen 127.0.0.1:%s; root .;
    location = /moved { return 301 /page.html; }
    location = /gone { return 410 "it is gone\n"; }
    location = /nothing { return 204; }
    location = /secret { auth_basic "lab"; auth_basic_user_file users; try_files /page.html =404; }
    location = /echo { return 200 "$request_method $content_type $content_length\n"; }
  }
}`

const nginxScript = `
local http, ltn12 = require "socket.http", require "ltn12"
local base = "http://127.0.0.1:" .. arg[1]
local t = {}
local function show(name, body, code, headers, status)
  print(name, body, code, status)
  if type(headers) == "table" then
    for _, h in ipairs{"content-type", "content-length", "connection", "location", "www-authenticate", "accept-ranges", "content-range"} do
      print("  " .. h, headers[h])
    end
  end
end
show("get", http.request(base .. "/page.html"))
show("missing", "", select(2, http.request(base .. "/missing.html")))
show("moved", http.request(base .. "/moved"))
show("not followed", http.request{url = base .. "/moved", redirect = false})
show("gone", http.request(base .. "/gone"))
show("nothing", http.request(base .. "/nothing"))
show("post", http.request(base .. "/echo", "a=1&b=2"))
show("head", http.request{url = base .. "/page.html", method = "HEAD"})
show("put", http.request{url = base .. "/echo", method = "PUT", source = ltn12.source.string("twelve bytes"), headers = {["content-length"] = 12, ["content-type"] = "text/x-lab"}, sink = ltn12.sink.table(t)})
print(table.concat(t))
show("refused", "", select(2, http.request(base .. "/secret")))
show("user", http.request("http://ann:pw@127.0.0.1:" .. arg[1] .. "/secret"))
t = {}
show("range", http.request{url = base .. "/page.html", headers = {range = "bytes=6-10"}, sink = ltn12.sink.table(t)})
print(table.concat(t))
local big = {}
print((select("#", http.request{url = base .. "/big.txt", sink = ltn12.sink.table(big)})))
print(#table.concat(big), #big > 1)
`

func TestAgainstNginx(t *testing.T) {
	nginx := interop.Program(t, "nginx", "nginx-light")
	dir := t.TempDir()
	l, socket, port := listener(t)
	for name, text := range map[string]string{
		"nginx.conf": fmt.Sprintf(nginxConf, port), "page.html": "hello world of pages\n",
		"big.txt": strings.Repeat("0123456789abcdef", 20_000), "users": "ann:{PLAIN}pw\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(nginx, "-p", dir, "-e", "error.log", "-c", "nginx.conf", "-g", "user "+user()+";")
	cmd.Env = append(os.Environ(), "NGINX=3;")
	serve(t, cmd, l, socket)
	out := sameTranscript(t, nginxScript, port)
	for _, part := range []string{"hello world of pages", "301", "410", "204", "POST application/x-www-form-urlencoded 7", "PUT text/x-lab 12", "401", "206", "320000"} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is missing in\n%s", part, out)
		}
	}
}

// user is who the test runs as; nginx would change to another user when started by root.
func user() string {
	if os.Getuid() == 0 {
		return "root"
	}
	return "nobody"
}

// smtpSink is a server on the library aiosmtpd that prints what it was given.
const smtpSink = `
import asyncio, re, socket
from aiosmtpd.smtp import SMTP
class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        # The order of headers is that of pairs, and the boundary is random.
        lines = sorted(re.sub(rb"[0-9]{10,}==[0-9]+", b"boundary", envelope.content).split(b"\r\n"))
        print(envelope.mail_from, envelope.rcpt_tos, lines, flush=True)
        return "250 Message accepted for delivery"
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
loop.run_until_complete(loop.create_server(lambda: SMTP(Sink(), hostname="sink.lab", loop=loop), sock=socket.socket(fileno=3)))
loop.run_forever()
`

const smtpScript = `
local smtp, mime, ltn12 = require "socket.smtp", require "mime", require "ltn12"
local server, port = "127.0.0.1", tonumber(arg[1])
print(smtp.send{from = "<ann@crepes.fr>", rcpt = "<bob@hamburger.edu>", server = server, port = port, domain = "crepes.fr",
  source = smtp.message{headers = {subject = "crepes", date = "Thu, 01 Jan 2026 00:00:00 +0000"}, body = "Do you like ketchup?\r\n.\r\nHow about pickles?\r\n"}})
print(smtp.send{from = "<ann@crepes.fr>", rcpt = {"<bob@hamburger.edu>", "<eve@hamburger.edu>"}, server = server, port = port, domain = "crepes.fr",
  source = smtp.message{headers = {subject = "parts", date = "Thu, 01 Jan 2026 00:00:00 +0000", ["content-type"] = 'multipart/mixed; boundary="fixed"'},
    body = {preamble = "before", epilogue = "after",
      {headers = {["content-type"] = "text/plain"}, body = mime.eol(0, "first\nsecond\n")},
      {headers = {["content-type"] = "image/png", ["content-transfer-encoding"] = "BASE64"},
        body = ltn12.source.chain(ltn12.source.string(("crepe"):rep(40)), ltn12.filter.chain(mime.encode("base64"), mime.wrap()))}}}})
print(smtp.send{from = "<ann@crepes.fr>", rcpt = "<nobody@hamburger.edu>", server = server, port = port, source = ltn12.source.string("x")})
local s = assert(smtp.open(server, port))
print(s:greet("crepes.fr"))
print(s:mail("<a@b>"), s:rcpt("<c@d>"))
print(s:data(ltn12.source.string("subject: hand made\r\n\r\n..dots\r\n"), nil))
print(s:quit())
s:close()
`

func TestAgainstAnSMTPSink(t *testing.T) {
	python := interop.Python(t, "python3-aiosmtpd", "aiosmtpd")
	var received [2]string
	out := ""
	for i, run := range []func(port string) string{
		func(port string) string { return sameTranscript(t, smtpScript, port) },
		func(port string) string { return runHere(t, smtpScript, []string{port}) },
	} {
		l, socket, port := listener(t)
		var log strings.Builder
		cmd := exec.Command(python, "-c", smtpSink)
		cmd.Stdout = &log
		serve(t, cmd, l, socket)
		out = run(port)
		cmd.Process.Kill()
		cmd.Wait() // until its output is all there
		received[i] = log.String()
	}
	if !strings.Contains(out, "550 no such user here") {
		t.Errorf("the refusal is missing in\n%s", out)
	}
	// The first sink heard both, lua5.1 first; the second heard ours alone.
	if received[1] == "" || received[0] != received[1]+received[1] {
		t.Errorf("lua5.1 and then ours sent\n%s\nours alone sends\n%s", received[0], received[1])
	}
}

const ftpScript = `
local ftp, ltn12 = require "socket.ftp", require "ltn12"
local at = "127.0.0.1:" .. arg[1]
print(ftp.get("ftp://" .. at .. "/pub/note.txt"))
print(ftp.get("ftp://" .. at .. "/pub/note.txt;type=a"))
print(ftp.get("ftp://" .. at .. "/pub/missing.txt"))
local t = {}
print(ftp.get{host = "127.0.0.1", port = tonumber(arg[1]), command = "nlst", argument = "pub", type = "a", sink = ltn12.sink.table(t)})
local names = {}
for name in table.concat(t):gmatch("[^\r\n]+") do names[#names + 1] = name end
table.sort(names)
print(table.concat(names, " "))
t = {}
print(ftp.get{host = "127.0.0.1", port = tonumber(arg[1]), path = "pub/big.bin", type = "i", sink = ltn12.sink.table(t)})
print(#table.concat(t))
print(ftp.put("ftp://" .. at .. "/incoming/refused.txt;type=i", "no"))
print(ftp.command{host = "127.0.0.1", port = tonumber(arg[1]), command = "SIZE", argument = "pub/big.bin", check = 213})
local f = assert(ftp.open("127.0.0.1", tonumber(arg[1])))
print(f:greet()) print(f:login("anonymous", "me@lab"))
print(f:type("i")) print(f:cwd("pub"))
print((select(2, f:epsv()) ~= nil))
print(f:quit()) f:close()
`

func TestAgainstVsftpd(t *testing.T) {
	vsftpd := interop.Program(t, "vsftpd", "vsftpd")
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	if err := os.MkdirAll(filepath.Join(root, "pub"), 0o755); err != nil {
		t.Fatal(err)
	}
	asUser := ""
	if os.Getuid() != 0 {
		asUser = "run_as_launching_user=YES\n"
	}
	for name, text := range map[string]string{
		"root/pub/note.txt": "a note\r\nof two lines\r\n", "root/pub/big.bin": strings.Repeat("\x00\xffab", 30_000),
		"vsftpd.conf": "listen=NO\nanonymous_enable=YES\nlocal_enable=NO\nanon_root=" + root + "\nno_anon_password=YES\n" +
			"secure_chroot_dir=/var/run/vsftpd/empty\nseccomp_sandbox=NO\nascii_download_enable=YES\nftpd_banner=lab\n" +
			"force_dot_files=NO\nuse_localtime=NO\nhide_ids=YES\nxferlog_enable=NO\n" + asUser,
	} {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(name, []byte(text), 0o644), os.Chmod(name, 0o644)); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	os.Chmod(filepath.Join(root, "pub"), 0o755)
	os.Chmod(root, 0o755)
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		os.Chmod(d, 0o755) // the server's user has to get in
	}
	l, _, port := listener(t)
	go func() {
		for {
			c, err := l.AcceptTCP()
			if err != nil {
				return
			}
			f, err := c.File()
			c.Close()
			if err != nil {
				return
			}
			cmd := exec.Command(vsftpd, filepath.Join(dir, "vsftpd.conf"))
			cmd.Stdin, cmd.Stdout = f, f // as inetd starts it
			cmd.Start()
			f.Close()
			go cmd.Wait()
		}
	}()
	out := sameTranscript(t, ftpScript, port)
	for _, part := range []string{"a note", "120000", "550", "note.txt", "big.bin"} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is missing in\n%s", part, out)
		}
	}
}
