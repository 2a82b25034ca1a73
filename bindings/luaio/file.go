package luaio

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/afero"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

var errPopen = errors.New("'popen' not supported: there are no programs of the machine here; host.exec runs a script")

// A File is an open file or a standard stream.
type File struct {
	p             *process.Process
	file          afero.File // nil for a standard stream
	reader        *bufio.Reader
	writer        io.Writer
	reads, writes bool
	appends       bool
	std, closed   bool
	reading       bool // a task is in the middle of a read
	turn          sim.Queue
}

func fileClass() bind.Member {
	return bind.Class("File", "An open file.",
		bind.MethodVar("read", "Read by formats.", (*File).read).Returns("value any", "what each format gave, nil at the end of the file"),
		bind.MethodVar("write", "Write strings and numbers.", (*File).write).Returns("ok true|nil", "done", "message string?", "what went wrong"),
		bind.MethodVar("lines", "An iterator over the lines that are left.", (*File).lines).Returns("next function", "gives the next line, nil at the end"),
		bind.MethodVar("seek", "Move in the file and tell the position.", (*File).seek).
			Returns("position integer|nil", "bytes from the beginning", "message string?", "what went wrong"),
		bind.MethodVar("close", "Close the file.", (*File).close).Returns("ok true|nil", "done", "message string?", "what went wrong"),
		bind.MethodVar("flush", "Nothing is buffered; gives true.", (*File).flush).Returns("ok true", "done"),
		bind.MethodVar("setvbuf", "Nothing is buffered; gives true.", (*File).setvbuf).Returns("ok true", "done"),
	).Named(func(*File) string { return "FILE*" }, "FILE*").Group("FILE*").Shown(func(f *File, number uint64) string {
		if f.closed {
			return "file (closed)"
		}
		return fmt.Sprintf("file (0x%08x)", number)
	})
}

// openFile opens a file of the process's host in one of C's modes.
func openFile(p *process.Process, name, mode string) (*File, error) {
	flags, ok := map[string]int{
		"r": os.O_RDONLY, "w": os.O_WRONLY | os.O_CREATE | os.O_TRUNC, "a": os.O_WRONLY | os.O_CREATE | os.O_APPEND,
		"r+": os.O_RDWR, "w+": os.O_RDWR | os.O_CREATE | os.O_TRUNC, "a+": os.O_RDWR | os.O_CREATE | os.O_APPEND,
	}[strings.Replace(mode, "b", "", 1)]
	if !ok {
		return nil, syscall.EINVAL
	}
	path := p.Path(name)
	info, err := p.FS().Stat(path)
	if err == nil && info.IsDir() && flags != os.O_RDONLY {
		return nil, syscall.EISDIR
	}
	if err != nil && flags&os.O_CREATE == 0 {
		return nil, fs.ErrNotExist
	}
	f, err := p.FS().OpenFile(path, flags, 0o644)
	if err != nil {
		return nil, err
	}
	return &File{p: p, file: f, reads: flags&os.O_WRONLY == 0, writes: flags != os.O_RDONLY, appends: flags&os.O_APPEND != 0}, nil
}

// check raises if the file is closed.
func (f *File) check(c *bind.Call) {
	if f.closed {
		c.L.RaiseError("attempt to use a closed file")
	}
}

func (f *File) read(c *bind.Call, a readArgs) bind.Out {
	f.check(c)
	if f.reader == nil {
		if !f.reads {
			return c.Return(nil, "Bad file descriptor", 9)
		}
		if f.isFolder() {
			text, number := process.FileError(syscall.EISDIR)
			return c.Return(nil, text, number)
		}
		f.reader = bufio.NewReader(f.file)
	}
	f.takeTurn()
	defer f.passTurn()
	if len(a.Formats) == 0 {
		return c.Return(f.line(c))
	}
	var out []any
	for i, format := range a.Formats {
		v := f.one(c, i+1, format)
		out = append(out, v)
		if v == lua.LNil {
			break
		}
	}
	return c.Return(out...)
}

// isFolder reports whether f is a folder, which can be opened and not be read.
func (f *File) isFolder() bool {
	if f.file == nil {
		return false
	}
	info, err := f.file.Stat()
	return err == nil && info.IsDir()
}

