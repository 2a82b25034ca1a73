package lua51

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A Frame is one level of a traceback.
type Frame struct {
	Chunk    string // the chunk's name as messages show it, "[C]" for a function in Go
	Line     int    // the line being run, 0 when there is none
	Function string // how the function was named where it was called, "" when that is unknown
	What     string // "main", "Lua", "C", "tail" for calls that a tail call replaced, "..." for frames left out
	Defined  int    // the line where a Lua function starts
}

// String returns the frame as lua5.1 prints it in a traceback.
func (f Frame) String() string {
	where := f.Chunk + ":"
	if f.Line > 0 {
		where = fmt.Sprintf("%s:%d:", f.Chunk, f.Line)
	}
	switch {
	case f.What == "...":
		return "..."
	case f.What == "tail":
		return "(tail call): ?"
	case f.Function != "":
		return fmt.Sprintf("%s in function '%s'", where, f.Function)
	case f.What == "main":
		return where + " in main chunk"
	case f.What == "C":
		return where + " ?"
	}
	return fmt.Sprintf("%s in function <%s:%d>", where, f.Chunk, f.Defined)
}

// How many frames a traceback shows before and after those it leaves out, as lua5.1 does.
const (
	headFrames  = 12
	tailFrames  = 10
	tailCallCap = 32
)

// A level is one active function of a stack, as debug.getinfo counts them.
type level struct {
	thread *lua.LState
	index  int // what GetStack of thread calls it
	debug  lua.Debug
	fn     *lua.LFunction
	tail   bool // stands for a call that a tail call replaced
}

// levels returns up to n levels of L, innermost first, without those that are no business of scripts.
// It goes on into the stacks that called it; past a coroutine's end only when through is set.
func levels(L *lua.LState, n int, through bool) []level {
	var out []level
	for L != nil && len(out) < n {
		out = append(out, ownLevels(L, 0, n-len(out))...)
		t := mustContext(L)
		if t.role == roleCoroutine && !through {
			break
		}
		L = t.caller
	}
	return out
}

// ownLevels returns up to n levels of one stack, beginning with GetStack's level from.
func ownLevels(L *lua.LState, from, n int) []level {
	var out []level
	for i := from; len(out) < n; i++ {
		debug, ok := L.GetStack(i)
		if !ok {
			break
		}
		here := level{thread: L, index: i, debug: *debug}
		here.fn, _ = getInfo(L, "f", debug).(*lua.LFunction)
		if here.fn == nil || mustContext(L).machine.hidden(here.fn) {
			continue
		}
		out = append(out, here)
		getInfo(L, "S", debug)
		if debug.What == "tail" || debug.What == "main" {
			skipped := tailCalls(L, i)
			for range min(skipped, n-len(out)) {
				out = append(out, level{thread: L, tail: true})
			}
			i += skipped
		}
	}
	return out
}

// chargeLevels takes fuel for looking at the first n levels of th and its callers: for each of them gopher-lua counts from the top.
func chargeLevels(L, th *lua.LState, n int) {
	for th != nil && n > 0 {
		t := mustContext(th)
		depth := min(n, stateOf(th).stack.value.depth())
		Charge(L, int64(depth)*int64(depth)/16)
		if t.role == roleCoroutine {
			return
		}
		n -= depth
		th = t.caller
	}
}

// tailCalls counts the levels after i that stand for calls replaced by tail calls. gopher-lua answers
// for those with the outermost frame. It gives up after tailCallCap of them.
func tailCalls(L *lua.LState, i int) int {
	outermost, ok := L.GetStack(i + 1)
	if !ok {
		return 0
	}
	here, _ := L.GetStack(i)
	for n := 1; n <= tailCallCap; n++ {
		next, ok := L.GetStack(i + n + 1)
		switch {
		case !ok && *here == *outermost: // i itself was the outermost frame
			return n
		case !ok: // the last of them was the real one
			return n - 1
		case *next != *outermost:
			return n
		}
	}
	return tailCallCap
}

func getInfo(L *lua.LState, what string, debug *lua.Debug) lua.LValue {
	v, err := L.GetInfo(what, debug, lua.LNil)
	if err != nil {
		return lua.LNil
	}
	return v
}

// isC reports whether the function shows as one written in C.
func (l *level) isC() bool { return l.fn.IsG || l.fn.Proto.SourceName == internalChunk }

