package vnet

import (
	"net/netip"
	"time"
)

// TCPInfo is what a connection's TCP knows and has counted, for labs to show. Sizes are in bytes of payload.
type TCPInfo struct {
	State      string // as ss names it
	CWnd       int    // congestion window
	SSThresh   int    // slow start threshold
	InFlight   int    // sent and not acknowledged
	PeerWindow int    // the window the peer offers
	Window     int    // the window offered to the peer
	MSS        int
	SRTT       time.Duration // smoothed round-trip time; 0 before it is measured
	RTTVar     time.Duration
	RTO        time.Duration // retransmission timeout
	Recovery   bool          // in fast recovery
	TCPCounters
}

// TCPCounters count what a connection has done.
type TCPCounters struct {
	SegmentsIn      int
	SegmentsOut     int
	BytesSent       int64 // for the first time
	BytesAcked      int64
	BytesReceived   int64 // in order
	Retransmits     int   // segments sent again, for whatever reason
	FastRetransmits int   // losses noticed by three duplicate ACKs
	Timeouts        int   // losses noticed by the retransmission timer
	DuplicateAcks   int
	Probes          int // of a closed window
	KeepAlives      int // keep-alive probes
}

// TCPInfo returns the state of the connection.
func (c *tcpSocket) TCPInfo() TCPInfo {
	return TCPInfo{
		State: c.state.String(), CWnd: c.cwnd, SSThresh: c.ssthresh, InFlight: int(c.sndNxt - c.sndUna), PeerWindow: c.sndWnd,
		Window: int(int32(c.rcvAdv - c.rcvNxt)), MSS: c.mss, SRTT: c.srtt, RTTVar: c.rttvar, RTO: c.rto, Recovery: c.fast, TCPCounters: c.stats,
	}
}

// TCPConfig are the settings of a host's TCP. The zero value has the defaults. They hold for connections made from then on.
type TCPConfig struct {
	InitialWindow int           // segments sent at first (RFC 6928); 0 means 10
	SSThresh      int           // initial slow start threshold in segments; 0 means none
	DelayedAck    time.Duration // how long an ACK may wait; 0 means 40 ms
	MinRTO        time.Duration // least distance of the RTO from the smoothed round-trip time; 0 means 200 ms
	TimeWait      time.Duration // length of TIME-WAIT; 0 means one minute
	RecvBuffer    int           // default of option RecvBuffer; 0 means 256 KiB
	SendBuffer    int           // default of option SendBuffer; 0 means 512 KiB
	SynQueue      int           // handshakes that a listener may have under way; 0 means 256, or its backlog if that is more
	SynCookies    bool          // with a full SYN queue, answer without keeping anything (RFC 4987 section 3.6)

	// NoByteCounting lets the congestion window grow by the number of ACKs (RFC 5681 equations 2 and 3: at most MSS in slow start, then
	// MSS*MSS/cwnd for each) instead of by the bytes that they cover (RFC 3465). With an ACK for every second segment it grows
	// half as fast. It holds at once, for connections that stand too.
	NoByteCounting bool
}

// TCPListenCounters count what the listeners of a host did with SYNs that did not get into the SYN queue.
type TCPListenCounters struct {
	SynQueueFull    int // SYNs dropped because too many handshakes were under way
	AcceptQueueFull int // SYNs dropped because too many connections waited to be accepted
	CookiesSent     int // SYNs answered with a cookie
	CookiesTaken    int // connections made from a cookie that came back
	CookiesRefused  int // ACKs that looked like cookies and were none
}

// TCPListenCounters returns the counters of the host's listeners.
func (h *Host) TCPListenCounters() TCPListenCounters { return h.tcp.counts }

// A TCPConnection is a line of the table of connections.
type TCPConnection struct {
	Local, Remote netip.AddrPort
	Process       string // that holds the socket; "" once it is closed or before it is accepted
	TCPInfo
}

// TCPConnections returns the host's connections with the state of their TCP, in the order of creation. Listeners are left out.
func (h *Host) TCPConnections() []TCPConnection {
	var all []TCPConnection
	for c := h.tcp.first; c != nil; c = c.next {
		if c.state > tcpListen {
			all = append(all, TCPConnection{c.LocalAddr(), c.show(c.remote), c.label, c.TCPInfo()})
		}
	}
	return all
}

// NoSSThresh is the SSThresh of a connection that has not set one: it has not lost anything.
const NoSSThresh = noThreshold

// noThreshold is an initial slow start threshold that no window reaches.
const noThreshold = 1 << 30

// SetTCP changes the settings of the host's TCP.
func (h *Host) SetTCP(config TCPConfig) { h.tcp.config = config }

// TCP returns the settings of the host's TCP.
func (h *Host) TCP() TCPConfig { return h.tcp.config }

func (h *Host) timeWait() time.Duration { return orDefault(h.tcp.config.TimeWait, timeWaitTime) }
func (h *Host) ackDelay() time.Duration { return orDefault(h.tcp.config.DelayedAck, delayedAck) }
func (h *Host) minRTO() time.Duration   { return orDefault(h.tcp.config.MinRTO, minRTO) }

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

// initialThreshold returns the slow start threshold of a new connection in bytes.
func (h *Host) initialThreshold(mss int) int {
	if n := h.tcp.config.SSThresh; n > 0 {
		return max(n, 2) * mss
	}
	return noThreshold
}

// initialWindow returns the congestion window of a new connection in bytes: ten segments of up to 1460 bytes, or two larger ones
// (RFC 6928), or what the host is set to.
func (c *tcpSocket) initialWindow() int {
	if n := c.host.tcp.config.InitialWindow; n > 0 {
		return n * c.mss
	}
	return min(10*c.mss, max(2*c.mss, 14600))
}
