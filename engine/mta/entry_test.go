package mta

import (
	"bytes"
	"reflect"
	"testing"
	"time"
)

func sampleEntry() *Entry {
	return &Entry{ID: "Q1", From: "alice@crepes.fr", Arrived: time.Date(2026, 1, 1, 0, 0, 0, 5, time.UTC), Size: 345, Body: "8BITMIME", UTF8: true, reports: 2, about: "Q0", covers: []string{"a@b", "c \"d\"@e"}, late: true,
		To: []Recipient{{Address: "bob@hamburger.edu", Original: "all@crepes.fr", Attempts: 3, Next: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Problem: "451 4.3.0 later\n", Warned: true}, {Address: "\"a b\"@c", Original: "x"}}}
}

func TestEntry(t *testing.T) {
	e := sampleEntry()
	got, ok := parseEntry("Q1", e.format())
	if !ok || !reflect.DeepEqual(got, e) {
		t.Errorf("%+v became %+v by\n%s", e, got, e.format())
	}
	text := e.format()
	for i := range text { // half of a file is none
		if _, ok := parseEntry("Q1", text[:i]); ok {
			t.Errorf("%q is an entry", text[:i])
		}
	}
}

func FuzzEntry(f *testing.F) {
	f.Add(sampleEntry().format())
	f.Add((&Entry{To: []Recipient{{Address: "a"}}}).format())
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, ok := parseEntry("x", text); ok && !bytes.Equal(e.format(), text) {
			t.Errorf("%q became %q", text, e.format())
		}
	})
}
