package sftp

import (
	"bytes"
	"io/fs"
	"path"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/sftp"
	"github.com/moonwire-lab/moonwire/engine/ssh"
)

// Session is a session of Lua.
type Session struct {
	conn    *ssh.Client
	client  *sftp.Client
	p       *process.Process
	largest int64
}

// use returns the client for a request, which costs fuel.
func (s *Session) use(c *bind.Call) *sftp.Client {
	c.Charge(1000)
	return s.client
}

var failures = []string{"not-found", "denied", "exists", "limit", "too-long", "failed", "timeout", "closed", "reset", "protocol"}

func sessionClass() bind.Member {
	return bind.Class("Session", "A session with a server. A refusal is an error, after which the session goes on.",
		bind.Method("fingerprint", "The hash of the server's key, as ssh shows it.", func(s *Session, _ *bind.Call, _ bind.None) (string, error) {
			return gossh.FingerprintSHA256(s.conn.HostKey), nil
		}),
		bind.Method("version", "What the server calls itself.", func(s *Session, _ *bind.Call, _ bind.None) (string, error) { return s.conn.Version, nil }),
		bind.Method("list", "The files of a folder, by name.", (*Session).list).Returns("files", "name, type, size, modified, mode of each").Errors(failures...),
		bind.Method("stat", "What is known of a file or folder.", func(s *Session, c *bind.Call, a pathArgs) (File, error) {
			attrs, err := s.use(c).Stat(a.Path)
			return shown(path.Base("/"+a.Path), attrs), err
		}).Returns("file", "name, type, size, modified, mode").Errors(failures...),
		bind.Method("realpath", "The absolute form of a path.", func(s *Session, c *bind.Call, a pathArgs) (string, error) { return s.use(c).Realpath(a.Path) }).Errors(failures...),
		bind.Method("fetch", "What is in a file.", (*Session).fetch).Returns("content", "all of it").Errors(failures...),
		bind.Method("store", "Store a file.", (*Session).store).Returns("sent", "bytes of the content").Errors(failures...),
		bind.Method("get", "Fetch a file into one of this host.", (*Session).get).Returns("bytes", "how many were written").Errors(failures...),
		bind.Method("put", "Store a file of this host.", (*Session).put).Returns("bytes", "how many were read").Errors(failures...),
		bind.MethodProc("mkdir", "Make a folder.", func(s *Session, c *bind.Call, a pathArgs) error { return s.use(c).Mkdir(a.Path) }).Errors(failures...),
		bind.MethodProc("rmdir", "Delete an empty folder.", func(s *Session, c *bind.Call, a pathArgs) error { return s.use(c).Rmdir(a.Path) }).Errors(failures...),
		bind.MethodProc("remove", "Delete a file.", func(s *Session, c *bind.Call, a pathArgs) error { return s.use(c).Remove(a.Path) }).Errors(failures...),
		bind.MethodProc("rename", "Rename a file or folder; the new name must be free.", func(s *Session, c *bind.Call, a renameArgs) error { return s.use(c).Rename(a.From, a.To) }).Errors(failures...),
		bind.MethodProc("close", "End the session.", func(s *Session, c *bind.Call, _ bind.None) error { s.use(c); s.conn.Close(); return nil }),
	)
}

// A File is an entry of a listing.
type File struct {
	Name     string  `doc:"its name"`
	Type     string  `doc:"file or dir"`
	Size     *int64  `doc:"bytes; nil of a folder"`
	Modified *int64  `doc:"as os.time counts; nil if the server does not tell"`
	Mode     *string `doc:"such as rw-r--r--; nil if the server does not tell"`
}

func shown(name string, a sftp.Attrs) File {
	f := File{Name: name, Type: "file"}
	if a.IsDir() {
		f.Type = "dir"
	} else if a.Size != nil {
		size := int64(min(*a.Size, 1<<53))
		f.Size = &size
	}
	if a.Modified != nil {
		seconds := int64(*a.Modified)
		f.Modified = &seconds
	}
	if a.Mode != nil {
		mode := (fs.FileMode(*a.Mode) & fs.ModePerm).String()[1:]
		f.Mode = &mode
	}
	return f
}

type pathArgs struct {
	Path string `doc:"absolute, or from the user's folder on"`
}

type folderArgs struct {
	Path string `doc:"absolute, or from the user's folder on" default:"."`
}

type renameArgs struct {
	From string `doc:"path of the file"`
	To   string `doc:"path that it gets"`
}

func (s *Session) list(c *bind.Call, a folderArgs) ([]File, error) {
	entries, err := s.use(c).List(a.Path)
	list := make([]File, len(entries))
	for i, e := range entries {
		list[i] = shown(e.Name, e.Attrs)
	}
	c.Charge(20 * len(list))
	return list, err
}

// A bounded buffer takes so many bytes and no more.
type bounded struct {
	bytes.Buffer
	most int64
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if int64(b.Len()+len(p)) > b.most {
		return 0, tooLong{}
	}
	return b.Buffer.Write(p)
}

// tooLong is the error of a file that is longer than a session takes.
type tooLong struct{}

// Error returns the text.
func (tooLong) Error() string {
	return "sftp: the file is longer than the limit (option largest of dial); get writes it into a file"
}

// Code returns "too-long".
func (tooLong) Code() string { return "too-long" }

func (s *Session) fetch(c *bind.Call, a pathArgs) ([]byte, error) {
	b := &bounded{most: s.largest}
	_, err := s.use(c).Fetch(a.Path, b)
	c.Charge(b.Len() / 16)
	return b.Bytes(), err
}

type storeArgs struct {
	Path    string `doc:"absolute, or from the user's folder on"`
	Content string `doc:"what to store"`
}

func (s *Session) store(c *bind.Call, a storeArgs) (int64, error) {
	c.Charge(len(a.Content) / 16)
	return s.use(c).Store(a.Path, strings.NewReader(a.Content))
}

type getArgs struct {
	Path string  `doc:"of the server's file"`
	To   *string `doc:"of this host's; if left out it has the name of the server's, in this process's folder"`
}

func (s *Session) get(c *bind.Call, a getArgs) (int64, error) {
	to := path.Base(a.Path)
	if a.To != nil {
		to = *a.To
	}
	f, err := s.p.Create(to)
	if err != nil {
		return 0, err
	}
	n, err := s.use(c).Fetch(a.Path, f)
	c.Charge(int(n / 16))
	if closed := f.Close(); err == nil {
		err = closed
	}
	return n, err
}

type putArgs struct {
	Path string  `doc:"of this host's file"`
	To   *string `doc:"of the server's; if left out it has the name of this host's, in the user's folder"`
}

func (s *Session) put(c *bind.Call, a putArgs) (int64, error) {
	to := path.Base(a.Path)
	if a.To != nil {
		to = *a.To
	}
	content, err := process.ReadFile(s.p.FS(), s.p.Path(a.Path))
	if err != nil {
		return 0, err
	}
	c.Charge(len(content) / 16)
	return s.use(c).Store(to, bytes.NewReader(content))
}
