package sftp

import (
	"path"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine/scp"
	"github.com/moonwire-lab/moonwire/engine/ssh"
)

type scpFetchArgs struct {
	Host    string      `doc:"name or address of the server"`
	Path    string      `doc:"of the server's file, absolute, or from the user's folder on"`
	Options dialOptions `doc:"how to connect"`
}

// run runs a command of scp on a connection of its own.
func run(c *bind.Call, host string, o *dialOptions, command scp.Command, use func(*ssh.Channel) error) error {
	conn, err := connect(c, host, o)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Exec(command.String()); err != nil {
		return err
	}
	return use(conn.Channel)
}

func scpFetch(c *bind.Call, a scpFetchArgs) ([]byte, error) {
	b := &bounded{most: int64(a.Options.Largest)}
	err := run(c, a.Host, &a.Options, scp.Command{Path: a.Path}, func(channel *ssh.Channel) error {
		_, err := scp.Fetch(channel, b)
		return err
	})
	c.Charge(1000 + b.Len()/16)
	return b.Bytes(), err
}

type scpStoreArgs struct {
	Host    string      `doc:"name or address of the server"`
	Path    string      `doc:"of the server's file, absolute, or from the user's folder on"`
	Content string      `doc:"what to store"`
	Options dialOptions `doc:"how to connect"`
}

func scpStore(c *bind.Call, a scpStoreArgs) error {
	c.Charge(1000 + len(a.Content)/16)
	return run(c, a.Host, &a.Options, scp.Command{Take: true, Path: a.Path}, func(channel *ssh.Channel) error {
		return scp.Store(channel, path.Base(a.Path), int64(len(a.Content)), strings.NewReader(a.Content))
	})
}
