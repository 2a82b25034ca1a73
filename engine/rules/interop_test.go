package rules_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/rules"
)

// A recorder passes connections on to a server and writes down what is said.
type recorder struct {
	at string // where it listens

	l       net.Listener
	mu      sync.Mutex
	spoken  []*rules.Dialogue
	pending sync.WaitGroup
}

func record(t *testing.T, server string) *recorder {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{l: l, at: l.Addr().String()}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			r.pending.Add(1)
			go r.serve(client, server)
		}
	}()
	t.Cleanup(func() { l.Close() })
	return r
}

func (r *recorder) serve(client net.Conn, server string) {
	defer r.pending.Done()
	defer client.Close()
	far, err := net.Dial("tcp4", server)
	if err != nil {
		return
	}
	defer far.Close()
	d := &rules.Dialogue{}
	r.mu.Lock()
	r.spoken = append(r.spoken, d)
	r.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { r.pass(d, rules.Client, client, far) })
	both.Go(func() { r.pass(d, rules.Server, far, client) })
	both.Wait()
}

func (r *recorder) pass(d *rules.Dialogue, side rules.Side, from, to net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		r.mu.Lock()
		if n > 0 {
			*d = append(*d, rules.Turn{From: side, Data: []byte(string(buf[:n]))})
		}
		if err != nil {
			*d = append(*d, rules.Turn{From: side, Closed: true})
		}
		r.mu.Unlock()
		if n > 0 {
			to.Write(buf[:n])
		}
		if err != nil {
			to.(*net.TCPConn).CloseWrite()
			return
		}
	}
}

// judge closes the recorder and wants that no rule is broken which must be kept, in at least so many dialogues, but for those that the program
// is known to break.
func (r *recorder) judge(t *testing.T, check func(rules.Dialogue) *rules.Report, least int, known ...string) {
	t.Helper()
	r.l.Close()
	r.pending.Wait()
	if len(r.spoken) < least {
		t.Errorf("%d dialogues, want at least %d", len(r.spoken), least)
	}
	for _, d := range r.spoken {
		report := check(*d)
		broken := slices.DeleteFunc(report.Broken(rules.Must), func(b rules.Breach) bool { return slices.Contains(known, b.Name) })
		if len(broken) > 0 || len(report.Lines) < 4 {
			t.Errorf("%v\n%s", broken, report)
		}
	}
}

// run runs a program; its exit status is of no account, since some of what is asked for is refused.
func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Logf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
}

const letter = "From: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nDo you like ketchup?\r\n"

// TestPostfix checks what curl and swaks say to Postfix, and what it replies.
func TestPostfix(t *testing.T) {
	curl, swaks := interop.Program(t, "curl", "curl"), interop.Program(t, "swaks", "swaks")
	p := interop.NewPostfix(t)
	p.Start(t, "myhostname = mail.lab\nmynetworks = 127.0.0.0/8\ndefault_transport = discard\nsmtpd_recipient_restrictions = check_recipient_access inline:{{elvis@hamburger.edu=REJECT}}, permit_mynetworks, reject\n")
	r := record(t, "127.0.0.1:"+p.Port)
	file := filepath.Join(t.TempDir(), "letter")
	if err := os.WriteFile(file, []byte(letter), 0o600); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(r.at)
	run(t, curl, "-sS", "-m", "20", "smtp://"+r.at+"/crepes.fr", "--mail-from", "alice@crepes.fr", "--mail-rcpt", "bob@hamburger.edu", "--mail-rcpt", "eve@hamburger.edu", "-T", file)
	run(t, curl, "-sS", "-m", "20", "smtp://"+r.at+"/crepes.fr", "--mail-from", "alice@crepes.fr", "--mail-rcpt", "elvis@hamburger.edu", "-T", file)
	run(t, curl, "-sS", "-m", "20", "smtp://"+r.at+"/crepes.fr", "-X", "VRFY bob")
	for _, more := range [][]string{{}, {"--pipeline"}, {"--protocol", "SMTP"}, {"--to", "bob@hamburger.edu,elvis@hamburger.edu"}} {
		args := []string{"--server", "127.0.0.1", "--port", port, "--helo", "crepes.fr", "--from", "alice@crepes.fr", "--to", "bob@hamburger.edu", "--data", "Subject: x\n\n.\n.hidden\n"}
		run(t, swaks, append(args, more...)...)
	}
	r.judge(t, rules.SMTP, 7)
}

