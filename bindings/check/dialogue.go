package check

import (
	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/grade"
)

// mostLines is how many lines of a dialogue are kept, the last ones.
const mostLines = 200

// dialogue returns what was said on the network so far, in times since the test began.
func (t *trial) dialogue() []grade.Line {
	lines := t.trace.Steps(capture.Filter{From: t.began})
	lines = lines[max(0, len(lines)-mostLines):]
	for i := range lines {
		lines[i].At -= t.began
		if lines[i].Until >= 0 {
			lines[i].Until -= t.began
		}
	}
	return lines
}
