package rules_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/engine/rules"
)

const (
	imapHello  = "S: * OK [CAPABILITY IMAP4rev1] ready\n"
	imapLogin  = imapHello + "C: a1 LOGIN alice hungry\nS: a1 OK logged in\n"
	imapSelect = imapLogin + "C: a2 SELECT INBOX\nS: * FLAGS (\\Seen)\nS: * 2 EXISTS\nS: * 0 RECENT\nS: * OK [UIDVALIDITY 1] ok\nS: a2 OK [READ-WRITE] done\n"
	imapBye    = "C: z LOGOUT\nS: * BYE see you\nS: z OK done\nS (closes)\nC (closes)\n"
)

var imapCases = []wrong{
	{"", 0, imapSelect + "C: a3 FETCH 1 (FLAGS BODY[])\nS: * 1 FETCH (FLAGS (\\Seen) BODY[] {7}\nS= a\\r\\nb\\r\\nc)\\r\\n\nS: a3 OK done\n" + imapBye},
	{"", 0, imapHello + "C: a1 LOGIN {5}\nS: + go on\nC= alice {6}\\r\\n\nS: + go on\nC= hungry\\r\\n\nS: a1 OK done\n" + imapBye},
	{"", 0, "S: * OK [CAPABILITY IMAP4rev1 LITERAL+] ready\nC: a1 LOGIN {5+}\nC= alice hungry\\r\\n\nS: a1 OK done\n" + imapBye},
	{"", 0, imapHello + "C: a1 LOGIN {5}\nS: a1 NO not here\nC: a2 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: a2 OK done\n" + imapBye},
	{"", 0, imapHello + "C: a1 LOGIN alice hungry\nC: a2 EXAMINE INBOX\nC: a3 SEARCH ALL\nS: a1 OK done\nS: * FLAGS ()\nS: * 0 EXISTS\nS: a2 OK done\nS: * SEARCH\nS: a3 OK done\n" + imapBye},
	{"", 0, imapHello + "C: a1 AUTHENTICATE PLAIN\nS: + \nC: AGFsaWNlAGh1bmdyeQ==\nS: a1 OK done\nC: a2 LIST \"\" *\nS: * LIST () \"/\" INBOX\nS: a2 OK done\n" + imapBye},
	{"", 0, imapSelect + "C: a3 IDLE\nS: + idling\nS: * 1 EXPUNGE\nS: * 2 EXISTS\nC: DONE\nS: a3 OK done\nC: a4 UID FETCH 1:* FLAGS\nS: * 1 EXPUNGE\nS: a4 OK done\n" + imapBye},
	{"", 0, imapHello + "C: a1 STARTTLS\nS: a1 OK go\nC= \\026\\003\\001\n"},
	{"", 0, "S: * BYE too many\nS (closes)\nC (closes)\n"},

	{"line-end", 2, imapHello + "C= a1 NOOP\\n\nS: a1 OK done\n"},
	{"line-end", 2, imapHello + "C= a1 NOOP\n"},
	{"greeting-wait", 1, "C: a1 NOOP\n" + imapHello + "S: a1 OK done\n"},
	{"tag", 2, imapHello + "C: NOOP\nS: * BAD what\n"},
	{"tag", 2, imapHello + "C: * NOOP\nS: * BAD what\n"},
	{"tag-new", 4, imapHello + "C: a1 NOOP\nS: a1 OK done\nC: a1 NOOP\nS: a1 OK done\n"},
	{"spaces", 2, imapHello + "C: a1  NOOP\nS: a1 BAD what\n"},
	{"spaces", 2, imapHello + "C: a1 NOOP \nS: a1 BAD what\n"},
	{"command-known", 2, imapHello + "C: a1 HELLO\nS: a1 BAD what\n"},
	{"command-arguments", 2, imapHello + "C: a1 NOOP now\nS: a1 BAD what\n"},
	{"command-arguments", 4, imapLogin + "C: a2 SELECT\nS: a2 BAD what\n"},
	{"state", 2, imapHello + "C: a1 SELECT INBOX\nS: a1 BAD not now\n"},
	{"state", 4, imapLogin + "C: a2 FETCH 1 FLAGS\nS: a2 BAD not now\n"},
	{"state", 4, imapLogin + "C: a2 LOGIN alice hungry\nS: a2 BAD not now\n"},
	{"wait", 4, imapHello + "C: a1 AUTHENTICATE PLAIN\nC: a2 NOOP\nS: a1 NO never\nS: a2 OK done\n"},
	{"literal-wait", 4, imapHello + "C: a1 LOGIN {5}\nC= alice hungry\\r\\n\nS: + go on\nS: a1 OK done\n"},
	{"idle-done", 12, imapSelect + "C: a3 IDLE\nS: + idling\nC: a4 NOOP\nS: a3 OK done\nS: a4 OK done\n"},
	{"logout", 4, imapLogin + "C (closes)\n"},
	{"logout-last", 7, imapLogin + "C: a2 LOGOUT\nS: * BYE see you\nS: a2 OK done\nC: a3 NOOP\n"},

	{"greeting", 1, "S: +OK POP3 server ready\n"},
	{"response-syntax", 3, imapHello + "C: a1 NOOP\nS: a1 OKAY done\n"},
	{"response-syntax", 3, imapHello + "C: a1 NOOP\nS: a1 OK\n"},
	{"response-syntax", 2, imapHello + "S: * OK\n"},
	{"response-known", 2, imapHello + "S: * WEATHER fine\n"},
	{"completion", 4, imapHello + "C: a1 NOOP\nS: a1 OK done\nS: a1 OK done\n"},
	{"completion", 3, imapHello + "C: a1 NOOP\nS: b1 OK done\n"},
	{"continuation", 3, imapHello + "C: a1 NOOP\nS: + go on\nS: a1 OK done\n"},
	{"capability-data", 3, imapHello + "C: a1 CAPABILITY\nS: a1 OK done\n"},
	{"select-data", 6, imapLogin + "C: a2 SELECT INBOX\nS: * 2 EXISTS\nS: a2 OK done\n"},
	{"logout-bye", 3, imapHello + "C: a1 LOGOUT\nS: a1 OK done\n"},
	{"number", 11, imapSelect + "C: a3 FETCH 1 FLAGS\nS: * 3 FETCH (FLAGS ())\nS: a3 OK done\n"},
	{"expunge", 11, imapSelect + "C: a3 FETCH 1 FLAGS\nS: * 1 EXPUNGE\nS: a3 OK done\n"},
	{"expunge", 10, imapSelect + "S: * 1 EXPUNGE\n"},
	{"close-bye", 2, imapHello + "S (closes)\n"},
}

func TestIMAP(t *testing.T) { judge(t, "imap", rules.IMAP, imapCases) }

func FuzzIMAP(f *testing.F) { fuzz(f, imapCases, rules.IMAP) }
