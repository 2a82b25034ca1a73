package ftp

import (
	"fmt"
	"strings"
)

// feat lists the extensions (RFC 2389 3).
func (x *session) feat(string) {
	lines := []string{"Extensions supported:"}
	if x.TLS != nil {
		lines = append(lines, "AUTH TLS")
	}
	lines = append(lines, "EPRT", "EPSV", "MDTM", "MFMT", x.mlstFeature())
	if x.TLS != nil {
		lines = append(lines, "PBSZ", "PROT")
	}
	lines = append(lines, "REST STREAM", "SIZE", "TVFS", "UTF8", "End")
	x.say(211, strings.Join(lines, "\n"))
}

// mlstFeature lists the facts; those that MLSD tells are marked (RFC 3659 7.8).
func (x *session) mlstFeature() string {
	var b strings.Builder
	b.WriteString("MLST ")
	for fact := range strings.SplitSeq(strings.TrimSuffix(allFacts, ";"), ";") {
		b.WriteString(fact)
		if strings.Contains(";"+x.facts, ";"+fact+";") {
			b.WriteByte('*')
		}
		b.WriteByte(';')
	}
	return b.String()
}

// opts is OPTS (RFC 2389 4) for MLST and for UTF8, which is always on.
func (x *session) opts(arg string) {
	name, options, _ := strings.Cut(arg, " ")
	switch strings.ToUpper(name) {
	case "MLST":
		asked := ";" + strings.ToLower(options)
		x.facts = ""
		for fact := range strings.SplitSeq(strings.TrimSuffix(allFacts, ";"), ";") {
			if strings.Contains(asked, ";"+fact+";") {
				x.facts += fact + ";"
			}
		}
		x.say(200, strings.TrimSuffix("MLST OPTS "+x.facts, " "))
	case "UTF8", "UTF-8":
		x.say(200, "Names are in UTF-8")
	default:
		x.refuse(501, "There are options of MLST and UTF8 only")
	}
}

func (x *session) setType(arg string) {
	fields := strings.Fields(strings.ToUpper(arg))
	code := strings.Join(fields, " ")
	switch code {
	case "A", "A N":
		x.image = false
		x.say(200, "Type is A: lines of text")
	case "I", "L 8":
		x.image = true
		x.say(200, "Type is I: bytes")
	default:
		x.refuse(504, "Want TYPE A, I or L 8")
	}
}

func (x *session) mode(arg string) { x.only("MODE", arg, "S") }
func (x *session) stru(arg string) { x.only("STRU", arg, "F") }

// only takes the one value that a parameter can have.
func (x *session) only(name, arg, value string) {
	if !strings.EqualFold(strings.TrimSpace(arg), value) {
		x.refuse(504, "Want "+name+" "+value)
		return
	}
	x.say(200, name+" is "+value)
}

// allo is ALLO: the server needs no warning (RFC 959 4.1.3).
func (x *session) allo(arg string) {
	fields := strings.Fields(arg)
	ok := len(fields) == 1 || len(fields) == 3 && strings.EqualFold(fields[1], "R")
	if ok {
		_, ok = parseNumber(fields[0], 1<<62)
	}
	if !ok {
		x.refuse(501, "Syntax: ALLO <bytes> [R <bytes>]")
		return
	}
	x.say(202, "No space needs to be allocated beforehand")
}

func (x *session) noop(string) { x.say(200, "NOOP: nothing done") }

// syst is SYST: the listings are Unix's.
func (x *session) syst(string) { x.say(215, "UNIX Type: L8") }

func (x *session) help(arg string) {
	if name := strings.ToUpper(strings.TrimSpace(arg)); name != "" {
		v, ok := verbs(name)
		if !ok {
			x.refuse(502, "Unknown command "+shownName(name))
			return
		}
		x.say(214, "Syntax: "+v.syntax)
		return
	}
	lines := []string{"These commands are known:"}
	for words := strings.Fields(everyVerb); len(words) > 0; words = words[min(10, len(words)):] {
		lines = append(lines, strings.Join(words[:min(10, len(words))], " "))
	}
	x.say(214, strings.Join(append(lines, "HELP <command> shows its syntax"), "\n"))
}

// stat is STAT: how the session or the transfer stands, or a listing over the control connection (RFC 959 4.1.3).
func (x *session) stat(arg string) {
	switch {
	case x.transfer != nil:
		x.say(213, fmt.Sprintf("%s: %d bytes so far", x.transfer.what, x.transfer.moved))
	case arg == "":
		x.say(211, x.status())
	case !x.in:
		x.refuse(530, "Please log in with USER and PASS")
	default:
		if text, ok := x.listing(arg); ok {
			x.say(213, "Status of "+arg+"\n"+strings.ReplaceAll(text, "\r\n", "\n")+"End")
		}
	}
}

func (x *session) status() string {
	lines := []string{"Status of " + x.st.HostName()}
	switch {
	case x.in:
		lines = append(lines, "Logged in as "+x.user, "Current folder: "+x.cwd)
	case x.user != "":
		lines = append(lines, "User "+x.user+", not logged in")
	default:
		lines = append(lines, "Not logged in")
	}
	kind := "A"
	if x.image {
		kind = "I"
	}
	lines = append(lines, "TYPE "+kind+", MODE S, STRU F")
	secure := map[bool]string{false: "in the clear", true: "under TLS"}
	lines = append(lines, "Control connection "+secure[x.conn.Secured()]+", data connections "+secure[x.private])
	return strings.Join(append(lines, "End of status"), "\n")
}
