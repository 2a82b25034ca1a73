package maildrop

import (
	"io"
	"slices"
	"time"
)

// Deliver puts a message into INBOX, on stable storage, and returns its UID. The key is the caller's name for this delivery, up to 64
// letters, digits and hyphens, or "": Folder.Delivered finds it again, so that a delivery that a crash interrupted is not repeated.
func (m *Mailbox) Deliver(r io.Reader, key string) (uint32, error) {
	if key != "" && !validKey(key) {
		return 0, ErrName
	}
	f, err := m.Inbox()
	if err != nil {
		return 0, err
	}
	return f.add(r, file{key: key, date: m.store.sched.Now().Unix()})
}

// Deliver puts a message into the user's INBOX; the mailbox is made if there is none. Its errors are those of Ensure and Mailbox.Deliver.
func (s *Store) Deliver(user string, r io.Reader) error {
	box, err := s.Ensure(user)
	if err != nil {
		return err
	}
	_, err = box.Deliver(r, "")
	return err
}

// Delivered reports whether the folder has a message that was delivered with that key.
func (f *Folder) Delivered(key string) bool {
	return slices.ContainsFunc(f.messages, func(m message) bool { return m.key == key })
}

// Append puts a message into the folder, on stable storage, and returns its UID. The zero date means now. r may wait; the message
// takes its place when it is whole. A message beyond Options.MaxMessage is ErrTooLong, one too many is ErrFull.
func (f *Folder) Append(r io.Reader, flags Flags, date time.Time) (uint32, error) {
	if date.IsZero() {
		date = f.box.store.sched.Now()
	}
	return f.add(r, file{flags: flags & f.AllFlags(), date: max(date.Unix(), 0)})
}

func (f *Folder) add(r io.Reader, m file) (uint32, error) {
	temp := f.box.store.tempName(f.dir)
	kept := false
	defer func() { // also when the task is killed while r waits
		if !kept && !f.gone {
			f.box.store.fs.Remove(temp)
		}
	}()
	var err error
	if m.size, err = f.write(temp, r); err != nil {
		return 0, f.wrap("write", err)
	}
	if err := f.room(1, m.size); err != nil {
		return 0, err
	}
	m.uid = f.next
	if err := f.box.store.fs.Rename(temp, f.path(m)); err != nil {
		return 0, f.wrap("add", err)
	}
	kept = true
	f.put(m)
	f.touch()
	return m.uid, nil
}

// put adds a message whose file is in place.
func (f *Folder) put(m file) {
	f.next = m.uid + 1
	f.bytes += m.size
	f.messages = append(f.messages, message{m, f.modSeq + 1})
}

// write copies a message to a new file and syncs it.
func (f *Folder) write(name string, r io.Reader) (int64, error) {
	if f.gone {
		return 0, ErrNoFolder
	}
	w, err := f.box.store.fs.Create(name)
	if err != nil {
		return 0, err
	}
	defer w.Close()
	most := f.box.store.options.MaxMessage
	buffer := f.box.store.buffer
	f.box.store.buffer = nil // r may wait, and another message come meanwhile
	if buffer == nil {
		buffer = make([]byte, 32<<10)
	}
	n, err := io.CopyBuffer(w, io.LimitReader(&lines{r: r}, most+1), buffer)
	f.box.store.buffer = buffer
	switch {
	case err != nil:
		return n, err
	case n > most:
		return n, ErrTooLong
	}
	return n, w.Sync()
}

// room reports whether so many messages and bytes more may come.
func (f *Folder) room(messages int, bytes int64) error {
	o := f.box.store.options
	switch {
	case f.gone:
		return ErrNoFolder
	case len(f.messages)+messages > o.MaxMessages, uint64(f.next)+uint64(messages) > 1<<32-1:
		return ErrFull
	case o.Quota > 0:
		used, err := f.box.Bytes()
		if err != nil {
			return err
		}
		if used+bytes > o.Quota {
			return ErrFull
		}
	}
	return nil
}

// Bytes returns how many bytes the messages of all folders have together.
func (m *Mailbox) Bytes() (int64, error) {
	var sum int64
	for _, info := range m.Folders() {
		f, err := m.Folder(info.Name)
		if err != nil {
			return 0, err
		}
		sum += f.bytes
	}
	return sum, nil
}

// A FlagOp says what SetFlags does with the flags it is given.
type FlagOp uint8

// The operations of SetFlags (RFC 9051 6.4.6).
const (
	SetFlags    FlagOp = iota // these and no others
	AddFlags                  // these in addition
	RemoveFlags               // all but these
)

// SetFlags changes the flags of messages; numbers that have no message are passed over. It does so message by message: on an error
// some may be changed.
func (f *Folder) SetFlags(op FlagOp, flags Flags, uids ...uint32) error {
	if f.gone {
		return ErrNoFolder
	}
	flags &= f.AllFlags()
	touched := false
	defer func() {
		if touched {
			f.touch()
		}
	}()
	for _, uid := range uids {
		i, ok := f.find(uid)
		if !ok {
			continue
		}
		m := &f.messages[i]
		fresh := m.file
		switch op {
		case SetFlags:
			fresh.flags = flags
		case AddFlags:
			fresh.flags |= flags
		case RemoveFlags:
			fresh.flags &^= flags
		}
		if fresh == m.file {
			continue
		}
		if err := f.box.store.fs.Rename(f.path(m.file), f.path(fresh)); err != nil {
			return f.wrap("set flags", err)
		}
		*m, touched = message{fresh, f.modSeq + 1}, true
	}
	return nil
}

