package dash

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"path"
	"strconv"
	"time"

	"github.com/spf13/afero"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// ManifestName is the file name of a manifest that Publish writes.
const ManifestName = "manifest.mpd"

// A Video is what Publish makes. Zero fields have their defaults.
type Video struct {
	Title    string
	Duration time.Duration // 60 s
	Chunk    time.Duration // of a segment, 4 s
	Rates    []int         // bits per second, at most 20; 300, 750, 1500 and 3000 kbit/s
	Frames   int           // pictures a second, 1 to 30; 1
}

// A VideoError says why there can be no such Video.
type VideoError struct{ Text string }

// Error returns the text with the package's name.
func (e *VideoError) Error() string { return "dash: publish: " + e.Text }

// Code returns "invalid".
func (e *VideoError) Code() string { return "invalid" }

func (v Video) filled() (Video, error) {
	if v.Duration == 0 {
		v.Duration = time.Minute
	}
	if v.Chunk == 0 {
		v.Chunk = 4 * time.Second
	}
	if len(v.Rates) == 0 {
		v.Rates = []int{300_000, 750_000, 1_500_000, 3_000_000}
	}
	v.Frames = max(v.Frames, 1)
	switch {
	case v.Chunk < 100*time.Millisecond || v.Duration < v.Chunk || v.Duration/v.Chunk > maxSegments/time.Duration(len(v.Rates)):
		return v, &VideoError{fmt.Sprintf("chunks of %v in %v: want chunks of 0.1 s or more, and at most %d files", v.Chunk, v.Duration, maxSegments)}
	case len(v.Rates) > 20 || v.Frames > 30:
		return v, &VideoError{fmt.Sprintf("%d rates, %d pictures a second: want at most 20 and 30", len(v.Rates), v.Frames)}
	}
	for _, r := range v.Rates {
		if r < 20_000 || r > 100_000_000 {
			return v, &VideoError{fmt.Sprintf("a rate of %d bit/s: want 20 kbit/s to 100 Mbit/s", r)}
		}
	}
	return v, nil
}

// Publish writes the files of a presentation into a folder: its manifest, and for each rate a folder with init.mp4 and the segments 1.m4s, 2.m4s
// and so on, each of which has Chunk * rate / 8 bytes. progress, if not nil, is told of the bytes of each file before it is written; its error ends the work.
func Publish(files afero.Fs, folder string, v Video, progress func(bytes int) error) error {
	v, err := v.filled()
	if err != nil {
		return err
	}
	write := func(name string, content []byte) error {
		name = path.Join(folder, name)
		if progress != nil {
			if err := progress(len(content)); err != nil {
				return err
			}
		}
		if err := files.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fmt.Errorf("dash: publish: %w", err)
		}
		if err := afero.WriteFile(files, name, content, 0o644); err != nil {
			return fmt.Errorf("dash: publish: %w", err)
		}
		return nil
	}
	for _, rate := range v.Rates {
		if err := v.publish(rate, write); err != nil {
			return err
		}
	}
	text, err := v.manifest().Format()
	if err != nil {
		return err
	}
	return write(ManifestName, text)
}

// name is the id of the track with a rate.
func name(rate int) string {
	if rate%1000 == 0 {
		return strconv.Itoa(rate/1000) + "k"
	}
	return strconv.Itoa(rate)
}

func (v *Video) publish(rate int, write func(string, []byte) error) error {
	width, height := frameSize(rate)
	if err := write(name(rate)+"/init.mp4", initSegment(width, height)); err != nil {
		return err
	}
	for i := 0; ; i++ {
		start := time.Duration(i) * v.Chunk
		length := min(v.Chunk, v.Duration-start)
		if length <= 0 {
			return nil
		}
		size := int(float64(rate) / 8 * length.Seconds())
		segment := v.segment(rate, i, start, length, size)
		if err := write(fmt.Sprintf("%s/%d.m4s", name(rate), i+1), segment); err != nil {
			return err
		}
	}
}

// segment draws the pictures of a segment, as good as its bytes allow.
func (v *Video) segment(rate, i int, start, length time.Duration, size int) []byte {
	count := max(1, int(length.Seconds()*float64(v.Frames)))
	for quality := 80; ; quality /= 2 {
		pictures := make([][]byte, count)
		for k := range pictures {
			at := start + time.Duration(k)*length/time.Duration(count)
			pictures[k] = v.picture(rate, i+1, at, max(quality, 1))
		}
		b := mediaSegment(i+1, start, length, pictures, size)
		if len(b) == size {
			return b
		}
		if quality <= 1 {
			count = max(1, count/2)
			if count == 1 {
				return mediaSegment(i+1, start, length, pictures[:1], size)
			}
		}
	}
}

// frameSize is 16 : 9 with more points for more bits.
func frameSize(rate int) (width, height int) {
	n := int(math.Sqrt(float64(rate)/16/9) / 8)
	n = min(max(n, 4), 30)
	return 32 * n, 18 * n
}

// picture draws what is to be seen at a moment: a bar that moves, and in words the title, the rate, the segment and the time.
func (v *Video) picture(rate, chunk int, at time.Duration, quality int) []byte {
	width, height := frameSize(rate)
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{20, 40, uint8(60 + chunk*40%160), 255}), image.Point{}, draw.Src)
	x := int(at.Seconds()/v.Duration.Seconds()*float64(width-8)) + 4
	draw.Draw(img, image.Rect(x-4, 0, x+4, height), image.NewUniform(color.RGBA{240, 180, 40, 255}), image.Point{}, draw.Src)
	d := font.Drawer{Dst: img, Src: image.White, Face: basicfont.Face7x13}
	for i, line := range []string{v.Title, fmt.Sprintf("%d kbit/s", rate/1000), fmt.Sprintf("chunk %d", chunk), fmt.Sprintf("%.1f s", at.Seconds())} {
		d.Dot = fixed.P(6, 16+14*i)
		d.DrawString(line)
	}
	var b bytes.Buffer
	jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}) // into memory, of a size that JPEG can have: no error
	return b.Bytes()
}

func (v *Video) manifest() *Manifest {
	one := int64(1)
	set := AdaptationSet{ContentType: "video", MediaType: "video/mp4", Codecs: "mp4v.6C", SegmentAlignment: "true", StartWithSAP: 1,
		Template: &SegmentTemplate{Timescale: mediaScale, Duration: v.Chunk.Milliseconds(), StartNumber: &one,
			Initialization: "$RepresentationID$/init.mp4", Media: "$RepresentationID$/$Number$.m4s"}}
	for _, rate := range v.Rates {
		width, height := frameSize(rate)
		set.Representations = append(set.Representations, Representation{ID: name(rate), Bandwidth: rate, Width: width, Height: height, FrameRate: strconv.Itoa(v.Frames)})
	}
	return &Manifest{Profiles: "urn:mpeg:dash:profile:isoff-live:2011", Type: "static", Duration: Duration(v.Duration), MinBuffer: Duration(v.Chunk), Title: v.Title,
		Periods: []Period{{ID: "1", Duration: Duration(v.Duration), Sets: []AdaptationSet{set}}}}
}
