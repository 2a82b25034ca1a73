// Package dash is Dynamic Adaptive Streaming over HTTP (ISO/IEC 23009-1): a video is cut into pieces, each piece is there at several rates, a
// manifest says where, and the client asks for one piece after the other at the rate that its network carries.
//
// A [Manifest] is read and written as the Media Presentation Description of the standard: static presentations with segment templates, by number
// or by time, or with lists of segments. Not covered: live presentations, encryption, several periods with different tracks, byte ranges.
//
// [Publish] writes a presentation of its own making into a file system, as a web server serves it: a picture that moves, in MP4 fragments
// (ISO/IEC 14496-12) that players play, padded so that every piece has just the bytes that its rate says. A [Player] fetches a presentation,
// chooses rates by a [Rule], and keeps account of its buffer and of the moments when the picture stood still.
package dash

import (
	"fmt"
	"net/url"
	"time"
)

// A Track is one rate of a presentation: a Representation whose URLs are worked out.
type Track struct {
	ID            string
	Bandwidth     int // bits per second
	MediaType     string
	Codecs        string
	Width, Height int
	Init          *url.URL // what comes before the first segment; nil if nothing does
	Segments      []Segment
}

// A Segment is one piece of a track.
type Segment struct {
	URL      *url.URL
	Start    time.Duration // in the presentation
	Duration time.Duration
}

// An Error says what is wrong with a manifest.
type Error struct {
	Where string // element, such as `Representation "300k"`
	Text  string
}

// Error returns the text with the package's name.
func (e *Error) Error() string { return fmt.Sprintf("dash: %s: %s", e.Where, e.Text) }

// Code returns "protocol".
func (e *Error) Code() string { return "protocol" }

func broken(where, format string, args ...any) error {
	return &Error{where, fmt.Sprintf(format, args...)}
}
