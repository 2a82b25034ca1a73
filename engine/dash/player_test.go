package dash_test

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/dash"
	"github.com/moonwire-lab/moonwire/engine/enginetest"
	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
	"github.com/moonwire-lab/moonwire/engine/http"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// serving publishes a video on a host and serves it.
func serving(v dash.Video) func(*stack.Stack, *engine.Host, string) (string, func(), error) {
	return func(st *stack.Stack, host *engine.Host, address string) (string, func(), error) {
		files := host.FS
		if err := dash.Publish(files, "/v", v, nil); err != nil {
			return "", nil, err
		}
		l, err := st.Listen("tcp", address)
		if err != nil {
			return "", nil, err
		}
		site := &http.Files{FS: files, Root: "/"}
		s := &http.Server{Handler: site.Answer}
		st.Go("accept", func() { s.Serve(st, l) })
		return l.Addr().String(), s.Close, nil
	}
}

// watch plays what serving serves, and tells each step.
func watch(st *stack.Stack, address string) (string, error) {
	client := &http.Client{Stack: st, Timeout: time.Minute}
	defer client.Close()
	p := dash.Player{Stack: st, HTTP: client, Rule: func(s dash.State) int { return s.Segment % 2 }}
	r, err := p.Play("http://" + address + "/v/manifest.mpd")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "%d: %d bytes at %d\n", s.Segment, s.Bytes, s.Rate)
	}
	return b.String(), nil
}

func TestConformance(t *testing.T) {
	v := dash.Video{Duration: 600 * time.Millisecond, Chunk: 200 * time.Millisecond, Rates: []int{200_000, 400_000}}
	enginetest.Run(t, enginetest.Protocol{Serve: serving(v), Talk: watch, Stream: true, Port: 80})
}

