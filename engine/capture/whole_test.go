package capture_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/capture"
)

// A cutting writer checks after every Write that the file so far is whole.
type cutting struct {
	t    *testing.T
	file bytes.Buffer
	n    int
}

func (c *cutting) Write(b []byte) (int, error) {
	c.n++
	c.file.Write(b)
	packets(c.t, c.file.Bytes())
	return len(b), nil
}

// TestSuddenEnd checks that what is written is whole at any time.
func TestSuddenEnd(t *testing.T) {
	w := newWorld(t, 1, wan)
	buffered, at := &cutting{t: t}, &cutting{t: t}
	one, _ := w.Capture(buffered, capture.Options{})
	two, _ := w.Capture(at, capture.Options{Unbuffered: true})
	w.traffic(t)
	if got := len(packets(t, at.file.Bytes())); got != two.Packets() || at.n != got {
		t.Errorf("%d packets in %d writes, of %d", got, at.n, two.Packets())
	}
	if buffered.n == 0 || buffered.n > 10 {
		t.Errorf("%d writes", buffered.n)
	}
	if err := errors.Join(one.Stop(), two.Stop()); err != nil || !bytes.Equal(buffered.file.Bytes(), at.file.Bytes()) {
		t.Errorf("the two files differ; %v", err)
	}
}
