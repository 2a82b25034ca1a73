package ftp

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A transfer is a data connection and what goes through it, in a task of its own: the session's listens for ABOR and STAT meanwhile.
type transfer struct {
	what    string // "RETR /notes.txt"
	link    *stack.Link
	moved   int64 // bytes
	aborted bool
}

// A fileError is a failure of the file system, not of the network.
type fileError struct{ error }

// Unwrap returns the cause.
func (e fileError) Unwrap() error { return e.error }

// transmit opens a data connection, lets move use it, and calls end, whatever comes of it. The reply before says note, unless it is "".
func (x *session) transmit(what, note string, move func(*transfer) error, end func(stands bool) error) {
	refuse := func(code int, text string) {
		end(false)
		x.data.forget()
		x.refuse(code, text)
	}
	switch {
	case x.data.listener == nil && x.data.taken == nil && !x.data.peer.IsValid():
		refuse(425, "Can't open data connection: say PASV, EPSV, PORT or EPRT first")
		return
	case x.RequireTLS && !x.private:
		refuse(521, "Data connections must be under TLS: say PBSZ 0 and PROT P")
		return
	}
	if note != "" {
		note = " (" + note + ")"
	}
	t := &transfer{what: what}
	x.transfer = t
	if x.takeWaiting() {
		x.say(125, "Data connection already open; transfer starting"+note)
	} else {
		x.say(150, "File status okay; about to open data connection"+note)
	}
	x.flush()
	if !x.spawn(x.st, "ftp data "+what, func() { x.carry(t, move, end) }) {
		x.transfer = nil
		refuse(451, "The server has too many tasks")
	}
}

// carry is the task of a transfer.
func (x *session) carry(t *transfer, move func(*transfer) error, end func(bool) error) {
	if task := x.st.Scheduler().Current(); task != nil {
		task.Daemon = true
	}
	conn, err := x.connect()
	if err == nil {
		t.link = stack.NewLink(x.st, conn)
		if t.aborted {
			conn.Close()
		}
		err = x.secure(t)
	}
	stands := err == nil
	if stands {
		err = move(t)
	}
	if failed := end(stands); err == nil && failed != nil {
		err = fileError{failed}
	}
	if conn != nil {
		x.steadily(t)
		if failed := t.link.Close(); err == nil && !t.aborted {
			err = failed
		}
		conn.Close() // if TLS could not say goodbye
	}
	x.data.forget()
	x.settle(t, stands, err)
	x.transfer = nil
	x.patience()
	x.idle.Wake()
	x.flush()
}

// settle answers how a transfer has ended.
func (x *session) settle(t *transfer, stands bool, err error) {
	var inFile fileError
	switch {
	case t.aborted:
		x.say(426, "Data connection closed; transfer aborted")
	case !stands:
		x.say(425, "Can't open data connection: "+stack.Code(err))
	case errors.As(err, &inFile):
		x.say(fileReply(err))
	case err != nil:
		x.say(426, "Data connection closed; transfer aborted: "+stack.Code(err))
	default:
		x.say(226, "Closing data connection; transfer complete")
	}
}

// await waits for the transfer that goes on. It ends early when the server is closed.
func (x *session) await() {
	queues := []*sim.Queue{&x.idle}
	c, ok := x.conn.TCP().(interface{ Socket() stack.Socket })
	if ok {
		queues = append(queues, c.Socket().Readable())
	}
	for x.transfer != nil {
		if ok && c.Socket().Closed() {
			x.abort()
		}
		x.st.Scheduler().Wait(sim.Wait{Call: "transfer"}, time.Time{}, queues...)
	}
}

// abort breaks the transfer off that goes on.
func (x *session) abort() {
	if t := x.transfer; t != nil {
		t.aborted = true
		if t.link != nil {
			t.link.Break()
		}
		x.data.forget()
	}
}

func (x *session) abor(string) {
	if x.transfer == nil {
		x.data.forget()
		x.say(225, "No transfer in progress")
		return
	}
	x.abort()
	x.await()
	x.say(226, "Closing data connection: ABOR was successful")
}

// steadily gives the client its time for the next part of a file.
func (x *session) steadily(t *transfer) { t.link.SetDeadline(x.st.Now().Add(x.timeout())) }

// counted counts and charges n bytes.
func (x *session) counted(t *transfer, n int) {
	t.moved += int64(n)
	x.charge(n / byteCost)
}

// send sends what r has.
func (x *session) send(r io.Reader) func(*transfer) error {
	return func(t *transfer) error {
		size := piece
		if c, ok := t.link.TCP().(interface{ Socket() stack.Socket }); ok {
			size = max(size, stack.WriteSize(c.Socket()))
		}
		b := make([]byte, chunk)
		for {
			n, err := r.Read(b)
			for part := b[:n]; len(part) > 0; part = part[min(size, len(part)):] {
				x.steadily(t)
				sent, err := t.link.Write(part[:min(size, len(part))])
				x.counted(t, sent)
				if err != nil {
					return err
				}
			}
			switch {
			case err == io.EOF:
				return nil
			case err != nil:
				return fileError{err}
			}
		}
	}
}

// receive writes what comes to w until the client closes.
func (x *session) receive(w io.Writer) func(*transfer) error {
	return func(t *transfer) error {
		b := make([]byte, chunk)
		for {
			x.steadily(t)
			n, err := t.link.Read(b)
			x.counted(t, n)
			if n > 0 {
				if _, err := w.Write(b[:n]); err != nil {
					return fileError{err}
				}
			}
			switch {
			case err == io.EOF:
				return nil
			case err != nil:
				return err
			}
		}
	}
}

