package sim

import (
	"math/bits"
	"time"
)

// A heap is a 4-ary min-heap of the armed timers: flatter than a binary one, and the four entries of which one is chosen lie in one cache
// line. Neither an entry nor its moves touch the timers, which are scattered over the memory of a large world: a timer has a slot, and the
// slot knows where its entry is.
type heap struct {
	e     []entry  // the first is e[root]; nil as long as no timer was ever armed
	owner []*Timer // by slot
	at    []int32  // by slot: the index of its entry
	free  []int32  // slots of no timer
	hole  bool     // the first entry has been taken out and is not replaced yet; its slot is still in it
}

// root is the index of the first entry: then those after entry i are 4i-8 to 4i-5, and an entry takes 16 bytes.
const root = 3

type entry struct {
	at  time.Duration
	key uint64 // sequence number, then slotBits of the slot
}

// slotBits leave 2^40 sequence numbers, enough for days of a busy world.
const slotBits = 24

func newEntry(at time.Duration, seq uint64, slot int32) entry {
	return entry{at, seq<<slotBits | uint64(slot)}
}

func (e *entry) slot() int32 { return int32(e.key & (1<<slotBits - 1)) }

func (e *entry) seq() uint64 { return e.key >> slotBits }

// before returns 1 if a is due before b, else 0: no branch, since none could be predicted. No time is negative.
func (a *entry) before(b *entry) int {
	_, borrow := bits.Sub64(a.key, b.key, 0)
	_, borrow = bits.Sub64(uint64(a.at), uint64(b.at), borrow)
	return int(borrow)
}

// len returns how many timers are armed.
func (h *heap) len() int { return max(len(h.e)-root, 0) }

// next returns when the first timer is due, or false if there is none.
func (h *heap) next() (time.Duration, bool) {
	h.close()
	if len(h.e) <= root {
		return 0, false
	}
	return h.e[root].at, true
}

// first returns the first timer, leaving a hole in its place: what the timer's event arms goes there without looking for another.
func (h *heap) first() *Timer {
	e := &h.e[root]
	k := e.slot()
	t := h.owner[k]
	t.slot = 0
	h.hole = true
	*e = newEntry(0, 0, k) // before everything
	return t
}

// close fills the hole, if there is one.
func (h *heap) close() {
	if h.hole {
		h.hole = false
		h.release(h.e[root].slot())
		h.cut(root)
	}
}

// set gives t an entry, or another one than it has.
func (h *heap) set(t *Timer, at time.Duration, seq uint64) {
	switch {
	case t.slot > 0:
		h.settle(int(h.at[t.slot-1]), newEntry(at, seq, t.slot-1))
	case h.hole:
		h.hole = false
		h.settle(root, newEntry(at, seq, h.own(t, h.e[root].slot())))
	default:
		if h.e == nil {
			h.e = make([]entry, root, 4*root)
		}
		h.e = append(h.e, entry{})
		h.up(len(h.e)-1, newEntry(at, seq, h.own(t, h.unused())))
	}
}

// unused returns a slot of no timer.
func (h *heap) unused() int32 {
	if last := len(h.free) - 1; last >= 0 {
		k := h.free[last]
		h.free = h.free[:last]
		return k
	}
	if len(h.owner) == 1<<slotBits {
		panic("sim: too many timers")
	}
	h.owner, h.at = append(h.owner, nil), append(h.at, 0)
	return int32(len(h.owner) - 1)
}

// own gives slot k to t.
func (h *heap) own(t *Timer, k int32) int32 {
	h.owner[k] = t
	t.slot = k + 1
	return k
}

// release takes slot k away from its timer.
func (h *heap) release(k int32) {
	h.owner[k] = nil
	h.free = append(h.free, k)
}

// remove takes out the entry of t.
func (h *heap) remove(t *Timer) {
	k := t.slot - 1
	t.slot = 0
	h.release(k)
	h.cut(int(h.at[k]))
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
	if i > root && e.before(&h.e[i/4+2]) > 0 {
		h.up(i, e)
		return
	}
	for {
		first := 4*i - 8
		if first >= len(h.e) {
			break
		}
		least := h.least(first)
		if h.e[least].before(&e) == 0 {
			break
		}
		h.put(i, h.e[least])
		i = least
	}
	h.put(i, e)
}

// least returns the index of the first to be due of the up to four entries from an index on.
func (h *heap) least(first int) int {
	if first+4 > len(h.e) {
		least := first
		for c := first + 1; c < len(h.e); c++ {
			if h.e[c].before(&h.e[least]) > 0 {
				least = c
			}
		}
		return least
	}
	c := (*[4]entry)(h.e[first:])
	a := c[1].before(&c[0])
	b := 2 + c[3].before(&c[2])
	return first + a + (b-a)*c[b&3].before(&c[a&3])
}

func (h *heap) up(i int, e entry) {
	for i > root {
		parent := i/4 + 2
		if e.before(&h.e[parent]) == 0 {
			break
		}
		h.put(i, h.e[parent])
		i = parent
	}
	h.put(i, e)
}

func (h *heap) put(i int, e entry) {
	h.e[i] = e
	h.at[e.slot()] = int32(i)
}
