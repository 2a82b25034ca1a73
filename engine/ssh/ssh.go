// Package ssh is the Secure Shell protocol, version 2, as far as file transfer needs it: a server and a client (RFC 4251 to 4254) with the key
// exchange curve25519-sha256 (RFC 8731), host keys of Ed25519 (a client takes RSA and ECDSA, too), AES-GCM as OpenSSH has it (RFC 5647), passwords and
// public keys, and one channel of type session in each connection, on which a subsystem or a command runs.
//
// Everything is written straight on, in the task that waits, so that it runs in virtual time, and with Options.Rand from the seed the same bytes go over the
// wire each time. Keys, signatures and the layout of messages are golang.org/x/crypto/ssh's.
//
// A client that asks is told which signatures are taken (RFC 8308).
//
// Left out: other channels (shells, forwarding, agents), compression, and to ask for new keys, which is done when the other side asks.
package ssh

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Port is where servers listen.
const Port = 22

// version is what both sides say first (RFC 4253 4.2).
const version = "SSH-2.0-moonwire"

// The numbers of messages (RFC 4250 4.1).
const (
	msgDisconnect     = 1
	msgIgnore         = 2
	msgUnimplemented  = 3
	msgDebug          = 4
	msgServiceRequest = 5
	msgServiceAccept  = 6
	msgExtInfo        = 7
	msgKexInit        = 20
	msgNewKeys        = 21
	msgKexECDHInit    = 30
	msgKexECDHReply   = 31
	msgAuthRequest    = 50
	msgAuthFailure    = 51
	msgAuthSuccess    = 52
	msgAuthBanner     = 53
	msgAuthPubKeyOK   = 60
	msgGlobalRequest  = 80
	msgRequestFailure = 82
	msgOpen           = 90
	msgOpenConfirm    = 91
	msgOpenFailure    = 92
	msgWindowAdjust   = 93
	msgData           = 94
	msgExtendedData   = 95
	msgEOF            = 96
	msgClose          = 97
	msgRequest        = 98
	msgSuccess        = 99
	msgFailure        = 100
)

// Limits of both sides.
const (
	maxPacket   = 256 << 10 // bytes (RFC 4253 6.1 has 35,000 as the least)
	maxBanner   = 50        // lines before the version of a server
	maxData     = 32 << 10  // bytes of data in a message that we send
	window      = 2 << 20   // bytes that the other side may send ahead
	maxTries    = 6         // of a login
	packetCost  = 400       // units of Server.Charge
	byteCost    = 16        // bytes for a unit
	noMoreThan  = 1 << 32   // packets with one key
	maxSessions = 1000
)

// The times, unless told otherwise.
const (
	serverTimeout = 10 * time.Minute
	clientTimeout = 60 * time.Second
	loginTime     = 2 * time.Minute // from the first byte to the end of the login, whatever a client says
)

// An Error is a failure of the protocol, or a refusal by the other side.
type Error struct {
	Text string
	code string
}

// Error returns the text.
func (e *Error) Error() string { return "ssh: " + e.Text }

// Code returns "protocol", "denied" or "closed".
func (e *Error) Code() string { return e.code }

func protocolError(format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...), "protocol"}
}

// ErrLogin says that neither password nor key was taken.
var ErrLogin = &Error{"permission denied: wrong user, password or key", "denied"}

// ErrHostKey says that the server is not who it should be.
var ErrHostKey = &Error{"the server's key is not the one that is known", "denied"}

// wrapped names an error of the network.
func wrapped(what string, err error) error {
	var own *Error
	if errors.As(err, &own) {
		return err
	}
	return fmt.Errorf("ssh: %s: %w", what, err)
}

// names of messages for the trace.
func messageName(n byte) string {
	names := map[byte]string{msgDisconnect: "DISCONNECT", msgIgnore: "IGNORE", msgServiceRequest: "SERVICE_REQUEST", msgServiceAccept: "SERVICE_ACCEPT", msgExtInfo: "EXT_INFO", msgKexInit: "KEXINIT", msgNewKeys: "NEWKEYS",
		msgKexECDHInit: "KEX_ECDH_INIT", msgKexECDHReply: "KEX_ECDH_REPLY", msgAuthRequest: "USERAUTH_REQUEST", msgAuthFailure: "USERAUTH_FAILURE", msgAuthSuccess: "USERAUTH_SUCCESS", msgAuthPubKeyOK: "USERAUTH_PK_OK",
		msgGlobalRequest: "GLOBAL_REQUEST", msgOpen: "CHANNEL_OPEN", msgOpenConfirm: "CHANNEL_OPEN_CONFIRMATION", msgWindowAdjust: "CHANNEL_WINDOW_ADJUST", msgData: "CHANNEL_DATA", msgEOF: "CHANNEL_EOF", msgClose: "CHANNEL_CLOSE",
		msgRequest: "CHANNEL_REQUEST", msgSuccess: "CHANNEL_SUCCESS", msgFailure: "CHANNEL_FAILURE"}
	if name, ok := names[n]; ok {
		return name
	}
	return "message " + strconv.Itoa(int(n))
}