// played plays a video over a link of so many bits per second.
func played(t *testing.T, v dash.Video, rate int, p dash.Player) *dash.Report {
	t.Helper()
	w, err := engine.New(engine.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	server, err := w.AddHost("server")
	if err != nil {
		t.Fatal(err)
	}
	client, err := w.AddHost("client")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Net.Link(server.V, client.V, vnet.LinkOptions{Shape: vnet.Shape{Delay: 10 * time.Millisecond, Rate: int64(rate)}}); err != nil {
		t.Fatal(err)
	}
	var report *dash.Report
	st := client.NewStack("player")
	main := st.Go("player", func() {
		if _, _, err = serving(v)(server.NewStack("web"), server, ":80"); err != nil {
			return
		}
		p.Stack, p.HTTP = st, &http.Client{Stack: st}
		report, err = p.Play("http://server/v/manifest.mpd")
	})
	if runErr := w.Sched.Run(main); runErr != nil || err != nil {
		t.Fatal(runErr, err)
	}
	return report
}

// TestStalls: over a link that carries half of the rate the picture stands still for about as long as the film lasts; over one that carries
// it twice, never, and the player waits while its buffer is full.
func TestStalls(t *testing.T) {
	v := dash.Video{Duration: 20 * time.Second, Chunk: 2 * time.Second, Rates: []int{400_000}}
	slow := played(t, v, 200_000, dash.Player{})
	if slow.Stalls != 9 || slow.Stalled < 18*time.Second || slow.Stalled > 22*time.Second || slow.Took < 40*time.Second || slow.Played != v.Duration {
		t.Errorf("slow: %+v", slow)
	}
	if d := slow.Took - slow.Startup - slow.Stalled - slow.Played; d < -time.Millisecond || d > time.Millisecond {
		t.Errorf("start, stalls and film are %v less than the whole", d)
	}
	fast := played(t, v, 800_000, dash.Player{MaxBuffer: 6 * time.Second})
	if fast.Stalls != 0 || fast.Stalled != 0 || fast.Took > 22*time.Second {
		t.Errorf("fast: %+v", fast)
	}
	for _, s := range fast.Steps {
		if s.Buffer > 6*time.Second {
			t.Errorf("segment %d: a buffer of %v", s.Segment, s.Buffer)
		}
	}
	patient := played(t, v, 200_000, dash.Player{Startup: 8 * time.Second})
	if patient.Stalls >= slow.Stalls || patient.Startup < 12*time.Second {
		t.Errorf("patient: %+v", patient)
	}
}

// TestAdapts: every rule that adapts settles at the highest rate that the link carries.
func TestAdapts(t *testing.T) {
	v := dash.Video{Duration: 2 * time.Minute, Rates: []int{100_000, 300_000, 600_000, 1_200_000}}
	for _, name := range []string{"both", "throughput", "buffer"} {
		r := played(t, v, 850_000, dash.Player{Rule: dash.RuleNamed(name)})
		if last := r.Steps[len(r.Steps)-3:]; r.Stalls != 0 || last[0].Rate < 600_000 && last[1].Rate < 600_000 || r.Steps[0].Rate != 100_000 {
			t.Errorf("%s: %d stalls, %+v", name, r.Stalls, last)
		}
	}
}

// TestMissingSegment: what was played before comes with the error.
func TestMissingSegment(t *testing.T) {
	interop.Run(t, func(m *interop.Machine) {
		files := afero.NewMemMapFs()
		dash.Publish(files, "/v", dash.Video{Duration: time.Second, Chunk: 100 * time.Millisecond, Rates: []int{200_000}}, nil)
		files.Remove("/v/200k/4.m4s")
		l, err := m.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		site := &http.Files{FS: files, Root: "/"}
		s := &http.Server{Handler: site.Answer}
		m.Go("accept", func() { s.Serve(m.Stack, l) })
		p := dash.Player{Stack: m.Stack, HTTP: &http.Client{Stack: m.Stack}}
		r, err := p.Play("http://" + l.Addr().String() + "/v/manifest.mpd")
		var status *dash.StatusError
		if !errors.As(err, &status) || status.Status != 404 || len(r.Steps) != 3 {
			t.Errorf("%v after %d segments", err, len(r.Steps))
		}
	})
}

// TestFFmpegPlays lets ffmpeg read the manifest and the pictures of each track from our server. At the end it asks for a segment more than there
// are, and says so unless it is told to be quiet.
func TestFFmpegPlays(t *testing.T) {
	ffprobe, ffmpeg := interop.Program(t, "ffprobe", "ffmpeg"), interop.Program(t, "ffmpeg", "ffmpeg")
	interop.Run(t, func(m *interop.Machine) {
		at, stop, err := serving(dash.Video{Title: "Mad Men", Duration: 10 * time.Second, Rates: []int{100_000, 300_000}, Frames: 2})(m.Stack, m.Host, "127.0.0.1:0")
		if err != nil {
			t.Error(err)
			return
		}
		defer stop()
		manifest := "http://" + at + "/v/manifest.mpd"
		out, err := m.Output(exec.Command(ffprobe, "-v", "fatal", "-show_entries", "stream=codec_name,width,height:format=duration", "-of", "csv=p=0", manifest))
		if want := "mjpeg,128,72\nmjpeg,160,90\n\nmjpeg,128,72\nmjpeg,160,90\n10.000000\n"; err != nil || out != want {
			t.Errorf("ffprobe: %q, %v; want %q", out, err, want)
		}
		out, err = m.Output(exec.Command(ffmpeg, "-v", "fatal", "-i", manifest, "-map", "0:v:1", "-f", "framemd5", "-"))
		if pictures := strings.Count(out, "\n0,"); err != nil || pictures != 20 {
			t.Errorf("ffmpeg reads %d pictures of 20: %v\n%s", pictures, err, out)
		}
	})
}

// TestPlaysFFmpeg plays a presentation that ffmpeg made and nginx serves.
func TestPlaysFFmpeg(t *testing.T) {
	ffmpeg := interop.Program(t, "ffmpeg", "ffmpeg")
	dir := t.TempDir()
	out, err := exec.Command(ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=10:duration=3", "-map", "0:v", "-map", "0:v", "-c:v", "mpeg4", "-g", "10",
		"-b:v:0", "60k", "-b:v:1", "200k", "-seg_duration", "1", "-adaptation_sets", "id=0,streams=v", "-f", "dash", filepath.Join(dir, "m.mpd")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	at := interop.StartNginx(t, dir, "")
	interop.Run(t, func(m *interop.Machine) {
		p := dash.Player{Stack: m.Stack, HTTP: &http.Client{Stack: m.Stack}, Rule: dash.Highest}
		r, err := p.Play("http://" + at + "/m.mpd")
		if err != nil || len(r.Steps) != 3 || r.Rates[0] != 60_000 || r.Steps[2].Rate != 200_000 || r.Played < 2900*time.Millisecond {
			t.Errorf("%v, %+v", err, r)
		}
	})
}
