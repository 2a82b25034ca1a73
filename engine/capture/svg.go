package capture

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// Sizes of a diagram, in pixels.
const svgTop = 64 // where the first event is

// The sizes that differ between a diagram of its own and one in a page, in pixels.
type sizes struct {
	inPage bool
	step   float64 // between two events, at least
	pause  float64 // and at most
	near   float64 // between two lifelines, at least
	far    float64 // and at most
	left   float64 // of the first
	letter float64 // width of a letter, about
	most   int     // letters of what a host does alone
}

func ofFile() sizes {
	return sizes{step: 22, pause: 90, near: 260, far: 440, left: 130, letter: 7.9, most: 60}
}

func ofPage() sizes {
	return sizes{inPage: true, step: 17, pause: 40, near: 190, far: 300, left: 62, letter: 6.9, most: 38}
}

const svgStyle = `text{font:13px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;fill:#1b1f24}
.host{font-weight:bold;text-anchor:middle}.time{font-size:10px;fill:#6b7280}
.box{fill:#eef2f7;stroke:#8a94a3}.life{stroke:#b6bdc8;stroke-dasharray:4 4}
.arrow{stroke:#1d4f91;stroke-width:1.4;fill:none}.control{stroke:#6b7280}.lost{stroke:#b42318;stroke-dasharray:6 4}
.what{text-anchor:middle}.act{fill:#4b5563;font-style:italic}.what,.act{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}.note{fill:#fff8e1;stroke:#d4b55e}.dot{fill:#4b5563}`

// SVG writes a sequence diagram: a lifeline per host, time running down, and arrows that slant from the instant of sending to that of being
// taken. Steps that are far apart in time are drawn farther apart, up to a bound. A dashed red arrow that ends in a cross was never taken.
func (t *Trace) SVG(w io.Writer, f Filter) error {
	d := &drawing{picture: t.tell(&f), sizes: ofFile()}
	d.draw()
	_, err := d.out.WriteTo(w)
	return err
}

type drawing struct {
	picture
	sizes
	y      map[int]float64 // of an event
	lane   float64         // between two lifelines
	width  float64
	height float64
	out    bytes.Buffer
}

func (d *drawing) draw() {
	d.place()
	d.begin()
	for _, x := range d.items { // remarks first, or their boxes would hide labels
		if x.from == "" {
			d.note(x)
		}
	}
	for _, x := range d.items {
		d.item(x)
	}
	if len(d.items) == 0 {
		d.text(d.left, svgTop, "act", "nothing was recorded")
	}
	if d.missing > 0 {
		d.text(20, d.height-10, "act", fmt.Sprintf("%d more events were not kept: the limit of the trace was reached", d.missing))
	}
	d.out.WriteString("</svg>\n")
}

// place gives every event that is shown a height, in the order of time.
func (d *drawing) place() {
	var shown []int
	for _, x := range d.items {
		for _, e := range []int{x.send, x.recv} {
			if e >= 0 {
				shown = append(shown, e)
			}
		}
	}
	slices.Sort(shown)
	shown = slices.Compact(shown)
	d.y = map[int]float64{}
	y := float64(svgTop)
	unit := d.unit(shown)
	for i, e := range shown {
		if i > 0 {
			gap := d.at[e] - d.at[shown[i-1]]
			y += math.Min(d.step+float64(gap)/float64(unit)*d.step, d.pause)
		}
		d.y[e] = y
	}
	d.height = y + 40
	if d.missing > 0 {
		d.height += 24
	}
	d.lane = d.near
	for _, x := range d.items {
		if x.to != "" {
			d.lane = min(max(d.lane, d.letter*float64(Columns(x.label)+4)), d.far)
		}
	}
	d.width = d.left*2 + d.lane*float64(max(len(d.lanes)-1, 0))
	for _, x := range d.items {
		if x.to == "" {
			d.width = max(d.width, d.x(x.from)+30+d.letter*float64(Columns(d.fit(x.label))))
		}
	}
}

