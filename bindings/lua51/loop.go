package lua51

import (
	_ "unsafe" // for go:linkname

	lua "github.com/yuin/gopher-lua"
)

// instructions are what gopher-lua does for each opcode. A function returns 1 when the loop that called it is to end.
//
//go:linkname instructions github.com/yuin/gopher-lua.jumpTable
var instructions [lua.OP_NOP + 1]func(L *lua.LState, code uint32, base *callFrame) int

// charged are the instructions with those that may take much memory at once charged for it.
var charged [len(instructions)]func(L *lua.LState, code uint32, base *callFrame) int

// loop runs the Lua function on top of a stack until it returns. It is gopher-lua's own loop with the meter in it: its loop for threads that
// have a context asks the context before each instruction and takes half as long again.
func loop(L *lua.LState, base *callFrame) {
	s := stateOf(L)
	frame := s.stack.value.last()
	if frame == nil || frame.Fn.IsG {
		plainLoop(L, base)
		return
	}
	t := mustContext(L)
	m := t.meter
	s.currentFrame = frame
	for {
		frame = s.currentFrame
		code := frame.Fn.Proto.Code[frame.Pc]
		frame.Pc++
		m.fuel--
		if m.fuel < m.due || t.interrupt {
			if err := t.attend(); err != nil {
				L.RaiseError("%s", err.Error())
			}
		}
		if charged[code>>26](L, code, base) == 1 {
			return
		}
	}
}

// plainLoop is the loop of gopher-lua for threads without a context.
var plainLoop func(L *lua.LState, base *callFrame)

// enter gives a stack its context, and the loop that obeys it.
func (t *threadContext) enter(L *lua.LState) {
	L.SetContext(t)
	stateOf(L).mainLoop = loop
}

// depth returns how many frames there are.
func (c *callStack) depth() int { return int(c.segIdx)*lua.FramesPerSegment + int(c.segSp) }

// last returns the frame on top, nil if there is none.
func (c *callStack) last() *callFrame {
	switch {
	case c.segSp > 0:
		return &c.segments[c.segIdx].array[c.segSp-1]
	case c.segIdx > 0:
		return &c.segments[c.segIdx-1].array[lua.FramesPerSegment-1]
	}
	return nil
}
