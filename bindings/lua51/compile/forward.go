package compile

import lua "github.com/yuin/gopher-lua"

// Forward returns a vararg function that calls fn with its arguments and returns all its results, not as a tail call.
func Forward(chunk string, fn *lua.LFunction) *lua.FunctionProto {
	return &lua.FunctionProto{
		SourceName:       chunk,
		IsVarArg:         lua.VarArgIsVarArg,
		NumUsedRegisters: 3,
		Constants:        []lua.LValue{fn},
		Code: []uint32{
			abx(lua.OP_LOADK, 0, 0),
			abc(lua.OP_VARARG, 1, 0, 0),
			abc(lua.OP_CALL, 0, 0, 0),
			abc(lua.OP_RETURN, 0, 0, 0),
		},
		DbgSourcePositions: make([]int, 4),
	}
}

// Intrinsics are functions in Go that compiled code calls where the VM's own instructions fall short.
// They are constants of the code: no name refers to them, and scripts can neither see nor replace them.
type Intrinsics struct {
	Concat *lua.LFunction // (a, b, …): a .. b .. …
	Clear  *lua.LFunction // (t, k): t[k] = nil
}
