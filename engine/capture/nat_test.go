package capture_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/capture"
	"github.com/moonwire-lab/moonwire/engine/stack"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// TestNAT checks that a capture of the world shows a connection through a NAT box on both of its sides, each packet once a side.
func TestNAT(t *testing.T) {
	w := newWorld(t, 1, wan)
	if _, err := w.router.SetNAT(&vnet.NATOptions{Outside: w.far}); err != nil {
		t.Fatal(err)
	}
	w.router.SetProcessing(50 * time.Microsecond)
	w.serve(t, ":6789", upper)
	var file bytes.Buffer
	c, _ := w.Capture(&file, capture.Options{})
	w.run(t, func(st *stack.Stack) {
		k, err := st.Dial("tcp4", "server:6789")
		if err != nil {
			t.Error(err)
			return
		}
		k.Write(bytes.Repeat([]byte("x"), 20_000))
		for got := 0; got < 20_000; {
			n, err := k.Read(make([]byte, 65536))
			if err != nil {
				t.Error(err)
				break
			}
			got += n
		}
		k.Close()
	})
	c.Stop()
	count := map[string]int{}
	for _, p := range packets(t, file.Bytes()) {
		count[p.Interface]++
	}
	if there := count["client eth0"]; there == 0 || there != count["router eth1"] {
		t.Errorf("there: %d packets inside, %d outside", there, count["router eth1"])
	}
	if back := count["server eth0"]; back == 0 || back != count["router eth0"] {
		t.Errorf("back: %d packets outside, %d inside", back, count["router eth0"])
	}
	for _, x := range complaints(t, file.Bytes()) {
		t.Error(x)
	}
}
