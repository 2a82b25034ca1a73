package rules_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/engine/chap"
	"github.com/moonwire-lab/moonwire/engine/rules"
)

// packet returns the line of a test for a packet.
func packet(who string, code chap.Code, id byte, value string) string {
	p := chap.Packet{Code: code, ID: id, Name: "somebody", Text: value}
	if code == chap.CodeChallenge || code == chap.CodeResponse {
		p.Value = []byte(value)
	}
	b, err := p.Append(nil)
	if err != nil {
		panic(err)
	}
	return who + "= " + quoted(b) + "\n"
}

var (
	challenge1 = packet("S", chap.CodeChallenge, 1, "Giovanni")
	response1  = packet("C", chap.CodeResponse, 1, "Hlpxbool")
	success1   = packet("S", chap.CodeSuccess, 1, "Ok!")
)

var chapCases = []wrong{
	{"", 0, challenge1 + response1 + success1 + packet("S", chap.CodeChallenge, 2, "again") + packet("C", chap.CodeResponse, 2, "x") + packet("S", chap.CodeFailure, 2, "no") + closes},
	{"", 0, challenge1 + challenge1 + response1 + success1},
	{"length", 1, "S= hello\\000\n"},
	{"length", 1, "S= \\001\\001\\000\\003\n"},
	{"code", 1, "S= \\007\\001\\000\\004\n"},
	{"value", 1, "S= \\001\\001\\000\\006\\005a\n"},
	{"sides", 1, packet("C", chap.CodeChallenge, 1, "Giovanni")},
	{"asked", 1, response1},
	{"asked", 2, challenge1 + success1},
	{"identifier", 2, challenge1 + packet("C", chap.CodeResponse, 2, "Hlpxbool")},
	{"identifier", 3, challenge1 + response1 + packet("S", chap.CodeSuccess, 2, "Ok!")},
	{"identifier-new", 4, challenge1 + response1 + success1 + packet("S", chap.CodeChallenge, 1, "another")},
	{"challenge-new", 4, challenge1 + response1 + success1 + packet("S", chap.CodeChallenge, 2, "Giovanni")},
	{"verdict", 3, challenge1 + response1 + "S (closes)\n"},
}

func TestCHAP(t *testing.T) { judge(t, "chap", rules.CHAP, chapCases) }

func FuzzCHAP(f *testing.F) { fuzz(f, chapCases, rules.CHAP) }

var telnetCases = []wrong{
	{"", 0, "S= \\377\\375\\030\\377\\373\\001\nC= \\377\\373\\030\\377\\375\\001\nS= \\377\\372\\030\\001\\377\\360login: \nC= alice\\r\\000\nS= hello\\r\\n\n" + closes},
	{"", 0, "C= \\377\\375\\003\nS= \\377\\374\\003\nC= a\\377\\377b\\r\\n\\377\\361\nS= \\377\\376\\007\n"},
	{"", 0, "C= \\377\\373\\000\nS= \\377\\375\\000\nC= \\rx\\n\n"},
	{"line-end", 1, "C= alice\\rbob\\r\\n\n"},
	{"command", 1, "C= \\377\\001\n"},
	{"answered", 1, "C= \\377\\373\\037\n"},
	{"no-news", 3, "C= \\377\\373\\037\nS= \\377\\375\\037\nC= \\377\\373\\037\n"},
	{"subnegotiation", 1, "C= \\377\\372\\037\\000\\377\\360\n"},
	{"subnegotiation", 3, "C= \\377\\373\\037\nS= \\377\\375\\037\nC= \\377\\372\\037\\000\n"},
}

func TestTelnet(t *testing.T) { judge(t, "telnet", rules.Telnet, telnetCases) }

func FuzzTelnet(f *testing.F) { fuzz(f, telnetCases, rules.Telnet) }
