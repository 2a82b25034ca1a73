package lua51

import (
	"math"
	"math/rand/v2"

	lua "github.com/yuin/gopher-lua"
)

// openMath opens the math library.
func (n *natives) openMath() {
	degree := math.Pi
	degree /= 180 // rounded twice, as C's macros are
	lib := n.library("math", []libraryFunc{
		{"abs", unary(math.Abs)},
		{"acos", unary(outside(math.Acos))},
		{"asin", unary(outside(math.Asin))},
		{"atan", unary(math.Atan)},
		{"atan2", binary(math.Atan2)},
		{"ceil", unary(math.Ceil)},
		{"cos", unary(math.Cos)},
		{"cosh", unary(math.Cosh)},
		{"deg", unary(func(x float64) float64 { return x / degree })},
		{"exp", unary(math.Exp)},
		{"floor", unary(math.Floor)},
		{"fmod", binary(math.Mod)},
		{"frexp", mathFrexp},
		{"ldexp", mathLdexp},
		{"log", unary(math.Log)},
		{"log10", unary(outside(log10))},
		{"max", mathMax},
		{"min", mathMin},
		{"modf", mathModf},
		{"pow", binary(power)},
		{"rad", unary(func(x float64) float64 { return x * degree })},
		{"random", mathRandom},
		{"randomseed", mathRandomSeed},
		{"sin", unary(math.Sin)},
		{"sinh", unary(math.Sinh)},
		{"sqrt", unary(math.Sqrt)},
		{"tan", unary(math.Tan)},
		{"tanh", unary(math.Tanh)},
	})
	lib.RawSetString("mod", lib.RawGetString("fmod"))
	lib.RawSetString("pi", lua.LNumber(math.Pi))
	lib.RawSetString("huge", lua.LNumber(math.Inf(1)))
}

func unary(f func(float64) float64) lua.LGFunction {
	return func(L *lua.LState) int {
		x := checkNumber(L, 1)
		if x == x {
			x = f(x)
		}
		L.Push(lua.LNumber(x))
		return 1
	}
}

func binary(f func(x, y float64) float64) lua.LGFunction {
	return func(L *lua.LState) int {
		L.Push(lua.LNumber(f(checkNumber(L, 1), checkNumber(L, 2))))
		return 1
	}
}

// outside makes f print its NaN as nan, as C's library does for these functions, not as -nan.
func outside(f func(float64) float64) func(float64) float64 {
	return func(x float64) float64 {
		if x = f(x); x != x {
			return printedNaN(false)
		}
		return x
	}
}

// log10 is math.Log10 made exact for powers of ten, which it misses by one unit in the last place.
func log10(x float64) float64 {
	y := math.Log10(x)
	if whole := math.Round(y); math.Abs(whole) < 309 && math.Pow10(int(whole)) == x {
		return whole
	}
	return y
}

func mathFrexp(L *lua.LState) int {
	fraction, exponent := math.Frexp(checkNumber(L, 1))
	L.Push(lua.LNumber(fraction))
	L.Push(lua.LNumber(exponent))
	return 2
}

func mathLdexp(L *lua.LState) int {
	x, exponent := checkNumber(L, 1), int32(checkInteger(L, 2))
	L.Push(lua.LNumber(math.Ldexp(x, int(exponent))))
	return 1
}

func mathMax(L *lua.LState) int {
	best := checkNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if x := checkNumber(L, i); x > best {
			best = x
		}
	}
	L.Push(lua.LNumber(best))
	return 1
}

func mathMin(L *lua.LState) int {
	best := checkNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if x := checkNumber(L, i); x < best {
			best = x
		}
	}
	L.Push(lua.LNumber(best))
	return 1
}

func mathModf(L *lua.LState) int {
	x := checkNumber(L, 1)
	whole, fraction := x, math.Copysign(0, x)
	switch {
	case x != x:
		fraction = x
	case !math.IsInf(x, 0):
		whole = math.Trunc(x)
		fraction = math.Copysign(x-whole, x)
	}
	L.Push(lua.LNumber(whole))
	L.Push(lua.LNumber(fraction))
	return 2
}

// A generator makes the random numbers of one state.
type generator struct{ source *rand.PCG }

func (g *generator) seed(n uint64) { g.source = rand.NewPCG(n, n^0x9E3779B97F4A7C15) }

func mathRandom(L *lua.LState) int {
	x := float64(mustContext(L).machine.random.source.Uint64()>>11) / (1 << 53)
	low, high, arg := 1, 0, 1
	switch L.GetTop() {
	case 0:
		L.Push(lua.LNumber(x))
		return 1
	case 1:
		high = checkInteger(L, 1)
	case 2:
		low, high, arg = checkInteger(L, 1), checkInteger(L, 2), 2
	default:
		raise(L, "wrong number of arguments")
	}
	if low > high {
		argError(L, arg, "interval is empty")
	}
	L.Push(lua.LNumber(math.Floor(x*float64(high-low+1)) + float64(low)))
	return 1
}

func mathRandomSeed(L *lua.LState) int {
	mustContext(L).machine.random.seed(uint64(toInteger(checkNumber(L, 1))))
	return 0
}
