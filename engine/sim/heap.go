package sim

import (
	"math"
	"time"
)

// A heap is a 4-ary min-heap of the armed timers: flatter than a binary one, and the keys lie side by side. Neither an entry nor its moves touch
// the timers, which are scattered over the memory of a large world: a timer has a slot, and the slot knows where its entry is.
type heap struct {
	e     []entry
	slots []slot
	free  []int32 // slots of no timer
	hole  bool    // the first entry has been taken out and is not replaced yet; its slot is still in it
}

type entry struct {
	at   time.Duration
	seq  uint64
	slot int32
}

type slot struct {
	t  *Timer
	at int32 // index of the entry
}

func (a *entry) before(b *entry) bool {
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

// next returns when the first timer is due, or false if there is none.
func (h *heap) next() (time.Duration, bool) {
	h.close()
	if len(h.e) == 0 {
		return 0, false
	}
	return h.e[0].at, true
}

// first returns the first timer, leaving a hole in its place: what the timer's event arms goes there without looking for another.
func (h *heap) first() *Timer {
	e := &h.e[0]
	t := h.slots[e.slot].t
	t.slot = 0
	h.hole = true
	e.at = math.MinInt64 // before everything
	return t
}

// close fills the hole, if there is one.
func (h *heap) close() {
	if h.hole {
		h.hole = false
		h.release(h.e[0].slot)
		h.cut(0)
	}
}

// set gives t an entry, or another one than it has.
func (h *heap) set(t *Timer, at time.Duration, seq uint64) {
	switch {
	case t.slot > 0:
		h.settle(int(h.slots[t.slot-1].at), entry{at, seq, t.slot - 1})
	case h.hole:
		h.hole = false
		h.settle(0, entry{at, seq, h.own(t, h.e[0].slot)})
	default:
		h.e = append(h.e, entry{})
		h.up(len(h.e)-1, entry{at, seq, h.own(t, h.unused())})
	}
}

// unused returns a slot of no timer.
func (h *heap) unused() int32 {
	if last := len(h.free) - 1; last >= 0 {
		k := h.free[last]
		h.free = h.free[:last]
		return k
	}
	h.slots = append(h.slots, slot{})
	return int32(len(h.slots) - 1)
}

// own gives slot k to t.
func (h *heap) own(t *Timer, k int32) int32 {
	h.slots[k].t = t
	t.slot = k + 1
	return k
}

// release takes slot k away from its timer.
func (h *heap) release(k int32) {
	h.slots[k].t = nil
	h.free = append(h.free, k)
}

// remove takes out the entry of t.
func (h *heap) remove(t *Timer) {
	k := t.slot - 1
	t.slot = 0
	h.release(k)
	h.cut(int(h.slots[k].at))
}

// cut takes out entry i.
func (h *heap) cut(i int) {
	last := len(h.e) - 1
	e := h.e[last]
	h.e = h.e[:last]
	if i < last {
		h.settle(i, e)
	}
}

// settle puts e in place of entry i.
func (h *heap) settle(i int, e entry) {
	if i > 0 && e.before(&h.e[(i-1)/4]) {
		h.up(i, e)
		return
	}
	for {
		first := 4*i + 1
		if first >= len(h.e) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(h.e)); c++ {
			if h.e[c].before(&h.e[least]) {
				least = c
			}
		}
		if !h.e[least].before(&e) {
			break
		}
		h.put(i, h.e[least])
		i = least
	}
	h.put(i, e)
}

func (h *heap) up(i int, e entry) {
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&h.e[parent]) {
			break
		}
		h.put(i, h.e[parent])
		i = parent
	}
	h.put(i, e)
}

func (h *heap) put(i int, e entry) {
	h.e[i] = e
	h.slots[e.slot].at = int32(i)
}
