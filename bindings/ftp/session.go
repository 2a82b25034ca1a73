package ftp

import (
	"bytes"
	"io"
	"strings"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/ftp"
)

// Session is a session of Lua.
type Session struct {
	client  *ftp.Client
	p       *process.Process
	largest int64
}

// use returns the client for a command, which costs fuel.
func (s *Session) use(c *bind.Call) *ftp.Client {
	c.Charge(300)
	return s.client
}

func sessionClass() bind.Member {
	return bind.Class("Session", "A session with a server. Most methods are a command; a refusal is an error, after which the session goes on.",
		bind.Method("greeting", "The server's first reply.", func(s *Session, c *bind.Call, _ bind.None) (reply, error) { return replied(s.use(c).Greeting, nil) }),
		bind.Method("user", "USER: say who it is; code 331 asks for a password.", func(s *Session, c *bind.Call, a userArgs) (reply, error) { return replied(s.use(c).User(a.User)) }).Errors(logins...),
		bind.Method("pass", "PASS: show the password; code 332 asks for an account.", func(s *Session, c *bind.Call, a passArgs) (reply, error) { return replied(s.use(c).Pass(a.Password)) }).Errors(logins...),
		bind.Method("acct", "ACCT: name an account.", func(s *Session, c *bind.Call, a acctArgs) (reply, error) { return replied(s.use(c).Acct(a.Account)) }).Errors(logins...),
		bind.MethodProc("login", "USER, PASS and ACCT, as far as the server asks for them.",
			func(s *Session, c *bind.Call, a loginArgs) error {
				return s.use(c).Login(a.User, a.Password, a.Account)
			}).Errors(logins...),
		bind.MethodProc("auth_tls", "AUTH TLS, PBSZ and PROT P: put commands and data under TLS.", func(s *Session, c *bind.Call, _ bind.None) error { return s.use(c).AuthTLS() }).Errors(logins...),
		bind.MethodProc("protect", "PROT: say whether data connections are under TLS.", func(s *Session, c *bind.Call, a protectArgs) error { return s.use(c).Protect(a.Private) }).Errors(logins...),
		bind.MethodProc("active", "Say who makes the data connections from now on: the server (true) or the client.", func(s *Session, c *bind.Call, a activeArgs) error {
			s.use(c).Options.Active = a.Active
			return nil
		}),
		bind.MethodProc("type", "TYPE: send files as lines of text (\"A\", as at first) or as bytes (\"I\").", func(s *Session, c *bind.Call, a typeArgs) error { return s.use(c).Type(a.Code) }).Errors(failures...),
		bind.MethodProc("cwd", "CWD: change the folder.", func(s *Session, c *bind.Call, a pathArgs) error { return s.use(c).Cwd(a.Path) }).Errors(files...),
		bind.MethodProc("cdup", "CDUP: change to the folder above.", func(s *Session, c *bind.Call, _ bind.None) error { return s.use(c).Cdup() }).Errors(files...),
		bind.Method("pwd", "PWD: the folder.", func(s *Session, c *bind.Call, _ bind.None) (string, error) { return s.use(c).Pwd() }).Returns("path", "its path").Errors(failures...),
		bind.Method("mkd", "MKD: make a folder.", func(s *Session, c *bind.Call, a pathArgs) (string, error) { return s.use(c).Mkd(a.Path) }).Returns("path", "its path").Errors(files...),
		bind.MethodProc("rmd", "RMD: delete an empty folder.", func(s *Session, c *bind.Call, a pathArgs) error { return s.use(c).Rmd(a.Path) }).Errors(files...),
		bind.MethodProc("dele", "DELE: delete a file.", func(s *Session, c *bind.Call, a pathArgs) error { return s.use(c).Dele(a.Path) }).Errors(files...),
		bind.MethodProc("rename", "RNFR and RNTO: rename a file or folder.", func(s *Session, c *bind.Call, a renameArgs) error { return s.use(c).Rename(a.From, a.To) }).Errors(files...),
		bind.Method("size", "SIZE: how many bytes retr would get in the present type.", func(s *Session, c *bind.Call, a pathArgs) (int64, error) { return s.use(c).Size(a.Path) }).Errors(files...),
		bind.Method("mdtm", "MDTM: when a file was changed.", (*Session).mdtm).Returns("time", "as os.time counts").Errors(files...),
		bind.Method("mlst", "MLST: what is known of a file or folder.", func(s *Session, c *bind.Call, a pathArgs) (File, error) {
			return shown(s.use(c).Mlst(a.Path))
		}).Returns("file", "name, type, size, modified, mode").Errors(files...),
		bind.Method("mlsd", "MLSD: the files of a folder, as told for programs.", func(s *Session, c *bind.Call, a folderArgs) ([]File, error) { return listed(s.use(c).Mlsd(a.Path)) }).
			Returns("files", "name, type, size, modified, mode of each").Errors(data...),
		bind.Method("list", "LIST: the files of a folder, as told for people; lines that are none of Unix or Windows are left out.", func(s *Session, c *bind.Call, a folderArgs) ([]File, error) {
			return listed(s.use(c).List(a.Path))
		}).Returns("files", "name, type, size, modified, mode of each").Errors(data...),
		bind.Method("nlst", "NLST: the names in a folder.", func(s *Session, c *bind.Call, a folderArgs) ([]string, error) { return s.use(c).Nlst(a.Path) }).Returns("names", "one text each").Errors(data...),
		bind.Method("retr", "RETR: fetch a file.", (*Session).retr).Returns("content", "what is in it; in type A its lines end with LF").Errors(data...),
		bind.Method("stor", "STOR: store a file.", (*Session).stor).Returns("sent", "bytes of the content").Errors(data...),
		bind.Method("appe", "APPE: add to the end of a file.", (*Session).appe).Returns("sent", "bytes of the content").Errors(data...),
		bind.Method("stou", "STOU: store a file under a name that no file has.", (*Session).stou).Returns("text", "the reply in which the server tells the name").Errors(data...),
		bind.Method("get", "RETR: fetch a file into one of this host.", (*Session).get).Returns("bytes", "how many were written").Errors(data...),
		bind.Method("put", "STOR: store a file of this host.", (*Session).put).Returns("bytes", "how many were read").Errors(data...),
		bind.Method("open", "Send a command that has a data connection, such as RETR or LIST, and open that connection.", (*Session).open).Returns("transfer", "the data connection").Errors(data...),
		bind.Method("feat", "FEAT: the extensions of the server.", func(s *Session, c *bind.Call, _ bind.None) ([]string, error) { return s.use(c).Feat() }).Returns("features", "one text each").Errors(failures...),
		bind.Method("syst", "SYST: the kind of system.", func(s *Session, c *bind.Call, _ bind.None) (string, error) { return s.use(c).Syst() }).Errors(failures...),
		bind.Method("stat", "STAT: how the session stands, or a listing over the control connection.", func(s *Session, c *bind.Call, a folderArgs) (reply, error) { return replied(s.use(c).Stat(a.Path)) }).Errors(failures...),
		bind.Method("help", "HELP: what the server says of its commands.", func(s *Session, c *bind.Call, a helpArgs) (reply, error) { return replied(s.use(c).Help(a.Command)) }).Errors(failures...),
		bind.MethodProc("noop", "NOOP: show that both are there.", func(s *Session, c *bind.Call, _ bind.None) error { return s.use(c).Noop() }).Errors(failures...),
		bind.Method("command", "Send a line for which there is no method; it must not be one with a data connection.",
			func(s *Session, c *bind.Call, a commandArgs) (reply, error) { return replied(s.use(c).Command(a.Line)) }).Errors(failures...),
		bind.MethodProc("quit", "QUIT: end the session.", func(s *Session, c *bind.Call, _ bind.None) error { return s.use(c).Quit() }).Errors(failures...),
		bind.MethodProc("close", "Break the connection off.", func(s *Session, c *bind.Call, _ bind.None) error { s.use(c).Close(); return nil }),
	)
}

