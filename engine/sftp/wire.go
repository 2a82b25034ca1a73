package sftp

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A builder puts a packet together; its first four bytes are the length.
type builder []byte

func newPacket(kind byte) builder { return append(make(builder, 4, 128), kind) }

func (b builder) u32(n uint32) builder { return binary.BigEndian.AppendUint32(b, n) }
func (b builder) u64(n uint64) builder { return binary.BigEndian.AppendUint64(b, n) }
func (b builder) text(s string) builder {
	return append(b.u32(uint32(len(s))), s...)
}

func (b builder) attrs(a Attrs) builder {
	flags := uint32(0)
	if a.Size != nil {
		flags |= 1
	}
	if a.Mode != nil {
		flags |= 4
	}
	if a.Modified != nil {
		flags |= 8
	}
	b = b.u32(flags)
	if a.Size != nil {
		b = b.u64(*a.Size)
	}
	if a.Mode != nil {
		b = b.u32(*a.Mode)
	}
	if a.Modified != nil {
		b = b.u32(*a.Modified).u32(*a.Modified)
	}
	return b
}

// send writes the packet.
func (b builder) send(w io.Writer) error {
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	_, err := w.Write(b)
	return err
}

// A parser reads the fields of a packet; bad is set when there are too few bytes.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) take(n int) []byte {
	if p.bad || n < 0 || n > len(p.b) {
		p.bad = true
		return nil
	}
	out := p.b[:n]
	p.b = p.b[n:]
	return out
}

func (p *parser) u32() uint32 {
	if b := p.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (p *parser) u64() uint64 {
	if b := p.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (p *parser) bytes() []byte {
	n := p.u32()
	if n > maxPacket {
		p.bad = true
		return nil
	}
	return p.take(int(n))
}

func (p *parser) text() string { return string(p.bytes()) }

func (p *parser) attrs() (a Attrs) {
	flags := p.u32()
	if flags&1 != 0 {
		n := p.u64()
		a.Size = &n
	}
	if flags&2 != 0 {
		p.u32()
		p.u32()
	}
	if flags&4 != 0 {
		n := p.u32()
		a.Mode = &n
	}
	if flags&8 != 0 {
		p.u32()
		n := p.u32()
		a.Modified = &n
	}
	if flags&0x80000000 != 0 {
		for n := p.u32(); n > 0 && !p.bad; n-- {
			p.bytes()
			p.bytes()
		}
	}
	return a
}

// readPacket reads a packet, without its length. The end of the stream before one is io.EOF.
func readPacket(r io.Reader) (kind byte, p *parser, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 1 || n > maxPacket {
		return 0, nil, broken("a packet of %d bytes", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return 0, nil, err
	}
	return b[0], &parser{b: b[1:]}, nil
}

// Describe says what the packet at the beginning of data is, for the trace: "OPEN /menu.txt", "DATA, 1024 bytes".
func Describe(data []byte) string {
	if len(data) < 5 {
		return "part of a packet"
	}
	kind, p := data[4], &parser{b: data[5:]}
	switch kind {
	case typeInit, typeVersion:
	case typeOpen, typeOpendir, typeStat, typeLstat, typeRemove, typeMkdir, typeRmdir, typeRealpath, typeRename, typeSetstat:
		p.u32()
		return typeText(kind) + " " + clean(p.text())
	case typeStatus:
		p.u32()
		return typeText(kind) + " " + Status(p.u32()).String()
	case typeData, typeWrite:
		if p.u32(); kind == typeWrite {
			p.bytes()
			p.u64()
		}
		return fmt.Sprintf("%s, %d bytes", typeText(kind), p.u32())
	}
	return typeText(kind)
}
