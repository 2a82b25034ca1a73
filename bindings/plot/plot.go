// Package plot is the Lua module plot: charts as SVG, as PNG and as text for a terminal.
//
// Pictures are drawn by gonum.org/v1/plot; scales, ticks and the text rendering are the package's own, so that the three
// agree. The same data give the same bytes.
package plot

import (
	"path"
	"strings"

	"github.com/spf13/afero"
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/process"
)

// Module is the declaration of plot.
var Module = bind.New("plot", "Charts of numbers: lines, points, steps, bars, histograms and distributions, as SVG, PNG and text.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("new", "Begin a chart.", newChart).Returns("chart", "a chart without data").
			Example(`local plot = require "plot"
local p = plot.new({title = "Squares", x = {label = "n"}, y = {label = "area", unit = "m²"}})
p:line({1, 2, 3}, {1, 4, 9}, {name = "n²"})
print(#p:text() > 0, p:svg():match("</svg>"), p:png():sub(2, 4)) --> true	</svg>	PNG`),
		chartClass(),
	}
})

func chartClass() bind.Member {
	return bind.Class("Chart", "A chart: add data, then draw it. What adds data returns the chart itself.",
		bind.Method("line", "Add a line through points.", func(p *Chart, c *bind.Call, a lineArgs) (*Chart, error) {
			return p.added(c, p.addXY(line, a.Options.Name, a.X, a.Y, a.Options.Points))
		}),
		bind.Method("points", "Add points.", func(p *Chart, c *bind.Call, a xyArgs) (*Chart, error) {
			return p.added(c, p.addXY(points, a.Options.Name, a.X, a.Y, true))
		}),
		bind.Method("step", "Add steps: each y holds from its x to the next.", func(p *Chart, c *bind.Call, a xyArgs) (*Chart, error) {
			return p.added(c, p.addXY(step, a.Options.Name, a.X, a.Y, false))
		}),
		bind.Method("bar", "Add bars; several series stand side by side.", func(p *Chart, c *bind.Call, a barArgs) (*Chart, error) {
			return p.added(c, p.addBars(a.Options.Name, a.Labels, a.Values))
		}).Example(`local p = require("plot").new()
p:bar({"DNS", "TCP", "SSH"}, {20, 40, 80})
print(p:text({width = 29}))
-->DNS │█████▎ 20
-->TCP │██████████▌ 40
-->SSH │█████████████████████ 80`),
		bind.Method("histogram", "Add the counts of values in bins of equal width.", func(p *Chart, c *bind.Call, a histogramArgs) (*Chart, error) {
			c.Charge(len(a.Values))
			return p.added(c, p.addHistogram(a.Options.Name, a.Values, a.Options.Bins))
		}),
		bind.Method("cdf", "Add a distribution: for each x the share of values that are not greater.", func(p *Chart, c *bind.Call, a valuesArgs) (*Chart, error) {
			c.Charge(5 * len(a.Values)) // they are sorted
			return p.added(c, p.addCDF(a.Options.Name, a.Values))
		}),
		bind.Method("text", "Draw the chart in characters.", (*Chart).drawText).Returns("text", "lines of at most width characters, without a line break at the end"),
		bind.Method("svg", "Draw the chart as SVG.", (*Chart).drawSVG).Returns("data", "the contents of an SVG file"),
		bind.Method("png", "Draw the chart as PNG. Letters that its font does not have, such as Chinese ones, are left out; SVG has them.", (*Chart).drawPNG).Returns("data", "the contents of a PNG file"),
		bind.MethodProc("save", "Draw the chart into a file of the host: .svg, .png or .txt. What the lab saves in /out, moonwire run --out DIR copies to the machine.",
			(*Chart).save).Errors("denied").
			Example(`local p = require("plot").new({title = "Growth"})
p:step({0, 1, 2}, {1, 2, 4})
assert(p:save("/out/growth.svg"))
print(io.open("/out/growth.svg"):read(5)) --> <?xml`),
	).Text(func(p *Chart) string { return p.title })
}

type axisArgs struct {
	Label string   `doc:"what the axis shows" default:""`
	Unit  string   `doc:"in which unit, written in brackets after the label" default:""`
	Log   bool     `doc:"a logarithmic axis: positive numbers only" default:"false"`
	Min   *float64 `doc:"lower end; from the data unless set"`
	Max   *float64 `doc:"upper end; from the data unless set"`
}

func (a axisArgs) axis() axis { return axis{a.Label, a.Unit, a.Log, a.Min, a.Max} }

type newArgs struct {
	Options struct {
		Title string   `doc:"heading" default:""`
		X     axisArgs `doc:"the horizontal axis"`
		Y     axisArgs `doc:"the vertical axis"`
	} `doc:"title and axes"`
}

func newChart(c *bind.Call, a newArgs) (*Chart, error) {
	p := &Chart{title: a.Options.Title, x: a.Options.X.axis(), y: a.Options.Y.axis()}
	return p.added(c, p.check())
}

