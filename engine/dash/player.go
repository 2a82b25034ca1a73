package dash

import (
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A Player is a client of one presentation. Stack and HTTP are needed.
type Player struct {
	Stack *stack.Stack
	HTTP  *http.Client

	Rule      Rule          // nil is ByBoth
	Startup   time.Duration // what must have come before the picture moves, also after it stood still; 0 means one segment
	MaxBuffer time.Duration // 0 means 30 s
	Segments  int           // how many are played; 0 means all

	// Fetched, if not nil, is told of each segment; its error ends the play.
	Fetched func(Step) error
}

// A Step is one segment that was fetched. Times count from the beginning of the play.
type Step struct {
	Segment    int // from 1
	Rate       int // bits per second
	Index      int // of the rate
	Bytes      int
	URL        string
	Asked      time.Duration // when
	Came       time.Duration // when it was whole
	Throughput float64       // bits per second, of this segment
	Before     time.Duration // the buffer when it was asked for
	Buffer     time.Duration // the buffer when it had come, with it
	Stalled    time.Duration // how long the picture stood still meanwhile
}

// A Report is how a play went.
type Report struct {
	Title    string
	Rates    []int // bits per second
	Chunk    time.Duration
	Steps    []Step
	Startup  time.Duration // until the picture moved
	Stalls   int           // how often it stood still afterwards
	Stalled  time.Duration // and for how long in all
	Switches int           // changes of the rate
	MeanRate float64       // bits per second, over the time that was played
	Played   time.Duration
	Took     time.Duration // until the last picture
}

// A playback is a play under way.
type playback struct {
	*Player
	report  *Report
	tracks  []Track
	begin   time.Time
	buffer  time.Duration
	at      time.Time // when the buffer was as it says
	playing bool
	moved   bool
	mean    float64
}

// Play fetches the manifest and then one segment after the other, on the world's clock, until the last picture was shown. With an error comes the
// report of what was played before it.
func (p *Player) Play(manifest string) (*Report, error) {
	x := &playback{Player: p, report: &Report{}, begin: p.Stack.Now()}
	x.at = x.begin
	if err := x.open(manifest); err != nil {
		return x.report, err
	}
	segments := len(x.tracks[0].Segments)
	if p.Segments > 0 {
		segments = min(segments, p.Segments)
	}
	last, told := -1, -1
	for i := range segments {
		x.wait(i)
		choice := x.choose(i, segments, last)
		if choice != told { // the first segment of a track wants its head
			if err := x.head(choice); err != nil {
				return x.report, err
			}
			told = choice
		}
		if last >= 0 && choice != last {
			x.report.Switches++
		}
		last = choice
		if err := x.fetch(i, choice); err != nil {
			return x.report, err
		}
	}
	x.drain()
	return x.report, nil
}

// open reads the manifest.
func (x *playback) open(manifest string) error {
	text, where, err := x.get(manifest)
	if err != nil {
		return err
	}
	m, err := Parse(text)
	if err != nil {
		return err
	}
	if x.tracks, err = m.Tracks(where); err != nil {
		return err
	}
	x.report.Title, x.report.Chunk = m.Title, x.tracks[0].Segments[0].Duration
	for _, t := range x.tracks {
		x.report.Rates = append(x.report.Rates, t.Bandwidth)
	}
	return nil
}

// get fetches a URL, and says where it was in the end.
func (x *playback) get(target string) ([]byte, *url.URL, error) {
	a, err := x.HTTP.Get(target)
	if err != nil {
		return nil, nil, fmt.Errorf("dash: %w", err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("dash: %s: %w", target, err)
	}
	if a.StatusCode != 200 {
		return nil, nil, &StatusError{target, a.StatusCode}
	}
	return body, a.Request.URL, nil
}

// A StatusError says that a server did not give what the manifest names.
type StatusError struct {
	URL    string
	Status int
}

// Error returns the text with the package's name.
func (e *StatusError) Error() string {
	return fmt.Sprintf("dash: %s: status %d, want 200", e.URL, e.Status)
}

// Code returns "refused".
func (e *StatusError) Code() string { return "refused" }

func (x *playback) head(index int) error {
	if x.tracks[index].Init == nil {
		return nil
	}
	_, _, err := x.get(x.tracks[index].Init.String())
	return err
}

func (x *playback) maxBuffer() time.Duration {
	if x.MaxBuffer > 0 {
		return x.MaxBuffer
	}
	return 30 * time.Second
}

// pass plays what there is up to now, and returns for how long the picture stood still since the last call.
func (x *playback) pass() (stalled time.Duration) {
	now := x.Stack.Now()
	passed := now.Sub(x.at)
	x.at = now
	switch {
	case !x.playing:
		if x.moved {
			stalled = passed
		}
	case passed <= x.buffer:
		x.buffer -= passed
	default:
		stalled = passed - x.buffer
		x.buffer, x.playing = 0, false
		x.report.Stalls++
	}
	x.report.Stalled += stalled
	return stalled
}

// wait sleeps while another segment would not fit into the buffer.
func (x *playback) wait(i int) {
	x.pass()
	if over := x.buffer + x.tracks[0].Segments[i].Duration - x.maxBuffer(); over > 0 && x.playing {
		x.Stack.Sleep(min(over, x.buffer))
		x.pass()
	}
}

func (x *playback) choose(i, segments, last int) int {
	s := State{Segment: i + 1, Segments: segments, Chunk: x.tracks[0].Segments[i].Duration, Rates: append([]int(nil), x.report.Rates...), Last: last,
		Buffer: x.buffer, MaxBuffer: x.maxBuffer(), Throughput: x.mean}
	if n := len(x.report.Steps); n > 0 {
		s.Measured = x.report.Steps[n-1].Throughput
	}
	rule := x.Rule
	if rule == nil {
		rule = ByBoth
	}
	return min(max(rule(s), 0), len(x.tracks)-1)
}

// fetch gets a segment and puts it into the buffer.
func (x *playback) fetch(i, index int) error {
	segment := x.tracks[index].Segments[i]
	stalled := x.pass()
	step := Step{Segment: i + 1, Rate: x.tracks[index].Bandwidth, Index: index, URL: segment.URL.String(), Asked: x.Stack.Now().Sub(x.begin), Before: x.buffer}
	body, _, err := x.get(step.URL)
	if err != nil {
		return err
	}
	step.Stalled = stalled + x.pass()
	step.Bytes, step.Came = len(body), x.Stack.Now().Sub(x.begin)
	took := max(step.Came-step.Asked, time.Microsecond) // on the player's own host it takes no time at all
	step.Throughput = 8 * float64(step.Bytes) / took.Seconds()
	const weight = 0.3 // of the newest in the mean, as RFC 6298 has 1/8 for round-trip times
	if x.mean == 0 {
		x.mean = step.Throughput
	}
	x.mean += weight * (step.Throughput - x.mean)
	x.buffer += segment.Duration
	x.report.Played += segment.Duration
	x.report.MeanRate += (float64(step.Rate) - x.report.MeanRate) * segment.Duration.Seconds() / x.report.Played.Seconds()
	if !x.playing && (x.buffer >= x.Startup || i+1 == len(x.tracks[0].Segments)) {
		x.start()
	}
	step.Buffer = x.buffer
	x.report.Steps = append(x.report.Steps, step)
	if x.Fetched != nil {
		return x.Fetched(step)
	}
	return nil
}

func (x *playback) start() {
	if !x.moved {
		x.report.Startup = x.Stack.Now().Sub(x.begin)
	}
	x.playing, x.moved = true, true
}

// drain plays what is left.
func (x *playback) drain() {
	if !x.playing && x.buffer > 0 {
		x.start()
	}
	x.Stack.Sleep(x.buffer)
	x.pass()
	x.report.Took = x.Stack.Now().Sub(x.begin)
}
