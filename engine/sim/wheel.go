package sim

import (
	"math/bits"
	"time"
)

// A wheel holds the armed timers: a hierarchical timing wheel (Varghese and Lauck, 1987) whose time is exact to the nanosecond. To arm, to disarm
// and to fire cost the same however many timers are armed, but to find the first again each time it is armed anew, for which there is soon. None of it
// touches the timers, which are scattered over the memory of a large world: a timer has a node.
//
// A time is a number with digits of digitBits. Level k has a list of nodes for each value of digit k; a node is on the level of the highest digit
// in which its time differs from now, so lower levels are due before higher ones, and slots of a level in their order. When the first node of a
// slot is due the others move to lower levels. So nodes that are due at the same time are in one list at every moment, in the order in which they came.
type wheel struct {
	now   time.Duration // when the last timer fired, or later; none is due before
	first int32         // the node that is due first, or 0 if it is to be found
	armed int
	nodes []node   // the first is not used: 0 is none
	owner []*Timer // by node
	free  []int32  // nodes of no timer

	busy  uint32         // bit k says that level k is not empty
	used  [levels]uint64 // by level: bit s says that slot s is not empty
	slots [levels][1 << digitBits]list
}

const (
	digitBits = 6 // so that the slots of a level fit the bits of a word
	levels    = (63 + digitBits - 1) / digitBits
)

type node struct {
	at         time.Duration
	next, prev int32
}

type list struct{ head, tail int32 }

// next returns when the first timer is due, or false if there is none.
func (w *wheel) next() (time.Duration, bool) {
	if w.armed == 0 {
		return 0, false
	}
	return w.nodes[w.earliest()].at, true
}

// soon returns a time before which no timer is due, or false if there is none: that of the first one, or as long as that is not known, when the slot
// begins in which it is.
func (w *wheel) soon() (time.Duration, bool) {
	if w.armed == 0 {
		return 0, false
	}
	if w.first > 0 {
		return w.nodes[w.first].at, true
	}
	level := bits.TrailingZeros32(w.busy)
	above := (level + 1) * digitBits
	return w.now>>above<<above | time.Duration(bits.TrailingZeros64(w.used[level]))<<(level*digitBits), true
}

// pass lets the time be now, before which no timer may be due.
func (w *wheel) pass(now time.Duration) {
	level, slot := w.place(now)
	w.now = now
	if level > 0 {
		w.spread(level, slot, 0)
	}
}

// set arms t for a time that is not before now, in place of any earlier one.
func (w *wheel) set(t *Timer, at time.Duration) {
	if t.node > 0 {
		w.unlink(t.node)
	} else {
		t.node = w.unused()
		w.owner[t.node] = t
		w.armed++
	}
	w.nodes[t.node].at = at
	w.link(t.node)
	if w.first > 0 && at < w.nodes[w.first].at {
		w.first = t.node
	}
}

// remove disarms t.
func (w *wheel) remove(t *Timer) {
	w.unlink(t.node)
	w.release(t)
}

// pop disarms the first timer and returns it. There must be one.
func (w *wheel) pop() *Timer {
	k := w.earliest()
	t := w.owner[k]
	at := w.nodes[k].at
	level, slot := w.place(at)
	if level == 0 {
		w.unlink(k)
		w.now = at
	} else {
		w.now, w.first = at, 0
		w.spread(level, slot, k)
	}
	w.release(t)
	return t
}

// earliest returns the node that is due first: the first of those in the first slot that come first.
func (w *wheel) earliest() int32 {
	if w.first > 0 {
		return w.first
	}
	level := bits.TrailingZeros32(w.busy)
	k := w.slots[level][bits.TrailingZeros64(w.used[level])].head
	if level > 0 {
		at := w.nodes[k].at
		for i := w.nodes[k].next; i > 0; i = w.nodes[i].next {
			if w.nodes[i].at < at {
				k, at = i, w.nodes[i].at
			}
		}
	}
	w.first = k
	return k
}

// place returns the level and the slot of what is due at at.
func (w *wheel) place(at time.Duration) (level, slot int) {
	const last = 1<<digitBits - 1
	level = (bits.Len64(uint64(at^w.now)|last) - 1) / digitBits
	return level, int(at>>(level*digitBits)) & last
}

// link puts node k at the end of its list.
func (w *wheel) link(k int32) {
	n := &w.nodes[k]
	level, slot := w.place(n.at)
	l := &w.slots[level][slot]
	n.next, n.prev = 0, l.tail
	if l.tail > 0 {
		w.nodes[l.tail].next = k
	} else {
		l.head = k
		w.used[level] |= 1 << slot
		w.busy |= 1 << level
	}
	l.tail = k
}

// spread moves the nodes of a slot, but for k, to lower levels: the time has come there.
func (w *wheel) spread(level, slot int, k int32) {
	l := &w.slots[level][slot]
	i := l.head
	w.empty(level, slot)
	for i > 0 {
		next := w.nodes[i].next
		if i != k {
			w.link(i)
		}
		i = next
	}
}

// unlink takes node k out of its list.
func (w *wheel) unlink(k int32) {
	if w.first == k {
		w.first = 0
	}
	n := &w.nodes[k]
	level, slot := w.place(n.at)
	l := &w.slots[level][slot]
	if n.prev > 0 {
		w.nodes[n.prev].next = n.next
	} else {
		l.head = n.next
	}
	if n.next > 0 {
		w.nodes[n.next].prev = n.prev
	} else {
		l.tail = n.prev
	}
	if l.head == 0 {
		w.empty(level, slot)
	}
}

func (w *wheel) empty(level, slot int) {
	w.slots[level][slot] = list{}
	if w.used[level] &^= 1 << slot; w.used[level] == 0 {
		w.busy &^= 1 << level
	}
}

// unused returns a node of no timer.
func (w *wheel) unused() int32 {
	if last := len(w.free) - 1; last >= 0 {
		k := w.free[last]
		w.free = w.free[:last]
		return k
	}
	if w.nodes == nil {
		w.nodes, w.owner = make([]node, 1, 8), make([]*Timer, 1, 8)
	}
	w.nodes, w.owner = append(w.nodes, node{}), append(w.owner, nil)
	return int32(len(w.nodes) - 1)
}

// release takes t's node away.
func (w *wheel) release(t *Timer) {
	w.owner[t.node] = nil
	w.free = append(w.free, t.node)
	t.node = 0
	w.armed--
}
