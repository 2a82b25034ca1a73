package cell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Site makes cells. Its methods may be called from several goroutines.
type Site struct {
	spec   Spec
	report Report
	spaces bool // wardens are in namespaces

	mu      sync.Mutex // for what follows
	copies  bool       // cells are copies of a warden
	copier  *warden    // is copied; nil until it is needed
	starter *warden    // starts the program anew; nil until it is needed
	closed  bool
}

// Survey makes a site, and one cell to see which walls the machine allows. The error says why there can be no cells at all.
func Survey(spec Spec) (*Site, error) {
	s, why := survey(spec, true)
	if why == nil {
		return s, nil
	}
	s, err := survey(spec, false)
	if err != nil {
		return nil, fmt.Errorf("cell: %w", err)
	}
	for i := range s.report.Missing {
		if m := &s.report.Missing[i]; m.Wall == Namespaces {
			m.Why = why.Error()
		}
	}
	return s, nil
}

// survey makes a site with or without namespaces.
func survey(spec Spec, spaces bool) (*Site, error) {
	s := &Site{spec: spec, spaces: spaces, copies: !withC}
	var said Report
	var err error
	for _, anew := range []bool{false, true} { // a copy may fail for being one
		var c *Cell
		if c, err = s.start(anew); err == nil {
			said, err = c.hello()
			c.Close()
		}
		if err == nil {
			s.report = s.report.with(said)
			return s, nil
		}
	}
	s.Close()
	return nil, err
}

// Report says which walls the cells of the site have.
func (s *Site) Report() Report { return s.report }

// Start makes a cell, whose program may be sent its work at once: Enter tells the program which walls it has, and Hello its site. The cell is a copy
// of a warden where that can be, and if anew is true a program that was started anew. The error is of the machine, such as no more processes.
func (s *Site) Start(anew bool) (*Cell, error) {
	c, err := s.start(anew)
	if err != nil {
		return nil, fmt.Errorf("cell: %w", err)
	}
	return c, nil
}

// Hello must be called before Receive. It waits for what the program says of its walls. The error, after which the cell is closed, says that one is
// missing which the site has.
func (s *Site) Hello(c *Cell) error {
	said, err := c.hello()
	if err == nil {
		err = said.Lacks(s.report)
	}
	if err != nil {
		c.Close()
		return fmt.Errorf("cell: %w", err)
	}
	return nil
}

// hello reads what the program says of its walls.
func (c *Cell) hello() (r Report, err error) {
	patience := 30 * time.Second
	if c.forked {
		patience /= 6
	}
	line, err := c.Receive(context.Background(), Budget{Bytes: 64 << 10, Clock: patience})
	var d *Death
	if errors.As(err, &d) {
		return r, fmt.Errorf("%w; %.300s", err, d.Stderr)
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("the program says %.100q instead of its walls: it must call Enter before anything else", line)
	}
	return r, nil
}

// A role is what a process that was started with the site's argument is to be. It is the second argument.
type role struct {
	warden   bool
	spaces   bool // the warden was started in namespaces
	copies   bool // the warden is to be copied
	resident int64
}

func (r role) String() string {
	return fmt.Sprintf("%t,%t,%t,%d", r.warden, r.spaces, r.copies, r.resident)
}

// ownRole returns this process's role.
func ownRole() (r role, err error) {
	if len(os.Args) != 3 {
		return r, errors.New("no role")
	}
	word := strings.Split(os.Args[2], ",")
	if len(word) != 4 {
		return r, errors.New("no role")
	}
	var errs [4]error
	r.warden, errs[0] = strconv.ParseBool(word[0])
	r.spaces, errs[1] = strconv.ParseBool(word[1])
	r.copies, errs[2] = strconv.ParseBool(word[2])
	r.resident, errs[3] = strconv.ParseInt(word[3], 10, 64)
	return r, errors.Join(errs[:]...)
}

// Inside tells whether this process is a warden or a cell that was started with the argument.
func Inside(argument string) bool {
	_, err := ownRole()
	return err == nil && os.Args[1] == argument
}

// Enter is called by the program before it does anything else, if it is Inside. In a cell it puts up the last walls, tells the site which hold, and
// returns the ends of the program's pipes and its report; there is no way back. The program must do nothing for a site whose report has walls
// that its own lacks: see Report.Lacks. The warden works here until its site is closed, and ends with io.EOF. It calls warm once, which may be nil, for
// what would otherwise be done in every cell; it must start no goroutines.
func Enter(warm func()) (in io.Reader, out io.Writer, r Report, err error) { return enter(nil, warm) }
