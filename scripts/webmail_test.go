package scripts_test

import (
	"bufio"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/osnet"
	"github.com/moonwire-lab/moonwire/scripts"
)

// mailAndWebmail starts a mail server and the webmail server of the labs, prints the latter's port, and runs until its input ends.
const mailAndWebmail = `
local mail, imap, host = require "mail", require "imap", require "host"
local users = {bob = "hungry", alice = "hungry"}
local server = assert(mail.server{address = "127.0.0.1", port = 0, domain = "hamburger.edu", users = users})
local store = assert(imap.serve{address = "127.0.0.1", port = 0, users = users})
store:deliver("bob", "From: Mallory <m@evil.org>\nSubject: =?utf-8?q?cr=C3=AApe?= <b>\n\n<script>document.title = 'mine'</script>{title}\n")
local site = host.exec("webmail_server.lua", "127.0.0.1", "hamburger.edu", "127.0.0.1:0", arg[1] or store:port(), server:port())
print((site:line():match("%d+$")))
io.stdout:flush()
io.read("*a")
print(site:running(), site:errors())
os.exit(0)`

// webmail runs both, calls f with the web site's address, and returns what the script printed then. An argument is the port of another IMAP server.
func webmail(t *testing.T, args []string, f func(site string)) string {
	t.Helper()
	folder, err := fs.Sub(scripts.Files(), "mail")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"lab.lua": {Data: []byte(mailAndWebmail)}}
	for _, name := range []string{"webmail_server.lua", "webmail_backend.lua", "webmail_pages.lua"} {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: text}
	}
	allow, err := osnet.ParseAllow("127.0.0.1:*")
	if err != nil {
		t.Fatal(err)
	}
	stdin, end := io.Pipe()
	out, w := io.Pipe()
	go func() {
		run := bindings.Run{World: engine.Options{Real: true, Allow: allow, Files: bindings.Files(files)}, Script: "lab.lua", Args: args, Stdin: stdin, Stdout: w, Stderr: os.Stderr}
		if result, err := run.Do(); err != nil || result.Status != 0 {
			t.Errorf("%v, status %d", err, result.Status)
		}
		w.Close()
	}()
	lines := bufio.NewReader(out)
	port, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	f("http://127.0.0.1:" + strings.TrimSpace(port))
	end.Close()
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Error(err)
	}
	return string(rest)
}

