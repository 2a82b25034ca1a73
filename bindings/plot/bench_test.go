package plot

import "testing"

func BenchmarkPNG(b *testing.B) {
	c := charts(b)["two lines"]
	for b.Loop() {
		_, err := c.png(640, 400)
		ok(b, err)
	}
}

func BenchmarkPNGLarge(b *testing.B) {
	c := charts(b)["two lines"]
	for b.Loop() {
		_, err := c.png(2000, 2000)
		ok(b, err)
	}
}

func BenchmarkSVG(b *testing.B) {
	c := charts(b)["two lines"]
	for b.Loop() {
		_, err := c.svg(640, 400)
		ok(b, err)
	}
}

func BenchmarkText(b *testing.B) {
	c := charts(b)["two lines"]
	for b.Loop() {
		_, err := c.text(72, 20, false)
		ok(b, err)
	}
}

func BenchmarkSVGOfAllPoints(b *testing.B) {
	c := &Chart{}
	x := make([]float64, maxPoints)
	for i := range x {
		x[i] = float64(i % 977)
	}
	ok(b, c.addXY(line, "", x, x, false))
	for b.Loop() {
		_, err := c.svg(640, 400)
		ok(b, err)
	}
}
