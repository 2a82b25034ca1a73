package smtp_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// serving runs f beside a server on the machine's network, and returns what its mailbox was given.
func serving(t *testing.T, s *smtp.Server, f func(m *interop.Machine, port string)) []letter {
	t.Helper()
	b := &box{}
	s.Domain, s.Mailbox = "hamburger.edu", b
	interop.Run(t, func(m *interop.Machine) {
		if s.Insecure || s.Implicit {
			authority, err := pki.New(1)
			if err == nil {
				s.TLS, err = authority.Server(m.Stack, "127.0.0.1")
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
		l, err := m.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		m.Go("smtp", func() { s.Serve(m.Stack, l) })
		_, port, _ := net.SplitHostPort(l.Addr().String())
		f(m, port)
		s.Close()
	})
	return b.letters
}

// rootsFile writes the certificate of the authority that serving uses.
func rootsFile(t *testing.T) string {
	t.Helper()
	authority, err := pki.New(1)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pemOf("CERTIFICATE", authority.Certificate().Raw), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSwaks(t *testing.T) {
	swaks := interop.Program(t, "swaks", "swaks")
	body := "Subject: lunch\\n\\nDo you like ketchup?\\n.a dot\\n..\\n"
	const text = "Subject: lunch\r\n\r\nDo you like ketchup?\r\n.a dot\r\n..\r\n"
	for name, c := range map[string]struct {
		server   smtp.Server
		args     []string
		protocol string
		output   string
	}{
		"helo":       {smtp.Server{}, []string{"--protocol", "SMTP"}, "SMTP", "<-  250 Hello crepes.fr, pleased to meet you"},
		"ehlo":       {smtp.Server{}, nil, "ESMTP", "<-  250 2.0.0 Message accepted for delivery"},
		"pipelining": {smtp.Server{}, []string{"--pipeline"}, "ESMTP", " -> DATA\n<-  250 2.1.0 alice@crepes.fr... Sender ok"},
		"plain":      {smtp.Server{Secret: secret}, []string{"--auth", "PLAIN", "-au", "alice", "-ap", "hungry"}, "ESMTPA", "<-  235 2.7.0"},
		"login":      {smtp.Server{Secret: secret}, []string{"--auth", "LOGIN", "-au", "alice", "-ap", "hungry"}, "ESMTPA", "<-  235 2.7.0"},
		"cram":       {smtp.Server{Secret: secret}, []string{"--auth", "CRAM-MD5", "-au", "alice", "-ap", "hungry"}, "ESMTPA", "<-  235 2.7.0"},
		"starttls":   {smtp.Server{Secret: secret, Insecure: true}, []string{"-tls", "--auth", "PLAIN", "-au", "alice", "-ap", "hungry"}, "ESMTPSA", "<~  235 2.7.0"},
		"implicit":   {smtp.Server{Implicit: true}, []string{"--tls-on-connect"}, "ESMTPS", "<~  250 2.0.0 Message accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			got := serving(t, &c.server, func(m *interop.Machine, port string) {
				args := append([]string{"--server", "127.0.0.1", "--port", port, "--ehlo", "crepes.fr", "--helo", "crepes.fr", "--from", "alice@crepes.fr", "--to", "bob@hamburger.edu,nobody@hamburger.edu,eve@hamburger.edu",
					"--data", body, "--timeout", "20"}, c.args...)
				out, err := m.Output(exec.Command(swaks, args...))
				if err != nil && !strings.Contains(out, "nobody@hamburger.edu... User unknown") || !strings.Contains(out, c.output) {
					t.Errorf("%v\n%s", err, out)
				}
			})
			if len(got) != 1 || got[0].text != text+"\r\n" || got[0].envelope.Protocol() != c.protocol || fmt.Sprint(got[0].envelope.To) != "[bob@hamburger.edu eve@hamburger.edu]" {
				t.Errorf("the mailbox has %+v", got)
			}
		})
	}
	t.Run("wrong password", func(t *testing.T) {
		got := serving(t, &smtp.Server{Secret: secret}, func(m *interop.Machine, port string) {
			out, err := m.Output(exec.Command(swaks, "--server", "127.0.0.1", "--port", port, "--to", "bob@hamburger.edu", "--auth", "CRAM-MD5", "-au", "alice", "-ap", "full"))
			if err == nil || !strings.Contains(out, "<** 535 5.7.8 Authentication failed") {
				t.Errorf("%v\n%s", err, out)
			}
		})
		if len(got) != 0 {
			t.Errorf("the mailbox has %+v", got)
		}
	})
}

