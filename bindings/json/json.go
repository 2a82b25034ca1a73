// Package json is the Lua module json: values to JSON text (RFC 8259) and back.
//
// A table is an array when its keys are 1 … n and an object when they are all text. An empty table is an
// object unless json.array marked it. Tables with both kinds of keys, holes, functions and other values
// without a counterpart, numbers that are not finite and text that is not UTF-8 are refused.
package json

import (
	"fmt"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	lua "github.com/yuin/gopher-lua"
)

const (
	maxDepth  = 128      // of nesting, both ways
	maxOutput = 16 << 20 // bytes that encode makes: a table may contain another many times over
	kindField = "__jsontype"
)

// null is JSON's null, which Lua's nil cannot be in a table.
type null struct{ _ byte }

// theNull is the only null; it has no state.
var theNull = &null{}

// Module is the declaration of json.
var Module = bind.New("json", "Read and write JSON (RFC 8259). A table with keys 1 to n is an array, one "+
	"with text keys an object, an empty one an object unless json.array marked it.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("encode", "Write a value as JSON. Object keys are sorted, so that equal tables give equal text.", encode).
			Returns("text", "the JSON").Errors("value", "depth", "size").
			Example(`
			local json = require "json"
			print(json.encode({name = "mx.lab", ports = {25, 587}, up = true}))
			--> {"name":"mx.lab","ports":[25,587],"up":true}
			print(json.encode({a = json.null, b = {}}, {indent = 2}))
			--> {
			-->   "a": null,
			-->   "b": {}
			--> }
			print(json.encode({print}))
			--> nil	json: [1]: a function has no counterpart in JSON	value`),
		bind.Fn("decode", "Read JSON text. Arrays come marked as json.array marks them, null comes as json.null, "+
			"numbers become the nearest Lua number.", decode).
			Returns("value", "what the text says").Errors("syntax", "depth").
			Example(`
			local json = require "json"
			local t = json.decode('{"ports": [25, 587], "owner": null}')
			print(t.ports[2], t.owner == json.null)
			--> 587	true
			print(json.decode("[1, 2,\n oops]"))
			--> nil	json: 2:2: unexpected character 'o'	syntax`),
		bind.Fn("array", "Mark a table as an array, so that it is written [] when empty.", array).
			Returns("t", "the same table").
			Example(`local json = require "json"
print(json.encode(json.array({}))) --> []`),
		bind.Fn("object", "Mark a table as an object, so that number keys are written as text.", object).
			Returns("t", "the same table").
			Example(`local json = require "json"
print(json.encode(json.object({"a", "b"}))) --> {"1":"a","2":"b"}`),
		bind.Const("null", "JSON's null, in tables where nil would mean absent. It counts as true in a condition.", theNull),
		bind.Class[null]("Null", "The class of json.null.").Text(func(*null) string { return "null" }),
	}
})

// Error is why a value cannot be written or a text cannot be read.
type Error struct {
	Kind  string // "value", "depth", "size" or "syntax"
	Where string // the path into the value, or line:column of the text; may be empty
	Text  string
}

func (e *Error) Error() string {
	if e.Where == "" {
		return "json: " + e.Text
	}
	return "json: " + e.Where + ": " + e.Text
}

// Code is the code a script gets.
func (e *Error) Code() string { return e.Kind }

func tooDeep(where string) *Error {
	return &Error{"depth", where, fmt.Sprintf("nested more than %d deep", maxDepth)}
}

type markArgs struct {
	Table *lua.LTable `name:"t" doc:"the table to mark"`
}

func array(c *bind.Call, a markArgs) (*lua.LTable, error)  { return mark(c, a.Table, "array"), nil }
func object(c *bind.Call, a markArgs) (*lua.LTable, error) { return mark(c, a.Table, "object"), nil }

// mark gives t a metatable that says what it is.
func mark(c *bind.Call, t *lua.LTable, kind string) *lua.LTable {
	if _, has := t.Metatable.(*lua.LTable); has && markOf(t) == "" {
		c.Misuse("t", "want a table without a metatable, got one with")
	}
	t.Metatable = newMark(c.L, kind)
	return t
}

func newMark(L *lua.LState, kind string) *lua.LTable {
	mt := L.CreateTable(0, 1)
	mt.RawSetString(kindField, lua.LString(kind))
	return mt
}

// markOf returns "array", "object" or "".
func markOf(t *lua.LTable) string {
	if mt, ok := t.Metatable.(*lua.LTable); ok {
		if kind, ok := mt.RawGetString(kindField).(lua.LString); ok {
			return string(kind)
		}
	}
	return ""
}
