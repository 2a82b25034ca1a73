package plot

import "math"

// A grid is the drawing area of the text rendering: characters over dots of braille, two by four in each cell.
type grid struct {
	columns, rows int
	cells         []rune
	dots          []rune // 0, or a braille pattern
}

func newGrid(columns, rows int) *grid {
	return &grid{columns, rows, make([]rune, columns*rows), make([]rune, columns*rows)}
}

// line returns a row from the top.
func (g *grid) line(r int) string {
	out := make([]rune, g.columns)
	for i := range out {
		switch k := r*g.columns + i; {
		case g.cells[k] != 0:
			out[i] = g.cells[k]
		case g.dots[k] != 0:
			out[i] = g.dots[k]
		default:
			out[i] = ' '
		}
	}
	return string(out)
}

// draw draws a series with a character.
func (g *grid) draw(s series, x, y scale, mark rune) {
	set := func(i, j int) { g.cells[(g.rows-1-j)*g.columns+i] = mark }
	switch {
	case s.dotted():
		for i := range s.y {
			u, v := x.at(s.x[i]), y.at(s.y[i])
			if inside(u) && inside(v) {
				set(place(u, g.columns), place(v, g.rows))
			}
		}
	default:
		trace(s, x, y, g.columns, g.rows, set)
	}
}

// braille draws a series in dots.
func (g *grid) braille(s series, x, y scale) {
	trace(s, x, y, 2*g.columns, 4*g.rows, func(i, j int) {
		j = 4*g.rows - 1 - j
		cell := &g.dots[j/4*g.columns+i/2]
		if *cell == 0 {
			*cell = 0x2800
		}
		*cell |= [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}[j%4][i%2]
	})
}

func inside(u float64) bool { return u >= -1e-9 && u <= 1+1e-9 }

// trace follows a line or steps through a grid of columns by rows and calls set for every cell on the way.
func trace(s series, x, y scale, columns, rows int, set func(i, j int)) {
	segment := func(x0, y0, x1, y1 float64) {
		if a, b, c, d, ok := clip(x.at(x0), y.at(y0), x.at(x1), y.at(y1)); ok {
			bresenham(place(a, columns), place(b, rows), place(c, columns), place(d, rows), set)
		}
	}
	switch s.kind {
	case histogram:
		low := max(y.min, 0)
		for i, v := range s.y {
			segment(s.x[i], low, s.x[i], v)
			segment(s.x[i], v, s.x[i+1], v)
			segment(s.x[i+1], v, s.x[i+1], low)
		}
		return
	case step, cdf:
		for i := 1; i < len(s.y); i++ {
			segment(s.x[i-1], s.y[i-1], s.x[i], s.y[i-1])
			segment(s.x[i], s.y[i-1], s.x[i], s.y[i])
		}
	default:
		for i := 1; i < len(s.y); i++ {
			segment(s.x[i-1], s.y[i-1], s.x[i], s.y[i])
		}
	}
	segment(s.x[0], s.y[0], s.x[0], s.y[0])
}

// clip cuts a line to the unit square (Liang and Barsky). It returns false if nothing is left.
func clip(x0, y0, x1, y1 float64) (a, b, c, d float64, ok bool) {
	from, to := 0.0, 1.0
	dx, dy := x1-x0, y1-y0
	for _, side := range [4][2]float64{{-dx, x0}, {dx, 1 - x0}, {-dy, y0}, {dy, 1 - y0}} {
		p, q := side[0], side[1]
		if math.Abs(q) < 1e-9 {
			q = 0
		}
		switch {
		case p == 0 && q < 0:
			return 0, 0, 0, 0, false
		case p < 0:
			from = max(from, q/p)
		case p > 0:
			to = min(to, q/p)
		}
	}
	if from > to {
		return 0, 0, 0, 0, false
	}
	return x0 + from*dx, y0 + from*dy, x0 + to*dx, y0 + to*dy, true
}

// bresenham calls set for the cells of a straight line.
func bresenham(i, j, toI, toJ int, set func(i, j int)) {
	di, dj := abs(toI-i), -abs(toJ-j)
	stepI, stepJ := 1, 1
	if toI < i {
		stepI = -1
	}
	if toJ < j {
		stepJ = -1
	}
	for e := di + dj; ; {
		set(i, j)
		if i == toI && j == toJ {
			return
		}
		twice := 2 * e
		if twice >= dj {
			e += dj
			i += stepI
		}
		if twice <= di {
			e += di
			j += stepJ
		}
	}
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
