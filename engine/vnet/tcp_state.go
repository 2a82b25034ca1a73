package vnet

// A tcpState is a state of a TCP connection (RFC 9293 section 3.3.2).
type tcpState uint8

const (
	tcpClosed tcpState = iota
	tcpListen
	tcpSynSent
	tcpSynReceived
	tcpEstablished
	tcpFinWait1
	tcpFinWait2
	tcpCloseWait
	tcpClosing
	tcpLastAck
	tcpTimeWait
)

// tcpStateNames are the names that ss gives the states; "UNCONN" is a socket without a connection.
var tcpStateNames = [...]string{"UNCONN", "LISTEN", "SYN-SENT", "SYN-RECV", "ESTAB", "FIN-WAIT-1", "FIN-WAIT-2",
	"CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"}

// String returns the state's name as ss shows it.
func (s tcpState) String() string { return tcpStateNames[s] }

// synchronized reports whether both sides know each other's sequence numbers (RFC 9293 section 3.5.2).
func (s tcpState) synchronized() bool { return s >= tcpEstablished }

// sends reports whether data or FIN may be on its way in this state.
func (s tcpState) sends() bool {
	switch s {
	case tcpEstablished, tcpCloseWait, tcpFinWait1, tcpClosing, tcpLastAck:
		return true
	}
	return false
}

// receives reports whether the peer may still send data in this state.
func (s tcpState) receives() bool {
	return s == tcpEstablished || s == tcpFinWait1 || s == tcpFinWait2
}
