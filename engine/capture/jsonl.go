package capture

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// A record is an event as JSON: these keys in this order, those without a value left out.
type record struct {
	At           json.Number `json:"at"` // seconds
	Host         string      `json:"host"`
	Process      string      `json:"process"`
	Op           string      `json:"op"`
	Transport    string      `json:"transport,omitempty"`
	Local        string      `json:"local,omitempty"`
	Remote       string      `json:"remote,omitempty"`
	Peer         string      `json:"peer,omitempty"`
	Conversation int         `json:"conversation,omitempty"`
	Size         *int        `json:"size,omitempty"`
	Data         string      `json:"data,omitempty"` // if it is text
	Hex          string      `json:"hex,omitempty"`  // if it is not
	Text         string      `json:"text,omitempty"`
	Received     bool        `json:"received,omitempty"`
	Error        string      `json:"error,omitempty"`
	Code         string      `json:"code,omitempty"`
}

// JSON writes the events that pass the filter as lines of JSON, one object each, with a last one that has the key missing if the limit
// kept events out.
func (t *Trace) JSON(w io.Writer, f Filter) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, e := range t.Events(f) {
		if err := enc.Encode(e.record()); err != nil {
			return err
		}
		if b.Len() > bufferSize {
			if _, err := b.WriteTo(w); err != nil {
				return err
			}
		}
	}
	if t.missing > 0 {
		fmt.Fprintf(&b, "{\"missing\":%d}\n", t.missing)
	}
	_, err := b.WriteTo(w)
	return err
}

func (e *Event) record() record {
	r := record{At: json.Number(exact(e.At)), Host: e.Host, Process: e.Process, Op: e.Op.String(), Peer: e.Peer, Conversation: e.Conversation,
		Text: e.Text, Received: e.Received, Error: e.Err, Code: e.Code}
	if e.Transports() {
		r.Transport = e.Kind.String()
	}
	if e.Local.IsValid() {
		r.Local = e.Local.String()
	}
	if e.Remote.IsValid() {
		r.Remote = e.Remote.String()
	}
	if e.Carries() {
		r.Size = &e.Size
	}
	if isText(e.Data) {
		r.Data = string(e.Data)
	} else {
		r.Hex = hex.EncodeToString(e.Data)
	}
	return r
}

// exact shows an instant in seconds to the nanosecond.
func exact(d time.Duration) string {
	return fmt.Sprintf("%d.%09d", d/time.Second, d%time.Second)
}
