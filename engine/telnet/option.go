package telnet

// The state of one option at one side, as the Q method keeps it (RFC 1143 7).
type half struct {
	state    optionState
	opposite bool // the queue: ask for the opposite when the answer has come
}

type optionState uint8

const (
	no optionState = iota
	yes
	wantNo
	wantYes
)

// Options are what both sides have agreed on. The zero value has none.
type options struct {
	us, him [256]half
}

// ask asks for an option to be on or off, and returns what to send; 0 is nothing.
func (h *half) ask(on bool, request, withdraw Command) Command {
	switch {
	case on && h.state == no:
		h.state = wantYes
		return request
	case !on && h.state == yes:
		h.state = wantNo
		return withdraw
	case on && h.state == wantNo, !on && h.state == wantYes:
		h.opposite = true
	case on && h.state == wantYes, !on && h.state == wantNo:
		h.opposite = false
	}
	return 0
}

// said takes the other side's word that the option is to be on (WILL of his, DO of ours) or off, and returns what to send; 0 is nothing.
func (h *half) said(on, agreed bool, request, withdraw Command) Command {
	was, opposite := h.state, h.opposite
	h.opposite = false
	switch {
	case on && was == no && agreed:
		h.state = yes
		return request
	case on && was == no:
		return withdraw
	case on && was == wantNo && opposite:
		h.state = yes
	case on && was == wantNo: // an answer that the RFC forbids
		h.state = no
	case on && was == wantYes && opposite:
		h.state = wantNo
		return withdraw
	case on && was == wantYes:
		h.state = yes
	case !on && was == yes:
		h.state = no
		return withdraw
	case !on && was == wantNo && opposite:
		h.state = wantYes
		return request
	case !on:
		h.state = no
	}
	return 0
}

// hear takes WILL, WONT, DO or DONT. It returns what to answer, or 0.
func (o *options) hear(verb Command, option Option, agreed bool) Command {
	switch verb {
	case WILL, WONT:
		return o.him[option].said(verb == WILL, agreed, DO, DONT)
	default:
		return o.us[option].said(verb == DO, agreed, WILL, WONT)
	}
}

// on reports whether an option is in force at our side, or at his.
func (h *half) on() bool { return h.state == yes || h.state == wantNo }

// wanted reports whether an option is in force, or was asked for.
func (h *half) wanted() bool { return (h.state == yes || h.state == wantYes) != h.opposite }
