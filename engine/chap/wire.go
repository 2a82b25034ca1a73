package chap

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A Code says what a packet is (RFC 1994 4).
type Code byte

// The codes.
const (
	CodeChallenge Code = 1
	CodeResponse  Code = 2
	CodeSuccess   Code = 3
	CodeFailure   Code = 4
)

var codes = [...]string{CodeChallenge: "challenge", CodeResponse: "response", CodeSuccess: "success", CodeFailure: "failure"}

// String returns the code's name in lower case.
func (c Code) String() string {
	if int(c) < len(codes) && codes[c] != "" {
		return codes[c]
	}
	return fmt.Sprintf("code %d", byte(c))
}

// A Packet is one step of the exchange.
type Packet struct {
	Code  Code
	ID    byte   // of the challenge and what belongs to it
	Value []byte // of a challenge and a response: 1 to 255 bytes
	Name  string // of a challenge and a response: who sends it
	Text  string // of a success and a failure: for people
}

// Append appends the packet as it goes over the wire (RFC 1994 4). It fails if the value is empty or too long, or the packet would be longer
// than a receiver of this package takes, 1,024 bytes.
func (p Packet) Append(to []byte) ([]byte, error) {
	body := []byte(p.Text)
	if p.valued() {
		if len(p.Value) < 1 || len(p.Value) > 255 {
			return nil, protocolError(fmt.Sprintf("a value of %d bytes", len(p.Value)))
		}
		body = append([]byte{byte(len(p.Value))}, p.Value...)
		body = append(body, p.Name...)
	}
	if len(body)+4 > maxPacket {
		return nil, protocolError("a name or text that is too long")
	}
	to = append(to, byte(p.Code), p.ID)
	to = binary.BigEndian.AppendUint16(to, uint16(4+len(body)))
	return append(to, body...), nil
}

func (p Packet) valued() bool { return p.Code == CodeChallenge || p.Code == CodeResponse }

// Parse reads a packet that fills b.
func Parse(b []byte) (Packet, error) {
	if len(b) < 4 || int(binary.BigEndian.Uint16(b[2:])) != len(b) {
		return Packet{}, protocolError("a packet whose length is wrong")
	}
	p, body := Packet{Code: Code(b[0]), ID: b[1]}, b[4:]
	switch {
	case p.Code < CodeChallenge || p.Code > CodeFailure:
		return Packet{}, protocolError("a packet of " + p.Code.String())
	case !p.valued():
		p.Text = string(body)
	case len(body) == 0 || body[0] == 0 || int(body[0]) > len(body)-1:
		return Packet{}, protocolError("a value that is longer than its packet, or empty")
	default:
		n := 1 + int(body[0])
		p.Value, p.Name = append([]byte(nil), body[1:n]...), string(body[n:])
	}
	return p, nil
}

// Read reads a packet from a stream.
func Read(r io.Reader) (Packet, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Packet{}, err
	}
	n := int(binary.BigEndian.Uint16(head[2:]))
	if n < 4 || n > maxPacket {
		return Packet{}, protocolError(fmt.Sprintf("a packet of %d bytes", n))
	}
	b := append(make([]byte, 0, n), head[:]...)[:n]
	if _, err := io.ReadFull(r, b[4:]); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return Packet{}, err
	}
	return Parse(b)
}

// String describes the packet in a line.
func (p Packet) String() string {
	if p.valued() {
		return fmt.Sprintf("%s %d %x from %q", p.Code, p.ID, p.Value, p.Name)
	}
	return fmt.Sprintf("%s %d %q", p.Code, p.ID, p.Text)
}
