package ssh

import (
	"strings"

	"golang.org/x/crypto/ssh"
)

// The messages, as x/crypto/ssh lays them out: the tag is the number.

type disconnectMsg struct {
	Reason   uint32 `sshtype:"1"`
	Text     string
	Language string
}

type serviceMsg struct {
	Name string `sshtype:"5|6"`
}

type kexInitMsg struct {
	Cookie             [16]byte `sshtype:"20"`
	Kex                []string
	HostKeys           []string
	CiphersOut         []string // client to server
	CiphersIn          []string
	MACsOut            []string
	MACsIn             []string
	CompressionOut     []string
	CompressionIn      []string
	LanguagesOut       []string
	LanguagesIn        []string
	FirstPacketFollows bool
	Reserved           uint32
}

type extInfoMsg struct {
	Count uint32 `sshtype:"7"`
	Name  string
	Value []string
}

type ecdhInitMsg struct {
	Public []byte `sshtype:"30"`
}

type ecdhReplyMsg struct {
	HostKey   []byte `sshtype:"31"`
	Public    []byte
	Signature []byte
}

type authRequestMsg struct {
	User    string `sshtype:"50"`
	Service string
	Method  string
	Rest    []byte `ssh:"rest"`
}

type authFailureMsg struct {
	Methods []string `sshtype:"51"`
	Partial bool
}

type pubKeyOKMsg struct {
	Algorithm string `sshtype:"60"`
	Key       []byte
}

type globalRequestMsg struct {
	Name      string `sshtype:"80"`
	WantReply bool
	Rest      []byte `ssh:"rest"`
}

type openMsg struct {
	Type   string `sshtype:"90"`
	Sender uint32
	Window uint32
	Packet uint32
	Rest   []byte `ssh:"rest"`
}

type openConfirmMsg struct {
	Recipient uint32 `sshtype:"91"`
	Sender    uint32
	Window    uint32
	Packet    uint32
	Rest      []byte `ssh:"rest"`
}

type openFailureMsg struct {
	Recipient uint32 `sshtype:"92"`
	Reason    uint32
	Text      string
	Language  string
}

type windowMsg struct {
	Recipient uint32 `sshtype:"93"`
	Bytes     uint32
}

type dataMsg struct {
	Recipient uint32 `sshtype:"94"`
	Length    uint32
	Rest      []byte `ssh:"rest"`
}

type extendedDataMsg struct {
	Recipient uint32 `sshtype:"95"`
	Type      uint32
	Data      []byte
}

type channelMsg struct {
	Recipient uint32 `sshtype:"96|97|99|100"`
}

type requestMsg struct {
	Recipient uint32 `sshtype:"98"`
	Name      string
	WantReply bool
	Rest      []byte `ssh:"rest"`
}

// send sends a message.
func (t *transport) send(m any) error { return t.write(ssh.Marshal(m)) }

// sendNumbered sends a message of a type with several numbers.
func (t *transport) sendNumbered(n byte, m any) error {
	p := ssh.Marshal(m)
	p[0] = n
	return t.write(p)
}

// parse reads a payload as a message.
func parse(p []byte, m any) error {
	if err := ssh.Unmarshal(p, m); err != nil {
		return protocolError("%s: %s", messageName(p[0]), strings.TrimPrefix(err.Error(), "ssh: "))
	}
	return nil
}

// disconnected is the error of a message DISCONNECT.
func disconnected(p []byte) error {
	var m disconnectMsg
	if err := parse(p, &m); err != nil {
		return err
	}
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, m.Text[:min(len(m.Text), 200)])
	return &Error{"the other side has ended the connection: " + text, "closed"}
}
