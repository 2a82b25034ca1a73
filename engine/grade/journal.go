package grade

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A journal is a folder of the machine with one file for each finished result. A result is found again only by the same program, exercise,
// submission and options, all of them by their contents: whoever corrects check.lua or hands in again is graded again. What the machine or the
// grader is to blame for is not kept, since it may be otherwise the next time.
type journal struct {
	folder string
	common []byte // what all submissions of the run have in common
}

// openJournal makes the folder if it is not there. An empty name is no journal, which keeps nothing.
func openJournal(folder string, ex *Exercise, exercise pack, list []plan, o Options) (*journal, error) {
	if folder == "" {
		return nil, nil
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, fmt.Errorf("grade: the journal: %w", err)
	}
	var asked []any
	for _, p := range list {
		asked = append(asked, p.test, p.seeds, p.alone)
	}
	program, err := fingerprint(o.Program.path)
	if err != nil {
		return nil, fmt.Errorf("grade: the journal: this program cannot be read: %w", err)
	}
	common, err := json.Marshal([]any{program, ex.Name, ex.Title, ex.Main, asked, o.Seed, o.Limits, o.Timeout, o.Isolation, sha256.Sum256(exercise)})
	if err != nil {
		return nil, fmt.Errorf("grade: the journal: %w", err)
	}
	return &journal{folder, common}, nil
}

// fingerprint is a hash of a file of the machine.
func fingerprint(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return h.Sum(nil), err
}

// file returns where the result of a submission is kept.
func (j *journal) file(s *Submission, p pack, why string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %x %x", s.Name, why, j.common, sha256.Sum256(p))
	word := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, s.Name)
	return filepath.Join(j.folder, fmt.Sprintf("%.60s.%s.json", word, hex.EncodeToString(h.Sum(nil)[:12])))
}

// settled tells whether a result would be the same if its submission were graded again.
func settled(r *Result) bool {
	return r.Complete && !slices.ContainsFunc(r.Outcomes, func(o Outcome) bool { return o.Verdict == Machine || o.Verdict == Fault })
}

// find returns the result that is kept under the name, or nil.
func (j *journal) find(file string) *Result {
	if j == nil {
		return nil
	}
	data, err := os.ReadFile(file)
	r := new(Result)
	if err != nil || json.Unmarshal(data, r) != nil || !settled(r) {
		return nil
	}
	return r
}

// keep writes a result. It is there whole or not at all, whenever the program ends.
func (j *journal) keep(file string, r *Result) error {
	if j == nil || !settled(r) {
		return nil
	}
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("grade: the journal: %w", err)
	}
	if old, err := os.ReadFile(file); err == nil && string(old) == string(data) {
		return nil
	}
	f, err := os.CreateTemp(j.folder, "*.part")
	if err != nil {
		return fmt.Errorf("grade: the journal: %w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("grade: the journal: %w", err)
	}
	return nil
}
