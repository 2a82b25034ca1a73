package dash

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

// Bounds of what a manifest may make this host hold: segments of all its tracks, bytes of a URL.
const (
	maxSegments = 20_000
	maxURL      = 2000
)

// Tracks works out the tracks of the first adaptation set with video, or else of the first, from the lowest rate to the highest. base is the
// manifest's own URL. An *Error says what does not fit together.
func (m *Manifest) Tracks(base *url.URL) ([]Track, error) {
	if m.Type == "dynamic" {
		return nil, broken("MPD", "the presentation is live (type=\"dynamic\"); only static ones are understood")
	}
	period := &m.Periods[0]
	if len(period.Sets) == 0 {
		return nil, broken("Period", "there is no AdaptationSet")
	}
	length := time.Duration(period.Duration)
	if length == 0 {
		length = time.Duration(m.Duration)
	}
	set := &period.Sets[0]
	for i := range period.Sets {
		if period.Sets[i].video() {
			set = &period.Sets[i]
			break
		}
	}
	base, err := resolve(base, m.BaseURL, period.BaseURL, set.BaseURL)
	if err != nil {
		return nil, err
	}
	var tracks []Track
	for i := range set.Representations {
		t, err := track(base, length, period, set, &set.Representations[i])
		if err != nil {
			return nil, err
		}
		if tracks = append(tracks, t); len(tracks)*len(t.Segments) > maxSegments {
			return nil, broken("AdaptationSet", "its tracks have more than %d segments", maxSegments)
		}
	}
	if len(tracks) == 0 {
		return nil, broken("AdaptationSet", "there is no Representation")
	}
	slices.SortStableFunc(tracks, func(a, b Track) int { return a.Bandwidth - b.Bandwidth })
	for _, t := range tracks[1:] {
		if len(t.Segments) != len(tracks[0].Segments) {
			return nil, broken("AdaptationSet", "its tracks have %d and %d segments: nobody can change between them", len(tracks[0].Segments), len(t.Segments))
		}
	}
	return tracks, nil
}

func (s *AdaptationSet) video() bool {
	return s.ContentType == "video" || strings.HasPrefix(s.MediaType, "video/") ||
		slices.ContainsFunc(s.Representations, func(r Representation) bool { return strings.HasPrefix(r.MediaType, "video/") })
}

// resolve follows one relative URL after the other.
func resolve(base *url.URL, relative ...string) (*url.URL, error) {
	for _, r := range relative {
		u, err := base.Parse(strings.TrimSpace(r))
		if err != nil {
			return nil, broken("BaseURL", "%v", err)
		}
		if len(r) > maxURL || len(u.Path) > maxURL {
			return nil, broken("BaseURL", "it is longer than %d bytes", maxURL)
		}
		base = u
	}
	return base, nil
}

func first[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}

func track(base *url.URL, length time.Duration, p *Period, s *AdaptationSet, r *Representation) (Track, error) {
	where := fmt.Sprintf("Representation %q", r.ID)
	if r.Bandwidth <= 0 {
		return Track{}, broken(where, "bandwidth=%q: it must be a number above 0", strconv.Itoa(r.Bandwidth))
	}
	t := Track{ID: r.ID, Bandwidth: r.Bandwidth, Width: r.Width, Height: r.Height, MediaType: first(r.MediaType, s.MediaType), Codecs: first(r.Codecs, s.Codecs)}
	base, err := resolve(base, r.BaseURL)
	if err != nil {
		return t, err
	}
	if list := first(r.List, s.List); list != nil {
		return t, list.fill(&t, base, where)
	}
	template := inherit(r.Template, inherit(s.Template, p.Template))
	if template == nil || template.Media == "" {
		return t, broken(where, "it has neither a SegmentTemplate with media nor a SegmentList")
	}
	return t, template.fill(&t, base, where, length)
}

// inherit returns a template whose attributes come from the outer one where it has none of its own.
func inherit(inner, outer *SegmentTemplate) *SegmentTemplate {
	if inner == nil || outer == nil {
		return first(inner, outer)
	}
	return &SegmentTemplate{
		Timescale: first(inner.Timescale, outer.Timescale), Duration: first(inner.Duration, outer.Duration), StartNumber: first(inner.StartNumber, outer.StartNumber),
		Initialization: first(inner.Initialization, outer.Initialization), Media: first(inner.Media, outer.Media), Timeline: first(inner.Timeline, outer.Timeline),
	}
}

