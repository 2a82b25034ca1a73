package sftp

import (
	"io"
	"path"
)

// A Client is a session with a server. A refusal is an *Error, after which the session goes on. It may not be used by two tasks at a time.
type Client struct {
	rw io.ReadWriter
	id uint32
}

// NewClient begins a session on the channel of the subsystem.
func NewClient(rw io.ReadWriter) (*Client, error) {
	c := &Client{rw: rw}
	if err := newPacket(typeInit).u32(version).send(rw); err != nil {
		return nil, err
	}
	kind, p, err := readPacket(rw)
	if err != nil {
		return nil, ended(err)
	}
	if theirs := p.u32(); kind != typeVersion || p.bad || theirs != version {
		return nil, broken("%s in answer to INIT; version 3 is wanted", typeText(kind))
	}
	return c, nil
}

func ended(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// request begins a packet.
func (c *Client) request(kind byte) builder {
	c.id++
	return newPacket(kind).u32(c.id)
}

// answer takes the answer to a request, which must be of kind want, or a status.
func (c *Client) answer(id uint32, want byte, operation, name string) (*parser, error) {
	kind, p, err := readPacket(c.rw)
	if err != nil {
		return nil, ended(err)
	}
	if got := p.u32(); p.bad || got != id {
		return nil, broken("%s: an answer to request %d, want %d", operation, got, id)
	}
	if kind == typeStatus {
		code := Status(p.u32())
		text := p.text()
		switch {
		case p.bad:
			return nil, broken("%s: a status without a text", operation)
		case code == OK && want == typeStatus:
			return p, nil
		}
		return nil, &Error{operation, name, code, clean(text)}
	}
	if kind != want {
		return nil, broken("%s: %s in place of %s", operation, typeText(kind), typeText(want))
	}
	return p, nil
}

// clean takes what does not belong into a message out of a server's words.
func clean(text string) string {
	var out []rune
	for _, r := range text[:min(len(text), 200)] {
		if r >= ' ' && r != 0x7f && r != 0xfffd {
			out = append(out, r)
		}
	}
	return string(out)
}

// do sends a request and takes the answer.
func (c *Client) do(b builder, want byte, operation, name string) (*parser, error) {
	id := c.id
	if err := b.send(c.rw); err != nil {
		return nil, err
	}
	return c.answer(id, want, operation, name)
}

// Stat returns what is known of a file or folder.
func (c *Client) Stat(name string) (Attrs, error) {
	p, err := c.do(c.request(typeStat).text(name), typeAttrs, "STAT", name)
	if err != nil {
		return Attrs{}, err
	}
	a := p.attrs()
	if p.bad {
		return a, broken("STAT: attributes are missing")
	}
	return a, nil
}

// Realpath returns the absolute form of a path.
func (c *Client) Realpath(name string) (string, error) {
	p, err := c.do(c.request(typeRealpath).text(name), typeName, "REALPATH", name)
	if err != nil {
		return "", err
	}
	n, absolute := p.u32(), p.text()
	if p.bad || n != 1 {
		return "", broken("REALPATH: %d names", n)
	}
	return absolute, nil
}

// Mkdir makes a folder.
func (c *Client) Mkdir(name string) error {
	_, err := c.do(c.request(typeMkdir).text(name).attrs(Attrs{}), typeStatus, "MKDIR", name)
	return err
}

// Rmdir deletes an empty folder.
func (c *Client) Rmdir(name string) error {
	_, err := c.do(c.request(typeRmdir).text(name), typeStatus, "RMDIR", name)
	return err
}

// Remove deletes a file.
func (c *Client) Remove(name string) error {
	_, err := c.do(c.request(typeRemove).text(name), typeStatus, "REMOVE", name)
	return err
}

// Rename renames a file or folder; the new name must be free.
func (c *Client) Rename(from, to string) error {
	_, err := c.do(c.request(typeRename).text(from).text(to), typeStatus, "RENAME", from)
	return err
}

// Setstat changes what a names.
func (c *Client) Setstat(name string, a Attrs) error {
	_, err := c.do(c.request(typeSetstat).text(name).attrs(a), typeStatus, "SETSTAT", name)
	return err
}

// open opens a file or folder and returns its handle.
func (c *Client) open(b builder, operation, name string) (string, error) {
	p, err := c.do(b, typeHandle, operation, name)
	if err != nil {
		return "", err
	}
	handle := p.text()
	if p.bad {
		return "", broken("%s: no handle", operation)
	}
	return handle, nil
}

func (c *Client) close(handle, name string) error {
	_, err := c.do(c.request(typeClose).text(handle), typeStatus, "CLOSE", name)
	return err
}

// maxNames is how many names of a folder a client takes.
const maxNames = 100_000

// List returns what is in a folder, without "." and "..", in the server's order.
func (c *Client) List(name string) ([]Entry, error) {
	handle, err := c.open(c.request(typeOpendir).text(name), "OPENDIR", name)
	if err != nil {
		return nil, err
	}
	var list []Entry
	for {
		p, err := c.do(c.request(typeReaddir).text(handle), typeName, "READDIR", name)
		if e, ok := err.(*Error); ok && e.Status == EOF {
			return list, c.close(handle, name)
		}
		if err != nil {
			return nil, err
		}
		n := p.u32()
		for ; n > 0 && !p.bad; n-- {
			e := Entry{Name: p.text()}
			p.bytes()
			e.Attrs = p.attrs()
			if e.Name != "." && e.Name != ".." && !p.bad {
				list = append(list, Entry{path.Base("/" + e.Name), e.Attrs})
			}
		}
		if p.bad || len(list) > maxNames {
			return nil, broken("READDIR: too few fields, or more than %d names", maxNames)
		}
	}
}

// Fetch writes a file to w, and returns how many bytes. Many parts are asked for before the first is taken.
func (c *Client) Fetch(name string, w io.Writer) (total int64, err error) {
	handle, err := c.open(c.request(typeOpen).text(name).u32(openRead).attrs(Attrs{}), "OPEN", name)
	if err != nil {
		return 0, err
	}
	size := int64(0)
	if p, err := c.do(c.request(typeFstat).text(handle), typeAttrs, "FSTAT", name); err == nil {
		if a := p.attrs(); a.Size != nil && !p.bad {
			size = int64(min(*a.Size, 1<<62))
		}
	}
	for over := false; !over && err == nil; {
		var n int64
		parts := max(1, min(ahead, (size-total+maxRead-1)/maxRead)) // behind what is known of the file there is most likely its end
		n, over, err = c.burst(handle, name, uint64(total), int(parts), w)
		total += n
	}
	if closed := c.close(handle, name); err == nil {
		err = closed
	}
	return total, err
}

// burst asks for so many next parts of a file and takes them; over says that the end was among them. What stands behind a part that came
// short is asked for again.
func (c *Client) burst(handle, name string, offset uint64, parts int, w io.Writer) (n int64, over bool, err error) {
	first := c.id + 1
	for i := range parts {
		if err := c.request(typeRead).text(handle).u64(offset + uint64(i)*maxRead).u32(maxRead).send(c.rw); err != nil {
			return 0, true, err
		}
	}
	short := false
	for i := range uint32(parts) {
		p, answer := c.answer(first+i, typeData, "READ", name)
		if e, ok := answer.(*Error); ok {
			if !short && e.Status != EOF && err == nil {
				err = e
			}
			over = over || !short
			short = true
			continue
		}
		if answer != nil {
			return n, true, answer
		}
		data := p.bytes()
		if p.bad || len(data) > maxRead || len(data) == 0 {
			return n, true, broken("READ: %d bytes, %d were asked for", len(data), maxRead)
		}
		if short || err != nil {
			continue
		}
		m, failed := w.Write(data)
		n, err = n+int64(m), failed
		short = len(data) < maxRead
	}
	return n, over, err
}

// Store stores what r has as a file, which it empties first, and returns how many bytes. Many parts are sent before the first answer is taken.
func (c *Client) Store(name string, r io.Reader) (total int64, err error) {
	handle, err := c.open(c.request(typeOpen).text(name).u32(openWrite|openCreate|openTruncate).attrs(Attrs{}), "OPEN", name)
	if err != nil {
		return 0, err
	}
	b := make([]byte, maxRead)
	oldest, sent := c.id+1, 0
	for {
		n, read := io.ReadFull(r, b)
		if n > 0 && err == nil {
			if err := append(c.request(typeWrite).text(handle).u64(uint64(total)).u32(uint32(n)), b[:n]...).send(c.rw); err != nil {
				return total, err
			}
			total += int64(n)
			sent++
		}
		last := read != nil || err != nil
		for sent > 0 && (sent >= ahead || last) {
			_, answer := c.answer(oldest, typeStatus, "WRITE", name)
			oldest, sent = oldest+1, sent-1
			if _, refused := answer.(*Error); answer != nil && !refused {
				return total, answer
			}
			if err == nil {
				err = answer
			}
			last = last || err != nil
		}
		if last {
			if read != nil && read != io.EOF && read != io.ErrUnexpectedEOF && err == nil {
				err = read
			}
			break
		}
	}
	if closed := c.close(handle, name); err == nil {
		err = closed
	}
	return total, err
}