// TestWebmailCurl reads and sends mail with curl, and asks for what is not there.
func TestWebmailCurl(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	jar := filepath.Join(t.TempDir(), "jar")
	said := webmail(t, nil, func(site string) {
		for _, c := range []struct {
			path string
			form []string // none: GET
			want []string // the first is the status
		}{
			{"/folder?name=INBOX", nil, []string{"200", `action="/login"`}},
			{"/send", []string{"to=alice@hamburger.edu"}, []string{"200", `action="/login"`}},
			{"/login", []string{"user=bob", "password=thirsty"}, []string{"403", "wrong name or password"}},
			{"/login", []string{"user=bob", "password=hungry"}, []string{"303", "Location: /folder?name=INBOX", "HttpOnly"}},
			{"/folder?name=INBOX", nil, []string{"200", "crêpe &lt;b&gt;", "INBOX (1 new of 1)", "Content-Security-Policy: default-src 'none'"}},
			{"/message?folder=INBOX&uid=1", nil, []string{"200", "&lt;script&gt;document.title = &#39;mine&#39;&lt;/script&gt;{title}"}},
			{"/folder?name=INBOX", nil, []string{"200", "INBOX (0 new of 1)"}},
			{"/write?folder=INBOX&uid=1", nil, []string{"200", `value="Re: crêpe &lt;b&gt;"`, `value="Mallory &lt;m@evil.org&gt;"`, "&gt; &lt;script&gt;"}},
			{"/send", []string{"to=nobody@hamburger.edu", "subject=a <b>", "text=hello"}, []string{"422", "550 5.1.1", "a &lt;b&gt;", "hello"}},
			{"/send", []string{"to=", "subject=", "text=hello"}, []string{"422", "no address"}},
			{"/send", []string{"to=bob@hamburger.edu", "subject=a\r\nBcc: eve@evil.org", "text=hello"}, []string{"422", "the value of Subject has a line end"}},
			{"/send", []string{"to=bob@hamburger.edu", "subject=olá", "text=hello\r\nyou"}, []string{"303", "/folder?name=Sent"}},
			{"/folder?name=Sent", nil, []string{"200", "olá", "Sent (0 new of 1)", "INBOX (1 new of 2)"}},
			{"/message?folder=INBOX&uid=9", nil, []string{"404", "no such message"}},
			{"/message?folder=INBOX&uid=1:*", nil, []string{"404", "no such message"}},
			{"/folder?name=nothing%0D%0Aa%20LOGOUT", nil, []string{"404", "no such folder"}},
			{"/folder?name=INBOX&name=Sent&last=0.5", nil, []string{"200", "INBOX of bob"}},
			{"/nothing", nil, []string{"404", "no such page"}},
			{"/logout", []string{"x="}, []string{"200", `action="/login"`}},
			{"/folder?name=INBOX", nil, []string{"200", `action="/login"`}},
		} {
			args := []string{"-s", "-S", "-i", "-m", "20", "-b", jar, "-c", jar}
			for _, field := range c.form {
				args = append(args, "--data-urlencode", field)
			}
			out, err := exec.Command(curl, append(args, site+c.path)...).CombinedOutput()
			for i, want := range c.want {
				if i == 0 {
					want = "HTTP/1.1 " + want
				}
				if err != nil || !strings.Contains(string(out), want) {
					t.Errorf("%s %q: %v; want %q in\n%s", c.path, c.form, err, want, out)
				}
			}
		}
	})
	if said != "true\t\n" {
		t.Errorf("the webmail server runs, and its errors: %q", said)
	}
}

// TestWebmailChromium lets a browser log in by a form. Nothing that a letter says becomes markup.
func TestWebmailChromium(t *testing.T) {
	webmail(t, nil, func(site string) {
		form := filepath.Join(t.TempDir(), "form.html")
		text := `<form method="post" action="` + site + `/login"><input name="user" value="bob"><input name="password" value="hungry"></form><script>document.forms[0].submit()</script>`
		if err := os.WriteFile(form, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := interop.Chromium(t, "file://"+form).Output()
		if want := `crêpe &lt;b&gt;</a></td>`; err != nil || !strings.Contains(string(out), want) || !strings.Contains(string(out), "<title>INBOX of bob@hamburger.edu</title>") {
			t.Errorf("%v; want %q in\n%s", err, want, out)
		}
	})
}

// TestWebmailDovecot reads mail that another IMAP server has, sends some, and finds it in a folder there.
func TestWebmailDovecot(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	d := interop.StartDovecot(t)
	d.Deliver(t, "From: Bob <bob@hamburger.edu>\nTo: alice@hamburger.edu\nSubject: =?iso-8859-1?q?cr=EApes?=\n\nWhere?\n")
	_, port, err := net.SplitHostPort(d.IMAP)
	if err != nil {
		t.Fatal(err)
	}
	jar := filepath.Join(t.TempDir(), "jar")
	webmail(t, []string{port}, func(site string) {
		for _, c := range []struct{ path, form, want string }{
			{"/login", "user=" + d.User + "&password=" + d.Password, "INBOX (1 new of 1)"},
			{"/message?folder=INBOX&uid=1", "", "Where?"},
			{"/send", "to=bob@hamburger.edu&subject=here&text=Here.", "Sent (0 new of 1)"},
			{"/folder?name=INBOX", "", ">crêpes</a>"},
			{"/message?folder=Sent&uid=1", "", "Here."},
		} {
			args := []string{"-s", "-S", "-L", "-m", "20", "-b", jar, "-c", jar}
			if c.form != "" {
				args = append(args, "-d", c.form)
			}
			if out, err := exec.Command(curl, append(args, site+c.path)...).CombinedOutput(); err != nil || !strings.Contains(string(out), c.want) {
				t.Errorf("%s: %v; want %q in\n%s", c.path, err, c.want, out)
			}
		}
	})
}