var (
	failures = []string{"invalid", "unsupported", "failed", "timeout", "closed", "reset", "protocol"}
	logins   = []string{"denied", "unsupported", "failed", "timeout", "closed", "reset", "protocol"}
	files    = []string{"not-found", "denied", "limit", "failed", "timeout", "closed", "reset", "protocol"}
	data     = []string{"not-found", "denied", "limit", "unreachable", "too-long", "failed", "timeout", "closed", "reset", "protocol"}
)

type reply struct {
	bind.Tuple
	Code int    `doc:"three digits"`
	Text string `doc:"the rest; its lines separated by LF"`
}

func replied(r ftp.Reply, err error) (reply, error) { return reply{Code: r.Code, Text: r.Text}, err }

// A File is an entry of a listing.
type File struct {
	Name     string  `doc:"its name"`
	Type     string  `doc:"file, dir or link"`
	Size     *int64  `doc:"bytes; nil of a folder, or if the server does not tell"`
	Modified *int64  `doc:"as os.time counts; nil if the server does not tell"`
	Mode     *string `doc:"such as rw-r--r--; nil if the server does not tell"`
}

func shown(e ftp.Entry, err error) (File, error) {
	f := File{Name: e.Name, Type: e.Type}
	if e.Size >= 0 && e.Type == "file" {
		f.Size = &e.Size
	}
	if !e.Modified.IsZero() {
		seconds := e.Modified.Unix()
		f.Modified = &seconds
	}
	if e.Mode != "" {
		f.Mode = &e.Mode
	}
	return f, err
}

