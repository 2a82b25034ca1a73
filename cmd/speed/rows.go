package main

import "fmt"

// A row is what is measured and what is wanted of it: of the ratio where there is something to compare with.
type row struct {
	name    string
	pkg     string // folder of the package
	bench   string
	against string // another benchmark, run in turns, or ""
	unit    string // of the value that the benchmark reports
	time    string // -benchtime
	least   float64
	most    float64 // 0: no bound
	cores   int     // that the benchmark may use; 0: all
}

func (r row) wanted() string {
	switch {
	case r.most > 0:
		return fmt.Sprintf("≤ %.6g", r.most)
	case r.least > 0:
		return fmt.Sprintf("≥ %.7g", r.least)
	}
	return ""
}

// fromCPU turns nanoseconds of processor time into the row's unit.
func (r row) fromCPU(ns float64) float64 {
	if r.least > 0 && ns > 0 {
		return 1e9 / ns // a rate
	}
	return ns
}

const (
	programs = "cmd/moonwire"
	packets  = "engine/vnet"
	virtual  = "bindings/lua51"
)

func rows() []row {
	list := []row{
		{name: "bulk transfer, one core", pkg: packets, bench: "BenchmarkTCPBulk/ideal", unit: "packets/s", time: "1s", least: 1e6, cores: 1},
		{name: "bulk transfer", pkg: packets, bench: "BenchmarkTCPBulk/ideal", unit: "packets/s", time: "1s", least: 1e6},
		{name: "1,000 hosts against 2, one core", pkg: packets, bench: "BenchmarkTCPHosts/1000", against: "BenchmarkTCPHosts/2", unit: "ns/packet", time: "2x", most: 2, cores: 1},
		{name: "1,000 hosts against 2", pkg: packets, bench: "BenchmarkTCPHosts/1000", against: "BenchmarkTCPHosts/2", unit: "ns/packet", time: "2x", most: 2},
		{name: "10,000 idle tasks", pkg: programs, bench: "BenchmarkIdle/tasks", unit: "MB", time: "1x", most: 200},
		{name: "10,000 connections", pkg: programs, bench: "BenchmarkIdle/connections", unit: "MB", time: "1x", most: 300},
		{name: "1,000 processes", pkg: programs, bench: "BenchmarkIdle/processes", unit: "MB", time: "1x", most: 200},
		{name: "virtual echo", pkg: programs, bench: "BenchmarkVirtualEcho", unit: "trips/s", time: "1x", least: 200e3},
		{name: "virtual look-up", pkg: "engine/resolver", bench: "BenchmarkLookup", unit: "lookups/s", time: "1s", least: 50e3},
		{name: "moonwire run hello.lua", pkg: programs, bench: "BenchmarkStart", unit: "ns/op", time: "10x", most: 15e6},
		{name: "the textbook internet", pkg: "engine/textbook", bench: "BenchmarkBuild", unit: "ns/op", time: "10x", most: 150e6},
	}
	list = append(list,
		row{name: "moonwire to its first prompt", pkg: programs, bench: "BenchmarkPrompt", unit: "ns/op", time: "10x", most: 300e6},
		row{name: "a key to its echo", pkg: programs, bench: "BenchmarkKey", unit: "ns/op", time: "100x", most: 20e6},
	)
	for _, what := range []string{"member", "quoted", "topic", "file"} {
		list = append(list, row{name: "completing a " + what, pkg: programs, bench: "BenchmarkShellComplete/" + what, unit: "ns/op", time: "20x", most: 20e6})
	}
	list = append(list,
		row{name: "a graded submission, to bubblewrap", pkg: programs, bench: "BenchmarkGrade/trivial", against: "BenchmarkGrade/bubblewrap", unit: "ns/op", time: "400x", most: 1},
		row{name: "udp_pinger under 20 seeds", pkg: programs, bench: "BenchmarkGrade/udp_pinger", unit: "ns/op", time: "8x", most: 180e9 / 500},
	)
	for _, mode := range []struct {
		name string
		most float64 // of our time for lua5.1's
	}{{"echo", 1 / 0.8}, {"bulk", 1}} {
		for _, pair := range []string{"ours-lua5.1", "lua5.1-ours", "ours-ours"} {
			bench := "BenchmarkLoopback/" + mode.name + "/"
			list = append(list, row{name: mode.name + " " + pair, pkg: programs, bench: bench + pair, against: bench + "lua5.1-lua5.1", unit: "µs/unit", time: "1x", most: mode.most})
		}
	}
	for _, load := range []string{"4KB", "4KB-pipelined", "100KB"} {
		bench := "BenchmarkSink/" + load
		list = append(list, row{name: "smtp " + load, pkg: "engine/smtp", bench: bench + "/ours", against: bench + "/go-smtp", unit: "ns/op", time: "1s", most: 1 / 0.7})
	}
	for _, load := range []string{"retr", "stor"} {
		bench := "BenchmarkBulk/" + load
		list = append(list, row{name: "ftp " + load, pkg: "engine/ftp", bench: bench + "/ours", against: bench + "/vsftpd", unit: "ns/op", time: "1s", most: 1 / 0.7})
	}
	for _, load := range []string{"hits", "misses"} {
		bench := "BenchmarkLoopback/" + load
		list = append(list, row{name: "dns " + load, pkg: "engine/dns", bench: bench + "/moonwire", against: bench + "/miekg", unit: "ns/op", time: "1s", most: 1 / 0.7})
	}
	list = append(list,
		row{name: "http static files", pkg: "engine/http", bench: "BenchmarkStatic/moonwire", against: "BenchmarkStatic/net-http", unit: "requests/s", time: "1x", least: 0.5},
		row{name: "http handler in Lua", pkg: programs, bench: "BenchmarkHandler/ours", against: "BenchmarkHandler/net-http", unit: "requests/s", time: "1x"},
		row{name: "http bulk", pkg: "engine/http", bench: "BenchmarkBulk/moonwire", against: "BenchmarkBulk/nginx", unit: "MB/s", time: "1x", least: 0.7},
		row{name: "10,000 pages of ten objects", pkg: "engine/http", bench: "BenchmarkPages", unit: "ns/op", time: "1x", most: 20e9})
	for _, name := range []string{"loop", "call", "method", "closure"} {
		list = append(list, luaRow(name, 1.3))
	}
	for _, name := range []string{"byte", "plain", "sub", "rep", "find", "gsub", "format", "upper"} {
		list = append(list, functionRow(name))
	}
	return list
}

// luaRow compares a program of bindings/lua51 in our state with bare gopher-lua.
func luaRow(name string, most float64) row {
	return row{name: "lua " + name, pkg: virtual, bench: "BenchmarkLua/" + name, unit: "times-bare", time: "500ms", most: most}
}

// functionRow compares a function of the string library with gopher-lua's, each without what a call costs in its state: rows call and
// method are about that.
func functionRow(name string) row {
	return row{name: "lua " + name, pkg: virtual, bench: "BenchmarkFunction/" + name, unit: "times-bare", time: "500ms", most: 1}
}
