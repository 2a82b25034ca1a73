package lua51

import "math"

// power is x^y rounded as the reference interpreter's C library does in nearly all cases. math.Pow may miss
// the last digit or two, so that 10^-5 == 1e-5 would be false.
func power(x, y float64) float64 {
	switch {
	case y == 2:
		return x * x
	case y == 0.5 && x > 0:
		return math.Sqrt(x)
	}
	rough := math.Pow(x, y)
	size := math.Abs(rough)
	if !(size >= 0x1p-1022 && size <= math.MaxFloat64) || x == 0 || y == 0 || y == 1 || math.IsInf(y, 0) {
		return rough
	}
	z := logarithm(math.Abs(x)).times(pair{y, 0})
	return math.Copysign(exponential(z), rough)
}

// A pair is the sum of two numbers, the second at most half a unit in the last place of the first: it holds
// about 32 decimal digits. The conversions to float64 forbid fused operations, so all machines agree.
type pair struct{ hi, lo float64 }

// sum is a+b exactly.
func sum(a, b float64) pair {
	s := a + b
	t := s - a
	return pair{s, (a - (s - t)) + (b - t)}
}

func (a pair) plus(b pair) pair {
	s := sum(a.hi, b.hi)
	return sum(s.hi, s.lo+(a.lo+b.lo))
}

func (a pair) times(b pair) pair {
	p := float64(a.hi * b.hi)
	low := math.FMA(a.hi, b.hi, -p)
	return sum(p, low+(float64(a.hi*b.lo)+float64(a.lo*b.hi)))
}

func (a pair) scaled(f float64) pair { return pair{float64(a.hi * f), float64(a.lo * f)} }

// ln2 is the natural logarithm of 2.
var ln2 = pair{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56}

// inverses are 1/2 to 1/9.
var inverses = func() (list [8]pair) {
	for i := range list {
		n := float64(i + 2)
		q := 1 / n
		list[i] = pair{q, math.FMA(-q, n, 1) / n}
	}
	return list
}()

// exponential returns e to the power z, for results far from overflow and underflow.
func exponential(z pair) float64 {
	e, k := expm1(z)
	r := pair{1, 0}.plus(e)
	return math.Ldexp(r.hi+r.lo, k)
}

// expm1 returns e^r - 1 and k such that z = r + k ln 2 and r is small.
func expm1(z pair) (pair, int) {
	const halvings = 9
	k := math.Round(z.hi / ln2.hi)
	r := z.plus(ln2.times(pair{-k, 0})).scaled(1.0 / (1 << halvings))
	// Horner's scheme for r + r²/2! + … + r⁹/9!.
	e := pair{1, 0}
	for i := len(inverses) - 1; i >= 0; i-- {
		e = pair{1, 0}.plus(e.times(r).times(inverses[i]))
	}
	e = e.times(r)
	for range halvings {
		e = e.times(e.plus(pair{2, 0}))
	}
	return e, int(k)
}

// logarithm returns the natural logarithm of x > 0: one step of Newton's method from the ordinary one.
func logarithm(x float64) pair {
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m, k = m*2, k-1
	}
	first := math.Log(m)
	inverse, _ := expm1(pair{-first, 0}) // |first| < ln 2 / 2: nothing is split off
	t := inverse.plus(pair{1, 0}).times(pair{m, 0}).plus(pair{-1, 0})
	t = t.plus(t.times(t).scaled(-0.5))
	return ln2.times(pair{float64(k), 0}).plus(pair{first, 0}.plus(t))
}
