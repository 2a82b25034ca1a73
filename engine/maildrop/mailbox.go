package maildrop

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/afero"
)

// Inbox is the folder that every mailbox has and to which messages are delivered.
const Inbox = "INBOX"

// Separator separates the levels in the name of a folder: "lists/go".
const Separator = "/"

// A Mailbox is what one user has.
type Mailbox struct {
	store      *Store
	user       string
	dir        string
	next       uint32            // the next UIDVALIDITY
	folders    map[string]uint32 // UIDVALIDITY, which is also the directory, by name
	subscribed map[string]bool
	open       map[uint32]*Folder
	lock       *Lock
}

// User returns the user's name in lower case.
func (m *Mailbox) User() string { return m.user }

// FolderInfo is what a list of folders says of one.
type FolderInfo struct {
	Name       string
	Subscribed bool
}

// Folders returns the folders, INBOX first, the others sorted by name.
func (m *Mailbox) Folders() []FolderInfo {
	list := []FolderInfo{{Inbox, m.subscribed[Inbox]}}
	for _, name := range sortedNames(m.folders) {
		if name != Inbox {
			list = append(list, FolderInfo{name, m.subscribed[name]})
		}
	}
	return list
}

// Subscribed returns the names that were subscribed to, sorted; not all need have a folder (RFC 9051 6.3.7).
func (m *Mailbox) Subscribed() []string { return sortedNames(m.subscribed) }

// canonical returns a folder's name with INBOX, whose case does not matter, in capitals, also at the head of a hierarchy.
func canonical(name string) string {
	head, rest, below := strings.Cut(name, Separator)
	if !strings.EqualFold(head, Inbox) {
		return name
	}
	if below {
		return Inbox + Separator + rest
	}
	return Inbox
}

// Folder returns the folder with that name, or ErrNoFolder. All callers share one Folder.
func (m *Mailbox) Folder(name string) (*Folder, error) {
	name = canonical(name)
	validity := m.folders[name]
	if validity == 0 {
		return nil, ErrNoFolder
	}
	if f := m.open[validity]; f != nil {
		return f, nil
	}
	f := &Folder{box: m, name: name, validity: validity, dir: m.folderDir(validity)}
	if err := f.load(); err != nil {
		return nil, fmt.Errorf("maildrop: folder %s of %s: %w", name, m.user, err)
	}
	m.open[validity] = f
	return f, nil
}

// Inbox returns the folder INBOX.
func (m *Mailbox) Inbox() (*Folder, error) { return m.Folder(Inbox) }

// CreateFolder makes a folder and those above it that are missing. A name has 1 to 255 bytes of UTF-8 without controls, in at most 21
// levels, or is ErrName. It fails with ErrExists or, beyond Options.MaxFolders, with ErrFull.
func (m *Mailbox) CreateFolder(name string) error {
	name = canonical(name)
	if !validFolder(name) {
		return ErrName
	}
	if m.folders[name] != 0 {
		return ErrExists
	}
	return m.change(func() error {
		if err := m.addParents(name); err != nil {
			return err
		}
		return m.addFolder(name)
	})
}

