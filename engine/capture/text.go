package capture

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

const (
	textWidth = 80 // unless another is asked for
	leastText = 40
	timeWidth = 11 // of the columns of times, at the left and at the right
	laneSpace = 14 // between two lanes, at least
)

// Text writes a sequence diagram for a terminal, of at most 80 columns: a column per host, an arrow per line with the instant at which it
// leaves at the left and that at which it is taken at the right, in seconds. An arrow that ends in x was never taken. Where
// there are too many hosts for so many columns, each line names them instead.
func (t *Trace) Text(w io.Writer, f Filter) error {
	return t.TextOf(w, f, textWidth)
}

// TextOf is Text for a terminal of another width, of 40 columns or more.
func (t *Trace) TextOf(w io.Writer, f Filter, columns int) error {
	_, err := io.WriteString(w, newPage(t.tell(&f), max(columns, leastText)).draw())
	return err
}

// A page draws lines of text.
type page struct {
	picture
	width  int
	column map[string]int // of a lane
	out    strings.Builder
	row    []string // what stands in a column: a letter and what combines with it, or "" beside a wide one
}

func newPage(what picture, width int) *page {
	p := &page{picture: what, width: width, column: map[string]int{}}
	first, last := timeWidth+4, p.width-timeWidth-5
	for i, name := range p.lanes {
		p.column[name] = first
		if len(p.lanes) > 1 {
			p.column[name] += (last - first) * i / (len(p.lanes) - 1)
		}
	}
	return p
}

func (p *page) draw() string {
	if len(p.items) == 0 {
		p.out.WriteString("nothing was recorded\n")
	} else if p.tooNarrow() {
		for _, x := range p.items {
			p.list(x)
		}
	} else {
		p.head()
		for _, x := range p.items {
			p.item(x)
		}
	}
	if p.missing > 0 {
		fmt.Fprintf(&p.out, "%d more events were not kept: the limit of the trace was reached\n", p.missing)
	}
	return p.out.String()
}

func (p *page) tooNarrow() bool {
	return len(p.lanes) > 1 && (p.width-2*timeWidth-9)/(len(p.lanes)-1) < laneSpace
}

// blank begins a line with the lanes.
func (p *page) blank() {
	p.row = slices.Repeat([]string{" "}, p.width)
	for _, name := range p.lanes {
		p.row[p.column[name]] = "|"
	}
}

func (p *page) put(col int, s string) {
	for _, r := range s {
		n := columnsOf(r)
		switch {
		case n == 0 && col > 0 && col <= len(p.row):
			p.row[col-1] += string(r)
		case n > 0 && col >= 0 && col+n <= len(p.row):
			p.row[col] = string(r)
			if n == 2 {
				p.row[col+1] = ""
			}
		}
		col += n
	}
}

func (p *page) flush() {
	p.out.WriteString(strings.TrimRight(strings.Join(p.row, ""), " ") + "\n")
}

// head writes the names of the lanes.
func (p *page) head() {
	p.row = slices.Repeat([]string{" "}, p.width)
	room := p.width - 2*timeWidth
	if len(p.lanes) > 1 {
		room = p.column[p.lanes[1]] - p.column[p.lanes[0]] - 1
	}
	for _, lane := range p.lanes {
		name := Cut(lane, room)
		n := Columns(name)
		p.put(max(0, min(p.column[lane]-n/2, p.width-n)), name)
	}
	p.flush()
}

// times puts the instants of an item's ends.
func (p *page) times(x item) {
	if x.send >= 0 {
		p.put(0, fmt.Sprintf("%*s", timeWidth-1, seconds(p.at[x.send])))
	}
	if x.recv >= 0 {
		p.put(p.width-timeWidth, fmt.Sprintf("%*s", timeWidth, seconds(p.at[x.recv])))
	}
}

func (p *page) item(x item) {
	p.blank()
	p.times(x)
	switch {
	case x.from == "":
		text := Cut("-- "+x.label+" ", p.width-timeWidth)
		p.put(timeWidth, text+strings.Repeat("-", p.width-timeWidth-Columns(text)))
	case x.to == "" || x.from == x.to:
		p.mark(x)
	default:
		p.arrow(x)
	}
	p.flush()
}

// mark draws what happens at one lane, to its right or, where there is more room, to its left.
func (p *page) mark(x item) {
	col, end := p.column[x.from], p.width
	p.row[col] = "*"
	n := Columns(x.label)
	if col+2+n > end && col > p.width/2 {
		text := Cut(x.label, col-timeWidth-1)
		p.put(col-1-Columns(text), text)
		return
	}
	p.put(col+2, Cut(x.label, end-col-2))
}

// arrow draws an arrow with its label on it or, if that is too long, on a line before.
func (p *page) arrow(x item) {
	from, to := p.column[x.from], p.column[x.to]
	left, right := min(from, to)+1, max(from, to)-1
	n := Columns(x.label)
	if n > right-left-7 {
		p.out.WriteString(p.above(x, left))
		n = 0
	}
	for c := left; c <= right; c++ {
		p.row[c] = "-"
	}
	head := map[bool]string{true: ">", false: "<"}[to > from]
	if x.fate == lost {
		head = "x"
	}
	if to > from {
		p.put(right, head)
	} else {
		p.put(left, head)
	}
	if n > 0 {
		p.put(left+3, " "+x.label+" ")
	}
}

// above returns a line with the label of an arrow that is too long to stand on it.
func (p *page) above(x item, left int) string {
	kept := p.row
	p.blank()
	text := Cut(x.label, p.width-left-2)
	p.put(left+1, text)
	line := strings.TrimRight(strings.Join(p.row, ""), " ") + "\n"
	p.row = kept
	return line
}

// list writes an item on a line of its own with the names of the hosts.
func (p *page) list(x item) {
	var b strings.Builder
	at := x.send
	if at < 0 {
		at = x.recv
	}
	fmt.Fprintf(&b, "%*s ", timeWidth-1, seconds(p.at[at]))
	switch {
	case x.from == "":
		fmt.Fprintf(&b, "-- %s", x.label)
	case x.to == "":
		fmt.Fprintf(&b, "%s * %s", x.from, x.label)
	default:
		arrow := "->"
		if x.fate == lost {
			arrow = "-x"
		}
		fmt.Fprintf(&b, "%s %s %s: %s", x.from, arrow, x.to, x.label)
	}
	p.out.WriteString(Cut(b.String(), p.width) + "\n")
}
