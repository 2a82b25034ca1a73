// Package luaio is the Lua module io: the process's standard streams and the files of its host.
package luaio

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
)

// Module is io of Lua 5.1 (manual 5.7) over the virtual host.
var Module = bind.New("io", "The standard streams of the process and the files of its host.", func() []bind.Member {
	return []bind.Member{
		bind.PUC(),
		bind.Var("open", "Open a file of the host.", open).
			Returns("file io.File|nil", "the open file", "message string?", "what went wrong", "errno integer?", "the system's number for it").
			Example(`local f = assert(io.open("/note.txt", "w"))
f:write("one\ntwo\n")
f:close()
for line in io.lines("/note.txt") do io.write("[", line, "]") end
print() --> [one][two]`),
		bind.Var("close", "Close a file, or the default output.", closeFile).Returns("ok true|nil", "done", "message string?", "what went wrong"),
		bind.Var("read", "Read from the default input.", read).Returns("value any", "what each format gave, nil at the end of the file"),
		bind.Var("write", "Write strings and numbers to the default output.", write).Returns("ok true|nil", "done", "message string?", "what went wrong"),
		bind.Var("lines", "An iterator over the lines of a file, which it closes at its end, or of the default input.", lines).
			Returns("next function", "gives the next line, nil at the end"),
		bind.Var("input", "The default input; with a file or a file's name, set it.", input).Returns("file io.File", "the default input"),
		bind.Var("output", "The default output; with a file or a file's name, set it.", output).Returns("file io.File", "the default output"),
		bind.Var("flush", "Nothing is buffered; gives true.", flush).Returns("ok true", "done"),
		bind.Var("type", "Whether a value is a file.", typeOf).Returns("kind string|nil", "\"file\", \"closed file\" or nil"),
		bind.Var("tmpfile", "A file without a name, open for reading and writing.", tmpfile).
			Returns("file io.File|nil", "the open file", "message string?", "what went wrong"),
		bind.Fn("popen", "Not possible: there are no programs of the machine in the world.", popen).Raises(),
		bind.Value("stdin", "io.File", "The standard input.", std(func(f *files) *File { return f.stdin })),
		bind.Value("stdout", "io.File", "The standard output.", std(func(f *files) *File { return f.stdout })),
		bind.Value("stderr", "io.File", "The standard error stream.", std(func(f *files) *File { return f.stderr })),
		fileClass(),
	}
})

// files are the standard and default files of one process.
type files struct {
	stdin, stdout, stderr *File
	input, output         *File
}

// filesOf returns the files of a process, made on the first call.
func filesOf(p *process.Process) *files {
	if f, ok := p.IO.(*files); ok {
		return f
	}
	f := &files{
		stdin:  &File{p: p, reader: p.Stdin.Reader, std: true},
		stdout: &File{p: p, writer: p.Stdout, std: true},
		stderr: &File{p: p, writer: p.Stderr, std: true},
	}
	f.input, f.output = f.stdin, f.stdout
	p.IO = f
	return f
}

func std(pick func(*files) *File) func(*lua.LState) lua.LValue {
	return func(L *lua.LState) lua.LValue {
		p, ok := bind.OwnerOf[*process.Process](L)
		if !ok {
			return lua.LNil
		}
		return bind.Object(L, pick(filesOf(p)))
	}
}

type openArgs struct {
	Name string `doc:"path of the file; the host sees the script's folder as its working directory, read-only, and writes to its own memory"`
	Mode string `doc:"r, w, a, r+, w+ or a+, with an optional b" default:"r"`
}

// What opening a file costs in fuel, and each folder of its path, which may have to be made.
const (
	openUnits   = 20
	folderUnits = 10
)

func open(c *bind.Call, a openArgs) bind.Out {
	p := process.Of(c)
	c.Charge(openUnits + folderUnits*strings.Count(a.Name, "/"))
	f, err := openFile(p, a.Name, a.Mode)
	if err != nil {
		return failed(c, a.Name, err)
	}
	return c.Return(f)
}

// failed gives nil, "name: reason" and the system's error number.
func failed(c *bind.Call, name string, err error) bind.Out {
	text, number := process.FileError(err)
	if name != "" {
		text = name + ": " + text
	}
	return c.Return(nil, text, number)
}

type fileArgs struct {
	File *File `doc:"an open file" default:"nil"`
}

func closeFile(c *bind.Call, a fileArgs) bind.Out {
	if a.File == nil {
		a.File = filesOf(process.Of(c)).output
	}
	return a.File.closeOut(c)
}

type readArgs struct {
	Formats []lua.LValue `doc:"\"*l\" (a line, the default), \"*n\" (a number), \"*a\" (all that is left) or a number of bytes" rest:"true"`
}

func read(c *bind.Call, a readArgs) bind.Out {
	return filesOf(process.Of(c)).input.read(c, a)
}

type writeArgs struct {
	Values []lua.LValue `doc:"strings and numbers" rest:"true"`
}

func write(c *bind.Call, a writeArgs) bind.Out {
	return filesOf(process.Of(c)).output.write(c, a)
}

type linesArgs struct {
	Name *string `doc:"path of the file; the default input if left out"`
}

func lines(c *bind.Call, a linesArgs) bind.Out {
	p := process.Of(c)
	if a.Name == nil {
		return c.Return(filesOf(p).input.iterator(c, false))
	}
	f, err := openFile(p, *a.Name, "r")
	if err != nil {
		text, _ := process.FileError(err)
		c.Misuse("name", "%s: %s", *a.Name, text)
	}
	return c.Return(f.iterator(c, true))
}

type redirectArgs struct {
	File lua.LValue `doc:"an open file, or the path of one to open" type:"io.File|string" default:"nil"`
}

func input(c *bind.Call, a redirectArgs) bind.Out {
	fs := filesOf(process.Of(c))
	redirect(c, &fs.input, a.File, "r")
	return c.Return(fs.input)
}

func output(c *bind.Call, a redirectArgs) bind.Out {
	fs := filesOf(process.Of(c))
	redirect(c, &fs.output, a.File, "w")
	return c.Return(fs.output)
}

func redirect(c *bind.Call, to **File, v lua.LValue, mode string) {
	if v == lua.LNil {
		return
	}
	if f, ok := bind.As[File](v); ok {
		*to = f
		return
	}
	name, ok := v.(lua.LString)
	if !ok {
		c.Misuse("file", "string expected, got %s", v.Type().String())
	}
	f, err := openFile(process.Of(c), string(name), mode)
	if err != nil {
		text, _ := process.FileError(err)
		c.L.RaiseError("%s: %s", string(name), text)
	}
	*to = f
}

func flush(c *bind.Call, _ bind.None) bind.Out {
	return filesOf(process.Of(c)).output.flush(c, bind.None{})
}

type anyArgs struct {
	Value lua.LValue `doc:"any value"`
}

func typeOf(c *bind.Call, a anyArgs) bind.Out {
	f, ok := bind.As[File](a.Value)
	switch {
	case !ok:
		return c.Return(nil)
	case f.closed:
		return c.Return("closed file")
	}
	return c.Return("file")
}

func tmpfile(c *bind.Call, _ bind.None) bind.Out {
	f, err := process.Of(c).Host().TempFile()
	if err != nil {
		return failed(c, "", err)
	}
	return c.Return(&File{p: process.Of(c), file: f, reads: true, writes: true})
}

type popenArgs struct {
	Command string `doc:"a command line"`
	Mode    string `doc:"r or w" default:"r"`
}

func popen(*bind.Call, popenArgs) (lua.LValue, error) {
	return nil, errPopen
}
