package lua51

import (
	"math"
	"strconv"
	"testing"
)

func TestPowerOfTenIsTheLiteral(t *testing.T) {
	for k := -307; k <= 308; k++ {
		want, err := strconv.ParseFloat("1e"+strconv.Itoa(k), 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := power(10, float64(k)); got != want {
			t.Errorf("10^%d = %g", k, got)
		}
	}
}

func TestPowerSpecialCases(t *testing.T) {
	list := []float64{0, math.Copysign(0, -1), 1, -1, 2, -2, 0.5, 3, 1e300, 1e-300, 5e-324, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()}
	for _, x := range list {
		for _, y := range list {
			got, want := power(x, y), math.Pow(x, y)
			if got != want && !(got != got && want != want) && math.Abs(got-want) > math.Abs(want)*1e-12 {
				t.Errorf("%g^%g = %g, want %g", x, y, got, want)
			}
		}
	}
	for want, c := range map[float64][2]float64{
		9: {3, 2}, 205891132094649: {3, 30}, -27: {-3, 3}, 3: {9, 0.5}, 0.125: {2, -3}, 1.1576250000000002: {1.05, 3},
	} {
		if got := power(c[0], c[1]); got != want {
			t.Errorf("%g^%g = %.17g, want %.17g", c[0], c[1], got, want)
		}
	}
}
