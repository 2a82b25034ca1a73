// Package ltn12 is Lua module ltn12: filters, sources, sinks and pumps as LuaSocket 3 has them. Its functions make
// functions of others, so it is written in Lua.
package ltn12

import (
	_ "embed"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
)

//go:embed ltn12.lua
var script string

// Module is module ltn12.
var Module = bind.New("ltn12", `Filters, sources, sinks and pumps (LTN12).

A source gives a chunk of text each time it is called, nil at the end, or nil and an error. A sink takes a chunk, or nil at the
end and perhaps an error; it gives 1, or nil and an error. A filter takes a chunk, "" if it shall give more of what it
holds back, or nil at the end, and gives a chunk, "" if it has none now, or nil when it has none left.`, func() []bind.Member {
	return []bind.Member{
		bind.PUC(), bind.Script(script), filters(), sources(), sinks(), pumps(),
		bind.Const("_VERSION", "The version of LTN12 whose behaviour this is.", "LTN12 1.0.3"),
		bind.Const("BLOCKSIZE", "How many bytes sources of texts and files give at a time. A script may change it.", 2048),
		bind.Example(`local ltn12, mime = require "ltn12", require "mime"
local sink, parts = ltn12.sink.table()
local encode = ltn12.filter.chain(mime.encode("base64"), mime.wrap("base64"))
ltn12.pump.all(ltn12.source.string("hello"), ltn12.sink.chain(encode, sink))
print((table.concat(parts):gsub("%s", ""))) --> aGVsbG8=`),
	}
})

type (
	functions struct {
		Filters []lua.LValue `doc:"the filters, in the order in which a chunk passes them" rest:"true" type:"function"`
	}
	cycleArgs struct {
		Low     lua.LValue `doc:"takes context, chunk and extra; gives a chunk and the next context" type:"function"`
		Context lua.LValue `doc:"the first context" default:"nil" type:"any"`
		Extra   lua.LValue `doc:"handed to every call" default:"nil" type:"any"`
	}
	listArgs struct {
		List lua.LValue `doc:"chunks" type:"table"`
	}
	newListArgs struct {
		List lua.LValue `doc:"where to put the chunks; a new table if left out" default:"nil" type:"table"`
	}
	errorArgs struct {
		Err lua.LValue `doc:"the error" type:"any"`
	}
	fileArgs struct {
		Handle lua.LValue `doc:"an open file, which is closed at the end" type:"io.file"`
		Err    lua.LValue `doc:"what io.open says if there is none" default:"nil" type:"string"`
	}
	textArgs struct {
		Text lua.LValue `doc:"the text; nil is empty" default:"nil" type:"string"`
	}
	oneSource struct {
		Source lua.LValue `doc:"a source" type:"function"`
	}
	oneSink struct {
		Sink lua.LValue `doc:"a sink" type:"function"`
	}
	sourceFilters struct {
		Source  lua.LValue   `doc:"a source" type:"function"`
		Filters []lua.LValue `doc:"one filter or more" rest:"true" type:"function"`
	}
	filtersSink struct {
		FiltersAndSink []lua.LValue `doc:"one filter or more, then a sink" rest:"true" type:"function"`
	}
	sourceList struct {
		Sources []lua.LValue `doc:"sources" rest:"true" type:"function"`
	}
	stepArgs struct {
		Source lua.LValue `doc:"a source" type:"function"`
		Sink   lua.LValue `doc:"a sink" type:"function"`
	}
	allArgs struct {
		stepArgs
		Step lua.LValue `doc:"moves one chunk; ltn12.pump.step if left out" default:"nil" type:"function"`
	}
)

func filters() bind.Member {
	return bind.Part("filter", "Filters.",
		bind.InLua[functions]("chain", "Make one filter of several.").Returns("filter function", "the chain"),
		bind.InLua[cycleArgs]("cycle", "Make a filter of a function that hands its state from call to call.").
			Returns("filter function", "the filter").
			Example(`local ltn12, mime = require "ltn12", require "mime"
local encode = ltn12.filter.cycle(mime.b64, "")
print(encode("hell"), encode("o!"), encode(nil)) --> aGVs	bG8h	nil`))
}

func sources() bind.Member {
	made := []string{"source function", "the source"}
	return bind.Part("source", "Sources.",
		bind.InLua[sourceList]("cat", "Make a source that gives all of one source, then of the next.").Returns(made...),
		bind.InLua[sourceFilters]("chain", "Make a source whose chunks have passed filters.").Returns(made...),
		bind.InLua[bind.None]("empty", "Give a source without anything.").Returns(made...),
		bind.InLua[errorArgs]("error", "Make a source that fails.").Returns(made...),
		bind.InLua[fileArgs]("file", "Make a source of a file. With io.open as its argument it takes over its error.").Returns(made...),
		bind.InLua[oneSource]("rewind", "Make a source that takes chunks back: called with one it will give it next.").Returns(made...),
		bind.InLua[oneSource]("simplify", "Make a simple source of one that may give, with a chunk, the source to ask from then on.").Returns(made...),
		bind.InLua[textArgs]("string", "Make a source of a text.").Returns(made...),
		bind.InLua[listArgs]("table", "Make a source of a list of chunks.").Returns(made...).
			Example(`local ltn12 = require "ltn12"
local s = ltn12.source.cat(ltn12.source.table{"a", "b"}, ltn12.source.string("c"))
print(s(), s(), s(), (s())) --> a	b	c	nil`))
}

func sinks() bind.Member {
	made := []string{"sink function", "the sink"}
	return bind.Part("sink", "Sinks.",
		bind.InLua[filtersSink]("chain", "Make a sink that gets what has passed filters.").Returns(made...),
		bind.InLua[errorArgs]("error", "Make a sink that fails.").Returns(made...),
		bind.InLua[fileArgs]("file", "Make a sink that writes a file. With io.open as its argument it takes over its error.").Returns(made...),
		bind.InLua[bind.None]("null", "Give a sink that drops everything.").Returns(made...),
		bind.InLua[oneSink]("simplify", "Make a simple sink of one that may give the sink for all further chunks.").Returns(made...),
		bind.InLua[newListArgs]("table", "Make a sink that collects chunks in a table.").Returns("sink function", "the sink", "list table", "the table"))
}

func pumps() bind.Member {
	results := []string{"ok integer|nil", "1", "err string|nil", "why not"}
	return bind.Part("pump", "Pumps.",
		bind.InLua[allArgs]("all", "Move everything from a source to a sink.").Returns(results...),
		bind.InLua[stepArgs]("step", "Move one chunk. At the end the sink is told and the result is nil.").Returns(results...))
}