// addParents makes the folders above a name that are missing.
func (m *Mailbox) addParents(name string) error {
	for i := range name {
		if name[i:i+1] == Separator && m.folders[name[:i]] == 0 {
			if err := m.addFolder(name[:i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// addFolder makes the directory of a folder; the folder is there when the index is written.
func (m *Mailbox) addFolder(name string) error {
	if len(m.folders) >= m.store.options.MaxFolders || m.next == ^uint32(0) {
		return ErrFull
	}
	dir := m.folderDir(m.next)
	for _, d := range []string{"cur", "tmp"} {
		if err := m.store.fs.MkdirAll(path.Join(dir, d), 0o700); err != nil {
			return err
		}
	}
	m.folders[name] = m.next
	m.next++
	return nil
}

// DeleteFolder removes a folder and its messages. Folders below it stay. INBOX cannot be deleted.
func (m *Mailbox) DeleteFolder(name string) error {
	name = canonical(name)
	validity := m.folders[name]
	switch {
	case validity == 0:
		return ErrNoFolder
	case name == Inbox:
		return ErrInbox
	}
	err := m.change(func() error {
		delete(m.folders, name)
		return nil
	})
	if err != nil {
		return err
	}
	m.forget(validity)
	return m.store.fs.RemoveAll(m.folderDir(validity))
}

// forget tells those who use a folder that it is gone.
func (m *Mailbox) forget(validity uint32) {
	if f := m.open[validity]; f != nil {
		delete(m.open, validity)
		f.gone = true
		f.touch()
	}
}

// RenameFolder gives a folder, and with it all folders below, another name; folders above that are missing are made. Renaming INBOX
// moves its messages to the new folder and leaves an empty INBOX (RFC 9051 6.3.6).
func (m *Mailbox) RenameFolder(from, to string) error {
	from, to = canonical(from), canonical(to)
	switch {
	case m.folders[from] == 0:
		return ErrNoFolder
	case !validFolder(to) || strings.HasPrefix(to, from+Separator) && from != Inbox:
		return ErrName
	case m.folders[to] != 0:
		return ErrExists
	case from == Inbox && m.lock != nil:
		return ErrLocked
	}
	moved := map[string]string{from: to} // old names to new ones
	err := m.change(func() error {
		if from != Inbox {
			for name := range m.folders {
				if rest, below := strings.CutPrefix(name, from+Separator); below {
					moved[name] = to + Separator + rest
				}
			}
		}
		return m.rename(moved, to)
	})
	if err != nil {
		return err
	}
	for _, name := range moved {
		if f := m.open[m.folders[name]]; f != nil {
			f.name = name
		}
	}
	return nil
}

func (m *Mailbox) rename(moved map[string]string, top string) error {
	validities := map[string]uint32{}
	for from, to := range moved {
		if !validFolder(to) {
			return ErrName
		}
		if m.folders[to] != 0 && moved[to] == "" {
			return ErrExists
		}
		validities[to] = m.folders[from]
	}
	for from := range moved {
		delete(m.folders, from)
	}
	for to, validity := range validities {
		m.folders[to] = validity
	}
	if m.folders[Inbox] == 0 {
		if err := m.addFolder(Inbox); err != nil {
			return err
		}
	}
	return m.addParents(top)
}

// Subscribe notes that the user wants to see a folder, which need not exist, in shorter lists, or no longer wants to.
func (m *Mailbox) Subscribe(name string, on bool) error {
	name = canonical(name)
	if !validFolder(name) {
		return ErrName
	}
	if m.subscribed[name] == on {
		return nil
	}
	if on && len(m.subscribed) >= 2*m.store.options.MaxFolders {
		return ErrFull
	}
	return m.change(func() error {
		if on {
			m.subscribed[name] = true
		} else {
			delete(m.subscribed, name)
		}
		return nil
	})
}

// change lets f change the index and writes it; if either fails, all is as before.
func (m *Mailbox) change(f func() error) error {
	before := index{m.next, cloned(m.folders), cloned(m.subscribed)}
	err := f()
	if err == nil {
		err = m.writeIndex()
	}
	if err != nil {
		m.folders, m.subscribed = before.folders, before.subscribed // next goes on: its directory may be there
	}
	return err
}

func cloned[V any](m map[string]V) map[string]V {
	c := make(map[string]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func (m *Mailbox) folderDir(validity uint32) string {
	return path.Join(m.dir, strconv.FormatUint(uint64(validity), 10))
}

func (m *Mailbox) writeIndex() error {
	err := m.store.replace(path.Join(m.dir, "folders"), index{m.next, m.folders, m.subscribed}.format())
	if err != nil {
		return fmt.Errorf("maildrop: folders of %s: %w", m.user, err)
	}
	return nil
}

// readIndex reads the index and removes directories of folders that were being made or deleted when the host crashed.
func (m *Mailbox) readIndex() error {
	text, err := afero.ReadFile(m.store.fs, path.Join(m.dir, "folders"))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNoMailbox
	}
	if err != nil {
		return fmt.Errorf("maildrop: mailbox of %s: %w", m.user, err)
	}
	x, err := parseIndex(text)
	if err != nil {
		return fmt.Errorf("maildrop: mailbox of %s: %w", m.user, err)
	}
	m.next, m.folders, m.subscribed = x.next, x.folders, x.subscribed
	var used []string
	for _, validity := range m.folders {
		used = append(used, strconv.FormatUint(uint64(validity), 10))
	}
	entries, err := afero.ReadDir(m.store.fs, m.dir)
	if err != nil {
		return fmt.Errorf("maildrop: mailbox of %s: %w", m.user, err)
	}
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(used, e.Name()) {
			if n, err := strconv.ParseUint(e.Name(), 10, 32); err == nil {
				m.next = max(m.next, uint32(n)+1) // clients may have seen it
			}
			m.store.fs.RemoveAll(path.Join(m.dir, e.Name()))
		}
	}
	return nil
}

// A Lock is the exclusive use of a mailbox's INBOX by one POP3 session (RFC 1939 4): while it is held nobody else removes
// messages from it. New ones still come in.
type Lock struct {
	box    *Mailbox
	holder string
}

// Lock locks the mailbox for a session, whose name is for reports, or fails with ErrLocked.
func (m *Mailbox) Lock(holder string) (*Lock, error) {
	if m.lock != nil {
		return nil, ErrLocked
	}
	m.lock = &Lock{m, holder}
	return m.lock, nil
}

// LockedBy returns who holds the lock; "" if nobody does.
func (m *Mailbox) LockedBy() string {
	if m.lock == nil {
		return ""
	}
	return m.lock.holder
}

// Remove removes messages from INBOX; numbers that have no message are passed over. It does so message by message: on an error
// some may be gone.
func (l *Lock) Remove(uids ...uint32) error {
	if l.box.lock != l {
		return ErrLocked
	}
	f, err := l.box.Inbox()
	if err != nil {
		return err
	}
	_, err = f.remove(uids)
	return err
}

// Unlock gives the lock back; it may be called again.
func (l *Lock) Unlock() {
	if l.box.lock == l {
		l.box.lock = nil
	}
}