func TestCurl(t *testing.T) {
	curl := interop.Program(t, "curl", "curl")
	file := filepath.Join(t.TempDir(), "message")
	if err := os.WriteFile(file, []byte("Subject: lunch\r\n\r\n.Do you like ketchup?\r\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		server   smtp.Server
		scheme   string
		args     []string
		protocol string
	}{
		"plain":    {smtp.Server{}, "smtp", nil, "ESMTP"},
		"login":    {smtp.Server{Secret: secret}, "smtp", []string{"-u", "alice:hungry", "--login-options", "AUTH=LOGIN"}, "ESMTPA"},
		"auth":     {smtp.Server{Secret: secret}, "smtp", []string{"-u", "alice:hungry", "--sasl-ir"}, "ESMTPA"},
		"cram":     {smtp.Server{Secret: secret}, "smtp", []string{"-u", "alice:hungry", "--login-options", "AUTH=CRAM-MD5"}, "ESMTPA"},
		"starttls": {smtp.Server{Secret: secret, Insecure: true}, "smtp", []string{"-u", "alice:hungry", "--ssl-reqd", "--cacert", rootsFile(t)}, "ESMTPSA"},
		"implicit": {smtp.Server{Implicit: true}, "smtps", []string{"--cacert", rootsFile(t)}, "ESMTPS"},
	} {
		t.Run(name, func(t *testing.T) {
			got := serving(t, &c.server, func(m *interop.Machine, port string) {
				args := append([]string{"-s", "-S", "-m", "20", c.scheme + "://127.0.0.1:" + port + "/crepes.fr", "--mail-from", "alice@crepes.fr", "--mail-rcpt", "bob@hamburger.edu", "-T", file}, c.args...)
				if out, err := m.Output(exec.Command(curl, args...)); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
			if len(got) != 1 || got[0].text != "Subject: lunch\r\n\r\n.Do you like ketchup?\r\n" || got[0].envelope.Protocol() != c.protocol || got[0].envelope.Helo != "crepes.fr" {
				t.Errorf("the mailbox has %+v", got)
			}
		})
	}
	t.Run("commands", func(t *testing.T) {
		serving(t, &smtp.Server{}, func(m *interop.Machine, port string) {
			for _, c := range []struct{ request, to, want string }{
				{"EXPN", "all", "250-2.1.5 Bob <bob@hamburger.edu>\r\n250 2.1.5 Eve <eve@hamburger.edu>\r\n"},
				{"VRFY", "bob", "250 2.1.5 Bob <bob@hamburger.edu>\r\n"},
				{"HELP", "", "214-2.0.0 Commands: HELO"},
			} {
				args := []string{"-s", "-S", "-m", "20", "smtp://127.0.0.1:" + port, "-X", c.request}
				if c.to != "" {
					args = append(args, "--mail-rcpt", c.to)
				}
				if out, err := m.Output(exec.Command(curl, args...)); err != nil || !strings.HasPrefix(out, c.want) {
					t.Errorf("%s: %v\n%s", c.request, err, out)
				}
			}
		})
	})
}

// smtplibScript drives Python's smtplib.
const smtplibScript = `
import smtplib, ssl, sys
port, cafile = int(sys.argv[1]), sys.argv[2]
def show(*x): print(*x, flush=True)
with smtplib.SMTP("127.0.0.1", port, local_hostname="crepes.fr", timeout=20) as s:
    show(s.ehlo())
    show(s.has_extn("size"), s.esmtp_features["size"], s.has_extn("smtputf8"))
    show(s.verify("bob"), s.expn("all"), s.noop(), s.rset())
    show(s.sendmail("alice@crepes.fr", ["bob@hamburger.edu", "nobody@hamburger.edu"], "Subject: one\n\n.\n"))
    try:
        s.sendmail("alice@crepes.fr", ["nobody@hamburger.edu"], "x")
    except smtplib.SMTPRecipientsRefused as e:
        show(e.recipients)
    show(s.sendmail("ålice@crepes.fr", ["bøb@hamburger.edu"], "Subject: ü\r\n\r\nç\r\n".encode(), mail_options=["SMTPUTF8", "BODY=8BITMIME"]))
    try:
        s.login("alice", "wrong")
    except smtplib.SMTPAuthenticationError as e:
        show(e.smtp_code, e.smtp_error)
    s.starttls(context=ssl.create_default_context(cafile=cafile))
    show(s.login("alice", "hungry"))
    show(s.docmd("MAIL", "FROM:<alice@crepes.fr>"), s.docmd("RCPT", "TO:<bob@hamburger.edu>"))
    s.send(b"BDAT 5 LAST\r\nchunk")
    show(s.getreply())
    show(s.quit())
`

func TestSMTPLib(t *testing.T) {
	python := interop.Python(t, "python3")
	got := serving(t, &smtp.Server{Secret: secret, Insecure: true}, func(m *interop.Machine, port string) {
		out, err := m.Output(exec.Command(python, "-c", smtplibScript, port, rootsFile(t)))
		for _, want := range []string{
			"True 10485760 True", "(250, b'2.1.5 Bob <bob@hamburger.edu>')", "{'nobody@hamburger.edu': (550, b'5.1.1 nobody@hamburger.edu... User unknown')}",
			"535 b'5.7.8 Authentication failed'", "(235, b'2.7.0 Authentication succeeded')", "(221, b'2.0.0 hamburger.edu closing connection')",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%q is missing", want)
			}
		}
		if err != nil || t.Failed() {
			t.Errorf("%v\n%s", err, out)
		}
	})
	var all []string
	for _, l := range got {
		all = append(all, fmt.Sprintf("%s %v %q", l.envelope.Protocol(), l.envelope.To, l.text))
	}
	want := []string{
		`ESMTP [bob@hamburger.edu] "Subject: one\r\n\r\n.\r\n"`,
		`UTF8SMTP [bøb@hamburger.edu] "Subject: ü\r\n\r\nç\r\n"`,
		`ESMTPSA [bob@hamburger.edu] "chunk\r\n"`,
	}
	if strings.Join(all, "\n") != strings.Join(want, "\n") {
		t.Errorf("the mailbox has\n%s", strings.Join(all, "\n"))
	}
}

// TestSMTPSource lets Postfix's generator of load send in parallel sessions.
func TestSMTPSource(t *testing.T) {
	source := interop.Program(t, "smtp-source", "postfix")
	got := serving(t, &smtp.Server{}, func(m *interop.Machine, port string) {
		out, err := m.Output(exec.Command(source, "-s", "5", "-m", "100", "-l", "20000", "-r", "3", "-f", "alice@crepes.fr", "-t", "bob@hamburger.edu", "127.0.0.1:"+port))
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	if len(got) != 100 || len(got[0].envelope.To) != 3 || len(got[99].text) < 20000 {
		t.Errorf("%d messages", len(got))
	}
}

// sinkScript is a server on the library aiosmtpd. It prints what it was given.
const sinkScript = `
import asyncio, socket, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult
class Sink:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("no"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_VRFY(self, server, session, envelope, address):
        return "252 maybe"
    async def handle_DATA(self, server, session, envelope):
        print(session.host_name, session.auth_data is not None, session.ssl is not None, envelope.mail_from, envelope.rcpt_tos, envelope.mail_options, envelope.content, flush=True)
        return "250 OK"
def auth(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"alice" and data.password == b"hungry", handled=False, auth_data=data)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(sys.argv[1], sys.argv[2])
async def main():
    s = socket.socket(fileno=3)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), enable_SMTPUTF8=True, tls_context=context, authenticator=auth, auth_require_tls=False, hostname="sink.lab", timeout=20), sock=s)
    await server.serve_forever()
asyncio.run(main())
`

func TestClientOfAiosmtpd(t *testing.T) {
	python := interop.Python(t, "python3-aiosmtpd", "aiosmtpd")
	authority, err := pki.New(1)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := keyFiles(t, authority, "127.0.0.1")
	l, socket, port := listener(t)
	cmd := exec.Command(python, "-c", sinkScript, cert, key)
	var out strings.Builder
	cmd.Stdout, cmd.ExtraFiles = &out, []*os.File{socket}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	l.Close()
	socket.Close()
	interop.Run(t, func(m *interop.Machine) {
		for _, mechanism := range []string{"", "PLAIN", "LOGIN"} {
			for _, secure := range []bool{false, true} {
				o := smtp.ClientOptions{Helo: "crepes.fr", Timeout: 20 * time.Second}
				if secure {
					o.TLS = authority.Client(m.Stack, "127.0.0.1")
				}
				if err := session(m, port, mechanism, o); err != nil {
					t.Errorf("%s, TLS %v: %v", mechanism, secure, err)
				}
			}
		}
	})
	cmd.Process.Kill()
	cmd.Wait()
	var want strings.Builder
	for _, how := range []string{"False False", "False True", "True False", "True True", "True False", "True True"} {
		fmt.Fprintf(&want, "crepes.fr %s ålice@crepes.fr ['bob@hamburger.edu'] ['SIZE=21', 'BODY=8BITMIME', 'SMTPUTF8'] b'Subject: x\\r\\n\\r\\n.\\r\\n\\xc3\\xa7\\r\\n'\n", how)
	}
	if out.String() != want.String() {
		t.Errorf("the server saw\n%s\nwant\n%s", out.String(), want.String())
	}
}

// session sends a message in whichever way the options say.
func session(m *interop.Machine, port, mechanism string, o smtp.ClientOptions) error {
	c, err := smtp.Dial(m.Stack, "127.0.0.1:"+port, o)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Hello(); err != nil {
		return err
	}
	if o.TLS != nil {
		if _, err := c.StartTLS(); err != nil {
			return err
		}
		if _, err := c.Hello(); err != nil {
			return err
		}
	}
	if mechanism != "" {
		if _, err := c.Auth(mechanism, "alice", "wrong"); err == nil {
			return fmt.Errorf("a wrong password was taken")
		}
		if _, err := c.Auth(mechanism, "alice", "hungry"); err != nil {
			return err
		}
	}
	if _, err := c.Verify("bob"); err != nil {
		return err
	}
	d, err := c.Send("ålice@crepes.fr", []string{"bob@hamburger.edu", "nobody@hamburger.edu"}, []byte("Subject: x\n\n.\nç\n"))
	if err == nil && len(d.Refused) != 1 {
		err = fmt.Errorf("refused: %v", d.Refused)
	}
	if err == nil {
		_, err = c.Quit()
	}
	return err
}
