package ftp_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/ftp"
	"github.com/moonwire-lab/moonwire/engine/pki"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// bulk is how many bytes go over the wire for each operation.
const bulk = 64 << 20

// A plainClient is a client without anything of ours in it.
type plainClient struct {
	net.Conn
	in *bufio.Reader
}

func newPlainClient(b *testing.B, address string) *plainClient {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	c := &plainClient{conn, bufio.NewReader(conn)}
	c.hear(b, "220")
	c.say(b, "USER anonymous", "331")
	c.say(b, "PASS me@lab", "230")
	c.say(b, "TYPE I", "200")
	return c
}

func (c *plainClient) hear(b *testing.B, want string) string {
	line, err := c.in.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, want) {
		b.Fatalf("want %s, got %q, %v", want, line, err)
	}
	return line
}

func (c *plainClient) say(b *testing.B, line, want string) string {
	fmt.Fprintf(c, "%s\r\n", line)
	return c.hear(b, want)
}

// data opens a data connection and sends a command.
func (c *plainClient) data(b *testing.B, line string) net.Conn {
	var port int
	text := c.say(b, "EPSV", "229")
	if _, err := fmt.Sscanf(text[strings.Index(text, "|||")+3:], "%d", &port); err != nil {
		b.Fatal(err)
	}
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		b.Fatal(err)
	}
	c.say(b, line, "1")
	return conn
}

func transfers(b *testing.B, address string, store bool) {
	c := newPlainClient(b, address)
	defer c.Close()
	piece := make([]byte, 1<<20)
	b.SetBytes(bulk)
	b.ResetTimer()
	for b.Loop() {
		n := 0
		if store {
			conn := c.data(b, "STOR incoming/bulk")
			for n < bulk {
				m, err := conn.Write(piece)
				if n += m; err != nil {
					b.Fatal(err)
				}
			}
			conn.Close()
		} else {
			conn := c.data(b, "RETR pub/bulk")
			for {
				m, err := conn.Read(piece)
				if n += m; err == io.EOF {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
			conn.Close()
		}
		c.hear(b, "226")
		if n != bulk {
			b.Fatal(n, "bytes")
		}
	}
	b.StopTimer()
}

// BenchmarkBulk fetches and stores 64 MiB over the loopback network, with the same client, from our server and from vsftpd.
func BenchmarkBulk(b *testing.B) {
	for _, name := range []string{"retr", "stor"} {
		store := name == "stor"
		b.Run(name+"/ours", func(b *testing.B) {
			interop.Run(b, func(m *interop.Machine) {
				fs := afero.NewMemMapFs()
				fs.MkdirAll("/incoming", 0o755)
				if err := afero.WriteFile(fs, "/pub/bulk", make([]byte, bulk), 0o644); err != nil {
					b.Error(err)
					return
				}
				l, err := m.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					b.Error(err)
					return
				}
				s := &ftp.Server{Account: func(string) (ftp.Account, bool) { return ftp.Account{Guest: true, FS: fs}, true }}
				m.Go("ftp", func() { s.Serve(m.Stack, l) })
				m.Scheduler().Block(sim.Wait{Call: "client"}, func() { transfers(b, l.Addr().String(), store) })
				s.Close()
			})
		})
		b.Run(name+"/vsftpd", func(b *testing.B) {
			authority, err := pki.New(1)
			if err != nil {
				b.Fatal(err)
			}
			address, root := startVsftpd(b, authority)
			if err := os.WriteFile(filepath.Join(root, "pub", "bulk"), make([]byte, bulk), 0o644); err != nil {
				b.Fatal(err)
			}
			transfers(b, address, store)
		})
	}
}