// takeTurn waits while another task reads: the standard input may park it in the middle of a line.
func (f *File) takeTurn() {
	for f.reading {
		f.p.Sched().Wait(sim.Wait{Call: "read", On: f}, time.Time{}, &f.turn)
	}
	f.reading = true
}

func (f *File) passTurn() {
	f.reading = false
	f.turn.Wake()
}

// one reads what argument n, a format, asks for.
func (f *File) one(c *bind.Call, n int, format lua.LValue) lua.LValue {
	switch v := format.(type) {
	case lua.LNumber:
		return f.bytes(c, int(min(v, lua51.MaxString+1)))
	case lua.LString:
		switch {
		case strings.HasPrefix(string(v), "*l"):
			return f.line(c)
		case strings.HasPrefix(string(v), "*a"):
			return lua.LString(f.upTo(c, math.MaxInt))
		case strings.HasPrefix(string(v), "*n"):
			return f.number(c)
		}
	}
	if s, ok := format.(lua.LString); ok && !strings.HasPrefix(string(s), "*") || !ok {
		c.MisuseAt(n, "invalid option")
	}
	c.MisuseAt(n, "invalid format")
	return lua.LNil
}

// line reads up to the end of the line, which it leaves out.
func (f *File) line(c *bind.Call) lua.LValue {
	var text []byte
	for {
		part, err := f.reader.ReadSlice('\n')
		f.fits(c, len(text)+len(part))
		text = append(text, part...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && len(text) == 0 {
			return lua.LNil
		}
		c.Charge(len(text) / 32)
		return lua.LString(strings.TrimSuffix(string(text), "\n"))
	}
}

func (f *File) bytes(c *bind.Call, n int) lua.LValue {
	if n <= 0 {
		if _, err := f.reader.Peek(1); err != nil {
			return lua.LNil
		}
		return lua.LString("")
	}
	text := f.upTo(c, n)
	if text == "" {
		return lua.LNil
	}
	return lua.LString(text)
}

// upTo reads up to n bytes.
func (f *File) upTo(c *bind.Call, n int) string {
	var b strings.Builder
	io.CopyN(&b, f.reader, int64(min(n, lua51.MaxString+1))) // an error ends the file, as in C's library
	f.fits(c, b.Len())
	c.Charge(b.Len() / 32)
	return b.String()
}

// fits raises if n bytes are too many for one string.
func (f *File) fits(c *bind.Call, n int) {
	if n > lua51.MaxString {
		c.L.RaiseError("not enough memory: strings are up to %s long", lua51.Bytes(lua51.MaxString))
	}
}

// number reads the longest prefix of a number, as fscanf's %lf does.
func (f *File) number(c *bind.Call) lua.LValue {
	for f.take(nil, " \t\r\n\v\f") {
		c.Charge(1)
	}
	var text strings.Builder
	const decimal = "0123456789"
	f.take(&text, "+-")
	digits, exponent := decimal, "eE"
	if f.take(&text, "0") && f.take(&text, "xX") {
		digits, exponent = decimal+"abcdefABCDEF", ""
	}
	f.takeAll(&text, digits)
	f.take(&text, ".")
	f.takeAll(&text, digits)
	if f.take(&text, exponent) {
		f.take(&text, "+-")
		f.takeAll(&text, decimal)
	}
	if v, ok := lua51.ParseNumber(text.String()); ok {
		return v
	}
	return lua.LNil
}

// take moves the next byte to text if it is one of set.
func (f *File) take(text *strings.Builder, set string) bool {
	c, err := f.reader.Peek(1)
	if err != nil || strings.IndexByte(set, c[0]) < 0 {
		return false
	}
	f.reader.Discard(1)
	if text != nil {
		text.WriteByte(c[0])
	}
	return true
}

// takeAll takes at most 200 bytes of set, as C's library bounds a number.
func (f *File) takeAll(text *strings.Builder, set string) {
	for text.Len() < 200 && f.take(text, set) {
	}
}

// gathered is how much text write gathers before it writes it.
const gathered = 64 << 10

func (f *File) write(c *bind.Call, a writeArgs) bind.Out {
	f.check(c)
	w := f.writer
	if w == nil && f.writes {
		if err := f.settle(); err != nil {
			return failed(c, "", err)
		}
		w = f.file
	}
	var b strings.Builder
	for i, v := range a.Values {
		switch v := v.(type) {
		case lua.LString:
			b.WriteString(string(v))
		case lua.LNumber:
			b.WriteString(lua51.FormatNumber(v))
		default:
			c.MisuseAt(i+1, "string expected, got %s", v.Type().String())
		}
		if last := i == len(a.Values)-1; !last && b.Len() < gathered {
			continue
		}
		lua51.Charge(c.L, int64(b.Len()/32))
		if w == nil {
			return c.Return(nil, "Bad file descriptor", 9)
		}
		_, err := io.WriteString(w, b.String())
		lua51.Check(c.L)
		if err != nil {
			return failed(c, "", err)
		}
		b.Reset()
	}
	return c.Return(true)
}

// settle moves the file's own position to where the script believes it is: reading was ahead of it.
func (f *File) settle() error {
	if f.appends {
		f.reader = nil
		_, err := f.file.Seek(0, io.SeekEnd)
		return err
	}
	if f.reader == nil {
		return nil
	}
	_, err := f.file.Seek(-int64(f.reader.Buffered()), io.SeekCurrent)
	f.reader = nil
	return err
}

func (f *File) lines(c *bind.Call, _ bind.None) bind.Out {
	f.check(c)
	return c.Return(f.iterator(c, false))
}

func (f *File) iterator(c *bind.Call, closes bool) *lua.LFunction {
	return c.Function("lines", func(c *bind.Call) bind.Out {
		if f.closed {
			c.L.RaiseError("file is already closed")
		}
		if f.reader == nil && f.isFolder() {
			text, _ := process.FileError(syscall.EISDIR)
			c.L.RaiseError("%s", text)
		}
		out := f.read(c, readArgs{})
		if c.L.Get(-1) != lua.LNil {
			return out
		}
		if closes {
			f.shut()
		}
		return c.Return()
	})
}

type seekArgs struct {
	Whence string `doc:"set (from the beginning), cur (from here) or end" default:"cur" enum:"set,cur,end"`
	Offset int64  `doc:"bytes" default:"0"`
}

func (f *File) seek(c *bind.Call, a seekArgs) bind.Out {
	f.check(c)
	if f.file == nil {
		return c.Return(nil, "Illegal seek", 29)
	}
	if f.reader != nil {
		if _, err := f.file.Seek(-int64(f.reader.Buffered()), io.SeekCurrent); err != nil {
			return failed(c, "", err)
		}
		f.reader = nil
	}
	base, size := int64(0), int64(0)
	if info, err := f.file.Stat(); err == nil {
		size = info.Size()
	}
	switch a.Whence {
	case "cur":
		base, _ = f.file.Seek(0, io.SeekCurrent)
	case "end":
		base = size
	}
	if base+a.Offset < 0 {
		return c.Return(nil, "Invalid argument", 22)
	}
	at, err := f.file.Seek(base+a.Offset, io.SeekStart)
	if err != nil {
		return failed(c, "", err)
	}
	return c.Return(at)
}

func (f *File) close(c *bind.Call, _ bind.None) bind.Out { return f.closeOut(c) }

func (f *File) closeOut(c *bind.Call) bind.Out {
	f.check(c)
	if err := f.shut(); err != nil {
		return failed(c, "", err)
	}
	return c.Return(true)
}

// shut closes the file. A process may close its standard streams: they then refuse use.
func (f *File) shut() error {
	f.closed = true
	if f.file != nil {
		return f.file.Close()
	}
	return nil
}

func (f *File) flush(c *bind.Call, _ bind.None) bind.Out {
	f.check(c)
	return c.Return(true)
}

type setvbufArgs struct {
	Mode string `doc:"no, full or line" enum:"no,full,line"`
	Size int    `doc:"bytes" default:"0"`
}

func (f *File) setvbuf(c *bind.Call, _ setvbufArgs) bind.Out {
	f.check(c)
	return c.Return(true)
}

// String names the file in reports.
func (f *File) String() string {
	if f.file != nil {
		return fmt.Sprintf("file %s", f.file.Name())
	}
	return "standard stream"
}
