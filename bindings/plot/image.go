package plot

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"sort"

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
	p, err := c.picture(width, height)
	if err != nil {
		return nil, err
	}
	canvas := vgsvg.New(pixels(width), pixels(height))
	c.paint(p, frame(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("plot: write SVG: %w", err)
	}
	// The font is named, not embedded: name others that look alike, for machines without it.
	return bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}

// png draws the chart as a PNG file of so many pixels.
func (c *Chart) png(width, height int) ([]byte, error) {
	p, err := c.picture(width, height)
	if err != nil {
		return nil, err
	}
	canvas := vgimg.NewWith(vgimg.UseWH(pixels(width), pixels(height)), vgimg.UseDPI(pixelsPerInch))
	c.paint(p, frame(canvas))
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
func (c *Chart) picture(width, height int) (*gonum.Plot, error) {
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
	p.Title.Text = fit(p.Title.TextStyle, c.title, pixels(width-20))
	p.X.Label.Text = fit(p.X.Label.TextStyle, c.x.title(), pixels(width-80))
	p.Y.Label.Text = fit(p.Y.Label.TextStyle, c.y.title(), pixels(height-60))
	x, y := c.scales()
	setAxis(&p.X, x, max(width/90, 2))
	setAxis(&p.Y, y, max(height/57, 2))
	if c.labels != nil {
		c.nominal(p, width, height)
	}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{225}, color.Gray{225}
	if c.labels != nil {
		grid.Vertical.Width = 0
	}
	p.Add(grid)
	c.placeLegend(p, x, y)
	for i, s := range c.series {
		if err := c.draw(p, i, s, width); err != nil {
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

// slant is the angle of labels of bars that have little room, in radians, and slantRoom how many pixels each then needs.
const (
	slant     = 0.6
	slantRoom = 21
)

// nominal writes the labels of the bars under them, slanted where they have little room, and not all where they have none.
func (c *Chart) nominal(p *gonum.Plot, width, height int) {
	longest := 0
	for _, l := range c.labels {
		longest = max(longest, len([]rune(l)))
	}
	p.X.Tick.Length = 0
	each := float64(width-60) / float64(len(c.labels))
	slanted := float64(min(longest, maxLabel)*7) > each*float64(width-80)/float64(width-60)
	every := 1
	if slanted {
		p.X.Tick.Label.Rotation = slant
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YTop
		every = int(math.Ceil(slantRoom / each))
	}
	var marks []gonum.Tick
	for i := 0; i < len(c.labels); i += every {
		l := styleOf(false).cut(c.labels[i], maxLabel)
		if slanted {
			left := 50 + (float64(i)+0.5)*each
			l = fit(p.X.Tick.Label, l, pixels(int(min(left/math.Cos(slant), float64(height)/3/math.Sin(slant)))))
		}
		marks = append(marks, gonum.Tick{Value: float64(i), Label: l})
	}
	p.X.Tick.Marker = gonum.ConstantTicks(marks)
}

// fit shortens text to so much room, some of which is left for a wider font than ours.
func fit(s draw.TextStyle, text string, room vg.Length) string {
	s.Rotation = 0
	room *= 0.88
	if text == "" || s.Width(text) <= room {
		return text
	}
	runes := []rune(text)
	n := sort.Search(len(runes), func(n int) bool { return s.Width(string(runes[:n])+"…") > room })
	return string(runes[:max(n-1, 0)]) + "…"
}

// mostInside is how many names a legend may have that stands among the data.
const mostInside = 6

// paint draws the chart, with a long legend at its right.
func (c *Chart) paint(p *gonum.Plot, area draw.Canvas) {
	names := 0
	for _, s := range c.series {
		if s.name != "" {
			names++
		}
	}
	if names <= mostInside {
		p.Draw(area)
		return
	}
	legend := p.Legend
	legend.Top, legend.Left, legend.XOffs, legend.YOffs = true, true, 0, -28
	p.Legend = gonum.NewLegend()
	box := legend.Rectangle(area)
	beside := (box.Max.X - box.Min.X) * 1.1 // for a wider font
	p.Draw(draw.Crop(area, 0, -beside-8, 0, 0))
	legend.Draw(draw.Crop(area, area.Max.X-area.Min.X-beside, 0, 0, 0))
}

// draw adds series number i.
func (c *Chart) draw(p *gonum.Plot, i int, s series, width int) error {
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
		if s.dotted() {
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
		name := fit(p.Legend.TextStyle, s.name, pixels(width)*2/5)
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
