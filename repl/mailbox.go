package repl

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/mail"
)

const mailHelp = `  N            show letter N; Enter alone shows the next one
  h            list the letters
  r [N]        answer letter N, or the one that was shown last
  m ADDRESS…   write a letter
  d [N]        delete letter N, or the one that was shown last; u N takes that back
  s N FILE     save letter N to a file of this host, header and all
  q            delete what is marked and end; so does Ctrl-D
  x            end and delete nothing`

// read lets the user read the mailbox.
func (m *mailer) read() (err error) {
	if m.letters, err = m.open(); err != nil {
		return err
	}
	left := false
	defer func() {
		if !left { // Ctrl-C, or the connection broke
			m.letters.leave(nil)
		}
	}()
	if m.letters.count() == 0 {
		fmt.Fprintf(m.c.Out, "No mail for %s.\n", m.user)
		left = true
		return m.letters.leave(nil)
	}
	m.marked = make([]bool, m.letters.count())
	if err := m.list(); err != nil {
		return err
	}
	err = m.c.dialogue(func() string { return "& " }, "q", m.do)
	if err != nil {
		return err
	}
	left = true
	var deleted []int
	for i, yes := range m.marked {
		if yes {
			deleted = append(deleted, i)
		}
	}
	if len(deleted) > 0 {
		fmt.Fprintf(m.c.Out, "%d deleted.\n", len(deleted))
	}
	return m.letters.leave(deleted)
}

// list shows a line of each letter.
func (m *mailer) list() error {
	where := m.pop3
	if where == "" {
		where = "this host"
	}
	fmt.Fprintf(m.c.Out, "Mail of %s on %s: ? helps.\n", m.user, where)
	for i := range m.letters.count() {
		b, err := m.letters.header(i)
		if err != nil {
			return err
		}
		h := mail.Parse(b).Header
		date := ""
		if d, err := h.Date(); err == nil {
			date = d.UTC().Format("Jan _2 15:04")
		}
		mark := ' '
		switch {
		case m.marked[i]:
			mark = 'D'
		case i == m.at:
			mark = '>'
		}
		line := fmt.Sprintf("%c%3d  %-24.24s  %-12s  %s", mark, i+1, seen(sender(h)), date, seen(h.Text("Subject")))
		fmt.Fprintln(m.c.Out, cut(line, m.c.Width-1))
	}
	return nil
}

// sender is who wrote a letter, for people.
func sender(h mail.Header) string {
	from, err := h.Addresses("From")
	switch {
	case err != nil || len(from) == 0:
		return "(nobody)"
	case from[0].Name != "":
		return from[0].Name
	}
	return from[0].Address
}

// cut shortens a text to a number of characters.
func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// do does a line of the dialogue.
func (m *mailer) do(line string) error {
	words := strings.Fields(line)
	if len(words) == 0 {
		return m.show(m.at + 1)
	}
	if _, err := strconv.Atoi(words[0]); err == nil {
		words = append([]string{"p"}, words...)
	}
	switch word, args := words[0], words[1:]; word {
	case "q":
		return errLeave
	case "x":
		clear(m.marked)
		return errLeave
	case "?", "help":
		fmt.Fprintln(m.c.Out, mailHelp)
		return nil
	case "h":
		return m.list()
	case "m":
		to, err := mail.ParseAddresses(strings.Join(args, " "))
		if err != nil || len(to) == 0 {
			return errors.New("m: want an address, such as m bob@hamburger.edu")
		}
		return m.write(to, "", nil)
	default:
		return m.withLetter(word, args)
	}
}

// withLetter does a command that is about one letter.
func (m *mailer) withLetter(word string, args []string) error {
	if !strings.Contains(" p r d u s ", " "+word+" ") {
		return fmt.Errorf("there is no %s; ? lists what there is", word)
	}
	i := m.at
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return fmt.Errorf("%s: want the number of a letter, got %q", word, args[0])
		}
		i = n - 1
	}
	if i < 0 || i >= m.letters.count() {
		return fmt.Errorf("%s: want the number of a letter, from 1 to %d", word, m.letters.count())
	}
	switch word {
	case "r":
		return m.answer(i)
	case "d", "u":
		m.marked[i] = word == "d"
		return nil
	case "s":
		if len(args) != 2 {
			return errors.New("s: want the number of a letter and the name of a file")
		}
		b, err := m.letters.letter(i)
		if err != nil {
			return err
		}
		if err := afero.WriteFile(m.c.Process.FS(), m.c.Process.Path(args[1]), b, 0o644); err != nil {
			return fileError("s", args[1], err)
		}
		return nil
	}
	return m.show(i)
}

// show prints a letter.
func (m *mailer) show(i int) error {
	if i >= m.letters.count() {
		return errors.New("that was the last letter; h lists them, q ends")
	}
	b, err := m.letters.letter(i)
	if err != nil {
		return err
	}
	m.at = i
	part := mail.Parse(b)
	for _, name := range []string{"From", "To", "Cc", "Date", "Subject"} {
		if value := part.Header.Text(name); value != "" {
			fmt.Fprintf(m.c.Out, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintln(m.c.Out)
	part.Walk(func(_ []int, p *mail.Part) bool {
		switch {
		case len(p.Parts) > 0:
		case p.Type == "text/plain" && p.Disposition() != "attachment":
			text, _ := p.Text()
			fmt.Fprintln(m.c.Out, strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"))
		default:
			fmt.Fprintf(m.c.Out, "[%s]\n", strings.Join(strings.Fields(fmt.Sprintf("%s %s %d bytes", p.Type, p.FileName(), len(p.Body))), " "))
		}
		return true
	})
	return nil
}

// answer writes to who wrote a letter.
func (m *mailer) answer(i int) error {
	b, err := m.letters.letter(i)
	if err != nil {
		return err
	}
	part := mail.Parse(b)
	to, err := part.Header.Addresses("Reply-To")
	if err != nil || len(to) == 0 {
		to, err = part.Header.Addresses("From")
	}
	if err != nil || len(to) == 0 {
		return errors.New("r: the letter does not say who wrote it")
	}
	subject := part.Header.Text("Subject")
	if !strings.HasPrefix(strings.ToLower(subject), "re:") {
		subject = "Re: " + subject
	}
	return m.write(to, subject, part)
}
