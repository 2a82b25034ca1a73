package lua51

import (
	"math"
	"math/bits"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// A sorting is one call of table.sort. It reads and writes the table itself through its raw accessors, so
// an order function may change the table, even shorten it, without harm beyond a wrong order.
type sorting struct {
	L    *lua.LState
	t    *lua.LTable
	less *lua.LFunction // nil: <
}

func tableSort(L *lua.LState) int {
	s := sorting{L: L, t: checkTable(L, 1)}
	n := s.t.Len()
	if L.Get(2) != lua.LNil {
		s.less = checkFunction(L, 2)
	}
	if s.less == nil && s.plain(n) {
		return 0
	}
	s.sort(1, n)
	return 0
}

// plain sorts n numbers, or n strings, where < is a total order: then every algorithm gives the same.
func (s *sorting) plain(n int) bool {
	list, size := make([]lua.LValue, n), 0
	var kind lua.LValueType
	for i := range list {
		v := s.t.RawGetInt(i + 1)
		switch v := v.(type) {
		case lua.LNumber:
			if v != v || v == 0 && math.Signbit(float64(v)) {
				return false
			}
		case lua.LString:
			size += len(v) / 256
		default:
			return false
		}
		if i == 0 {
			kind = v.Type()
		} else if v.Type() != kind {
			return false
		}
		list[i] = v
	}
	Charge(s.L, int64(n+size)*int64(bits.Len(uint(n)))/2)
	if kind == lua.LTNumber {
		slices.SortFunc(list, func(a, b lua.LValue) int {
			x, y := a.(lua.LNumber), b.(lua.LNumber)
			if x < y {
				return -1
			} else if x > y {
				return 1
			}
			return 0
		})
	} else {
		slices.SortFunc(list, func(a, b lua.LValue) int {
			return strings.Compare(string(a.(lua.LString)), string(b.(lua.LString)))
		})
	}
	for i, v := range list {
		s.t.RawSetInt(i+1, v)
	}
	return true
}

// sort sorts elements low to high by quicksort with the median of three, as the reference interpreter
// does (after R. Sedgewick, "Implementing Quicksort programs", 1978): the order of elements that compare
// equal, and which pairs an order function sees, are visible to scripts.
func (s *sorting) sort(low, high int) {
	for low < high {
		s.order(low, high)
		if high-low == 1 {
			return
		}
		mid := (low + high) / 2
		if !s.order(low, mid) {
			s.order(mid, high)
		}
		if high-low == 2 {
			return
		}
		mid = s.partition(low, high, mid)
		// The smaller half by recursion, so that the depth is logarithmic; the larger in this loop.
		if mid-low < high-mid {
			s.sort(low, mid-1)
			low = mid + 1
		} else {
			s.sort(mid+1, high)
			high = mid - 1
		}
	}
}

// partition moves what is smaller than the pivot, found at mid, before it and what is larger behind it.
// It returns where the pivot ends. Elements low and high are known to be on the right side.
func (s *sorting) partition(low, high, mid int) int {
	pivot := s.get(mid)
	s.set(mid, s.get(high-1), high-1, pivot)
	i, j := low, high-1
	for {
		i++
		a := s.get(i)
		for s.before(a, pivot) {
			if i > high {
				raise(s.L, "invalid order function for sorting")
			}
			i++
			a = s.get(i)
		}
		j--
		b := s.get(j)
		for s.before(pivot, b) {
			if j < low {
				raise(s.L, "invalid order function for sorting")
			}
			j--
			b = s.get(j)
		}
		if j < i {
			s.set(high-1, s.get(i), i, s.get(high-1))
			return i
		}
		s.set(i, b, j, a)
	}
}

func (s *sorting) get(i int) lua.LValue { return element(s.t, i) }

func (s *sorting) set(i int, a lua.LValue, j int, b lua.LValue) {
	setElement(s.t, i, a)
	setElement(s.t, j, b)
}

// order puts elements i and j, i < j, in order and reports whether it had to swap them. What it writes is
// what it read before the comparison, whatever the order function did to the table meanwhile.
func (s *sorting) order(i, j int) bool {
	a, b := s.get(i), s.get(j)
	if !s.before(b, a) {
		return false
	}
	s.set(i, b, j, a)
	return true
}

func (s *sorting) before(a, b lua.LValue) bool {
	if s.less != nil {
		return lua.LVAsBool(call2(s.L, s.less, a, b))
	}
	return lessThan(s.L, a, b)
}

// lessThan is a < b. Its error has no position: it happens below a library function.
func lessThan(L *lua.LState, a, b lua.LValue) bool {
	switch x := a.(type) {
	case lua.LNumber:
		if y, ok := b.(lua.LNumber); ok {
			Charge(L, 1)
			return x < y
		}
	case lua.LString:
		if y, ok := b.(lua.LString); ok {
			Charge(L, int64(1+min(len(x), len(y))/64))
			return x < y
		}
	}
	if a.Type() == b.Type() {
		if f := orderMethod(L, a, b); f != nil {
			return lua.LVAsBool(call2(L, f, a, b))
		}
		raisePlain(L, "attempt to compare two %s values", a.Type().String())
	}
	raisePlain(L, "attempt to compare %s with %s", a.Type().String(), b.Type().String())
	return false
}

// orderMethod returns the __lt that a and b share, or nil.
func orderMethod(L *lua.LState, a, b lua.LValue) *lua.LFunction {
	f, ok := L.GetMetaField(a, "__lt").(*lua.LFunction)
	if !ok || L.GetMetaField(b, "__lt") != f {
		return nil
	}
	return f
}
