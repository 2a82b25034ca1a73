package mta

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/smtp"
)

// A message in the queue is two files: ID.msg, which never changes, and ID.env, the entry. It is there once the entry is, which is written
// last and removed first, and which changes by being replaced.

func (s *Server) queueDir() string {
	if s.Queue != "" {
		return s.Queue
	}
	return defaultQueue
}

func (s *Server) file(id, ending string) string { return path.Join(s.queueDir(), id+ending) }

// newID draws a name for a message: the second and a random number in base 36. No message in the queue has it.
func (s *Server) newID() string {
	for {
		id := strings.ToUpper(strconv.FormatInt(s.st.Now().Unix(), 36) + fmt.Sprintf("%04s", strconv.FormatUint(s.st.Rand().Uint64N(36*36*36*36), 36)))
		if s.entries[id] == nil {
			return id
		}
	}
}

// write puts a message on stable storage.
func (s *Server) write(e *Entry, pieces ...[]byte) error {
	name := s.file(e.ID, ".msg")
	e.Size = 0
	for _, p := range pieces {
		e.Size += int64(len(p))
	}
	err := s.put(name, pieces...)
	if err == nil {
		err = s.save(e)
	}
	if err != nil {
		s.FS.Remove(name)
	}
	return err
}

// save writes the entry of a message in place of the one before.
func (s *Server) save(e *Entry) error {
	if s.entries[e.ID] == e {
		s.count(e, e.memory())
	}
	fresh := s.file(e.ID, ".new")
	if err := s.put(fresh, e.format()); err != nil {
		s.FS.Remove(fresh)
		return err
	}
	return s.FS.Rename(fresh, s.file(e.ID, ".env"))
}

func (s *Server) put(name string, pieces ...[]byte) error {
	f, err := s.FS.Create(name)
	if err != nil {
		return err
	}
	for _, p := range pieces {
		if err == nil && len(p) > 0 {
			_, err = f.Write(p)
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// erase removes the files of a message, its entry first.
func (s *Server) erase(e *Entry) {
	if err := s.FS.Remove(s.file(e.ID, ".env")); err == nil || errors.Is(err, fs.ErrNotExist) {
		s.FS.Remove(s.file(e.ID, ".msg"))
	}
}

// read returns the message of an entry.
func (s *Server) read(e *Entry) ([]byte, error) { return afero.ReadFile(s.FS, s.file(e.ID, ".msg")) }

// load reads the queue and removes what a crash has left half written.
func (s *Server) load() error {
	if err := s.FS.MkdirAll(s.queueDir(), 0o700); err != nil {
		return err
	}
	infos, err := afero.ReadDir(s.FS, s.queueDir())
	if err != nil {
		return err
	}
	var messages []string
	for _, info := range infos {
		name := info.Name()
		id, ending := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
		switch ending {
		case ".new":
			s.FS.Remove(s.file(id, ending))
		case ".msg":
			messages = append(messages, id)
		case ".env":
			text, err := afero.ReadFile(s.FS, s.file(id, ending))
			if err != nil {
				return err
			}
			e, ok := parseEntry(id, text)
			if !ok {
				return fmt.Errorf("mta: %s is not the entry of a message: repair it, or remove it with %s, or give the server another folder", s.file(id, ending), s.file(id, ".msg"))
			}
			e.loaded = true
			s.entries[id] = e
		}
	}
	for _, id := range messages {
		if s.entries[id] == nil {
			s.FS.Remove(s.file(id, ".msg"))
		}
	}
	for _, e := range s.sorted() {
		if err := s.reconcile(e); err != nil {
			return err
		}
	}
	for _, e := range s.sorted() {
		s.enter(e)
	}
	return nil
}

func (s *Server) sorted() []*Entry {
	list := make([]*Entry, 0, len(s.entries))
	for _, e := range s.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *Entry) int {
		return cmp.Or(a.Arrived.Compare(b.Arrived), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// reconcile takes out of a message the recipients that a report covers, which was written just before a crash, or notes that they are reported late.
func (s *Server) reconcile(report *Entry) error {
	e := s.entries[report.about]
	if report.about == "" || e == nil || report.ID != reportID(e) {
		return nil
	}
	e.reports++
	if report.late {
		e.warned(report.covers)
		return s.save(e)
	}
	waits := e.waiting()
	for _, a := range report.covers {
		delete(waits, a)
	}
	e.To = slices.DeleteFunc(e.To, func(r Recipient) bool { return waits[r.Address] == nil })
	if len(e.To) > 0 {
		return s.save(e)
	}
	s.erase(e)
	delete(s.entries, e.ID)
	s.count(e, 0)
	return nil
}

// warned notes that the sender was told that a message is late for some recipients.
func (e *Entry) warned(addresses []string) {
	waits := e.waiting()
	for _, a := range addresses {
		if r := waits[a]; r != nil {
			r.Warned = true
		}
	}
}

// count notes how much an entry takes.
func (s *Server) count(e *Entry, n int64) {
	s.listed += n - e.counted
	e.counted = n
}

// enter makes a message that is on stable storage part of the queue.
func (s *Server) enter(e *Entry) {
	s.entries[e.ID] = e
	s.order = append(s.order, e)
	s.count(e, e.memory())
	s.schedule(e)
}

// leave takes a message out of the queue.
func (s *Server) leave(e *Entry) {
	s.erase(e)
	delete(s.entries, e.ID)
	s.count(e, 0)
	s.order = slices.DeleteFunc(s.order, func(o *Entry) bool { return o == e })
	s.changed.Wake()
}

// Entries returns the messages in the queue by arrival. They are copies.
func (s *Server) Entries() []Entry {
	list := make([]Entry, len(s.order))
	for i, e := range s.order {
		list[i] = *e
		list[i].To = slices.Clone(e.To)
	}
	return list
}

// Len returns how many messages are in the queue.
func (s *Server) Len() int { return len(s.order) }

// Message returns a message that is in the queue, as it will be passed on.
func (s *Server) Message(id string) ([]byte, error) {
	e := s.entries[id]
	if e == nil {
		return nil, ErrNoEntry
	}
	return s.read(e)
}

// Remove takes a message out of the queue, without a report.
func (s *Server) Remove(id string) error {
	e := s.entries[id]
	if e == nil {
		return ErrNoEntry
	}
	s.leave(e)
	for _, r := range e.To {
		s.tell(Event{Kind: Removed, ID: id, From: e.From, To: r.Address})
	}
	return nil
}

// ErrNoEntry says that the queue has no such message.
var ErrNoEntry error = &noEntry{}

type noEntry struct{}

func (*noEntry) Error() string { return "mta: no such message in the queue" }

// Code returns "not-found".
func (*noEntry) Code() string { return "not-found" }

// asError returns the reply in an error, or nil.
func asError(err error) *smtp.Error {
	var e *smtp.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
