package ssh

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A direction is the protection of what goes one way: nothing at first, then AES-GCM (RFC 5647 7).
type direction struct {
	aead    cipher.AEAD
	nonce   [12]byte
	packets uint64
}

func newDirection(key, iv []byte) (*direction, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	d := &direction{}
	d.aead, err = cipher.NewGCM(block)
	copy(d.nonce[:], iv)
	return d, err
}

// next returns the nonce of the next packet; it counts in its last eight bytes.
func (d *direction) next() []byte {
	nonce := d.nonce
	binary.BigEndian.PutUint64(d.nonce[4:], binary.BigEndian.Uint64(d.nonce[4:])+1)
	d.packets++
	return nonce[:]
}

// A transport sends and takes packets (RFC 4253 6).
type transport struct {
	conn    net.Conn
	st      *stack.Stack
	r       *bufio.Reader
	rand    io.Reader
	timeout time.Duration
	charge  func(int)
	in, out *direction
	buf     []byte

	until        time.Time // when the login must be over; zero afterwards
	informed     bool      // the client wants to know which signatures are taken (RFC 8308)
	server       bool
	ours, theirs string // versions
	session      []byte // the hash of the first key exchange
	inside       func(payload []byte) string
	identity     identity
}

func (t *transport) patience() {
	until := t.st.Now().Add(t.timeout)
	if !t.until.IsZero() && t.until.Before(until) {
		until = t.until
	}
	t.conn.SetDeadline(until)
}

// versions exchanges the first lines.
func (t *transport) versions() error {
	t.patience()
	t.ours = version
	if _, err := io.WriteString(t.conn, version+"\r\n"); err != nil {
		return wrapped("version", err)
	}
	for range maxBanner {
		line, err := t.r.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			return protocolError("not an SSH server: a line of more than 4096 bytes")
		}
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return wrapped("version", err)
		}
		text := strings.TrimRight(string(line), "\r\n")
		if strings.HasPrefix(text, "SSH-") {
			if !strings.HasPrefix(text, "SSH-2.0-") && !strings.HasPrefix(text, "SSH-1.99-") {
				return protocolError("version 2 is wanted, got %.40q", text)
			}
			t.theirs = text
			return nil
		}
		if t.server { // RFC 4253 4.2: only a server may say something before
			return protocolError("not an SSH client: %.40q", text)
		}
	}
	return protocolError("not an SSH server: no version in %d lines", maxBanner)
}

// write sends a packet.
func (t *transport) write(payload []byte) error {
	if t.st.Watched() {
		text := messageName(payload[0])
		if t.inside != nil {
			text += t.inside(payload)
		}
		t.st.Message(stack.Message{Local: t.conn.LocalAddr(), Remote: t.conn.RemoteAddr(), Text: "SSH: " + text})
	}
	block, extra := 8, 5 // the length counts to what is padded, but not under AEAD
	if t.out.aead != nil {
		block, extra = 16, 1
	}
	padding := block - (len(payload)+extra)%block
	if padding < 4 {
		padding += block
	}
	n := 1 + len(payload) + padding
	packet := make([]byte, 4, 4+n+16)
	binary.BigEndian.PutUint32(packet, uint32(n))
	packet = append(append(packet, byte(padding)), payload...)
	packet = packet[:4+n]
	if _, err := io.ReadFull(t.rand, packet[4+n-padding:]); err != nil {
		return err
	}
	if t.out.aead != nil {
		packet = t.out.aead.Seal(packet[:4], t.out.next(), packet[4:], packet[:4])
	}
	t.charge(packetCost + len(payload)/byteCost)
	t.patience()
	if _, err := t.conn.Write(packet); err != nil {
		return wrapped("send", err)
	}
	return nil
}

// readAny takes a packet. Its payload is valid until the next call.
func (t *transport) readAny() ([]byte, error) {
	t.patience()
	var head [4]byte
	if _, err := io.ReadFull(t.r, head[:]); err != nil {
		return nil, err
	}
	n, tag := int(binary.BigEndian.Uint32(head[:])), 0
	if t.in.aead != nil {
		tag = t.in.aead.Overhead()
	}
	if n < 5 || n > maxPacket {
		return nil, protocolError("a packet of %d bytes", n)
	}
	if cap(t.buf) < n+tag {
		t.buf = make([]byte, n+tag)
	}
	packet := t.buf[:n+tag]
	if _, err := io.ReadFull(t.r, packet); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if t.in.aead != nil {
		var err error
		if packet, err = t.in.aead.Open(packet[:0], t.in.next(), packet, head[:]); err != nil {
			return nil, protocolError("a packet was changed on the way")
		}
		if t.in.packets > noMoreThan {
			return nil, protocolError("too many packets under one key")
		}
	}
	padding := int(packet[0])
	if padding < 4 || padding >= n-1 {
		return nil, protocolError("a packet with a padding of %d bytes", padding)
	}
	t.charge(packetCost + n/byteCost)
	return packet[1 : n-padding], nil
}

// read takes the next packet that means something here, and does a key exchange when the other side asks for one.
func (t *transport) read() ([]byte, error) {
	for {
		p, err := t.readAny()
		if err != nil {
			return nil, wrapped("receive", err)
		}
		switch p[0] {
		case msgIgnore, msgDebug, msgExtInfo, msgUnimplemented:
		case msgDisconnect:
			return nil, disconnected(p)
		case msgKexInit:
			if t.session == nil {
				return p, nil
			}
			if err := t.exchange(append([]byte(nil), p...)); err != nil {
				return nil, err
			}
		default:
			return p, nil
		}
	}
}