// fileReply is what the server answers to a failure of its file system. The path is in the error already.
func fileReply(err error) (code int, text string) {
	switch stack.Code(err) {
	case "limit":
		return 452, "Error writing file: no space left"
	case "not-found":
		return 550, "No such file or folder"
	case "exists":
		return 550, "There is a file or folder of that name already"
	case "denied":
		return 550, "Permission denied"
	}
	return 451, "The file system of the server has failed"
}

func (x *session) restart(arg string) {
	offset, ok := parseNumber(arg, 1<<62)
	if !ok {
		x.refuse(501, "Syntax: REST <offset>")
		return
	}
	x.rest = offset
	x.say(350, fmt.Sprintf("Restarting at %d. Send STOR or RETR", offset))
}

func (x *session) retr(arg string) {
	name, offset := x.path(arg), x.takeRest()
	f, size := x.open(name)
	if f == nil {
		return
	}
	var r io.Reader = f
	if !x.image {
		r = &textReader{r: f, ends: &toNetwork{}}
		if size = x.asciiSize(f); size < 0 {
			f.Close()
			return
		}
	}
	if offset > size {
		f.Close()
		x.refuse(554, fmt.Sprintf("The file has %d bytes only", size))
		return
	}
	err := error(nil)
	if x.image {
		_, err = f.Seek(offset, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, r, offset)
	}
	if err != nil {
		f.Close()
		x.refuse(fileReply(err))
		return
	}
	x.transmit("RETR "+name, fmt.Sprintf("%d bytes", size-offset), x.send(r), func(bool) error { return f.Close() })
}

// takeRest returns what REST said, and forgets it.
func (x *session) takeRest() int64 {
	n := x.rest
	x.rest = 0
	return n
}

// open opens a file for reading, or answers why not.
func (x *session) open(name string) (afero.File, int64) {
	i, err := x.account.FS.Stat(x.real(name))
	if err == nil && i.IsDir() {
		x.refuse(550, "It is a folder")
		return nil, 0
	}
	var f afero.File
	if err == nil {
		f, err = x.account.FS.Open(x.real(name))
	}
	if err != nil {
		x.refuse(fileReply(err))
		return nil, 0
	}
	return f, i.Size()
}

// asciiSize returns how many bytes a file is in type A, and goes back to its beginning; a failure is answered, and -1.
func (x *session) asciiSize(f afero.File) int64 {
	n, err := io.Copy(io.Discard, &textReader{r: f, ends: &toNetwork{}})
	x.charge(int(n / byteCost))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		x.refuse(fileReply(err))
		return -1
	}
	return n
}

func (x *session) stor(arg string) { x.store("STOR", x.path(arg), x.takeRest(), false, "") }
func (x *session) appe(arg string) { x.store("APPE", x.path(arg), 0, true, "") }

// stou stores under a name that no file has (RFC 959 4.1.3, RFC 1123 4.1.2.9).
func (x *session) stou(arg string) {
	base := path.Base(x.path(arg))
	if arg == "" {
		base = "upload"
	}
	for i := 1; i <= 10_000; i++ {
		name := x.path(fmt.Sprintf("%s.%d", base, i))
		if ok, err := afero.Exists(x.account.FS, x.real(name)); !ok && err == nil {
			x.store("STOU", name, 0, false, "FILE: "+path.Base(name))
			return
		}
	}
	x.refuse(452, "There are 10,000 files of such names already")
}

// store receives a file. It is emptied when the data connection stands, and a new one that gets none is gone.
func (x *session) store(verb, name string, offset int64, more bool, note string) {
	if x.readOnly() || !x.parentOf(name) {
		return
	}
	i, err := x.account.FS.Stat(x.real(name))
	there := err == nil
	switch {
	case there && i.IsDir():
		x.refuse(553, "It is a folder")
		return
	case offset > 0 && !x.image:
		x.refuse(504, "STOR after REST wants TYPE I")
		return
	case offset > 0 && (!there || offset > i.Size()):
		x.refuse(554, "The file is shorter than that")
		return
	}
	f, err := x.account.FS.OpenFile(x.real(name), writing, 0o644)
	if err != nil {
		x.refuse(fileReply(err))
		return
	}
	var w io.Writer = f
	text := &textWriter{w: f, ends: &fromNetwork{}}
	if !x.image {
		w = text
	}
	receive := x.receive(w)
	x.transmit(verb+" "+name, note, func(t *transfer) error {
		if err := place(f, offset, more); err != nil {
			return fileError{err}
		}
		return receive(t)
	}, func(stands bool) error {
		err := text.Close()
		if failed := f.Close(); err == nil {
			err = failed
		}
		if !stands && !there {
			x.account.FS.Remove(x.real(name))
		}
		return err
	})
}

// place prepares a file for what comes: behind what there is, from an offset, or instead of it.
func place(f afero.File, offset int64, more bool) error {
	whence := io.SeekStart
	if more {
		whence = io.SeekEnd
	} else if offset == 0 {
		if err := f.Truncate(0); err != nil {
			return err
		}
	}
	_, err := f.Seek(offset, whence)
	return err
}

// sendText sends lines that were made for the purpose.
func (x *session) sendText(what, text string) {
	x.transmit(what, "", x.send(strings.NewReader(text)), func(bool) error { return nil })
}