// line returns the line that the level is running, or 0.
func (l *level) line() int {
	if l.tail || l.isC() {
		return 0
	}
	debug := l.debug
	getInfo(l.thread, "l", &debug)
	return debug.CurrentLine
}

// site returns what the compiler noted about the instruction that the level is running.
func (l *level) site() string {
	if l.tail || l.fn.IsG {
		return ""
	}
	debug := l.debug
	note, _ := l.thread.GetLocal(&debug, 1)
	return note
}

// frame describes the level; caller is the one after it, or nil.
func (l *level) frame(caller *level) Frame {
	if l.tail {
		return Frame{What: "tail"}
	}
	_, name := l.name(caller)
	if l.isC() {
		return Frame{Chunk: "[C]", Function: name, What: "C"}
	}
	f := Frame{Chunk: l.fn.Proto.SourceName, Line: l.line(), Function: name, What: "Lua", Defined: l.fn.Proto.LineDefined}
	if f.Defined == 0 {
		f.What = "main"
	}
	return f
}

// name returns how the caller named the function it called: "global", "local", "method", "field" or
// "upvalue", and the name. Both are empty when unknown.
func (l *level) name(caller *level) (kind, name string) {
	if l.tail || caller == nil || caller.tail || caller.thread != l.thread || caller.isC() {
		return "", ""
	}
	return calledAs(caller.site())
}

// position returns "chunk:line: " of the given level of L, counted from the running function as level 0,
// or "" for a level without a line.
func position(L *lua.LState, n int) string {
	found := levels(L, n+1, false)
	if n < 0 || n >= len(found) {
		return ""
	}
	if line := found[n].line(); line > 0 {
		return fmt.Sprintf("%s:%d: ", found[n].fn.Proto.SourceName, line)
	}
	return ""
}

// traceback returns the frames of L and of the stacks that called it.
func traceback(L *lua.LState) []Frame {
	return frames(clipped(L, 0, true))
}

// frames describes levels, with a gap where clipped left some out.
func frames(found []level) []Frame {
	out := make([]Frame, len(found))
	for i := range found {
		if found[i].fn == nil && !found[i].tail {
			out[i] = Frame{What: "..."}
			continue
		}
		var caller *level
		if i+1 < len(found) && found[i+1].fn != nil {
			caller = &found[i+1]
		}
		out[i] = found[i].frame(caller)
	}
	return out
}

// clipped returns the levels of L and its callers without the first skip: all of them or, of many, the
// first headFrames and the last tailFrames with an empty level between. A stack of 20,000 frames costs little
// more than one of 20.
func clipped(L *lua.LState, skip int, through bool) []level {
	const most = headFrames + tailFrames
	var out []level
	for ; L != nil; L = mustContext(L).caller {
		own := ownLevels(L, 0, skip+most+1)
		cut := min(skip, len(own))
		own, skip = own[cut:], skip-cut
		if len(own) == most+1 {
			from := max(stackDepth(L)-tailFrames, own[most].index)
			own = append(append(own[:headFrames:headFrames], level{}), ownLevels(L, from, tailFrames)...)
		}
		out = append(out, own...)
		if len(out) > 4*most {
			out = squeeze(out)
		}
		if mustContext(L).role == roleCoroutine && !through {
			break
		}
	}
	if len(out) > most+1 {
		out = squeeze(out)
	}
	return out
}

// squeeze leaves out the middle of many levels.
func squeeze(all []level) []level {
	return append(append(all[:headFrames:headFrames], level{}), all[len(all)-tailFrames:]...)
}

// stackDepth returns how many levels GetStack knows.
func stackDepth(L *lua.LState) int {
	low, high := 0, 1
	for {
		if _, ok := L.GetStack(high); !ok {
			break
		}
		low, high = high, high*2
	}
	for low+1 < high {
		mid := (low + high) / 2
		if _, ok := L.GetStack(mid); ok {
			low = mid
		} else {
			high = mid
		}
	}
	return low + 1
}

// FormatTraceback returns frames as the text of lua5.1's debug.traceback.
func FormatTraceback(frames []Frame) string {
	var b strings.Builder
	b.WriteString("stack traceback:")
	for _, f := range frames {
		b.WriteString("\n\t")
		b.WriteString(f.String())
	}
	return b.String()
}