// unit returns the median of the times between events, as what one step of height stands for.
func (d *drawing) unit(shown []int) time.Duration {
	var gaps []time.Duration
	for i := 1; i < len(shown); i++ {
		if gap := d.at[shown[i]] - d.at[shown[i-1]]; gap > 0 {
			gaps = append(gaps, gap)
		}
	}
	if len(gaps) == 0 {
		return time.Second
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

func (d *drawing) x(lane string) float64 {
	return d.left + d.lane*float64(max(slices.Index(d.lanes, lane), 0))
}

// fit shortens a label that would not fit between two lifelines twice over.
func (d *drawing) fit(s string) string { return Cut(s, d.most) }

func (d *drawing) begin() {
	fmt.Fprintf(&d.out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n", d.width, d.height, d.width, d.height)
	if !d.inPage {
		fmt.Fprintf(&d.out, "<style>%s</style>\n", svgStyle)
		fmt.Fprintf(&d.out, "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n")
	}
	for _, name := range d.lanes {
		x, half := d.x(name), max(40, d.letter*float64(Columns(Cut(name, 32)))/2+12)
		fmt.Fprintf(&d.out, "<line class=\"life\" x1=\"%.1f\" y1=\"36\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x, x, d.height-20)
		fmt.Fprintf(&d.out, "<rect class=\"box\" x=\"%.1f\" y=\"10\" width=\"%.1f\" height=\"26\" rx=\"4\"/>\n", x-half, 2*half)
		d.text(x, 28, "host", Cut(name, 32))
	}
}

func (d *drawing) text(x, y float64, class, s string) {
	fmt.Fprintf(&d.out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y)
	xml.EscapeText(&d.out, []byte(s))
	d.out.WriteString("</text>\n")
}

func (d *drawing) item(x item) {
	switch {
	case x.from == "":
	case x.to == "" || x.from == x.to:
		at, y := d.x(x.from), d.y[x.send]
		fmt.Fprintf(&d.out, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", at, y)
		d.text(at+9, y+4, "act", d.fit(x.label))
		d.time(at-7, y, "end", x.send)
	default:
		d.arrow(x)
	}
}

func (d *drawing) note(x item) {
	y := d.y[x.send]
	fmt.Fprintf(&d.out, "<rect class=\"note\" x=\"8\" y=\"%.1f\" width=\"%.1f\" height=\"20\"/>\n", y-14, d.width-16)
	d.text(16, y+1, "remark", Cut(x.label, int((d.width-40)/d.letter)))
}

func (d *drawing) time(x, y float64, anchor string, e int) {
	fmt.Fprintf(&d.out, "<text class=\"time\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", anchor, x, y+3, seconds(d.at[e]))
}

func (d *drawing) arrow(x item) {
	x1, x2 := d.x(x.from), d.x(x.to)
	y1, y2 := 0.0, 0.0
	switch {
	case x.send < 0:
		y1, y2 = d.y[x.recv], d.y[x.recv]
	case x.recv < 0:
		y1, y2 = d.y[x.send], d.y[x.send]
	default:
		y1, y2 = d.y[x.send], d.y[x.recv]
	}
	class, along := "arrow", 0.5
	if x.control {
		class, along = "arrow control", 0.72 // where labels of what happens at the same instant are apart
	}
	if x.fate == lost {
		class, along = class+" lost", 0.5
		x2, y2 = x1+(x2-x1)*0.8, y2+12
	}
	fmt.Fprintf(&d.out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class, x1, y1, x2, y2)
	d.tip(class, x1, y1, x2, y2, x.fate == lost)
	angle := math.Atan2(y2-y1, x2-x1) * 180 / math.Pi
	if x2 < x1 {
		angle += 180
	}
	fmt.Fprintf(&d.out, "<g transform=\"translate(%.1f %.1f) rotate(%.2f)\">", x1+(x2-x1)*along, y1+(y2-y1)*along-4, math.Remainder(angle, 360))
	d.text(0, 0, "what", Cut(x.label, int(math.Abs(x2-x1)/d.letter)-2))
	d.out.WriteString("</g>\n")
	away, back := -7.0, 7.0
	from, to := "end", "start"
	if x2 < x1 {
		away, back, from, to = back, away, to, from
	}
	if x.send >= 0 {
		d.time(x1+away, y1, from, x.send)
	}
	if x.recv >= 0 {
		d.time(x2+back, y2, to, x.recv)
	}
}

// tip draws the head of an arrow, or the cross at the end of one that was lost.
func (d *drawing) tip(class string, x1, y1, x2, y2 float64, cross bool) {
	if cross {
		fmt.Fprintf(&d.out, "<path class=\"arrow lost\" style=\"stroke-dasharray:none\" d=\"M%.1f %.1fl10 10m0 -10l-10 10\"/>\n", x2-5, y2-5)
		return
	}
	a := math.Atan2(y2-y1, x2-x1)
	at := func(turn float64) (float64, float64) { return x2 - 9*math.Cos(a+turn), y2 - 9*math.Sin(a+turn) }
	lx, ly := at(0.4)
	rx, ry := at(-0.4)
	fmt.Fprintf(&d.out, "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1f\"/>\n", class, lx, ly, x2, y2, rx, ry)
}
