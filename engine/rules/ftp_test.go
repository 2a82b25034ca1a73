package rules_test

import (
	"testing"

	"github.com/moonwire-lab/moonwire/engine/rules"
)

const (
	ftpHello = "S: 220 ready\n"
	ftpLogin = ftpHello + "C: USER alice\nS: 331 Username OK, password required\nC: PASS hungry\nS: 230 logged in\n"
	ftpQuit  = "C: QUIT\nS: 221 bye\nS (closes)\nC (closes)\n"
)

var ftpCases = []wrong{
	{"", 0, ftpLogin + "C: PASV\nS: 227 Entering Passive Mode (10,0,0,1,25,46)\nC: RETR a b.txt\nS: 125 Data connection already open; transfer starting\nS: 226 done\n" + ftpQuit},
	{"", 0, ftpLogin + "C: PORT 10,0,0,2,0,21\nS: 200 ok\nC: LIST\nS: 425 Can't open data connection\nC: TYPE A N\nS: 200 ok\nC: STOR x\nS: 150 go\nC: ABOR\nS: 426 broken off\nS: 226 ok\n" + ftpQuit},
	{"", 0, ftpHello + "C: FEAT\nS: 211-Features\nS:  MDTM\nS: 226 is no code here\nS: 211 End\nC: USER anonymous\nS: 230 in\nC: EPSV\nS: 229 ok (|||6446|)\nC: NLST\nS: 150 go\nS: 226 done\nC: EPRT |2|::1|6446|\nS: 200 ok\n" + ftpQuit},
	{"", 0, "S: 120 in a minute\nS: 220 ready\nC: USER a\nS: 331 yes\nC: PASS\nS: 530 no\n" + ftpQuit},
	{"", 0, ftpLogin + "C: RNFR a\nS: 350 to what\nC: RNTO b\nS: 250 ok\nC: XPWD\nS: 257 \"/\"\n" + ftpQuit},
	{"", 0, ftpHello + "C: AUTH TLS\nS: 234 go\nC= \\026\\003\\001\n"},
	{"", 0, "S: 421 too many\nS (closes)\nC (closes)\n"},

	{"line-end", 2, ftpHello + "C= NOOP\\n\nS: 200 ok\n"},
	{"command-known", 2, ftpHello + "C: GET x\nS: 500 what\n"},
	{"command-arguments", 6, ftpLogin + "C: RETR\nS: 501 what\n"},
	{"command-arguments", 6, ftpLogin + "C: PWD x\nS: 501 what\n"},
	{"greeting-wait", 1, "C: NOOP\nS: 220 ready\nS: 200 ok\n"},
	{"reply-wait", 7, ftpLogin + "C: NOOP\nC: NOOP\nS: 200 ok\nS: 200 ok\n"},
	{"login-first", 2, ftpHello + "C: PWD\nS: 530 who\n"},
	{"pass-after-user", 2, ftpHello + "C: PASS x\nS: 503 what\n"},
	{"rename", 6, ftpLogin + "C: RNTO b\nS: 503 what\n"},
	{"port-numbers", 6, ftpLogin + "C: PORT 10.0.0.2:21\nS: 501 what\n"},
	{"port-numbers", 6, ftpLogin + "C: PORT 10,0,0,2,0,256\nS: 501 what\n"},
	{"eprt", 6, ftpLogin + "C: EPRT 1,10.0.0.1,21\nS: 501 what\n"},
	{"type", 6, ftpLogin + "C: TYPE binary\nS: 504 what\n"},
	{"quit", 6, ftpLogin + "C (closes)\n"},
	{"quit-wait", 7, ftpLogin + "C: QUIT\nC (closes)\n"},
	{"quit-last", 8, ftpLogin + "C: QUIT\nS: 221 bye\nC: NOOP\n"},
	{"reply-syntax", 3, ftpHello + "C: NOOP\nS: OK\n"},
	{"reply-asked", 2, ftpHello + "S: 200 ok\n"},
	{"reply-asked", 8, ftpLogin + "C: RETR a\nS: 150 go\nS: 150 go\nS: 226 done\n"},
	{"reply-missing", 3, ftpHello + "C: NOOP\nS (closes)\n"},
	{"greeting-code", 1, "S: 200 hello\n"},
	{"reply-class", 3, ftpHello + "C: NOOP\nS: 350 more\n"},
	{"reply-class", 3, ftpHello + "C: NOOP\nS: 150 go\nS: 200 ok\n"},
	{"reply-code", 3, ftpHello + "C: NOOP\nS: 250 ok\n"},
	{"transfer-begins", 7, ftpLogin + "C: RETR a\nS: 226 done\n"},
	{"pasv-numbers", 7, ftpLogin + "C: PASV\nS: 227 10.0.0.1:6446\n"},
	{"epsv-port", 7, ftpLogin + "C: EPSV\nS: 229 (6446)\n"},
	{"close-asked", 2, ftpHello + "S (closes)\n"},
}

func TestFTP(t *testing.T) { judge(t, "ftp", rules.FTP, ftpCases) }

func FuzzFTP(f *testing.F) { fuzz(f, ftpCases, rules.FTP) }