func (l *SegmentList) fill(t *Track, base *url.URL, where string) error {
	scale, err := timescale(l.Timescale, where)
	if err != nil {
		return err
	}
	if l.Duration <= 0 || l.Duration/scale > 1e6 || len(l.Segments) > maxSegments {
		return broken(where, "a SegmentList wants a duration, and at most %d segments", maxSegments)
	}
	if l.Initialization != nil {
		if t.Init, err = resolve(base, l.Initialization.Source); err != nil {
			return err
		}
	}
	for i, s := range l.Segments {
		u, err := resolve(base, s.Media)
		if err != nil {
			return err
		}
		t.Segments = append(t.Segments, Segment{u, units(int64(i)*l.Duration, scale), units(l.Duration, scale)})
	}
	return nil
}

func timescale(n int64, where string) (int64, error) {
	if n < 0 || n > 1e9 {
		return 0, broken(where, "timescale=%q: it must be from 1 to 1000000000", strconv.FormatInt(n, 10))
	}
	return max(n, 1), nil
}

func units(n, scale int64) time.Duration { return time.Duration(float64(n) / float64(scale) * 1e9) }

// A span is the time of one segment in units of the timescale.
type span struct{ start, length int64 }

func (s *SegmentTemplate) fill(t *Track, base *url.URL, where string, length time.Duration) error {
	scale, err := timescale(s.Timescale, where)
	if err != nil {
		return err
	}
	spans, err := s.spans(scale, length, where)
	if err != nil {
		return err
	}
	number := int64(1)
	if s.StartNumber != nil {
		number = *s.StartNumber
	}
	if s.Initialization != "" {
		if t.Init, err = t.expand(s.Initialization, base, where, 0, 0); err != nil {
			return err
		}
	}
	for i, sp := range spans {
		u, err := t.expand(s.Media, base, where, number+int64(i), sp.start)
		if err != nil {
			return err
		}
		t.Segments = append(t.Segments, Segment{u, units(sp.start-spans[0].start, scale), units(sp.length, scale)})
	}
	return nil
}

// spans lists the segments: of the same length up to the end of the period, or those of the timeline.
func (s *SegmentTemplate) spans(scale int64, length time.Duration, where string) ([]span, error) {
	whole := int64(length.Seconds()*float64(scale) + 0.5)
	var spans []span
	if s.Timeline == nil {
		if s.Duration <= 0 || whole <= 0 || whole/s.Duration >= maxSegments {
			return nil, broken(where, "a SegmentTemplate wants a duration in a period whose duration is known, and at most %d segments", maxSegments)
		}
		for at := int64(0); at < whole; at += s.Duration {
			spans = append(spans, span{at, min(s.Duration, whole-at)})
		}
		return spans, nil
	}
	at := int64(0)
	for i, r := range s.Timeline.Runs {
		if r.T != nil {
			at = *r.T
		}
		count := r.R + 1
		if r.R < 0 && r.D > 0 {
			end := whole
			if i+1 < len(s.Timeline.Runs) && s.Timeline.Runs[i+1].T != nil {
				end = *s.Timeline.Runs[i+1].T
			}
			count = (end - at + r.D - 1) / r.D
		}
		if r.D <= 0 || at < 0 || at > 1<<50 || r.D > 1<<40 || count > maxSegments-int64(len(spans)) {
			return nil, broken(where, "SegmentTimeline, entry %d: it wants d above 0, t not below 0, and at most %d segments in all", i+1, maxSegments)
		}
		for range count {
			spans = append(spans, span{at, r.D})
			at += r.D
		}
	}
	if len(spans) == 0 {
		return nil, broken(where, "its SegmentTimeline has no segment")
	}
	return spans, nil
}

var placeholder = wire.Pattern(`\$(\w*)(?:%0(\d{1,2})d)?\$`)

// expand fills in a template (ISO/IEC 23009-1 5.3.9.4.4).
func (t *Track) expand(template string, base *url.URL, where string, number, at int64) (*url.URL, error) {
	var wrong string
	text := placeholder().ReplaceAllStringFunc(template, func(s string) string {
		parts := placeholder().FindStringSubmatch(s)
		width, _ := strconv.Atoi(parts[2])
		switch parts[1] {
		case "":
			return "$"
		case "RepresentationID":
			return t.ID
		case "Number":
			return fmt.Sprintf("%0*d", width, number)
		case "Bandwidth":
			return fmt.Sprintf("%0*d", width, t.Bandwidth)
		case "Time":
			return fmt.Sprintf("%0*d", width, at)
		}
		wrong = s
		return s
	})
	if wrong != "" {
		return nil, broken(where, "the template %q has %s; there are $RepresentationID$, $Number$, $Bandwidth$ and $Time$", template, wrong)
	}
	if len(text) > maxURL {
		return nil, broken(where, "a URL of its template is longer than %d bytes", maxURL)
	}
	u, err := base.Parse(text)
	if err != nil {
		return nil, broken(where, "%v", err)
	}
	return u, nil
}
