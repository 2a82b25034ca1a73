package imap

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// selectFolder is SELECT, and with readOnly EXAMINE (RFC 3501 6.3.1 and 6.3.2). Whatever becomes of it, what was selected is so no more.
func (x *session) selectFolder(p *parser, readOnly bool) verdict {
	p.sp()
	name := p.mailbox()
	p.end()
	if p.err != nil {
		return verdict{err: p.err}
	}
	x.view = nil
	f, err := x.box.Folder(name)
	if err != nil {
		return verdict{err: err}
	}
	v := newView(f, readOnly)
	x.view = v
	x.untagged("FLAGS " + flagList(f.FlagNames(f.AllFlags())))
	x.untaggedf("%d EXISTS", len(v.messages))
	x.untaggedf("%d RECENT", v.recent())
	for i, m := range f.Messages() {
		if m.Flags&maildrop.Seen == 0 {
			x.untaggedf("OK [UNSEEN %d] first unseen", i+1)
			break
		}
	}
	x.untaggedf("OK [UIDVALIDITY %d] UIDs valid", f.UIDValidity())
	x.untaggedf("OK [UIDNEXT %d] next UID", f.UIDNext())
	if readOnly {
		x.untagged("OK [PERMANENTFLAGS ()] read-only")
		return ok("[READ-ONLY] EXAMINE completed")
	}
	x.untagged("OK [PERMANENTFLAGS " + flagList(append(f.FlagNames(f.AllFlags()), `\*`)) + "] flags that are kept")
	return ok("[READ-WRITE] SELECT completed")
}

func (x *session) create(p *parser) verdict {
	p.sp()
	name := p.mailbox()
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	// A name that ends with the separator says that folders will come below it (RFC 3501 6.3.3).
	return verdict{"CREATE completed", x.box.CreateFolder(strings.TrimSuffix(name, maildrop.Separator))}
}

func (x *session) deleteFolder(p *parser) verdict {
	p.sp()
	name := p.mailbox()
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	return verdict{"DELETE completed", x.box.DeleteFolder(name)}
}

func (x *session) rename(p *parser) verdict {
	p.sp()
	from := p.mailbox()
	p.sp()
	to := p.mailbox()
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	return verdict{"RENAME completed", x.box.RenameFolder(from, strings.TrimSuffix(to, maildrop.Separator))}
}

func (x *session) subscribe(p *parser, on bool) verdict {
	p.sp()
	name := p.mailbox()
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	return verdict{"completed", x.box.Subscribe(strings.TrimSuffix(name, maildrop.Separator), on)}
}

func (x *session) namespace(p *parser) verdict {
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	x.untagged(`NAMESPACE (("" "` + maildrop.Separator + `")) NIL NIL`)
	return ok("NAMESPACE completed")
}

// maxPattern bounds the work of LIST.
const maxPattern = 1000

// list is LIST, and with subscribed LSUB (RFC 3501 6.3.8 and 6.3.9).
func (x *session) list(p *parser, subscribed bool) verdict {
	command := "LIST"
	if subscribed {
		command = "LSUB"
	}
	p.sp()
	reference := p.mailbox()
	p.sp()
	from := p.at
	pattern, valid := decodeUTF7(p.listMailbox())
	if !valid || len(reference)+len(pattern) > maxPattern {
		p.at = from
		p.fail("a pattern of folders' names")
	}
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	if pattern == "" && !subscribed { // asks for the separator alone
		x.untagged(`LIST (\Noselect) "` + maildrop.Separator + `" ""`)
		return ok("LIST completed")
	}
	x.charge(10 * len(x.box.Folders()))
	var names []string
	if subscribed {
		names = x.box.Subscribed()
	} else {
		for _, info := range x.box.Folders() {
			names = append(names, info.Name)
		}
	}
	// LSUB shows what lies above a folder only for its sake: in answer to % (RFC 3501 6.3.9).
	for _, e := range x.listed(names, reference+pattern, !subscribed || !strings.Contains(pattern, "*")) {
		line := fmt.Appendf(nil, "%s (%s) %q ", command, strings.Join(e.attributes, " "), maildrop.Separator)
		x.untagged(string(appendMailbox(line, e.name)))
	}
	return ok(command + " completed")
}

// A listedFolder is a line of LIST.
type listedFolder struct {
	name       string
	attributes []string
}

// listed returns the names that match, and with above also those above them that match though they are not in the list themselves.
func (x *session) listed(names []string, pattern string, above bool) []listedFolder {
	in, parent, there := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, info := range x.box.Folders() {
		there[info.Name] = true
	}
	all := slices.Clone(names)
	for _, name := range names {
		in[name] = true
	}
	for _, name := range names {
		for i := range name {
			if name[i:i+1] != maildrop.Separator {
				continue
			}
			if up := name[:i]; !in[up] && !parent[up] && above {
				all = append(all, up)
			}
			parent[name[:i]] = true
		}
	}
	slices.Sort(all)
	var out []listedFolder
	for _, name := range all {
		if !match(pattern, name) && !(name == maildrop.Inbox && match(strings.ToUpper(pattern), name)) {
			continue
		}
		var attributes []string
		if !there[name] || !in[name] {
			attributes = append(attributes, `\Noselect`)
		}
		if parent[name] {
			attributes = append(attributes, `\HasChildren`)
		} else {
			attributes = append(attributes, `\HasNoChildren`)
		}
		out = append(out, listedFolder{name, attributes})
	}
	return out
}

