// Package dash is the Lua module dash: videos in pieces at several rates, and players that adapt.
package dash

import (
	"crypto/tls"
	"net/url"
	"path"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/dash"
	"github.com/moonwire-lab/moonwire/engine/http"
)

// Module is the declaration of dash.
var Module = bind.New("dash", "Dynamic Adaptive Streaming over HTTP (ISO/IEC 23009-1): publish a video in pieces at several rates, and play one with rules that choose the rate of each piece.", func() []bind.Member {
	return []bind.Member{
		bind.Fn("publish", "Write a video that players can play into a folder of this host: a manifest, and the pieces at each rate. A web server then serves them as files.", publish).
			Returns("path", "of the manifest").Errors("not-found", "denied", "full", "invalid").
			Example(publishExample),
		bind.Fn("play", "Play a video over HTTP: read its manifest, then fetch one piece after the other at the rate that the rule chooses, while time goes on. Nothing is shown; the report says what a viewer would have seen.", play).
			Returns("report dash.play_report", "how it went: title, rates (bits per second), chunk (seconds), steps, startup (seconds until the picture moved), stalls (how often it stood still), stalled (seconds in all), switches, mean_rate (bits per second), played and took (seconds). "+
				"A step has segment, rate, index, bytes, url, asked and came (seconds since the beginning), throughput (bits per second), before and buffer (seconds, when it was asked for and when it had come), stalled (seconds)").
			Errors("refused", "timeout", "host-not-found", "unreachable", "closed", "reset", "protocol", "too-long", "invalid").
			Example(playExample).Example(ruleExample),
		bind.Fn("parse", "Read a manifest.", parse).
			Returns("manifest dash.manifest", "title, duration (seconds), tracks: from the lowest rate to the highest, each with id, bandwidth (bits per second), media_type, codecs, width, height, init (a URL, or nil), segments: each with url, start and duration in seconds").
			Errors("protocol", "invalid").
			Example(parseExample),
	}
})

type publishArgs struct {
	Folder  string `doc:"where to; it is made if it is not there"`
	Options struct {
		Title    string        `doc:"what the pictures and the manifest say" default:""`
		Duration time.Duration `doc:"how long the video plays" default:"60 s" min:"100 ms" max:"4 h"`
		Chunk    time.Duration `doc:"how long a piece plays" default:"4 s" min:"100 ms" max:"60 s"`
		Rates    []bind.Rate   `doc:"bits per second: 300, 750, 1500 and 3000 kbit/s unless given" default:"nil"`
		Frames   int           `doc:"pictures a second" default:"1" min:"1" max:"30"`
	} `doc:"what to publish"`
}

func publish(c *bind.Call, a publishArgs) (string, error) {
	o := &a.Options
	v := dash.Video{Title: o.Title, Duration: o.Duration, Chunk: o.Chunk, Frames: o.Frames}
	for _, r := range o.Rates {
		v.Rates = append(v.Rates, int(r))
	}
	p := process.Of(c)
	folder := p.Path(a.Folder)
	err := dash.Publish(p.FS(), folder, v, func(bytes int) error {
		c.Charge(50_000 + bytes/10) // to draw the pictures takes a millisecond each
		return nil
	})
	if err != nil {
		return "", err
	}
	return path.Join(folder, dash.ManifestName), nil
}

type playArgs struct {
	URL     string `name:"url" doc:"the manifest's, such as \"http://www.netcinema.com/madmen/manifest.mpd\""`
	Options struct {
		Rule      lua.LValue    `doc:"how the rate of the next piece is chosen: \"both\", \"throughput\", \"buffer\", \"lowest\", \"highest\", or a function that is given a table with segment, segments, chunk, rates, last (index of the rate before, nil at first), buffer, max_buffer (seconds), throughput (bits per second, a mean), measured (of the piece before) and returns an index of rates" default:"nil" type:"string|fun(state: table): integer"`
		Startup   time.Duration `doc:"what must have come before the picture moves, also after it stood still; one piece if 0" default:"0 s" min:"0 s"`
		MaxBuffer time.Duration `doc:"at how much the player waits" default:"30 s" min:"1 s"`
		Segments  int           `doc:"how many pieces are played; all if 0" default:"0" min:"0"`
		Timeout   time.Duration `doc:"how long to wait for each step of the network" default:"60 s" min:"1 ms"`
		Verify    bool          `doc:"under TLS take only a certificate of the world's authority for the host" default:"true"`
		Largest   bind.Size     `doc:"the longest piece that is taken" default:"64 MiB" min:"1"`
	} `doc:"how to play"`
}

