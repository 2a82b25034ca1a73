package capture

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// Formats lists the file names' ends that Save knows, with what they stand for.
func Formats() string { return ".txt (dialogue), .jsonl (JSON lines) or .svg (sequence diagram)" }

// A FormatError says that a file name does not end in one of Formats.
type FormatError struct{ Name string }

func (e *FormatError) Error() string {
	return fmt.Sprintf("capture: %q does not end in %s", path.Base(e.Name), Formats())
}

// Code returns "invalid".
func (e *FormatError) Code() string { return "invalid" }

// CheckFormat returns a *FormatError if Save does not know what to write into a file of that name.
func CheckFormat(name string) error {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt", ".jsonl", ".svg":
		return nil
	}
	return &FormatError{name}
}

// Save writes the trace to w as the end of the file's name asks for; see Formats.
func (t *Trace) Save(w io.Writer, name string, f Filter) error {
	switch strings.ToLower(path.Ext(name)) {
	case ".txt":
		return t.Dialogue(w, f, DialogueOptions{})
	case ".jsonl":
		return t.JSON(w, f)
	case ".svg":
		return t.SVG(w, f)
	}
	return &FormatError{name}
}
