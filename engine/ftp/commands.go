package ftp

import (
	"strings"
)

// A verb is a command of the server.
type verb struct {
	run     func(*session, string)
	arg     want // of the argument
	anybody bool // also before the login
	during  bool // also while a transfer goes on
	keeps   bool // what REST said holds on
	syntax  string
}

// A want says whether a command has an argument.
type want uint8

const (
	may want = iota
	must
	none
)

// verbs returns the commands (RFC 959 4.1, 5.3.1 and the extensions).
func verbs(name string) (verb, bool) {
	switch name {
	case "USER":
		return verb{run: (*session).userName, arg: must, anybody: true, syntax: "USER <name>"}, true
	case "PASS":
		return verb{run: (*session).pass, anybody: true, syntax: "PASS <password>"}, true
	case "ACCT":
		return verb{run: (*session).acct, arg: must, anybody: true, syntax: "ACCT <account>"}, true
	case "REIN":
		return verb{run: (*session).rein, arg: none, anybody: true, syntax: "REIN"}, true
	case "QUIT":
		return verb{run: (*session).quit, arg: none, anybody: true, syntax: "QUIT"}, true
	case "AUTH":
		return verb{run: (*session).auth, arg: must, anybody: true, syntax: "AUTH TLS"}, true
	case "PBSZ":
		return verb{run: (*session).pbsz, arg: must, anybody: true, syntax: "PBSZ 0"}, true
	case "PROT":
		return verb{run: (*session).prot, arg: must, anybody: true, syntax: "PROT C|P"}, true
	case "FEAT":
		return verb{run: (*session).feat, arg: none, anybody: true, syntax: "FEAT"}, true
	case "OPTS":
		return verb{run: (*session).opts, arg: must, anybody: true, syntax: "OPTS <command> [<options>]"}, true
	case "HELP":
		return verb{run: (*session).help, anybody: true, syntax: "HELP [<command>]"}, true
	case "NOOP":
		return verb{run: (*session).noop, anybody: true, keeps: true, syntax: "NOOP"}, true
	case "SYST":
		return verb{run: (*session).syst, arg: none, anybody: true, syntax: "SYST"}, true
	case "STAT":
		return verb{run: (*session).stat, anybody: true, during: true, syntax: "STAT [<path>]"}, true
	case "ABOR":
		return verb{run: (*session).abor, arg: none, anybody: true, during: true, syntax: "ABOR"}, true
	}
	if v, ok := dataVerbs(name); ok {
		return v, true
	}
	return fileVerbs(name)
}

// dataVerbs returns the commands about data connections and what goes through them.
func dataVerbs(name string) (verb, bool) {
	switch name {
	case "TYPE":
		return verb{run: (*session).setType, arg: must, keeps: true, syntax: "TYPE A|I|L 8"}, true
	case "MODE":
		return verb{run: (*session).mode, arg: must, keeps: true, syntax: "MODE S"}, true
	case "STRU":
		return verb{run: (*session).stru, arg: must, keeps: true, syntax: "STRU F"}, true
	case "PORT":
		return verb{run: (*session).port, arg: must, keeps: true, syntax: "PORT <h1,h2,h3,h4,p1,p2>"}, true
	case "EPRT":
		return verb{run: (*session).eprt, arg: must, keeps: true, syntax: "EPRT |<family>|<address>|<port>|"}, true
	case "PASV":
		return verb{run: (*session).pasv, arg: none, keeps: true, syntax: "PASV"}, true
	case "EPSV":
		return verb{run: (*session).epsv, keeps: true, syntax: "EPSV [1|2|ALL]"}, true
	case "REST":
		return verb{run: (*session).restart, arg: must, syntax: "REST <offset>"}, true
	case "RETR":
		return verb{run: (*session).retr, arg: must, keeps: true, syntax: "RETR <path>"}, true
	case "STOR":
		return verb{run: (*session).stor, arg: must, keeps: true, syntax: "STOR <path>"}, true
	case "APPE":
		return verb{run: (*session).appe, arg: must, syntax: "APPE <path>"}, true
	case "STOU":
		return verb{run: (*session).stou, syntax: "STOU"}, true
	case "LIST":
		return verb{run: (*session).list, syntax: "LIST [<path>]"}, true
	case "NLST":
		return verb{run: (*session).nlst, syntax: "NLST [<path>]"}, true
	case "MLSD":
		return verb{run: (*session).mlsd, syntax: "MLSD [<path>]"}, true
	}
	return verb{}, false
}

