package mail

import (
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/maildrop"
	"github.com/moonwire-lab/moonwire/engine/mailstore"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// Mailbox is a mailbox of Lua.
type Mailbox struct {
	box   *maildrop.Mailbox
	sched *sim.Scheduler
}

func mailboxClass() bind.Member {
	return bind.Class("Mailbox", "A user's mailbox: folders of messages, INBOX first, which POP3 and IMAP of the host show too.",
		bind.Method("user", "Whose it is.", func(b *Mailbox, _ *bind.Call, _ bind.None) (string, error) { return b.box.User(), nil }),
		bind.Method("folders", "The names of the folders, INBOX first.", (*Mailbox).folders),
		bind.Method("messages", "The messages of a folder, the oldest first.", (*Mailbox).messages).
			Returns("messages", "one table each: uid, size (bytes), date (seconds since 1970), flags (a list such as {\"\\\\Seen\"})").Errors("not-found", "failed"),
		bind.Method("read", "A whole message.", (*Mailbox).read).Returns("message", "its bytes").Errors("not-found", "failed"),
		bind.Method("deliver", "Put a message into a folder, as a mail server does.", (*Mailbox).deliver).Returns("uid", "its number").Errors("not-found", "limit", "too-long"),
		bind.Method("flags", "Change the flags of a message.", (*Mailbox).flags).Returns("flags", "those it has now").Errors("not-found", "invalid"),
		bind.MethodProc("remove", "Remove a message.", (*Mailbox).remove).Errors("not-found", "in-use"),
		bind.MethodProc("create", "Make a folder.", func(b *Mailbox, _ *bind.Call, a folderNameArgs) error { return b.box.CreateFolder(a.Folder) }).Errors("exists", "invalid", "limit"),
		bind.MethodVar("wait", "Wait until a folder has so many messages.", (*Mailbox).wait).Returns("count", "how many it has").Errors("timeout", "not-found"),
	)
}

type mailboxArgs struct {
	User    string `doc:"the user's name; case does not matter"`
	Options struct {
		Mailboxes string `doc:"folder of this host in which the mailboxes are" default:"/var/mail"`
	} `doc:"where it is"`
}

func openMailbox(c *bind.Call, a mailboxArgs) (*Mailbox, error) {
	p := process.Of(c)
	store, err := mailstore.Of(p.Host(), p.Path(a.Options.Mailboxes))
	if err != nil {
		return nil, err
	}
	box, err := store.Ensure(a.User)
	if err != nil {
		return nil, err
	}
	return &Mailbox{box, p.Sched()}, nil
}

type (
	folderArgs struct {
		Folder string `doc:"the folder" default:"INBOX"`
	}
	folderNameArgs struct {
		Folder string `doc:"its name; / separates levels"`
	}
	uidArgs struct {
		UID    uint32 `doc:"the message's number"`
		Folder string `doc:"the folder" default:"INBOX"`
	}
)

func (b *Mailbox) folders(*bind.Call, bind.None) ([]string, error) {
	var names []string
	for _, f := range b.box.Folders() {
		names = append(names, f.Name)
	}
	return names, nil
}

type listed struct {
	UID   uint32
	Size  int64
	Date  float64
	Flags []string
}

func (b *Mailbox) messages(c *bind.Call, a folderArgs) ([]listed, error) {
	f, err := b.box.Folder(a.Folder)
	if err != nil {
		return nil, err
	}
	list := []listed{}
	for _, m := range f.Messages() {
		c.Charge(20)
		list = append(list, listed{m.UID, m.Size, float64(m.Date.Unix()), nonNil(f.FlagNames(m.Flags))})
	}
	return list, nil
}

func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (b *Mailbox) read(c *bind.Call, a uidArgs) ([]byte, error) {
	f, err := b.box.Folder(a.Folder)
	if err != nil {
		return nil, err
	}
	text, err := f.Read(a.UID)
	c.Charge(len(text) / messageFuel)
	return text, err
}

type deliverArgs struct {
	Message string `doc:"header, an empty line, body"`
	Folder  string `doc:"the folder" default:"INBOX"`
}

func (b *Mailbox) deliver(c *bind.Call, a deliverArgs) (int, error) {
	c.Charge(len(a.Message) / messageFuel)
	f, err := b.box.Folder(a.Folder)
	if err != nil {
		return 0, err
	}
	uid, err := f.Append(strings.NewReader(a.Message), 0, time.Time{})
	return int(uid), err
}

type flagsArgs struct {
	UID    uint32   `doc:"the message's number"`
	Flags  []string `doc:"the flags that it is to have, such as \"\\\\Seen\" or \"$Work\""`
	Folder string   `doc:"the folder" default:"INBOX"`
}

func (b *Mailbox) flags(_ *bind.Call, a flagsArgs) ([]string, error) {
	f, err := b.box.Folder(a.Folder)
	if err != nil {
		return nil, err
	}
	flags, err := f.ParseFlags(a.Flags)
	if err == nil {
		err = f.SetFlags(maildrop.SetFlags, flags, a.UID)
	}
	if err != nil {
		return nil, err
	}
	m, err := f.Message(a.UID)
	return nonNil(f.FlagNames(m.Flags)), err
}

func (b *Mailbox) remove(_ *bind.Call, a uidArgs) error {
	f, err := b.box.Folder(a.Folder)
	if err != nil {
		return err
	}
	gone, err := f.Remove(a.UID)
	if err == nil && len(gone) == 0 {
		return maildrop.ErrNoMessage
	}
	return err
}

type waitArgs struct {
	Count   int            `doc:"how many" default:"1" min:"0"`
	Timeout *time.Duration `doc:"how long to wait; for ever if left out"`
	Folder  string         `doc:"the folder" default:"INBOX"`
}

func (b *Mailbox) wait(c *bind.Call, a waitArgs) bind.Out {
	f, err := b.box.Folder(a.Folder)
	if err != nil {
		return c.Fail(err)
	}
	deadline := process.Deadline(b.sched, a.Timeout)
	for f.Len() < a.Count && !f.Gone() {
		if !deadline.IsZero() && !b.sched.Now().Before(deadline) {
			return c.Fail(&codedError{"timeout", "timeout"})
		}
		b.sched.Wait(sim.Wait{Call: "wait for mail"}, deadline, f.Changed())
	}
	return c.Return(f.Len())
}
