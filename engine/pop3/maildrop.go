package pop3

import (
	"errors"
	"fmt"
	"io"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// Maildrops returns a function for Server.Open that gives each user the INBOX of the mailbox of the same name, which is made if there
// is none. The unique id of a message is its folder's UIDVALIDITY and its UID, as IMAP has them.
func Maildrops(store *maildrop.Store) func(user string) (Drop, error) {
	return func(user string) (Drop, error) {
		box, err := store.Ensure(user)
		if err != nil {
			return nil, fmt.Errorf("pop3: %w", err)
		}
		lock, err := box.Lock("pop3")
		if errors.Is(err, maildrop.ErrLocked) {
			return nil, ErrInUse
		}
		if err != nil {
			return nil, fmt.Errorf("pop3: %w", err)
		}
		d := &inbox{lock: lock}
		if err := d.load(box); err != nil {
			lock.Unlock()
			return nil, fmt.Errorf("pop3: %w", err)
		}
		return d, nil
	}
}

// An inbox is the INBOX of a mailbox, locked.
type inbox struct {
	lock     *maildrop.Lock
	folder   *maildrop.Folder
	uids     []uint32
	messages []Message
}

func (d *inbox) load(box *maildrop.Mailbox) (err error) {
	if d.folder, err = box.Inbox(); err != nil {
		return err
	}
	for _, m := range d.folder.Messages() {
		size, err := d.size(m)
		if err != nil {
			return err
		}
		d.uids = append(d.uids, m.UID)
		d.messages = append(d.messages, Message{Size: size, UID: fmt.Sprintf("%d.%d", d.folder.UIDValidity(), m.UID)})
	}
	return nil
}

// size returns how many bytes RETR sends of a message: the end of the last line is added if it has none.
func (d *inbox) size(m maildrop.Message) (int64, error) {
	if m.Size == 0 {
		return 0, nil
	}
	r, err := d.folder.Open(m.UID)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var last [1]byte
	if _, err := r.Seek(-1, io.SeekEnd); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(r, last[:]); err != nil {
		return 0, err
	}
	switch last[0] {
	case '\n':
		return m.Size, nil
	case '\r':
		return m.Size + 1, nil
	}
	return m.Size + 2, nil
}

// Messages implements Drop.
func (d *inbox) Messages() []Message { return d.messages }

// Open implements Drop.
func (d *inbox) Open(i int) (io.ReadCloser, error) { return d.folder.Open(d.uids[i]) }

// Delete implements Drop.
func (d *inbox) Delete(indices []int) error {
	var uids []uint32
	for _, i := range indices {
		uids = append(uids, d.uids[i])
	}
	return d.lock.Remove(uids...)
}

// Close implements Drop.
func (d *inbox) Close() error {
	d.lock.Unlock()
	return nil
}