// Remove removes messages; numbers that have no message are passed over. It returns the UIDs of those removed, also with an error.
// While a POP3 session holds the mailbox, messages cannot be removed from INBOX: ErrLocked.
func (f *Folder) Remove(uids ...uint32) ([]uint32, error) {
	if f.locked() {
		return nil, ErrLocked
	}
	return f.remove(uids)
}

// Expunge removes the messages that are flagged Deleted, as Remove does.
func (f *Folder) Expunge() ([]uint32, error) {
	var uids []uint32
	for _, m := range f.messages {
		if m.flags&Deleted != 0 {
			uids = append(uids, m.uid)
		}
	}
	return f.Remove(uids...)
}

func (f *Folder) locked() bool { return f.box.lock != nil && f.name == Inbox }

func (f *Folder) remove(uids []uint32) (removed []uint32, err error) {
	if f.gone {
		return nil, ErrNoFolder
	}
	if err := f.saveNext(); err != nil {
		return nil, err
	}
	defer func() { f.drop(removed) }()
	for _, m := range f.chosen(uids) {
		if err := f.box.store.fs.Remove(f.path(m.file)); err != nil {
			return removed, f.wrap("remove", err)
		}
		removed = append(removed, m.uid)
	}
	return removed, nil
}

// saveNext writes the next UID down before the message that had the last one may go.
func (f *Folder) saveNext() error {
	if f.saved == f.next {
		return nil
	}
	if err := f.writeState(); err != nil {
		return f.wrap("save state", err)
	}
	return nil
}

// drop forgets messages whose files are gone.
func (f *Folder) drop(uids []uint32) {
	if len(uids) == 0 {
		return
	}
	gone := make(map[uint32]bool, len(uids))
	for _, uid := range uids {
		gone[uid] = true
	}
	f.messages = slices.DeleteFunc(f.messages, func(m message) bool {
		if gone[m.uid] {
			f.bytes -= m.size
		}
		return gone[m.uid]
	})
	f.touch()
}

// A Pair is a message that was copied or moved: its UID before and after.
type Pair struct{ From, To uint32 }

// Copy copies messages with flags and dates to another folder of a mailbox of the same store, all or, on an error, none; numbers
// that have no message are passed over.
func (f *Folder) Copy(to *Folder, uids ...uint32) (pairs []Pair, err error) {
	var temps []string
	var files []file
	defer func() {
		for _, temp := range temps {
			if !to.gone {
				to.box.store.fs.Remove(temp)
			}
		}
	}()
	var bytes int64
	for _, m := range f.chosen(uids) {
		copied, err := f.carried(m, to)
		if err != nil {
			return nil, err
		}
		r, err := f.Open(m.uid)
		if err != nil {
			return nil, err
		}
		temp := to.box.store.tempName(to.dir)
		temps = append(temps, temp)
		_, err = to.write(temp, r)
		r.Close()
		if err != nil {
			return nil, to.wrap("copy", err)
		}
		files, bytes = append(files, copied), bytes+m.size
		pairs = append(pairs, Pair{From: m.uid})
	}
	if err := to.room(len(files), bytes); err != nil {
		return nil, err
	}
	for i := range files {
		files[i].uid = to.next + uint32(i)
		if err := to.box.store.fs.Rename(temps[0], to.path(files[i])); err != nil {
			to.undo(files[:i])
			return nil, to.wrap("copy", err)
		}
		temps, pairs[i].To = temps[1:], files[i].uid
	}
	for _, m := range files {
		to.put(m)
	}
	if len(files) > 0 {
		to.touch()
	}
	return pairs, nil
}

func (f *Folder) undo(files []file) {
	for _, m := range files {
		f.box.store.fs.Remove(f.path(m))
	}
}

// chosen returns the messages with these numbers, each once, by UID.
func (f *Folder) chosen(uids []uint32) []message {
	var list []message
	for _, uid := range slices.Compact(slices.Sorted(slices.Values(uids))) {
		if i, ok := f.find(uid); ok {
			list = append(list, f.messages[i])
		}
	}
	return list
}

// carried returns a message as another folder will have it: keywords have their own bits there.
func (f *Folder) carried(m message, to *Folder) (file, error) {
	flags, err := to.ParseFlags(f.FlagNames(m.flags))
	if err == ErrFlag { // no room for another keyword: the message goes without it
		flags, err = m.flags&(1<<firstKeyword-1), nil
	}
	return file{flags: flags, date: m.date, size: m.size}, err
}

// Move moves messages to another folder of a mailbox of the same store, each at once: it is never in both or in neither. Numbers that
// have no message are passed over. It returns those moved, also with an error. As with Remove it fails with ErrLocked.
func (f *Folder) Move(to *Folder, uids ...uint32) (pairs []Pair, err error) {
	switch {
	case f.gone:
		return nil, ErrNoFolder
	case f.locked():
		return nil, ErrLocked
	}
	if err := f.saveNext(); err != nil {
		return nil, err
	}
	var removed []uint32
	defer func() {
		f.drop(removed)
		if len(removed) > 0 {
			to.touch()
		}
	}()
	for _, m := range f.chosen(uids) {
		bytes := m.size
		if f.box == to.box {
			bytes = 0
		}
		if err := to.room(1, bytes); err != nil {
			return pairs, err
		}
		moved, err := f.carried(m, to)
		if err != nil {
			return pairs, err
		}
		moved.uid = to.next
		if err := f.box.store.fs.Rename(f.path(m.file), to.path(moved)); err != nil {
			return pairs, f.wrap("move", err)
		}
		to.put(moved)
		removed, pairs = append(removed, m.uid), append(pairs, Pair{m.uid, moved.uid})
	}
	return pairs, nil
}