// match reports whether a name matches a pattern, in which * stands for anything and % for anything within one level. It takes time in
// proportion to the product of their lengths.
func match(pattern, name string) bool {
	reached := make([]bool, len(name)+1) // which prefixes of the name the pattern so far matches
	reached[0] = true
	for i := range len(pattern) {
		c := pattern[i]
		if c == '*' || c == '%' {
			for j := 1; j <= len(name); j++ {
				reached[j] = reached[j] || reached[j-1] && (c == '*' || name[j-1:j] != maildrop.Separator)
			}
			continue
		}
		for j := len(name); j > 0; j-- {
			reached[j] = reached[j-1] && name[j-1] == c
		}
		reached[0] = false
	}
	return reached[len(name)]
}

// status is STATUS (RFC 3501 6.3.10).
func (x *session) status(p *parser) verdict {
	p.sp()
	name := p.mailbox()
	p.sp()
	var items []string
	p.list(maxItems, func() {
		from := p.at
		item := strings.ToUpper(p.atom())
		if !slices.Contains([]string{"MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN"}, item) {
			p.at = from
			p.fail("a status item")
		}
		items = append(items, item)
	})
	if len(items) == 0 {
		p.fail("a status item")
	}
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	f, err := x.box.Folder(name)
	if err != nil {
		return verdict{err: err}
	}
	line := append(appendMailbox([]byte("STATUS "), name), " ("...)
	for i, item := range items {
		if i > 0 {
			line = append(line, ' ')
		}
		line = fmt.Appendf(line, "%s %d", item, statusOf(f, item))
	}
	x.untagged(string(append(line, ')')))
	return ok("STATUS completed")
}

func statusOf(f *maildrop.Folder, item string) uint32 {
	count := func(is func(maildrop.Message) bool) (n uint32) {
		for _, m := range f.Messages() {
			if is(m) {
				n++
			}
		}
		return n
	}
	switch item {
	case "MESSAGES":
		return uint32(f.Len())
	case "RECENT":
		first := f.Recent()
		return count(func(m maildrop.Message) bool { return m.UID >= first })
	case "UIDNEXT":
		return f.UIDNext()
	case "UIDVALIDITY":
		return f.UIDValidity()
	}
	return count(func(m maildrop.Message) bool { return m.Flags&maildrop.Seen == 0 })
}

// An appending is the arguments of APPEND before the message.
type appending struct {
	mailbox string
	flags   []string
	date    time.Time
}

// appendArgs = mailbox [SP flag-list] [SP date-time] SP, before the literal
func (p *parser) appendArgs() (a appending) {
	a.mailbox = p.mailbox()
	p.sp()
	if p.peek() == '(' {
		a.flags = p.flagList()
		p.sp()
	}
	if p.peek() == '"' {
		a.date = p.dateTime()
		p.sp()
	}
	return a
}

// append is APPEND (RFC 3501 6.3.11). A message that is refused is read and dropped if it comes anyway.
func (x *session) append(p *parser, message *incoming) verdict {
	p.sp()
	a := p.appendArgs()
	r := &messageReader{x: x, left: message.size}
	f, flags, v := x.mayAppend(p, a, message.size)
	if v.err != nil {
		if message.plus {
			x.skip(r)
		}
		return v
	}
	if !message.plus {
		x.out.WriteString("+ go on\r\n")
	}
	uid, err := f.Append(r, flags, a.date)
	switch {
	case errors.Is(err, errNoLineEnd):
		return verdict{err: &misplaced{"APPEND takes one message"}}
	case err != nil:
		x.skip(r)
		return verdict{err: err}
	}
	return ok(fmt.Sprintf("[APPENDUID %d %d] APPEND completed", f.UIDValidity(), uid))
}

// appendNothing is an APPEND without a message.
func (x *session) appendNothing(p *parser) verdict {
	p.sp()
	p.appendArgs()
	p.fail("a message as a literal")
	return verdict{err: p.err}
}

// mayAppend checks what can be checked before the message comes.
func (x *session) mayAppend(p *parser, a appending, size int64) (*maildrop.Folder, maildrop.Flags, verdict) {
	most := x.MaxMessage
	if most <= 0 {
		most = 32 << 20
	}
	switch {
	case p.err != nil:
		return nil, 0, verdict{err: p.err}
	case x.box == nil:
		return nil, 0, verdict{err: &misplaced{"APPEND comes after the login"}}
	case size > most:
		return nil, 0, no("[TOOBIG] the message is too long")
	}
	f, err := x.box.Folder(a.mailbox)
	if errors.Is(err, maildrop.ErrNoFolder) {
		return nil, 0, no("[TRYCREATE] no such folder")
	}
	if err != nil {
		return nil, 0, verdict{err: err}
	}
	flags, err := f.ParseFlags(a.flags)
	return f, flags, verdict{err: err}
}

// maxSkipped is how much of a message that nobody wants is read before the connection is given up.
const maxSkipped = 64 << 20

// skip reads what is left of a message.
func (x *session) skip(r *messageReader) {
	if r.left > maxSkipped {
		x.done = true
		return
	}
	buf := make([]byte, 4096)
	for {
		_, err := r.Read(buf)
		if err == errNoLineEnd || r.over {
			return
		}
		if err != nil {
			x.done = true
			return
		}
	}
}
