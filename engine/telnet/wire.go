package telnet

// A token is a piece of what a peer sends: data, a command, an answer about an option, or a subnegotiation.
type token struct {
	data    []byte  // of the terminal, with CR LF as LF and CR NUL as CR, unless binary
	command Command // 0 of data
	option  Option  // of WILL, WONT, DO, DONT and SB
	inside  []byte  // of SB
}

// A decoder takes the stream of a peer apart, in whatever pieces it comes.
type decoder struct {
	binary bool // the peer sends all bytes as they are (RFC 856)
	state  decoderState
	verb   Command
	option Option
	inside []byte
	data   []byte
	out    []token
}

type decoderState uint8

const (
	inData       decoderState = iota
	afterCR                   // of data
	afterIAC                  // of data
	wantOption                // behind WILL, WONT, DO, DONT
	wantSBOption              // behind SB
	inSB
	inSBafterIAC
)

// decode returns the tokens of a piece; they are valid until the next call.
func (d *decoder) decode(piece []byte) []token {
	d.out, d.data = d.out[:0], make([]byte, 0, len(piece))
	for _, c := range piece {
		switch d.state {
		case inData, afterCR:
			d.text(c)
		case afterIAC:
			d.command(Command(c))
		case wantOption:
			d.push(token{command: d.verb, option: Option(c)})
			d.state = inData
		case wantSBOption:
			d.option, d.inside, d.state = Option(c), nil, inSB
		case inSB, inSBafterIAC:
			d.subnegotiation(c)
		}
	}
	d.flush()
	return d.out
}

// text takes a byte of data.
func (d *decoder) text(c byte) {
	before := d.state
	d.state = inData
	switch {
	case c == byte(IAC):
		if before == afterCR {
			d.data = append(d.data, '\r')
		}
		d.state = afterIAC
	case d.binary:
		d.data = append(d.data, c)
	case c == '\r':
		if before == afterCR {
			d.data = append(d.data, c)
		}
		d.state = afterCR // what it stands for is seen with the next byte
	case before == afterCR && c == 0:
		d.data = append(d.data, '\r')
	case before == afterCR && c != '\n':
		d.data = append(d.data, '\r', c)
	default:
		d.data = append(d.data, c)
	}
}

func (d *decoder) command(c Command) {
	d.state = inData
	switch c {
	case IAC:
		d.data = append(d.data, byte(IAC))
	case WILL, WONT, DO, DONT:
		d.verb, d.state = c, wantOption
	case SB:
		d.state = wantSBOption
	default:
		if c >= EOF && c != SE {
			d.push(token{command: c})
		}
	}
}

// subnegotiation takes a byte up to IAC SE; one that is too long is cut.
func (d *decoder) subnegotiation(c byte) {
	switch {
	case d.state == inSB && c == byte(IAC):
		d.state = inSBafterIAC
		return
	case d.state == inSBafterIAC && c == byte(SE):
		d.push(token{command: SB, option: d.option, inside: d.inside})
		d.state = inData
		return
	}
	d.state = inSB
	if len(d.inside) < maxSubnegotiation {
		d.inside = append(d.inside, c)
	}
}

func (d *decoder) push(t token) {
	d.flush()
	d.out = append(d.out, t)
}

func (d *decoder) flush() {
	if len(d.data) > 0 {
		d.out = append(d.out, token{data: d.data})
		d.data = d.data[len(d.data):]
	}
}

// encode adds text as the network virtual terminal wants it: CR LF for LF, CR NUL for a CR that stands alone, and IAC twice.
func encode(out, text []byte, binary bool) []byte {
	for i, c := range text {
		switch {
		case c == byte(IAC):
			out = append(out, c, c)
		case binary:
			out = append(out, c)
		case c == '\n' && (i == 0 || text[i-1] != '\r'):
			out = append(out, '\r', '\n')
		case c == '\r' && (i == len(text)-1 || text[i+1] != '\n'):
			out = append(out, '\r', 0)
		default:
			out = append(out, c)
		}
	}
	return out
}

// encodeSB adds a subnegotiation.
func encodeSB(out []byte, o Option, inside ...byte) []byte {
	out = append(out, byte(IAC), byte(SB), byte(o))
	for _, c := range inside {
		if out = append(out, c); c == byte(IAC) {
			out = append(out, c)
		}
	}
	return append(out, byte(IAC), byte(SE))
}
