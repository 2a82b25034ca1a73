package host

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/vnet"
)

// errNoTCP is returned on networks whose TCP is the machine's.
var errNoTCP = &codedError{"unsupported", "the TCP of the machine's network does not show its state; use a virtual network"}

// tcpInfo is a line of the table of connections as Lua has it.
type tcpInfo struct {
	State                       string
	LocalAddress, RemoteAddress string
	Process                     string

	Cwnd       int
	Ssthresh   lua.LValue
	InFlight   int
	PeerWindow int
	Window     int
	MSS        int
	SRTT       lua.LValue
	RTTVar     time.Duration `name:"rttvar"`
	RTO        time.Duration
	Recovery   bool

	Retransmits, FastRetransmits, Timeouts int
	DuplicateAcks                          int
	SegmentsIn, SegmentsOut                int
	BytesSent, BytesAcked, BytesReceived   int64
}

// tcpInfoUnits is what a line of the table costs in VM instructions.
const tcpInfoUnits = 100

func tcpInfos(h *engine.Host, call *bind.Call, _ bind.None) ([]tcpInfo, error) {
	if h.V == nil {
		return nil, errNoTCP
	}
	all := []tcpInfo{}
	connections := h.V.TCPConnections()
	call.Charge(tcpInfoUnits * len(connections))
	for _, c := range connections {
		line := tcpInfo{
			State: c.State, LocalAddress: endpoint(c.Local), RemoteAddress: endpoint(c.Remote), Process: c.Process,
			Cwnd: c.CWnd, Ssthresh: lua.LNil, InFlight: c.InFlight, PeerWindow: c.PeerWindow, Window: c.Window, MSS: c.MSS,
			SRTT: lua.LNil, RTTVar: c.RTTVar, RTO: c.RTO, Recovery: c.Recovery,
			Retransmits: c.Retransmits, FastRetransmits: c.FastRetransmits, Timeouts: c.Timeouts, DuplicateAcks: c.DuplicateAcks,
			SegmentsIn: c.SegmentsIn, SegmentsOut: c.SegmentsOut,
			BytesSent: c.BytesSent, BytesAcked: c.BytesAcked, BytesReceived: c.BytesReceived,
		}
		if c.SSThresh < vnet.NoSSThresh {
			line.Ssthresh = lua.LNumber(c.SSThresh)
		}
		if c.SRTT > 0 {
			line.SRTT = lua.LNumber(c.SRTT.Seconds())
		}
		all = append(all, line)
	}
	return all, nil
}

const tcpInfoResult = "one table for each connection: state, local_address, remote_address, process; in bytes cwnd, ssthresh (nil before " +
	"the first loss), in_flight, peer_window, window, mss, bytes_sent, bytes_acked, bytes_received; in seconds srtt (nil before it is " +
	"measured), rttvar, rto; recovery; and the counts retransmits, fast_retransmits, timeouts, duplicate_acks, segments_in, segments_out"

type setTCPArgs struct {
	Options struct {
		InitialWindow *int           `doc:"segments sent at first; 10 unless set" min:"1" max:"1000"`
		Ssthresh      *int           `doc:"slow start threshold at first, in segments; none unless set" min:"2" max:"100000"`
		ByteCounting  *bool          `doc:"let the congestion window grow by the bytes that ACKs cover (RFC 3465), not by their number; on unless set"`
		DelayedAck    *time.Duration `doc:"how long an ACK may wait; 40 ms unless set" min:"0.000001"`
		MinRTO        *time.Duration `doc:"least distance of the retransmission timeout from the round-trip time; 200 ms unless set" min:"0.000001"`
		TimeWait      *time.Duration `doc:"how long TIME-WAIT lasts; one minute unless set" min:"0.000001"`
		RecvBuffer    *bind.Size     `doc:"receive buffer of new sockets; 256 KiB unless set" min:"1 KiB" max:"8 MiB"`
		SendBuffer    *bind.Size     `doc:"send buffer of new sockets; 512 KiB unless set" min:"1 KiB" max:"8 MiB"`
		SynQueue      *int           `doc:"handshakes that a listener may have under way; 256 or its backlog unless set" min:"1" max:"65536"`
		SynCookies    *bool          `doc:"with a full SYN queue, answer SYNs without keeping anything (RFC 4987); off unless set"`
	} `doc:"what to change"`
}

func (h *Host) setTCP(_ *bind.Call, a setTCPArgs) error {
	if h.V == nil {
		return errNoTCP
	}
	o, config := a.Options, h.V.TCP()
	put(&config.InitialWindow, o.InitialWindow)
	put(&config.SSThresh, o.Ssthresh)
	if o.ByteCounting != nil {
		config.NoByteCounting = !*o.ByteCounting
	}
	put(&config.DelayedAck, o.DelayedAck)
	put(&config.MinRTO, o.MinRTO)
	put(&config.TimeWait, o.TimeWait)
	put(&config.SynQueue, o.SynQueue)
	put(&config.SynCookies, o.SynCookies)
	if o.RecvBuffer != nil {
		config.RecvBuffer = int(*o.RecvBuffer)
	}
	if o.SendBuffer != nil {
		config.SendBuffer = int(*o.SendBuffer)
	}
	h.V.SetTCP(config)
	return nil
}

// put changes a setting that was given.
func put[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// listenStats are the counters of listeners as Lua has them.
type listenStats struct {
	SynQueueFull, AcceptQueueFull             int
	CookiesSent, CookiesTaken, CookiesRefused int
}

func (h *Host) listenStats(*bind.Call, bind.None) (listenStats, error) {
	if h.V == nil {
		return listenStats{}, errNoTCP
	}
	return listenStats(h.V.TCPListenCounters()), nil
}

type processingArgs struct {
	Delay time.Duration `doc:"how long the host looks at each packet that comes in over a link" min:"0" max:"3600"`
}

func (h *Host) setProcessing(_ *bind.Call, a processingArgs) error {
	if h.V == nil {
		return engine.ErrNoTopology
	}
	h.V.SetProcessing(a.Delay)
	return nil
}