func play(c *bind.Call, a playArgs) (*playReport, error) {
	o := &a.Options
	p := process.Of(c)
	client := &http.Client{Stack: p.Stack(), Timeout: o.Timeout, Redirects: 5, Limits: http.Limits{Body: int64(o.Largest)},
		TLS: func(host string) (*tls.Config, error) { return serve.ClientTLS(p, host, o.Verify) }}
	defer client.Close()
	player := dash.Player{Stack: p.Stack(), HTTP: client, Startup: o.Startup, MaxBuffer: o.MaxBuffer, Segments: o.Segments,
		Fetched: func(s dash.Step) error { c.Charge(1000 + s.Bytes/20); return nil }}
	rule := &luaRule{c: c}
	switch v := o.Rule.(type) {
	case lua.LString:
		if player.Rule = dash.RuleNamed(string(v)); player.Rule == nil {
			c.Misuse("rule", "want a function or one of %s, got %q", strings.Join(dash.RuleNames(), ", "), string(v))
		}
	case *lua.LFunction:
		rule.fn = v
		player.Rule = rule.choose
	case nil, *lua.LNilType:
	default:
		c.Misuse("rule", "want a name or a function, got %s", c.Describe(v))
	}
	report, err := player.Play(a.URL)
	if err != nil {
		return nil, err
	}
	return newReport(report), nil
}

// A luaRule is a rule of the script.
type luaRule struct {
	c  *bind.Call
	fn *lua.LFunction
}

// choose raises what the function raises.
func (r *luaRule) choose(s dash.State) int {
	L := r.c.L
	rates := L.NewTable()
	for i, rate := range s.Rates {
		rates.RawSetInt(i+1, lua.LNumber(rate))
	}
	t := L.NewTable()
	for name, v := range map[string]float64{"segment": float64(s.Segment), "segments": float64(s.Segments), "chunk": s.Chunk.Seconds(), "buffer": s.Buffer.Seconds(),
		"max_buffer": s.MaxBuffer.Seconds(), "throughput": s.Throughput, "measured": s.Measured} {
		t.RawSetString(name, lua.LNumber(v))
	}
	t.RawSetString("rates", rates)
	if s.Last >= 0 {
		t.RawSetString("last", lua.LNumber(s.Last+1))
	}
	results, err := lua51.Call(L, r.fn, t)
	if err != nil {
		lua51.Rethrow(L, err)
	}
	if len(results) > 0 {
		if n, ok := results[0].(lua.LNumber); ok && n == lua.LNumber(int(n)) {
			return int(n) - 1
		}
	}
	L.RaiseError("dash.play: the rule must return an index of rates, a whole number from 1 to %d", len(s.Rates))
	return 0
}

type (
	playReport struct {
		Title    string
		Rates    []int
		Chunk    float64
		Steps    []playStep
		Startup  float64
		Stalls   int
		Stalled  float64
		Switches int
		MeanRate float64
		Played   float64
		Took     float64
	}
	playStep struct {
		Segment    int
		Rate       int
		Index      int
		Bytes      int
		URL        string `name:"url"`
		Asked      float64
		Came       float64
		Throughput float64
		Before     float64
		Buffer     float64
		Stalled    float64
	}
)

func newReport(r *dash.Report) *playReport {
	out := &playReport{r.Title, r.Rates, r.Chunk.Seconds(), nil, r.Startup.Seconds(), r.Stalls, r.Stalled.Seconds(), r.Switches, r.MeanRate, r.Played.Seconds(), r.Took.Seconds()}
	for _, s := range r.Steps {
		out.Steps = append(out.Steps, playStep{s.Segment, s.Rate, s.Index + 1, s.Bytes, s.URL, s.Asked.Seconds(), s.Came.Seconds(), s.Throughput, s.Before.Seconds(), s.Buffer.Seconds(), s.Stalled.Seconds()})
	}
	return out
}

type parseArgs struct {
	Text string  `doc:"the manifest"`
	URL  *string `name:"url" doc:"where it came from, to which its URLs are relative; \"http://localhost/\" if left out"`
}

type (
	manifest struct {
		Title    string
		Duration float64
		Tracks   []manifestTrack
	}
	manifestTrack struct {
		ID            string `name:"id"`
		Bandwidth     int
		MediaType     string
		Codecs        string
		Width, Height int
		Init          *string
		Segments      []manifestSegment
	}
	manifestSegment struct {
		URL             string `name:"url"`
		Start, Duration float64
	}
)

func parse(c *bind.Call, a parseArgs) (*manifest, error) {
	c.Charge(len(a.Text) / 4)
	where := "http://localhost/"
	if a.URL != nil {
		where = *a.URL
	}
	base, err := url.Parse(where)
	if err != nil || base.Host == "" {
		c.Misuse("url", "want a URL such as http://host/manifest.mpd, got %q", where)
	}
	m, err := dash.Parse([]byte(a.Text))
	if err != nil {
		return nil, err
	}
	tracks, err := m.Tracks(base)
	if err != nil {
		return nil, err
	}
	out := &manifest{Title: m.Title, Duration: time.Duration(m.Duration).Seconds()}
	for _, t := range tracks {
		c.Charge(20 * len(t.Segments))
		mt := manifestTrack{ID: t.ID, Bandwidth: t.Bandwidth, MediaType: t.MediaType, Codecs: t.Codecs, Width: t.Width, Height: t.Height}
		if t.Init != nil {
			text := t.Init.String()
			mt.Init = &text
		}
		for _, s := range t.Segments {
			mt.Segments = append(mt.Segments, manifestSegment{s.URL.String(), s.Start.Seconds(), s.Duration.Seconds()})
		}
		out.Tracks = append(out.Tracks, mt)
	}
	return out, nil
}
