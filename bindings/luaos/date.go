package luaos

import (
	"strings"
	"time"

	"github.com/lestrrat-go/strftime"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
)

const (
	maxFormat   = 4096
	formatUnits = 8 // for a byte of a format: a conversion takes up to half a microsecond
)

type dateArgs struct {
	Format string   `doc:"as strftime in C has it; \"!\" in front means UTC; \"*t\" gives a table" default:"%c"`
	Time   *float64 `doc:"seconds since 1970; now if left out"`
}

func date(c *bind.Call, a dateArgs) bind.Out {
	p := process.Of(c)
	at := p.Sched().Now()
	if a.Time != nil {
		at = time.Unix(int64(*a.Time), 0)
	}
	format, utc := strings.CutPrefix(a.Format, "!")
	if utc {
		at = at.UTC()
	} else {
		at = at.In(zone(p))
	}
	if len(format) > maxFormat {
		c.L.RaiseError("bad argument #1 to 'date' (format longer than %d bytes)", maxFormat)
	}
	c.Charge(formatUnits * len(format))
	if strings.HasPrefix(format, "*t") {
		return c.Return(fields(c.L, at))
	}
	f, err := strftime.New(format, strftime.WithSpecification('c', layout("Mon Jan _2 15:04:05 2006")),
		strftime.WithSpecification('x', layout("01/02/06")), strftime.WithSpecification('X', layout("15:04:05")))
	if err != nil {
		c.L.RaiseError("bad argument #1 to 'date' (%s)", err.Error())
	}
	return c.Return(f.FormatString(at))
}

// layout is a strftime conversion of the C locale where it differs from the library's.
func layout(text string) strftime.Appender { return strftime.StdlibFormat(text) }

func fields(L *lua.LState, at time.Time) *lua.LTable {
	t := L.CreateTable(0, 9)
	for _, f := range []struct {
		name  string
		value int
	}{
		{"sec", at.Second()}, {"min", at.Minute()}, {"hour", at.Hour()}, {"day", at.Day()}, {"month", int(at.Month())},
		{"year", at.Year()}, {"wday", int(at.Weekday()) + 1}, {"yday", at.YearDay()},
	} {
		t.RawSetString(f.name, lua.LNumber(f.value))
	}
	t.RawSetString("isdst", lua.LBool(at.IsDST()))
	return t
}
