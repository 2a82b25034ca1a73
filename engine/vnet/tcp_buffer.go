package vnet

// Chunks of a send queue are allocated as the writer needs them, between these sizes in bytes. Segments
// refer to a chunk's bytes without copying them, so a chunk is only ever appended to and never used again.
const (
	minChunk = 256
	maxChunk = 64 << 10
)

// A sendQueue holds the bytes that the peer has not acknowledged, and those not sent yet.
type sendQueue struct {
	chunks [][]byte
	hint   int32  // chunk in which the last slice began
	small  bool   // the only chunk is one of minChunk
	n      int    // bytes in all chunks
	first  uint32 // sequence number of chunks[0][0]
	hintAt uint32 // sequence number of the first byte of the chunk hint
}

// end returns the sequence number after the last byte.
func (q *sendQueue) end() uint32 { return q.first + uint32(q.n) }

// write appends a copy of b.
func (q *sendQueue) write(b []byte) {
	if q.n == 0 && len(q.chunks) > 0 && cap(q.chunks[0]) < len(b) {
		q.chunks = q.chunks[:0] // a segment of two chunks would have to be copied
	}
	q.n += len(b)
	if last := len(q.chunks) - 1; last >= 0 {
		c := q.chunks[last]
		room := min(cap(c)-len(c), len(b))
		q.chunks[last] = append(c, b[:room]...)
		b = b[room:]
	}
	for len(b) > 0 {
		size := minChunk
		if last := len(q.chunks) - 1; last >= 0 {
			size = 2 * cap(q.chunks[last])
		}
		size = min(max(size, len(b), minChunk), maxChunk)
		q.small = size == minChunk && len(q.chunks) == 0
		n := min(size, len(b))
		var c []byte // a full one is copied without being cleared first
		if n < size {
			c = make([]byte, 0, size)
		}
		q.chunks = append(q.chunks, append(c, b[:n]...))
		b = b[n:]
	}
}

// slice returns the n bytes from sequence number seq on, which must be in the queue. The bytes must not be changed.
func (q *sendQueue) slice(seq uint32, n int) []byte {
	if n == 0 {
		return nil
	}
	if int(q.hint) >= len(q.chunks) || before(seq, q.hintAt) {
		q.hint, q.hintAt = 0, q.first
	}
	for seq-q.hintAt >= uint32(len(q.chunks[q.hint])) {
		q.hintAt += uint32(len(q.chunks[q.hint]))
		q.hint++
	}
	c := q.chunks[q.hint][seq-q.hintAt:]
	if len(c) >= n {
		return c[:n:n]
	}
	b := append(make([]byte, 0, n), c...)
	for i := int(q.hint) + 1; len(b) < n; i++ {
		c = q.chunks[i]
		b = append(b, c[:min(len(c), n-len(b))]...)
	}
	return b
}

// drop forgets the first n bytes.
func (q *sendQueue) drop(n int) {
	q.n -= n
	gone := 0
	for n > 0 {
		c := q.chunks[gone]
		if n < len(c) {
			q.chunks[gone] = c[n:]
			q.first += uint32(n)
			if gone == int(q.hint) {
				q.hintAt = q.first
			}
			break
		}
		n -= len(c)
		q.first += uint32(len(c))
		if q.small && len(c) < cap(c) { // for what is written next: a dialogue of short messages need not allocate for each
			q.chunks[gone] = c[len(c):]
			q.hintAt = q.first
			break
		}
		gone++
	}
	if gone == 0 {
		return
	}
	if q.hint -= int32(gone); q.hint < 0 {
		q.hint, q.hintAt = 0, q.first
	}
	rest := copy(q.chunks, q.chunks[gone:])
	clear(q.chunks[rest:])
	q.chunks = q.chunks[:rest]
	if rest == 0 {
		q.chunks = nil
	}
}