// fileVerbs returns the commands about files.
func fileVerbs(name string) (verb, bool) {
	switch name {
	case "PWD", "XPWD":
		return verb{run: (*session).pwd, arg: none, syntax: "PWD"}, true
	case "CWD", "XCWD":
		return verb{run: (*session).chdir, arg: must, syntax: "CWD <path>"}, true
	case "CDUP", "XCUP":
		return verb{run: (*session).cdup, arg: none, syntax: "CDUP"}, true
	case "MKD", "XMKD":
		return verb{run: (*session).mkd, arg: must, syntax: "MKD <path>"}, true
	case "RMD", "XRMD":
		return verb{run: (*session).rmd, arg: must, syntax: "RMD <path>"}, true
	case "DELE":
		return verb{run: (*session).dele, arg: must, syntax: "DELE <path>"}, true
	case "RNFR":
		return verb{run: (*session).rnfr, arg: must, syntax: "RNFR <path>"}, true
	case "RNTO":
		return verb{run: (*session).rnto, arg: must, keeps: true, syntax: "RNTO <path>"}, true
	case "SIZE":
		return verb{run: (*session).size, arg: must, syntax: "SIZE <path>"}, true
	case "MDTM":
		return verb{run: (*session).mdtm, arg: must, syntax: "MDTM <path>"}, true
	case "MFMT":
		return verb{run: (*session).mfmt, arg: must, syntax: "MFMT <time> <path>"}, true
	case "SITE":
		return verb{run: (*session).site, arg: must, syntax: "SITE CHMOD <mode> <path>"}, true
	case "MLST":
		return verb{run: (*session).mlst, syntax: "MLST [<path>]"}, true
	case "ALLO":
		return verb{run: (*session).allo, arg: must, keeps: true, syntax: "ALLO <bytes> [R <bytes>]"}, true
	}
	return verb{}, false
}

// everyVerb is what HELP lists.
const everyVerb = "ABOR ACCT ALLO APPE AUTH CDUP CWD DELE EPRT EPSV FEAT HELP LIST MDTM MFMT MKD MLSD MLST MODE NLST NOOP OPTS PASS PASV PBSZ PORT PROT PWD QUIT REIN REST RETR RMD RNFR RNTO SITE SIZE STAT STOR STOU STRU SYST TYPE USER"

// command takes a command line.
func (x *session) command(line []byte) {
	c, ok := parseCommand(line)
	if !ok {
		x.await()
		x.refuse(500, "Not a command: want a verb, a space and its argument, without control characters")
		return
	}
	v, ok := verbs(c.name)
	if !ok || !v.during {
		x.await()
	}
	switch {
	case !ok && (c.name == "SMNT" || c.name == "CCC" || c.name == "ADAT" || c.name == "LANG"):
		x.refuse(502, c.name+" not implemented")
	case !ok:
		x.refuse(500, "Unknown command "+c.name)
	case !x.in && !v.anybody:
		x.refuse(530, "Please log in with USER and PASS")
	case v.arg == must && c.arg == "", v.arg == none && strings.TrimSpace(c.arg) != "":
		x.refuse(501, "Syntax: "+v.syntax)
	default:
		rest, from := x.rest, x.from
		v.run(x, c.arg)
		if !v.keeps && x.rest == rest {
			x.rest = 0
		}
		if from != "" && x.from == from {
			x.from = ""
		}
	}
}
