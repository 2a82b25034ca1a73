package dns

import "encoding/binary"

// A cache has packed replies by all that the question says but its id: the same bytes are asked for again and again. An entry has one reply for each
// rotation of the set that it answers with.
type cache struct {
	entries map[string]*entry
	size    int
}

type entry struct {
	replies [][]byte
	next    int
}

// Bits of the flags of a message (RFC 1035 4.1.1, RFC 4035 3.2).
const (
	bitQR = 1 << 15
	bitTC = 1 << 9
	bitRD = 1 << 8
	bitAD = 1 << 5
	bitCD = 1 << 4
)

// get appends the reply to a query to out, if there is one.
func (c *cache) get(query, out []byte) []byte {
	if len(query) < 17 {
		return out[:0]
	}
	flags := binary.BigEndian.Uint16(query[2:])
	if flags&^(bitRD|bitAD|bitCD) != 0 {
		return out[:0]
	}
	e := c.entries[string(query[4:])]
	if e == nil {
		return out[:0]
	}
	reply := e.replies[e.next]
	if e.next++; e.next == len(e.replies) {
		e.next = 0
	}
	out = append(out[:0], reply...)
	copy(out, query[:2])
	out[2] |= query[2] & (bitRD >> 8)
	out[3] |= query[3] & bitCD
	return out
}

// put keeps replies, which were packed with neither RD nor CD, for a query. A full cache begins anew.
func (c *cache) put(query []byte, replies [][]byte) {
	size := 200 + len(query)
	for _, r := range replies {
		size += 50 + len(r)
	}
	if c.size+size > DefaultCache {
		c.flush()
	}
	if c.entries == nil {
		c.entries = map[string]*entry{}
	}
	c.entries[string(query[4:])] = &entry{replies: replies}
	c.size += size
}

// flush drops everything: a zone has changed.
func (c *cache) flush() { c.entries, c.size = nil, 0 }