// A recvQueue holds the bytes received in order and not read yet, as the segments' own payloads.
type recvQueue struct {
	segs [][]byte
	head int // segs before it are read
	n    int
	own  bool // the last of segs is a copy that may be appended to
}

// small payloads, up to this many bytes, are gathered into one, so that a queue of many tiny segments stays cheap.
const (
	smallPayload = 128
	gatherSize   = 2048
)

// push appends b, whose bytes must not be changed afterwards.
func (q *recvQueue) push(b []byte) {
	q.n += len(b)
	last := len(q.segs) - 1
	if len(b) <= smallPayload && last >= q.head {
		if c := q.segs[last]; q.own && cap(c)-len(c) >= len(b) {
			q.segs[last] = append(c, b...)
			return
		}
		q.segs = append(q.segs, append(make([]byte, 0, gatherSize), b...))
		q.own = true
		return
	}
	if len(q.segs) == cap(q.segs) && q.head > len(q.segs)/2 {
		rest := copy(q.segs, q.segs[q.head:])
		clear(q.segs[rest:])
		q.segs, q.head = q.segs[:rest], 0
	}
	q.segs = append(q.segs, b)
	q.own = false
}

// read moves bytes into p and returns how many.
func (q *recvQueue) read(p []byte) int {
	total := 0
	for len(p) > 0 && q.head < len(q.segs) {
		s := q.segs[q.head]
		n := copy(p, s)
		p = p[n:]
		total += n
		if n < len(s) {
			q.segs[q.head] = s[n:]
			break
		}
		q.segs[q.head] = nil
		q.head++
	}
	if q.n -= total; q.n == 0 {
		q.segs, q.head, q.own = q.segs[:0], 0, false
		if cap(q.segs) > 64 {
			q.segs = nil
		}
	}
	return total
}

// A piece is data that arrived ahead of its turn.
type piece struct {
	seq  uint32
	data []byte
}

// An outOfOrder holds the data that arrived ahead of its turn: pieces by sequence number that do not overlap.
// The receive window bounds it.
type outOfOrder struct{ pieces []piece }

// add notes data that starts at seq. What is there already wins over what comes again.
func (r *outOfOrder) add(seq uint32, data []byte) {
	i := len(r.pieces)
	for i > 0 && before(seq, r.pieces[i-1].seq) {
		i--
	}
	if i > 0 {
		prev := r.pieces[i-1]
		if over := int32(prev.seq + uint32(len(prev.data)) - seq); over > 0 {
			if int(over) >= len(data) {
				return
			}
			seq += uint32(over)
			data = data[over:]
		}
	}
	for len(data) > 0 {
		n := len(data)
		if i < len(r.pieces) {
			n = min(n, int(int32(r.pieces[i].seq-seq)))
		}
		if n > 0 {
			r.pieces = append(r.pieces, piece{})
			copy(r.pieces[i+1:], r.pieces[i:])
			r.pieces[i] = piece{seq, data[:n:n]}
			i++
		}
		seq += uint32(n)
		data = data[n:]
		if len(data) == 0 {
			return
		}
		skip := min(len(r.pieces[i].data), len(data))
		seq += uint32(skip)
		data = data[skip:]
		i++
	}
}

// take returns the data that starts at seq and takes it out, or nil.
func (r *outOfOrder) take(seq uint32) []byte {
	gone := 0
	var data []byte
	for gone < len(r.pieces) && data == nil {
		p := r.pieces[gone]
		old := int32(seq - p.seq)
		if old < 0 {
			break
		}
		if int(old) < len(p.data) {
			data = p.data[old:]
		}
		gone++
	}
	if gone > 0 {
		rest := copy(r.pieces, r.pieces[gone:])
		clear(r.pieces[rest:])
		r.pieces = r.pieces[:rest]
		if rest == 0 {
			r.pieces = nil
		}
	}
	return data
}

// before and after compare sequence numbers, which wrap around (RFC 9293 section 3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }
func after(a, b uint32) bool  { return int32(a-b) > 0 }