// TestDovecot checks what curl says to Dovecot over POP3 and IMAP, and what it replies.
func TestDovecot(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	d := interop.StartDovecot(t)
	for range 3 {
		d.Deliver(t, letter)
	}
	ask := func(r *recorder, scheme, path string, more ...string) {
		run(t, curl, append([]string{"-sS", "-m", "20", "-o", "/dev/null", "-u", d.User + ":" + d.Password, scheme + "://" + r.at + path}, more...)...)
	}
	pop := record(t, d.POP3)
	for _, path := range []string{"/", "/1", "/3", "/9"} {
		ask(pop, "pop3", path)
	}
	ask(pop, "pop3", "/", "-X", "UIDL")
	ask(pop, "pop3", "/", "-X", "STAT", "-I")
	ask(pop, "pop3", "/", "-X", "TOP 1 2")
	ask(pop, "pop3", "/", "-X", "DELE 2", "-I")
	ask(pop, "pop3", "/", "--login-options", "AUTH=PLAIN")
	ask(pop, "pop3", "/", "--login-options", "AUTH=+APOP")
	pop.judge(t, rules.POP3, 10)

	imap := record(t, d.IMAP)
	for _, path := range []string{"/", "/INBOX", "/INBOX;MAILINDEX=1", "/INBOX;MAILINDEX=1;SECTION=TEXT", "/INBOX?ALL", "/INBOX;UID=99", "/nothing"} {
		ask(imap, "imap", path)
	}
	for _, command := range []string{"FETCH 1:* (FLAGS ENVELOPE)", "STORE 1 +FLAGS (\\Deleted)", "EXPUNGE", "NOOP", "CLOSE", "CAPABILITY"} {
		ask(imap, "imap", "/INBOX", "-X", command)
	}
	file := filepath.Join(t.TempDir(), "letter")
	if err := os.WriteFile(file, []byte(letter), 0o600); err != nil {
		t.Fatal(err)
	}
	ask(imap, "imap", "/INBOX", "-T", file)
	ask(imap, "imap", "/INBOX", "-u", "alice:thirsty")
	imap.judge(t, rules.IMAP, 15)
}

// TestNginx checks what curl and wget say to nginx, and what it replies.
func TestNginx(t *testing.T) {
	curl, wget := interop.Program(t, "curl", "curl"), interop.Program(t, "wget", "wget")
	root := t.TempDir()
	for name, text := range map[string]string{"index.html": "<h1>hello</h1>\n", "a.txt": strings.Repeat("some text\n", 1000)} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := record(t, interop.StartNginx(t, root, "location /go { return 302 /a.txt; } location /no { return 204; } gzip on; gzip_types text/plain; gzip_min_length 1;"))
	url := "http://" + r.at
	base := []string{"-sS", "-m", "20", "-o", "/dev/null"}
	for _, args := range [][]string{
		{url + "/", url + "/a.txt", url + "/nothing"}, {"-0", url + "/a.txt"}, {"-I", url + "/a.txt"}, {"-r", "5-9", url + "/a.txt"}, {"-r", "5-9,20-30", url + "/a.txt"},
		{"-L", url + "/go"}, {url + "/no"}, {"-X", "DELETE", url + "/a.txt"}, {"-d", "x=y", url + "/a.txt"}, {"--compressed", url + "/a.txt"}, {url + "/folder"},
		{"-H", "If-None-Match: *", url + "/a.txt"}, {"-H", "Connection: close", url + "/a.txt"},
	} {
		run(t, curl, append(base, args...)...)
	}
	run(t, wget, "-q", "-O", "/dev/null", url+"/a.txt", url+"/index.html")
	r.judge(t, rules.HTTP, 14, "allow") // nginx 1.22 does not say which methods it takes

	direct := record(t, interop.StartNginx(t, root, ""))
	run(t, curl, append(base, "-H", "Host:", "http://"+direct.at+"/a.txt")...)
	direct.l.Close()
	direct.pending.Wait()
	if len(direct.spoken) != 1 {
		t.Fatalf("%d dialogues", len(direct.spoken))
	}
	if got := fmt.Sprint(rules.HTTP(*direct.spoken[0]).Broken(rules.Must)); !strings.Contains(got, "one field Host") || strings.Contains(got, "server:") {
		t.Errorf("a request without Host: %s", got)
	}
}
