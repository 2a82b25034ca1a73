package dash

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/wire"
)

// A Manifest is a Media Presentation Description (ISO/IEC 23009-1 5.3.1), as far as this package knows it.
type Manifest struct {
	XMLName   xml.Name `xml:"urn:mpeg:dash:schema:mpd:2011 MPD"`
	Profiles  string   `xml:"profiles,attr"`
	Type      string   `xml:"type,attr,omitempty"` // "static", which is the default, or "dynamic"
	Duration  Duration `xml:"mediaPresentationDuration,attr,omitempty"`
	MinBuffer Duration `xml:"minBufferTime,attr"`
	Title     string   `xml:"ProgramInformation>Title,omitempty"`
	BaseURL   string   `xml:"BaseURL,omitempty"`
	Periods   []Period `xml:"Period"`
}

// A Period is a stretch of the presentation (5.3.2).
type Period struct {
	ID       string           `xml:"id,attr,omitempty"`
	Duration Duration         `xml:"duration,attr,omitempty"`
	BaseURL  string           `xml:"BaseURL,omitempty"`
	Template *SegmentTemplate `xml:"SegmentTemplate"`
	Sets     []AdaptationSet  `xml:"AdaptationSet"`
}

// An AdaptationSet has the same content at several rates (5.3.3).
type AdaptationSet struct {
	ContentType      string           `xml:"contentType,attr,omitempty"`
	MediaType        string           `xml:"mimeType,attr,omitempty"`
	Codecs           string           `xml:"codecs,attr,omitempty"`
	SegmentAlignment string           `xml:"segmentAlignment,attr,omitempty"`
	StartWithSAP     int              `xml:"startWithSAP,attr,omitempty"`
	BaseURL          string           `xml:"BaseURL,omitempty"`
	Template         *SegmentTemplate `xml:"SegmentTemplate"`
	List             *SegmentList     `xml:"SegmentList"`
	Representations  []Representation `xml:"Representation"`
}

// A Representation is the content at one rate (5.3.5).
type Representation struct {
	ID        string           `xml:"id,attr"`
	MediaType string           `xml:"mimeType,attr,omitempty"`
	Codecs    string           `xml:"codecs,attr,omitempty"`
	Bandwidth int              `xml:"bandwidth,attr"` // bits per second
	Width     int              `xml:"width,attr,omitempty"`
	Height    int              `xml:"height,attr,omitempty"`
	FrameRate string           `xml:"frameRate,attr,omitempty"`
	BaseURL   string           `xml:"BaseURL,omitempty"`
	Template  *SegmentTemplate `xml:"SegmentTemplate"`
	List      *SegmentList     `xml:"SegmentList"`
}

// A SegmentTemplate makes the URLs of segments from their numbers or times (5.3.9.4). Timescale is in units per second.
type SegmentTemplate struct {
	Timescale      int64     `xml:"timescale,attr,omitempty"` // 0 means 1
	Duration       int64     `xml:"duration,attr,omitempty"`  // of a segment; 0 if there is a timeline
	StartNumber    *int64    `xml:"startNumber,attr"`         // nil means 1
	Initialization string    `xml:"initialization,attr,omitempty"`
	Media          string    `xml:"media,attr,omitempty"`
	Timeline       *Timeline `xml:"SegmentTimeline"`
}

// A Timeline gives each segment its time (5.3.9.6).
type Timeline struct {
	Runs []Run `xml:"S"`
}

// A Run is a number of segments of the same length: R more than one.
type Run struct {
	T *int64 `xml:"t,attr"` // start; nil: where the run before ends
	D int64  `xml:"d,attr"`
	R int64  `xml:"r,attr,omitempty"` // -1: up to the next run or the end of the period
}

// A SegmentList names each segment (5.3.9.3).
type SegmentList struct {
	Timescale      int64         `xml:"timescale,attr,omitempty"`
	Duration       int64         `xml:"duration,attr,omitempty"`
	Initialization *ListedURL    `xml:"Initialization"`
	Segments       []ListedMedia `xml:"SegmentURL"`
}

// A ListedURL names an initialization segment.
type ListedURL struct {
	Source string `xml:"sourceURL,attr"`
}

// A ListedMedia names a segment.
type ListedMedia struct {
	Media string `xml:"media,attr"`
}

// Parse reads a manifest. It checks the XML and the types of the attributes; what does not fit together Tracks says.
func Parse(text []byte) (*Manifest, error) {
	m := new(Manifest)
	d := xml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(m); err != nil {
		line, column := d.InputPos()
		return nil, broken("manifest", "line %d, column %d: %v", line, column, err)
	}
	if len(m.Periods) == 0 {
		return nil, broken("MPD", "there is no Period")
	}
	return m, nil
}

// Format writes a manifest as an XML document.
func (m *Manifest) Format() ([]byte, error) {
	text, err := xml.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("dash: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}

// A Duration is written as XML Schema does: PT1M30.5S.
type Duration time.Duration

// MarshalXMLAttr implements xml.MarshalerAttr; 0 leaves the attribute out.
func (d Duration) MarshalXMLAttr(name xml.Name) (xml.Attr, error) {
	if d == 0 {
		return xml.Attr{}, nil
	}
	return xml.Attr{Name: name, Value: "PT" + strconv.FormatFloat(time.Duration(d).Seconds(), 'f', -1, 64) + "S"}, nil
}

var isoDuration = wire.Pattern(`^P(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$`)

// UnmarshalXMLAttr implements xml.UnmarshalerAttr. Years and months, which have no fixed length, are refused.
func (d *Duration) UnmarshalXMLAttr(a xml.Attr) error {
	parts := isoDuration().FindStringSubmatch(strings.TrimSpace(a.Value))
	if parts == nil || strings.HasSuffix(a.Value, "P") || strings.HasSuffix(a.Value, "T") {
		return fmt.Errorf("%s=%q is no duration such as PT1M30.5S", a.Name.Local, a.Value)
	}
	var total float64
	for i, unit := range []float64{86400, 3600, 60, 1} {
		if parts[i+1] != "" {
			n, err := strconv.ParseFloat(parts[i+1], 64)
			if err != nil {
				return err
			}
			total += n * unit
		}
	}
	if total > 1e9 {
		return fmt.Errorf("%s=%q is too long", a.Name.Local, a.Value)
	}
	*d = Duration(total * 1e9)
	return nil
}
