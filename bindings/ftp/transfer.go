package ftp

import (
	"errors"
	"io"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/ftp"
)

// Transfer is a data connection of Lua.
type Transfer struct{ transfer *ftp.Transfer }

// tooLong is the error of a file that is longer than a session takes.
type tooLong struct{}

// Error returns the text.
func (tooLong) Error() string {
	return "ftp: the file is longer than the limit (option largest of dial); get writes it into a file"
}

// Code returns "too-long".
func (tooLong) Code() string { return "too-long" }

var errTooLong error = tooLong{}

func transferClass() bind.Member {
	return bind.Class("Transfer", "A data connection with the command that opened it. Until it is closed the session has no other commands.",
		bind.Method("reply", "The reply before the transfer: code 125 if the data connection stood already, otherwise 150.", func(t *Transfer, _ *bind.Call, _ bind.None) (reply, error) {
			return replied(t.transfer.Reply, nil)
		}),
		bind.Method("read", "Read some bytes.", (*Transfer).read).Returns("data string?", "at least one byte; nil at the end, when the server has said that all was well").Errors(data...),
		bind.MethodProc("write", "Write all of a text.", (*Transfer).write).Errors(data...),
		bind.MethodProc("close", "Close the data connection, which ends what is stored, and take the server's last reply.", func(t *Transfer, _ *bind.Call, _ bind.None) error { return t.transfer.Close() }).Errors(data...),
		bind.MethodProc("abort", "ABOR: break the transfer off; the session goes on.", func(t *Transfer, _ *bind.Call, _ bind.None) error { return t.transfer.Abort() }).Errors(failures...),
	)
}

type openArgs struct {
	Command  string `doc:"RETR, STOR, APPE, STOU, LIST, NLST or MLSD"`
	Argument string `doc:"what follows it" default:""`
}

func (s *Session) open(c *bind.Call, a openArgs) (*Transfer, error) {
	t, err := s.use(c).Open(a.Command, a.Argument)
	if err != nil {
		return nil, err
	}
	return &Transfer{t}, nil
}

type readArgs struct {
	Most int `doc:"bytes, at most" default:"65536" min:"1" max:"1048576"`
}

func (t *Transfer) read(c *bind.Call, a readArgs) (*string, error) {
	b := make([]byte, a.Most)
	n, err := t.transfer.Read(b)
	c.Charge(100 + n/32)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	if err == io.EOF {
		return nil, nil
	}
	text := string(b[:n])
	return &text, err
}

type writeArgs struct {
	Data string `doc:"what to send"`
}

func (t *Transfer) write(c *bind.Call, a writeArgs) error {
	c.Charge(100 + len(a.Data)/32)
	_, err := io.WriteString(t.transfer, a.Data)
	return err
}
