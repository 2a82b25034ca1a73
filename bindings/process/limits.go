package process

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
)

// Limits are what a run, and each process in it, may use. 0 stands for the default, which the comments give, and NoLimit for
// none. A process that needs more ends alone, with StatusLimit and a *lua51.LimitError; Hosts, Packets, Time, Wall and
// Heap are of the whole run and end it.
type Limits struct {
	Fuel      int64 // of a process, VM instructions and what library calls count for: 200,000,000
	Memory    int64 // of a process, bytes of Lua values and code: 128 MiB
	Depth     int64 // of a task, calls inside each other: 20,000, which is the most
	Tasks     int64 // of a process, tasks and set timers at a time: 20,000
	Sockets   int64 // of a process, open sockets at a time: 20,000
	Processes int64 // of the world, processes at a time: 2,000; the one that starts one more ends
	Starts    int64 // of the world, processes started in all: 50,000; the one that starts one more ends
	Output    int64 // of a process, bytes written to its standard output and error streams: 64 MiB
	Files     int64 // of a host, bytes of files written: 64 MiB; the process that writes more ends
	Hosts     int64 // of the world, hosts and routers: 10,000
	Packets   int64 // of the world, packets sent: 100,000,000

	Time time.Duration // on the world's clock: 24 h, but none where that is the machine's clock
	Wall time.Duration // on the machine's clock: 10 min, but none where that is the world's clock
	Heap int64         // of the whole program, bytes: half of the machine's memory, at most 2 GiB
}

// NoLimit lifts a limit.
const NoLimit = -1

// A Limit is one field of Limits, for flags and messages.
type Limit struct {
	Name    string // as LimitError and Result.Verdict have it
	Flag    string // of moonwire run
	Unit    string // "bytes", "time", or what is counted
	Default int64
	Most    int64 // more is refused
	Why     string
	field   func(*Limits) *int64
}

const mebibyte = 1 << 20

// AllLimits returns every limit in the order of Limits.
func AllLimits() []Limit {
	memory, whole := machineMemory(), "this machine has that much memory"
	if memory <= 0 {
		memory = math.MaxInt64
	}
	const most = math.MaxInt64
	return []Limit{
		{"fuel", "fuel", "instructions", 200_000_000, most >> 2, "", func(l *Limits) *int64 { return &l.Fuel }},
		{"memory", "memory", "bytes", 128 * mebibyte, memory, whole, func(l *Limits) *int64 { return &l.Memory }},
		{"depth", "depth", "calls", 20_000, 20_000, "Lua's stack goes no deeper", func(l *Limits) *int64 { return &l.Depth }},
		{"tasks", "tasks", "tasks", 20_000, most, "", func(l *Limits) *int64 { return &l.Tasks }},
		{"sockets", "sockets", "sockets", 20_000, most, "", func(l *Limits) *int64 { return &l.Sockets }},
		{"processes", "processes", "processes", 2_000, most, "", func(l *Limits) *int64 { return &l.Processes }},
		{"starts", "starts", "starts", 50_000, most, "", func(l *Limits) *int64 { return &l.Starts }},
		{"output", "output", "bytes", 64 * mebibyte, most, "", func(l *Limits) *int64 { return &l.Output }},
		{"files", "files", "bytes", 64 * mebibyte, memory, whole, func(l *Limits) *int64 { return &l.Files }},
		{"hosts", "hosts", "hosts", 10_000, most, "", func(l *Limits) *int64 { return &l.Hosts }},
		{"packets", "packets", "packets", 100_000_000, most, "", func(l *Limits) *int64 { return &l.Packets }},
		{"time", "time-limit", "time", int64(24 * time.Hour), most, "", func(l *Limits) *int64 { return (*int64)(&l.Time) }},
		{"wall", "wall-limit", "time", int64(10 * time.Minute), most, "", func(l *Limits) *int64 { return (*int64)(&l.Wall) }},
		{"heap", "heap", "bytes", min(2<<30, memory/2), memory, whole, func(l *Limits) *int64 { return &l.Heap }},
	}
}

// Text renders an amount of the limit's unit: "128 MiB", "10m0s", "2000 processes".
func (l *Limit) Text(n int64) string {
	switch l.Unit {
	case "bytes":
		return lua51.Bytes(n)
	case "time":
		text := time.Duration(n).String()
		for _, zero := range []string{"m0s", "h0m"} {
			if strings.HasSuffix(text, zero) {
				text = text[:len(text)-2]
			}
		}
		return text
	}
	return fmt.Sprintf("%d %s", n, l.Unit)
}

// Settle returns the limits with the defaults in place, and 0 for those that are lifted. wallClock says that the world's clock
// is the machine's. The error names the limit that makes no sense: below NoLimit, or more than there is.
func (l Limits) Settle(wallClock bool) (Limits, error) {
	for _, limit := range AllLimits() {
		v := limit.field(&l)
		switch {
		case *v == 0 && limit.Unit == "time" && wallClock, *v == NoLimit && limit.Name != "depth":
			*v = 0
		case *v == 0, *v == NoLimit:
			*v = limit.Default
		case *v < 0:
			return l, fmt.Errorf("limit %s: want more than 0, or NoLimit, got %d", limit.Name, *v)
		case *v > limit.Most:
			return l, fmt.Errorf("limit %s: want at most %s, for %s, got %s", limit.Name, limit.Text(limit.Most), limit.Why, limit.Text(*v))
		}
	}
	return l, nil
}

// Set changes the limit of that name.
func (l *Limits) Set(name string, v int64) {
	for _, limit := range AllLimits() {
		if limit.Name == name {
			*limit.field(l) = v
		}
	}
}

// exceeded makes the error of a limit that fired.
func exceeded(limit string, most int64, format string, args ...any) *lua51.LimitError {
	return &lua51.LimitError{Limit: limit, Max: most, Text: fmt.Sprintf(format, args...)}
}