func listed(entries []ftp.Entry, err error) ([]File, error) {
	list := make([]File, len(entries))
	for i, e := range entries {
		list[i], _ = shown(e, nil)
	}
	return list, err
}

type userArgs struct {
	User string `doc:"the user's name"`
}

type passArgs struct {
	Password string `doc:"the password"`
}

type acctArgs struct {
	Account string `doc:"the account's name"`
}

type loginArgs struct {
	User     string `doc:"the user's name" default:"anonymous"`
	Password string `doc:"the password; guests give their mail address" default:"guest"`
	Account  string `doc:"an account, if the server asks for one" default:""`
}

type protectArgs struct {
	Private bool `doc:"under TLS"`
}

type activeArgs struct {
	Active bool `doc:"the server connects"`
}

type typeArgs struct {
	Code string `doc:"A or I" enum:"A,I"`
}

type pathArgs struct {
	Path string `doc:"absolute, or from the folder on"`
}

type folderArgs struct {
	Path string `doc:"absolute, or from the folder on; the folder itself if left out" default:""`
}

type renameArgs struct {
	From string `doc:"path of the file"`
	To   string `doc:"path that it gets"`
}

type helpArgs struct {
	Command string `doc:"a command; all if left out" default:""`
}

type commandArgs struct {
	Line string `doc:"the line, without its end"`
}

func (s *Session) mdtm(c *bind.Call, a pathArgs) (int64, error) {
	t, err := s.use(c).Mdtm(a.Path)
	return t.Unix(), err
}

type retrArgs struct {
	Path   string `doc:"absolute, or from the folder on"`
	Offset int64  `doc:"how many bytes to leave out at the beginning (REST)" default:"0" min:"0"`
}

func (s *Session) retr(c *bind.Call, a retrArgs) ([]byte, error) {
	t, err := s.use(c).Retr(a.Path, a.Offset)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(t, s.largest+1))
	c.Charge(len(text) / 32)
	if int64(len(text)) > s.largest {
		t.Abort()
		return nil, errTooLong
	}
	return text, err
}

type storArgs struct {
	Path    string `doc:"absolute, or from the folder on"`
	Content string `doc:"what to store; in type A its lines end with LF"`
	Offset  int64  `doc:"where in the file to begin (REST)" default:"0" min:"0"`
}

func (s *Session) stor(c *bind.Call, a storArgs) (int, error) {
	t, err := s.use(c).Stor(a.Path, a.Offset)
	return len(a.Content), s.send(c, t, err, a.Content)
}

type appeArgs struct {
	Path    string `doc:"absolute, or from the folder on"`
	Content string `doc:"what to add"`
}

func (s *Session) appe(c *bind.Call, a appeArgs) (int, error) {
	t, err := s.use(c).Open("APPE", a.Path)
	return len(a.Content), s.send(c, t, err, a.Content)
}

type stouArgs struct {
	Content string `doc:"what to store"`
}

func (s *Session) stou(c *bind.Call, a stouArgs) (string, error) {
	t, err := s.use(c).Open("STOU", "")
	if err = s.send(c, t, err, a.Content); err != nil {
		return "", err
	}
	return t.Reply.Text, nil
}

// send writes all of a content and closes the transfer, if it could be begun.
func (s *Session) send(c *bind.Call, t *ftp.Transfer, err error, content string) error {
	if err != nil {
		return err
	}
	c.Charge(len(content) / 32)
	if _, err = io.Copy(t, strings.NewReader(content)); err != nil {
		t.Close()
		return err
	}
	return t.Close()
}

type getArgs struct {
	Path string  `doc:"of the server's file"`
	To   *string `doc:"of this host's; if left out it has the name of the server's, in this process's folder"`
}

func (s *Session) get(c *bind.Call, a getArgs) (int64, error) {
	to := base(a.Path)
	if a.To != nil {
		to = *a.To
	}
	f, err := s.p.Create(to)
	if err != nil {
		return 0, err
	}
	n, err := s.use(c).Fetch(a.Path, f)
	c.Charge(int(n / 32))
	if closed := f.Close(); err == nil {
		err = closed
	}
	return n, err
}

type putArgs struct {
	Path string  `doc:"of this host's file"`
	To   *string `doc:"of the server's; if left out it has the name of this host's, in the folder"`
}

func (s *Session) put(c *bind.Call, a putArgs) (int64, error) {
	to := base(a.Path)
	if a.To != nil {
		to = *a.To
	}
	content, err := process.ReadFile(s.p.FS(), s.p.Path(a.Path))
	if err != nil {
		return 0, err
	}
	n, err := s.use(c).Store(to, bytes.NewReader(content))
	c.Charge(int(n / 32))
	return n, err
}

func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
