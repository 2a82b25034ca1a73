package repl

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// mailRC is the file that says whose mail is read and written on a host, and by which servers.
const mailRC = "/etc/mail.rc"

// mailDoc explains the command.
const mailDoc = "Read your mail on this host, or write to somebody: a subject, the text, and a dot alone. The file /etc/mail.rc says who you are and which servers " +
	"are used (set user=, from=, smtp=, pop3=, password=); without one, mail -u USER reads a mailbox of this host. " +
	"When reading: a number shows a letter, r N answers, d N deletes, q ends, ? tells more."

// A mailer is a user's mail program.
type mailer struct {
	c       *Context
	user    string
	from    mail.Address
	smtp    string // server that takes letters
	pop3    string // server that has the mailbox; "" if it is on this host
	secret  string // "" if it has to be asked for
	subject string
	to      []mail.Address
	letters letters
	marked  []bool // letters to be deleted at the end
	at      int    // the letter that was shown last, from 0; -1 before the first
}

// sendOrRead is the command mail.
func sendOrRead(c *Context, args []string) error {
	m := &mailer{c: c, at: -1}
	if err := m.options(args); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	do := m.read
	if len(m.to) > 0 {
		do = func() error { return m.write(m.to, m.subject, nil) }
	}
	if err := do(); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

// options reads the command's arguments and the host's mail.rc.
func (m *mailer) options(args []string) error {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case (a == "-s" || a == "-u") && i+1 < len(args):
			if i++; a == "-s" {
				m.subject = args[i]
			} else {
				m.user = args[i]
			}
		case strings.HasPrefix(a, "-"):
			return fmt.Errorf("want an address, -s SUBJECT or -u USER, got %s", a)
		default:
			to, err := mail.ParseAddresses(a)
			if err != nil {
				return fmt.Errorf("%q is no address, such as bob@hamburger.edu", a)
			}
			m.to = append(m.to, to...)
		}
	}
	rc, err := readRC(m.c)
	if err != nil {
		return err
	}
	if m.user == "" {
		m.user, m.secret = rc["user"], rc["password"]
	}
	if m.user == "" {
		return fmt.Errorf("who are you on %s? Say mail -u USER, or write a file %s with lines such as set user=alice, set from=alice@crepes.fr, set smtp=crepes.fr, set pop3=crepes.fr",
			m.c.Host().Name, mailRC)
	}
	m.smtp, m.pop3 = "localhost", rc["pop3"]
	if rc["smtp"] != "" {
		m.smtp = rc["smtp"]
	}
	from := rc["from"]
	if from == "" || rc["user"] != m.user {
		from = m.user + "@" + m.c.Host().Name
	}
	m.from, err = mail.ParseAddress(from)
	return err
}

// readRC returns what the lines "set name=value" of a host's mail.rc say.
func readRC(c *Context) (map[string]string, error) {
	rc := map[string]string{}
	b, err := afero.ReadFile(c.Process.FS(), mailRC)
	if err != nil {
		return rc, nil
	}
	for lines, n := bufio.NewScanner(bytes.NewReader(b)), 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words, err := split(line)
		if err != nil || len(words) != 2 || words[0] != "set" || !strings.Contains(words[1], "=") {
			return nil, fmt.Errorf("%s:%d: want set NAME=VALUE, got %q", mailRC, n, line)
		}
		name, value, _ := strings.Cut(words[1], "=")
		rc[name] = value
	}
	return rc, nil
}

// write asks for a letter and sends it.
func (m *mailer) write(to []mail.Address, subject string, answers *mail.Part) (err error) {
	fmt.Fprintf(m.c.Out, "To: %s\n", mail.FormatAddresses(to))
	if subject == "" {
		if subject, err = m.c.ask("Subject: "); err == io.EOF {
			return errors.New("nothing was written, nothing is sent")
		}
	} else {
		fmt.Fprintf(m.c.Out, "Subject: %s\n", subject)
	}
	if err != nil {
		return err
	}
	text, err := m.c.text()
	if err != nil {
		return err
	}
	draft := mail.Draft{From: []mail.Address{m.from}, To: to, Subject: subject, Text: text}
	if answers != nil {
		ids := answers.Header.IDs("Message-ID")
		draft.References = append(answers.Header.IDs("References"), ids...)
		if len(ids) > 0 {
			draft.InReplyTo = ids[0]
		}
	}
	st := m.c.Process.Stack()
	message, err := draft.Build(st.Rand(), st.Now(), m.c.Host().Name)
	if err != nil {
		return err
	}
	if err := m.send(to, message); err != nil {
		return m.keep(message, err)
	}
	return nil
}

// deadLetter is where a letter is kept that no server took.
const deadLetter = "dead.letter"

func (m *mailer) keep(message []byte, why error) error {
	if err := afero.WriteFile(m.c.Process.FS(), m.c.Process.Path(deadLetter), message, 0o600); err != nil {
		return why
	}
	return fmt.Errorf("%w; the letter is kept in the file %s", why, deadLetter)
}

// send gives a message to the user's server.
func (m *mailer) send(to []mail.Address, message []byte) error {
	host, number := hostPort(m.smtp, smtp.Port)
	client, err := smtp.Dial(m.c.Process.Stack(), net.JoinHostPort(host, number), smtp.ClientOptions{})
	if err != nil {
		return unreached(host, number, err)
	}
	defer client.Close()
	if _, err := client.Hello(); err != nil {
		return err
	}
	if _, offered := client.Extension("AUTH"); offered && m.secret != "" {
		if _, err := client.Auth("", m.user, m.secret); err != nil {
			return err
		}
	}
	var addresses []string
	for _, a := range to {
		addresses = append(addresses, a.Address)
	}
	delivery, err := client.Send(m.from.Address, addresses, message)
	if err != nil {
		return err
	}
	client.Quit()
	for _, r := range delivery.Refused {
		fmt.Fprintf(m.c.Out, "%s does not take mail for %s: %v\n", m.smtp, r.To, r.Err)
	}
	fmt.Fprintf(m.c.Out, "%s: %s\n", m.smtp, delivery.Reply)
	return nil
}
