package plot

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"

	gonum "gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// pixelsPerInch makes pictures as large in pixels as a browser shows them.
const pixelsPerInch = 96

func pixels(n int) vg.Length { return vg.Length(n) * vg.Inch / pixelsPerInch }

// svg draws the chart as an SVG file of so many pixels.
func (c *Chart) svg(width, height int) ([]byte, error) {
	p, err := c.picture(width)
	if err != nil {
		return nil, err
	}
	canvas := vgsvg.New(pixels(width), pixels(height))
	p.Draw(frame(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("plot: write SVG: %w", err)
	}
	// The font is named, not embedded: name others that look alike, for machines without it.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}

// png draws the chart as a PNG file of so many pixels.
func (c *Chart) png(width, height int) ([]byte, error) {
	p, err := c.picture(width)
	if err != nil {
		return nil, err
	}
	canvas := vgimg.NewWith(vgimg.UseWH(pixels(width), pixels(height)), vgimg.UseDPI(pixelsPerInch))
	p.Draw(frame(canvas))
	var b bytes.Buffer
	if err := png.Encode(&b, canvas.Image()); err != nil {
		return nil, fmt.Errorf("plot: write PNG: %w", err)
	}
	return b.Bytes(), nil
}

// frame returns the canvas without a margin, in which the ends of labels have room when another font takes the place of ours.
func frame(canvas vg.CanvasSizer) draw.Canvas { return draw.Crop(draw.New(canvas), 5, -12, 4, -6) }

// palette returns the colour of a series: distinct for people who see colours differently, too.
func palette(i int) color.RGBA {
	all := [...]uint32{0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x7a5c00, 0x404040, 0x8b0000, 0x006060, 0x6a3d9a, 0x999900}
	v := all[i%len(all)]
	return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
}

// picture sets the chart up for gonum.
func (c *Chart) picture(width int) (*gonum.Plot, error) {
	if len(c.series) == 0 {
		return nil, errEmpty
	}
	p := gonum.New()
	for _, f := range []*draw.TextStyle{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		f.Font.Variant = "Sans"
		f.Font.Size = 10
	}
	p.Title.TextStyle.Font.Size = 13
	p.Title.Padding, p.X.Padding, p.Y.Padding = 6, 0, 0
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.title, c.x.title(), c.y.title()
	x, y := c.scales()
	setAxis(&p.X, x, max(width/90, 2))
	setAxis(&p.Y, y, 7)
	if c.labels != nil {
		c.nominal(p, width)
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{225}, color.Gray{225}
	if c.labels != nil {
		grid.Vertical.Width = 0
	}
	p.Add(grid)
	c.placeLegend(p, x, y)
	for i, s := range c.series {
		if err := c.draw(p, i, s); err != nil {
			return nil, fmt.Errorf("plot: %w", err)
		}
	}
	// Adding the series widened the axes to the data.
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = x.min, x.max, y.min, y.max
	if c.labels != nil {
		p.X.Min, p.X.Max = -0.5, float64(len(c.labels))-0.5
	}
	return p, nil
}

func setAxis(a *gonum.Axis, s scale, n int) {
	var marks []gonum.Tick
	for _, t := range s.ticks(n) {
		marks = append(marks, gonum.Tick{Value: t.at, Label: t.label})
	}
	a.Tick.Marker = gonum.ConstantTicks(marks)
	if s.log {
		a.Scale = gonum.LogScale{}
	}
}

// nominal writes the labels of the bars under them, slanted where they have little room.
func (c *Chart) nominal(p *gonum.Plot, width int) {
	var marks []gonum.Tick
	longest := 0
	for i, l := range c.labels {
		l = styleOf(false).cut(l, maxLabel)
		marks = append(marks, gonum.Tick{Value: float64(i), Label: l})
		longest = max(longest, len([]rune(l)))
	}
	p.X.Tick.Marker = gonum.ConstantTicks(marks)
	p.X.Tick.Length = 0
	if longest*len(c.labels)*7 > width-80 {
		p.X.Tick.Label.Rotation = 0.6
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YTop
	}
}

// draw adds series number i.
func (c *Chart) draw(p *gonum.Plot, i int, s series) error {
	hue := palette(i)
	var shown []gonum.Thumbnailer
	switch s.kind {
	case bar, histogram:
		poly, err := plotter.NewPolygon(c.rectangles(i, s)...)
		if err != nil {
			return err
		}
		fill := hue
		if s.kind == histogram {
			fill = color.RGBA{hue.R / 2, hue.G / 2, hue.B / 2, 128} // alpha-premultiplied: half transparent
		}
		poly.Color, poly.LineStyle.Color, poly.LineStyle.Width = fill, hue, vg.Points(0.5)
		p.Add(poly)
		shown = append(shown, poly)
	default:
		xys := make(plotter.XYs, len(s.y))
		for k := range xys {
			xys[k].X, xys[k].Y = s.x[k], s.y[k]
		}
		if s.kind != points {
			l, err := plotter.NewLine(xys)
			if err != nil {
				return err
			}
			l.Color, l.Width = hue, vg.Points(1.5)
			if s.kind != line {
				l.StepStyle = plotter.PostStep
			}
			p.Add(l)
			shown = append(shown, l)
		}
		if s.kind == points || s.marks {
			dots, err := plotter.NewScatter(xys)
			if err != nil {
				return err
			}
			dots.GlyphStyle = draw.GlyphStyle{Color: hue, Radius: vg.Points(2.5), Shape: glyph(i)}
			p.Add(dots)
			shown = append(shown, dots)
		}
	}
	if s.name != "" {
		name := s.name
		if !p.Legend.Left {
			name += "    " // room towards the symbol behind it, for a wider font than ours
		}
		p.Legend.Add(name, shown...)
	}
	return nil
}

func glyph(i int) draw.GlyphDrawer {
	return [...]draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, draw.CrossGlyph{}, draw.PlusGlyph{}, draw.RingGlyph{}}[i%6]
}

// rectangles returns the outlines of bars.
func (c *Chart) rectangles(i int, s series) []plotter.XYer {
	var all []plotter.XYer
	wide := 0.8 / float64(len(c.series))
	for k, v := range s.y {
		left := float64(k) - 0.4 + float64(i)*wide
		right := left + wide
		if s.kind == histogram {
			left, right = s.x[k], s.x[k+1]
		}
		all = append(all, plotter.XYs{{X: left, Y: 0}, {X: left, Y: v}, {X: right, Y: v}, {X: right, Y: 0}})
	}
	return all
}

// placeLegend puts the legend into the corner with the fewest data.
func (c *Chart) placeLegend(p *gonum.Plot, x, y scale) {
	var full [2][2]int // by top, left
	for _, s := range c.series {
		for k, v := range s.y {
			u := (float64(k) + 0.5) / float64(len(s.y))
			if s.kind != bar {
				u = x.at(s.x[k])
			}
			w := y.at(v)
			switch {
			case u > 0.4 && u < 0.6:
				continue
			case s.kind == bar || s.kind == histogram: // from the axis up to w
				full[0][side(u < 0.5)]++
			}
			if w < 0.35 || w > 0.65 {
				full[side(w > 0.5)][side(u < 0.5)]++
			}
		}
	}
	best := full[1][0]
	p.Legend.Top, p.Legend.Left = true, false
	for _, corner := range [3][2]int{{1, 1}, {0, 0}, {0, 1}} {
		if n := full[corner[0]][corner[1]]; n < best {
			best, p.Legend.Top, p.Legend.Left = n, corner[0] == 1, corner[1] == 1
		}
	}
	p.Legend.Padding = 2
	p.Legend.XOffs, p.Legend.YOffs = -8, -6
	if p.Legend.Left {
		p.Legend.XOffs = 8
	}
	if !p.Legend.Top {
		p.Legend.YOffs = 6
	}
}

func side(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
