package imap

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/moonwire-lab/moonwire/engine/maildrop"
)

// fetch is FETCH and UID FETCH (RFC 3501 6.4.5).
func (x *session) fetch(p *parser, uid bool) verdict {
	p.sp()
	set := p.sequenceSet()
	p.sp()
	items := p.fetchItems()
	if p.end(); p.err != nil {
		return verdict{err: p.err}
	}
	v := x.view
	indices, err := v.chosen(set, uid)
	if err != nil {
		return verdict{err: err}
	}
	if uid && !slices.ContainsFunc(items, func(it item) bool { return it.name == "UID" }) {
		items = append([]item{{name: "UID", label: "UID"}}, items...)
	}
	lost := false
	for _, i := range indices {
		m, err := v.folder.Message(v.messages[i].uid)
		if err != nil {
			lost = true // another session has removed it; its number is still there
			continue
		}
		if err := x.fetchOne(i, m, items); err != nil {
			x.done = true // within an answer there is no way to say so
			x.conn.Break()
			return verdict{err: err}
		}
	}
	if lost {
		return no("[EXPUNGEISSUED] some of the messages are gone")
	}
	return ok("FETCH completed")
}

// fetchOne answers with the items of the message with index i.
func (x *session) fetchOne(i int, m maildrop.Message, items []item) error {
	v := x.view
	x.patience()
	x.charge(messageCost * (1 + len(items)))
	fmt.Fprintf(x.out, "* %d FETCH (", i+1)
	for n, it := range items {
		if n > 0 {
			x.out.WriteByte(' ')
		}
		if it.name == "FLAGS" && v.sees(items, m) { // what is read by the same command counts as read
			m = x.setSeen(i, m)
		}
		if err := x.fetchItem(i, m, it); err != nil {
			return err
		}
	}
	if v.sees(items, m) {
		if m = x.setSeen(i, m); m.Flags&maildrop.Seen != 0 {
			x.out.WriteString(" FLAGS " + v.flagsOf(v.messages[i], m))
		}
	}
	x.out.WriteString(")\r\n")
	return nil
}

// sees reports whether the items make a message that is not \Seen so.
func (v *view) sees(items []item, m maildrop.Message) bool {
	return !v.readOnly && m.Flags&maildrop.Seen == 0 && slices.ContainsFunc(items, func(it item) bool { return it.name == "BODY[]" && !it.peek })
}

// setSeen sets \Seen, and returns the message as it then is.
func (x *session) setSeen(i int, m maildrop.Message) maildrop.Message {
	v := x.view
	if v.folder.SetFlags(maildrop.AddFlags, maildrop.Seen, m.UID) != nil {
		return m
	}
	after, err := v.folder.Message(m.UID)
	if err != nil {
		return m
	}
	v.messages[i].modSeq = after.ModSeq
	return after
}

func (x *session) fetchItem(i int, m maildrop.Message, it item) error {
	v := x.view
	x.out.WriteString(it.label + " ")
	switch it.name {
	case "FLAGS":
		x.out.WriteString(v.flagsOf(v.messages[i], m))
	case "UID":
		fmt.Fprint(x.out, m.UID)
	case "INTERNALDATE":
		x.out.WriteString(`"` + m.Date.Format(dateTimeLayout) + `"`)
	case "RFC822.SIZE":
		fmt.Fprint(x.out, m.Size)
	case "ENVELOPE":
		header, err := v.header(m.UID)
		if err != nil {
			return err
		}
		x.charge(len(header) / byteCost)
		x.out.Write(appendEnvelope(nil, envelopeOf(parseHeader(header))))
	case "BODY", "BODYSTRUCTURE":
		x.charge(int(m.Size) / byteCost)
		s, err := v.structureOf(m.UID)
		if err != nil {
			return err
		}
		x.out.Write(appendStructure(nil, s, it.name == "BODYSTRUCTURE"))
	default:
		return x.fetchSection(m, it)
	}
	return nil
}

// fetchSection answers with a section: what can be sent from the file is not kept in memory meanwhile.
func (x *session) fetchSection(m maildrop.Message, it item) error {
	v := x.view
	at := span{0, int(m.Size)}
	if len(it.section.part) > 0 || it.section.text != "" {
		if len(it.section.part) == 0 && it.section.text != "TEXT" {
			header, err := v.header(m.UID)
			if err != nil {
				return err
			}
			return x.sendBytes(chosenFields(header, it.section), it)
		}
		x.charge(int(m.Size) / byteCost)
		s, err := v.structureOf(m.UID)
		if err != nil {
			return err
		}
		found := false
		if at, found = s.locate(it.section); !found {
			x.out.WriteString("NIL")
			return nil
		}
		if it.section.fields != nil {
			header, err := v.read(m.UID, at)
			if err != nil {
				return err
			}
			return x.sendBytes(chosenFields(header, it.section), it)
		}
	}
	if it.partial {
		at.from += min(int(it.offset), at.to-at.from)
		at.to = at.from + min(int(it.length), at.to-at.from)
	}
	r, err := v.folder.Open(m.UID)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := r.Seek(int64(at.from), io.SeekStart); err != nil {
		return err
	}
	return x.sendLiteral(r, at.to-at.from)
}

func chosenFields(header []byte, s section) []byte {
	if s.fields == nil {
		return header
	}
	return selectFields(header, s.fields, s.text == "HEADER.FIELDS.NOT")
}

func (x *session) sendBytes(b []byte, it item) error {
	if it.partial {
		b = b[min(int(it.offset), len(b)):]
		b = b[:min(int(it.length), len(b))]
	}
	return x.sendLiteral(bytes.NewReader(b), len(b))
}

// sendLiteral sends n bytes of r.
func (x *session) sendLiteral(r io.Reader, n int) error {
	fmt.Fprintf(x.out, "{%d}\r\n", n)
	for n > 0 {
		x.patience()
		x.charge(chunk / byteCost)
		m, err := io.CopyN(x.out, r, int64(min(n, chunk)))
		n -= int(m)
		if err != nil {
			return fmt.Errorf("imap: send a message: %w", err)
		}
	}
	return nil
}

// header returns the header of a message, at most 1 MiB of it.
func (v *view) header(uid uint32) ([]byte, error) {
	r, err := v.folder.Open(uid)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b []byte
	for len(b) < maxHeaderSize {
		var part [4096]byte
		n, err := r.Read(part[:])
		b = append(b, part[:n]...)
		if end := headerEnd(b); end < len(b) || bytes.HasSuffix(b, []byte("\r\n\r\n")) || string(b) == "\r\n" {
			return b[:end], nil
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// structureOf returns the structure of a message; that of the last one is kept.
func (v *view) structureOf(uid uint32) (*Structure, error) {
	if v.cached != uid || v.structure == nil {
		b, err := v.folder.Read(uid)
		if err != nil {
			return nil, err
		}
		v.cached, v.structure = uid, split(b)
	}
	return v.structure, nil
}

// read returns a part of a message.
func (v *view) read(uid uint32, at span) ([]byte, error) {
	r, err := v.folder.Open(uid)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if _, err := r.Seek(int64(at.from), io.SeekStart); err != nil {
		return nil, err
	}
	b := make([]byte, at.to-at.from)
	_, err = io.ReadFull(r, b)
	return b, err
}