// added returns the chart, or raises what was wrong with what should get into it.
func (p *Chart) added(c *bind.Call, wrong error) (*Chart, error) {
	if wrong != nil {
		c.Raise("%v", wrong)
	}
	return p, nil
}

// Held implements lua51.Holder: a chart keeps copies of the numbers.
func (p *Chart) Held(_ func(lua.LValue), weigh func(bytes int64)) {
	size := 256 + len(p.title)
	for _, s := range p.series {
		size += 8*(cap(s.x)+cap(s.y)) + len(s.name) + 128
	}
	for _, l := range p.labels {
		size += len(l) + 16
	}
	weigh(int64(size))
}

type nameOptions struct {
	Name string `doc:"what the legend calls it" default:""`
}

type xyArgs struct {
	X       []float64   `doc:"a number for each point"`
	Y       []float64   `doc:"another for each"`
	Options nameOptions `doc:"how to show them"`
}

type lineArgs struct {
	X       []float64 `doc:"a number for each point"`
	Y       []float64 `doc:"another for each"`
	Options struct {
		nameOptions
		Points bool `doc:"mark the points on the line; the text rendering shows the marks alone" default:"false"`
	} `doc:"how to show them"`
}

type barArgs struct {
	Labels  []string    `doc:"what stands at each bar"`
	Values  []float64   `doc:"how long it is"`
	Options nameOptions `doc:"how to show them"`
}

type valuesArgs struct {
	Values  []float64   `doc:"the numbers, in any order"`
	Options nameOptions `doc:"how to show them"`
}

type histogramArgs struct {
	Values  []float64 `doc:"the numbers, in any order"`
	Options struct {
		nameOptions
		Bins int `doc:"how many; 0 takes the root of the number of values, at most 20" default:"0" min:"0" max:"100"`
	} `doc:"how to count and show them"`
}

type textOptions struct {
	Width  int  `doc:"columns" default:"72" min:"20" max:"200"`
	Height int  `doc:"lines, without the title; bars take one line each" default:"20" min:"8" max:"100"`
	ASCII  bool `name:"ascii" doc:"use ASCII characters only" default:"false"`
}

type textArgs struct {
	Options textOptions `doc:"how large, in which characters"`
}

// What drawing costs in VM instructions that take as long.
const (
	textCharge    = 5_000
	textPoint     = 20
	pictureCharge = 50_000
	picturePoint  = 120
	pixelCharge   = 10 // of PNG
)

func (p *Chart) drawText(c *bind.Call, a textArgs) (string, error) {
	c.Charge(textCharge + textPoint*p.points)
	text, err := p.text(a.Options.Width, a.Options.Height, a.Options.ASCII)
	if err != nil {
		c.Raise("%v", err)
	}
	return text, nil
}

type sizeOptions struct {
	Width  int `doc:"pixels" default:"640" min:"100" max:"2000"`
	Height int `doc:"pixels" default:"400" min:"100" max:"2000"`
}

type sizeArgs struct {
	Options sizeOptions `doc:"how large"`
}

func (p *Chart) drawSVG(c *bind.Call, a sizeArgs) ([]byte, error) {
	return p.image(c, p.svg, a.Options, 0)
}

func (p *Chart) drawPNG(c *bind.Call, a sizeArgs) ([]byte, error) {
	return p.image(c, p.png, a.Options, a.Options.Width*a.Options.Height)
}

// image draws the chart into a file that has so many pixels of its own.
func (p *Chart) image(c *bind.Call, draw func(width, height int) ([]byte, error), o sizeOptions, area int) ([]byte, error) {
	if len(p.series) == 0 {
		c.Raise("%v", errEmpty)
	}
	c.Charge(pictureCharge + picturePoint*p.points + area*pixelCharge)
	return draw(o.Width, o.Height)
}

type saveArgs struct {
	Path    string      `doc:"file on the host, from the script's folder; its end says what to draw"`
	Options sizeOptions `doc:"how large a picture is"`
}

func (p *Chart) save(c *bind.Call, a saveArgs) error {
	var data []byte
	var err error
	switch strings.ToLower(path.Ext(a.Path)) {
	case ".svg":
		data, err = p.image(c, p.svg, a.Options, 0)
	case ".png":
		data, err = p.image(c, p.png, a.Options, a.Options.Width*a.Options.Height)
	case ".txt":
		var text string
		text, err = p.drawText(c, textArgs{textOptions{Width: 72, Height: 20}})
		data = []byte(text + "\n")
	default:
		c.Misuse("path", "want a name that ends in .svg, .png or .txt, got %q", a.Path)
	}
	if err != nil {
		return err
	}
	host := process.Of(c)
	name := host.Path(a.Path)
	if err := host.FS().MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	return afero.WriteFile(host.FS(), name, data, 0o644)
}
