package report

import (
	_ "embed"
	"encoding/json"
	"io"

	"github.com/moonwire-lab/moonwire/engine/grade"
)

// Schema describes the format json, as JSON Schema 2020-12.
//
//go:embed schema.json
var Schema string

// A Document is a report in the format json. Later versions of moonwire may add keys; a change that breaks readers raises Version.
type Document struct {
	Format  string         `json:"format"`  // "moonwire grade"
	Version int            `json:"version"` // 1
	Results []grade.Result `json:"results"` // times in it are nanoseconds
}

// The identification of documents.
const (
	documentFormat  = "moonwire grade"
	documentVersion = 1
)

func writeJSON(w io.Writer, results []grade.Result, _ *Options) error {
	return encode(w, Document{documentFormat, documentVersion, results})
}

// encode writes a value as indented JSON. Bytes that are no UTF-8 become U+FFFD, and all other text comes back as it was.
func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// ReadDocument reads a report in the format json, of at most 1 GiB.
func ReadDocument(r io.Reader) ([]grade.Result, error) {
	var d Document
	if err := json.NewDecoder(io.LimitReader(r, 1<<30)).Decode(&d); err != nil {
		return nil, &Error{"this is no report in the format json: " + err.Error()}
	}
	switch {
	case d.Format != documentFormat:
		return nil, &Error{"this is JSON, but no report: the key format is not " + documentFormat}
	case d.Version != documentVersion:
		return nil, &Error{"this report is of a newer moonwire"}
	}
	return d.Results, nil
}
