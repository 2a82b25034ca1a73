package rules_test

import (
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/rules"
)

const (
	popHello = "S: +OK POP3 server ready\n"
	popLogin = popHello + "C: user alice\nS: +OK\nC: pass hungry\nS: +OK user successfully logged on\n"
	popQuit  = "C: quit\nS: +OK POP3 server signing off\nS (closes)\nC (closes)\n"
)

var pop3Cases = []wrong{
	{"", 0, popLogin + "C: list\nS: +OK\nS: 1 11\nS: 2 912\nS: .\nC: retr 1\nS: +OK\nS: contents:\nS: .\nC: dele 1\nS: +OK\nC: quit\nS: +OK bye\nS (closes)\nC (closes)\n"},
	{"", 0, popLogin + "C: LIST 1\nS: +OK 1 11\nC: RETR 1\nS: +OK\nS: ..\nS:\nS: 1234\nS: .\nC: UIDL\nS: +OK\nS: 1 abc\nS: .\nC: UIDL 1\nS: +OK 1 abc\nC: STAT\nS: +OK 1 9 more\n" + popQuit},
	{"", 0, popHello + "C: CAPA\nS: +OK\nS: PIPELINING\nS: .\nC: USER alice\nC: PASS hun gry\nC: STAT\nC: QUIT\nS: +OK\nS: +OK\nS: +OK 0 0\nS: +OK\nS (closes)\n"},
	{"", 0, "S: +OK ready <1896.697170952@dbc.mtview.ca.us>\nC: APOP mrose c4c9334bac560ecc979e58001b3e22fb\nS: +OK\nC: DELE 1\nS: +OK\nC: RSET\nS: +OK\nC: RETR 1\nS: -ERR no such message\n" + popQuit},
	{"", 0, popHello + "C: AUTH PLAIN\nS: + \nC: AGFsaWNlAGh1bmdyeQ==\nS: +OK\nC: NOOP\nS: +OK\n" + popQuit},
	{"", 0, popHello + "C: STLS\nS: +OK\nC= \\026\\003\\001\n"},
	{"", 0, popHello + "C: USER a\nS: -ERR\nC: USER b\nS: +OK\nC: PASS c\nS: -ERR [AUTH] no\n" + popQuit},

	{"line-end", 2, popHello + "C= QUIT\\n\nS: +OK\n"},
	{"line-end", 2, popHello + "C= QUIT\n"},
	{"command-length", 2, popHello + "C: USER " + strings.Repeat("x", 250) + "\nS: -ERR\n"},
	{"command-known", 2, popHello + "C: HELO\nS: -ERR\n"},
	{"command-arguments", 2, popHello + "C: USER\nS: -ERR\n"},
	{"command-arguments", 6, popLogin + "C: STAT now\nS: -ERR\n"},
	{"command-arguments", 6, popLogin + "C: LIST 1 2\nS: -ERR\n"},
	{"command-arguments", 6, popLogin + "C: RETR first\nS: -ERR\n"},
	{"greeting-wait", 1, "C: USER alice\n" + popHello + "S: +OK\n"},
	{"reply-wait", 3, popHello + "C: USER alice\nC: PASS hungry\nC: STAT\nS: +OK\nS: +OK\nS: +OK 0 0\n"},
	{"login-first", 2, popHello + "C: STAT\nS: -ERR\n"},
	{"login-once", 6, popLogin + "C: USER bob\nS: -ERR\n"},
	{"pass-after-user", 2, popHello + "C: PASS hungry\nS: -ERR\n"},
	{"pass-after-user", 6, popHello + "C: USER alice\nS: +OK\nC: CAPA\nS: -ERR\nC: PASS hungry\nS: -ERR\n"},
	{"apop-stamp", 2, popHello + "C: APOP mrose c4c9334bac560ecc979e58001b3e22fb\nS: -ERR\n"},
	{"auth-base64", 2, popHello + "C: AUTH PLAIN alice:hungry\nS: -ERR\n"},
	{"auth-base64", 4, popHello + "C: AUTH PLAIN\nS: + \nC: alice\nS: -ERR\n"},
	{"deleted", 8, popLogin + "C: DELE 1\nS: +OK\nC: RETR 1\nS: -ERR\n"},
	{"quit", 6, popLogin + "C (closes)\n"},
	{"quit-wait", 7, popLogin + "C: QUIT\nC (closes)\n"},
	{"quit-last", 8, popLogin + "C: QUIT\nS: +OK\nC: STAT\n"},

	{"reply-syntax", 3, popHello + "C: USER alice\nS: OK\n"},
	{"reply-syntax", 3, popHello + "C: USER alice\nS: +ok\n"},
	{"reply-syntax", 7, popLogin + "C: LIST\nS: 1 498\nS: 2 912\nS: .\n"},
	{"reply-length", 3, popHello + "C: USER alice\nS: +OK " + strings.Repeat("x", 507) + "\n"},
	{"reply-asked", 2, popHello + "S: +OK\n"},
	{"reply-missing", 3, popHello + "C: USER alice\nS (closes)\n"},
	{"greeting", 1, "S: 220 hamburger.edu\n"},
	{"reply-negative", 7, "# also 6 command-known\n" + popLogin + "C: XYZ\nS: +OK\n"},
	{"stat-reply", 7, popLogin + "C: STAT\nS: +OK two messages\n"},
	{"listing", 8, popLogin + "C: LIST\nS: +OK\nS: 1: 498\nS: .\n"},
	{"listing", 7, popLogin + "C: LIST 1\nS: +OK 1\n"},
	{"unique-id", 8, popLogin + "C: UIDL\nS: +OK\nS: 1 a b\nS: .\n"},
	{"size", 10, popLogin + "C: LIST\nS: +OK\nS: 1 5\nS: .\nC: RETR 1\nS: +OK\nS: text\nS: .\n"},
	{"text-dot", 8, popLogin + "C: TOP 1 0\nS: +OK\nS: .hidden\nS: .\n"},
	{"close-asked", 2, popHello + "S (closes)\n"},
}

func TestPOP3(t *testing.T) { judge(t, "pop3", rules.POP3, pop3Cases) }

func FuzzPOP3(f *testing.F) { fuzz(f, pop3Cases, rules.POP3) }
