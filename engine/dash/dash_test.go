package dash_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine/dash"
)

func base(t testing.TB) *url.URL {
	u, err := url.Parse("http://netcinema.com/v/manifest.mpd")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// document puts the inside of an AdaptationSet into a manifest of ten seconds.
func document(set string) string {
	return `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="video/mp4">` + set + `</AdaptationSet></Period></MPD>`
}

const track = `<Representation id="a" bandwidth="1000"/>`

// TestTracks works out the URLs and times of segments in each way that there is.
func TestTracks(t *testing.T) {
	for _, c := range []struct{ name, set, want string }{
		{"numbers", `<SegmentTemplate timescale="10" duration="40" initialization="i-$RepresentationID$" media="$Number%03d$.m4s"/>` + track, "v/i-a: v/001.m4s 0s 4s, v/002.m4s 4s 4s, v/003.m4s 8s 2s"},
		{"start number", `<SegmentTemplate duration="5" startNumber="0" media="$$$Bandwidth$-$Number$"/>` + track, "-: v/$1000-0 0s 5s, v/$1000-1 5s 5s"},
		{"timeline", `<SegmentTemplate timescale="1000" media="$Time$"><SegmentTimeline><S t="500" d="2000" r="1"/><S d="1500"/></SegmentTimeline></SegmentTemplate>` + track,
			"-: v/500 0s 2s, v/2500 2s 2s, v/4500 4s 1.5s"},
		{"timeline to the end", `<SegmentTemplate media="$Time$"><SegmentTimeline><S t="0" d="4" r="-1"/></SegmentTimeline></SegmentTemplate>` + track, "-: v/0 0s 4s, v/4 4s 4s, v/8 8s 4s"},
		{"list", `<Representation id="a" bandwidth="1"><SegmentList timescale="2" duration="10"><Initialization sourceURL="/i"/><SegmentURL media="x"/><SegmentURL media="http://other/y"/></SegmentList></Representation>`,
			"i: v/x 0s 5s, http://other/y 5s 5s"},
		{"own template", `<SegmentTemplate duration="5" media="no"/><Representation id="a" bandwidth="1"><BaseURL>sub/</BaseURL><SegmentTemplate media="$Number$"/></Representation>`, "-: v/sub/1 0s 5s, v/sub/2 5s 5s"},
	} {
		m, err := dash.Parse([]byte(document(c.set)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		tracks, err := m.Tracks(base(t))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := "-"
		if tracks[0].Init != nil {
			got = tracks[0].Init.String()
		}
		for i, s := range tracks[0].Segments {
			got += fmt.Sprintf("%s %v %v %v", map[bool]string{true: ":", false: ","}[i == 0], s.URL, s.Start, s.Duration)
		}
		if got = strings.ReplaceAll(got, "http://netcinema.com/", ""); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestBadManifests says of each what is wrong and where.
func TestBadManifests(t *testing.T) {
	template := func(attributes string) string { return "<SegmentTemplate " + attributes + "/>" + track }
	for _, c := range []struct{ text, want string }{
		{"", "manifest: line 1, column 1: EOF"},
		{"<html/>", "expected element type <MPD>"},
		{`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>`, "there is no Period"},
		{`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" minBufferTime="2s"/>`, `minBufferTime="2s" is no duration such as PT1M30.5S`},
		{`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic"><Period/></MPD>`, "live"},
		{`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/></MPD>`, "there is no AdaptationSet"},
		{document(""), "there is no Representation"},
		{document(template("")), "neither a SegmentTemplate"},
		{document(template(`media="x"`)), "wants a duration"},
		{document(template(`media="x" duration="1" timescale="1000000"`)), "at most 20000 segments"},
		{document(template(`media="x" duration="5" timescale="-1"`)), "timescale"},
		{document(template(`media="$SubNumber$" duration="5"`)), "has $SubNumber$"},
		{document(template(`media="%zz" duration="5"`)), "invalid URL escape"},
		{document(template(`media="` + strings.Repeat("x", 3000) + `" duration="5"`)), "longer than 2000 bytes"},
		{document(`<SegmentTemplate media="x" duration="5"/><Representation id="b"/>`), `Representation "b": bandwidth="0"`},
		{document(`<SegmentTemplate media="x"><SegmentTimeline><S t="0" d="1" r="999999999"/></SegmentTimeline></SegmentTemplate>` + track), "at most 20000 segments"},
		{document(`<SegmentTemplate media="x"><SegmentTimeline/></SegmentTemplate>` + track), "no segment"},
		{document(`<SegmentTemplate media="x" duration="5"/>` + track + `<Representation id="b" bandwidth="2"><SegmentTemplate duration="1"/></Representation>`), "10 and 2 segments"},
	} {
		m, err := dash.Parse([]byte(c.text))
		if err == nil {
			_, err = m.Tracks(base(t))
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80s: %v, want %q in it", c.text, err, c.want)
		}
	}
}

// TestPublish reads what it wrote: the manifest is the same again, and each segment has the bytes of its rate.
func TestPublish(t *testing.T) {
	files := afero.NewMemMapFs()
	if err := dash.Publish(files, "/v", dash.Video{Title: "Mad Men", Duration: 10 * time.Second, Rates: []int{30_000, 200_000, 2_000_000}}, nil); err != nil {
		t.Fatal(err)
	}
	text, err := afero.ReadFile(files, "/v/manifest.mpd")
	if err != nil {
		t.Fatal(err)
	}
	m, err := dash.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := m.Format(); string(again) != string(text) {
		t.Errorf("%s\nbecomes\n%s", text, again)
	}
	tracks, err := m.Tracks(base(t))
	if err != nil || len(tracks) != 3 || m.Title != "Mad Men" {
		t.Fatal(tracks, err)
	}
	for _, track := range tracks {
		for _, s := range track.Segments {
			b, err := afero.ReadFile(files, s.URL.Path)
			if want := int(float64(track.Bandwidth) / 8 * s.Duration.Seconds()); err != nil || len(b) != want {
				t.Errorf("%s has %d bytes, want %d: %v", s.URL.Path, len(b), want, err)
			}
		}
	}
	for _, v := range []dash.Video{{Rates: []int{1000}}, {Rates: make([]int, 21)}, {Frames: 31}, {Chunk: time.Millisecond}, {Duration: time.Second}, {Duration: 1000 * time.Hour}} {
		if err := dash.Publish(files, "/x", v, nil); err == nil {
			t.Errorf("%+v was published", v)
		}
	}
}

// TestRules: each rule in a few states.
func TestRules(t *testing.T) {
	rates := []int{100, 200, 400, 800}
	for _, c := range []struct {
		rule                 string
		throughput, measured float64
		buffer               time.Duration
		last, want           int
	}{
		{"throughput", 0, 0, 0, -1, 0}, {"throughput", 249, 249, 9, 0, 0}, {"throughput", 250, 250, 9, 0, 1}, {"throughput", 1e9, 1e9, 9, 0, 3},
		{"buffer", 1e9, 1e9, 5, 0, 0}, {"buffer", 1, 1, 27, 0, 3}, {"buffer", 1, 1, 18, 0, 2},
		{"both", 1e9, 300, 5, 2, 1}, {"both", 1e9, 1e9, 20, 0, 1}, {"both", 250, 1e9, 20, 3, 1},
		{"lowest", 1e9, 1e9, 29, 3, 0}, {"highest", 1, 1, 0, 0, 3},
	} {
		s := dash.State{Rates: rates, Last: c.last, Buffer: c.buffer * time.Second, MaxBuffer: 30 * time.Second, Throughput: c.throughput, Measured: c.measured}
		if got := dash.RuleNamed(c.rule)(s); got != c.want {
			t.Errorf("%+v chooses %d", c, got)
		}
	}
	for _, name := range dash.RuleNames() {
		if dash.RuleNamed(name) == nil {
			t.Errorf("no rule %s", name)
		}
	}
}

func FuzzManifest(f *testing.F) {
	for _, s := range []string{document(`<SegmentTemplate duration="4" media="$Number%03d$"/>` + track),
		document(`<SegmentTemplate timescale="1000" media="$Time$"><SegmentTimeline><S t="500" d="2000" r="-1"/></SegmentTimeline></SegmentTemplate>` + track),
		document(`<Representation id="a" bandwidth="1"><SegmentList duration="1"><SegmentURL media="x"/></SegmentList></Representation>`)} {
		f.Add([]byte(s))
	}
	where := base(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := dash.Parse(text)
		if err != nil {
			return
		}
		if tracks, err := m.Tracks(where); err == nil && (len(tracks) == 0 || len(tracks)*len(tracks[0].Segments) > 20_000) {
			t.Errorf("%d tracks", len(tracks))
		}
		written, err := m.Format()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dash.Parse(written); err != nil && !strings.Contains(err.Error(), "illegal character") {
			t.Errorf("%s\nis not read again: %v", written, err)
		}
	})
}
