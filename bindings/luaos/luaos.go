// Package luaos is the Lua module os: time and date of the world's clock, the host's file system, the
// process's exit.
package luaos

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path"
	"time"

	"github.com/spf13/afero"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
)

// Module is os of Lua 5.1 (manual 5.8) over the virtual host.
var Module = bind.New("os", "Time, date, files and exit, as the host and the world's clock have them.", func() []bind.Member {
	return []bind.Member{
		bind.PUC(),
		bind.Fn("time", "Seconds since 1970-01-01 00:00:00 UTC: of now, or of a date.", timeOf).
			Returns("seconds", "whole seconds").
			Example(`print(os.time{year = 2000, month = 1, day = 1, hour = 0}) --> 946684800`),
		bind.Var("date", "Format a time, or take it apart with the format \"*t\".", date).
			Returns("text string|table", "the formatted time, or a table with year, month, day, hour, min, sec, wday, yday, isdst").
			Example(`print(os.date("!%Y-%m-%d", 0)) --> 1970-01-01`),
		bind.Fn("clock", "Seconds on the world's clock since the world began.", clock),
		bind.Fn("difftime", "Seconds between two times.", difftime),
		bind.Fn("getenv", "Always nil: a process of the world has no environment variables.", getenv),
		bind.Var("exit", "End the process with a status.", exit),
		bind.Var("remove", "Delete a file or an empty folder of the host.", remove).
			Returns("ok true|nil", "done", "message", "what went wrong"),
		bind.Var("rename", "Rename a file of the host.", rename).
			Returns("ok true|nil", "done", "message", "what went wrong"),
		bind.Fn("tmpname", "A name for a temporary file that does not exist yet.", tmpname),
		bind.Fn("execute", "There is no command shell in the world: 0 without a command, -1 with one.", execute),
		bind.Fn("setlocale", "The locale is always \"C\".", setlocale),
	}
})

type timeArgs struct {
	Date *lua.LTable `doc:"fields year, month and day; hour (12), min (0) and sec (0) may be left out" default:"nil"`
}

func timeOf(c *bind.Call, a timeArgs) (float64, error) {
	if a.Date == nil {
		return math.Floor(float64(process.Of(c).Sched().Now().UnixNano()) / 1e9), nil
	}
	field := func(name string, missing int) int {
		n, ok := lua51.ToNumber(c.L, a.Date.RawGetString(name))
		if !ok {
			if missing < 0 {
				c.L.RaiseError("field '%s' missing in date table", name)
			}
			return missing
		}
		return int(n)
	}
	sec, minute, hour := field("sec", 0), field("min", 0), field("hour", 12)
	day, month, year := field("day", -1), field("month", -1), field("year", -1)
	return float64(time.Date(year, time.Month(month), day, hour, minute, sec, 0, zone(process.Of(c))).Unix()), nil
}

// zone is UTC in a world of its own, so that a run is the same everywhere, and the machine's zone on its network.
func zone(p *process.Process) *time.Location {
	if p.Sched().Virtual() {
		return time.UTC
	}
	return time.Local
}

func clock(c *bind.Call, _ bind.None) (float64, error) {
	return process.Of(c).Sched().Elapsed().Seconds(), nil
}

type difftimeArgs struct {
	Later   float64 `doc:"seconds"`
	Earlier float64 `doc:"seconds" default:"0"`
}

func difftime(_ *bind.Call, a difftimeArgs) (float64, error) { return a.Later - a.Earlier, nil }

type nameArgs struct {
	Name string `doc:"its name"`
}

func getenv(*bind.Call, nameArgs) (lua.LValue, error) { return lua.LNil, nil }

type exitArgs struct {
	Status int `doc:"0 means success" default:"0"`
}

func exit(c *bind.Call, a exitArgs) bind.Out {
	process.Of(c).Exit(a.Status & 0xff)
	return c.Return()
}

type fileArgs struct {
	Name string `doc:"path of the file"`
}

func remove(c *bind.Call, a fileArgs) bind.Out {
	p := process.Of(c)
	return done(c, a.Name, p.FS().Remove(p.Path(a.Name)))
}

type renameArgs struct {
	From string `doc:"path of the file"`
	To   string `doc:"its new path"`
}

func rename(c *bind.Call, a renameArgs) bind.Out {
	p := process.Of(c)
	return done(c, a.From, p.FS().Rename(p.Path(a.From), p.Path(a.To)))
}

// done gives true, or nil, "name: reason" and the system's error number, as Lua's own os does.
func done(c *bind.Call, name string, err error) bind.Out {
	if err == nil {
		return c.Return(true)
	}
	text, number := process.FileError(err)
	return c.Return(nil, name+": "+text, number)
}

// nameUnits is the fuel that finding a name for a file and making it cost.
const nameUnits = 500

func tmpname(c *bind.Call, _ bind.None) (string, error) {
	p := process.Of(c)
	c.Charge(nameUnits)
	for {
		name := path.Join("/tmp", "lua_"+randomName(p))
		if _, err := p.FS().Stat(name); errors.Is(err, fs.ErrNotExist) || errors.Is(err, os.ErrNotExist) {
			return name, afero.WriteFile(p.FS(), name, nil, 0o600)
		}
	}
}

func randomName(p *process.Process) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	var b [6]byte
	for i := range b {
		b[i] = letters[p.Stack().Rand().IntN(len(letters))]
	}
	return string(b[:])
}

type executeArgs struct {
	Command *string `doc:"a command line"`
}

// execute finds no shell, as C's system does where there is none: 0 for the question whether there is one, -1 for a command.
func execute(_ *bind.Call, a executeArgs) (int, error) {
	if a.Command == nil {
		return 0, nil
	}
	return -1, nil
}

type setlocaleArgs struct {
	Locale   *string `doc:"\"C\", \"\" or nothing"`
	Category string  `doc:"what it is set for" default:"all" enum:"all,collate,ctype,monetary,numeric,time"`
}

func setlocale(_ *bind.Call, a setlocaleArgs) (lua.LValue, error) {
	if a.Locale != nil && *a.Locale != "C" && *a.Locale != "" && *a.Locale != "POSIX" {
		return lua.LNil, nil
	}
	return lua.LString("C"), nil
}
