package tutorial

import (
	"strings"
	"testing"
)

const (
	greet  = "telnet hamburger.edu 25\nHELO crepes.fr\n"
	enter  = "telnet hamburger.edu 110\nUSER bob\nPASS hungry\n"
	onGaia = "ssh gaia.cs.umass.edu\n"
	onCis  = "ssh cis.poly.edu\n"
	udp    = "u = require(\"socket\").udp()\nu:setpeername(\"gaia.cs.umass.edu\", 6789)\n"
	echo   = "task = require \"task\"\ntask.spawn(function() local u = require(\"socket\").udp() u:setsockname(\"*\", 6789) while true do local d, ip, p = u:receivefrom() u:sendto(d, ip, p) end end)\n"
)

// wrong are lines for each mistake, in the order of their steps. The last line is the mistake.
var wrong = []struct{ step, mistake, lines string }{
	{"prompt", "quotes", `name = moonwire`},
	{"prompt", "colon", "name = \"moonwire\"\nname.upper()"},
	{"prompt", "/command", `hostss umass`},
	{"prompt", "/nil", `nobody:upper()`},
	{"prompt", "/syntax", `6 * * 7`},
	{"hosts", "/nil", `hostss`},
	{"hosts", "all", `hosts`},
	{"hosts", "other", `ssh gaia.cs.umass.edu`},
	{"hosts", "/host", `ssh cis.poly.deu`},
	{"hosts", "/usage", `help ssh and telnet`},
	{"reach", "target", `ping hamburger.edu`},
	{"reach", "tracert", `tracert gaia.cs.umass.edu`},
	{"reach", "/host", `ping gaia.cs.umas.edu`},
	{"reach", "elsewhere", "ssh surf.eurecom.fr\nping gaia.cs.umass.edu"},
	{"dig", "nobody", `dig gaia.cs.umas.edu`},
	{"dig", "type", `dig hamburger.edu`},
	{"dig", "reverse", `dig 10.1.2.70`},
	{"iterate", "at", `dig a.root-servers.net gaia.cs.umass.edu`},
	{"iterate", "plus", `dig gaia.cs.umass.edu -trace`},
	{"iterate", "name", `dig @a.root-servers.net www.yahoo.com`},
	{"mail", "port", `telnet hamburger.edu`},
	{"mail", "wrong-port", `telnet hamburger.edu 26`},
	{"mail", "server", `telnet crepes.fr 25`},
	{"mail", "outside", `MAIL FROM:<alice@crepes.fr>`},
	{"mail", "helo", "telnet hamburger.edu 25\nHELLO crepes.fr"},
	{"mail", "helo", "telnet hamburger.edu 25\nHELO"},
	{"mail", "order", greet + "RCPT TO:<bob@hamburger.edu>"},
	{"mail", "nobody", greet + "MAIL FROM:<alice@crepes.fr>\nRCPT TO:<bobby@hamburger.edu>"},
	{"mail", "brackets", greet + "MAIL alice@crepes.fr"},
	{"mail", "recipient", greet + "MAIL FROM:<alice@crepes.fr>\nRCPT TO:<postmaster@hamburger.edu>"},
	{"mail", "accents", greet + "MAIL FROM:<alice@crepes.fr>\nRCPT TO:<bob@hamburger.edu>\nDATA\nOlá!\n."},
	{"mail", "rejected", greet + "MAIL FROM:<alice@crepes.fr>\nRCPT TO:<bob@hamburger.edu>\nDATA\n" + strings.Repeat("Received: by example\n", 60) + "\n."},
	{"mail", "dot", greet + "MAIL FROM:<alice@crepes.fr>\nRCPT TO:<bob@hamburger.edu>\nDATA\nHi!\nQUIT"},
	{"mail", "refused", greet + "PLEASE"},
	{"mail", "left", greet + "QUIT"},
	{"inbox", "port", `telnet hamburger.edu`},
	{"inbox", "smtp", `telnet hamburger.edu 25`},
	{"inbox", "password", "telnet hamburger.edu 110\nUSER bob\nPASS angry"},
	{"inbox", "empty", enter + "LIST\nDELE 1\nQUIT\n" + enter + "LIST"},
	{"inbox", "refused", enter + "LIST\nRETR 7"},
	{"inbox", "/closed", "telnet gaia.cs.umass.edu 6788"},
	{"inbox", "left", "telnet hamburger.edu 110\nUSER bob\nQUIT"},
	{"server", "elsewhere", onCis + `require("task").spawn(function() require("socket").bind("*", 6789):accept() end)`},
	{"server", "other-port", `require("task").spawn(function() require("socket").bind("*", 6798):accept() end)`},
	{"server", "nothing", `ss`},
	{"save", "/in-use", `w = assert(require("socket").bind("*", 6789)) w2 = assert(require("socket").bind("*", 6789))`},
	{"client", "port", `telnet gaia.cs.umass.edu`},
	{"client", "refused", `telnet gaia.cs.umass.edu 6798`},
	{"client", "no-capitals", "telnet gaia.cs.umass.edu 6789\n123"},
	{"client", "newline", "socket = require \"socket\"\nc = socket.connect(\"gaia.cs.umass.edu\", 6789)\nc:send(\"hello\")"},
	{"client", "waits", "socket = require \"socket\"\nc = socket.connect(\"gaia.cs.umass.edu\", 6789)\nc:receive()"},
	{"client", "closed", "c = require(\"socket\").connect(\"gaia.cs.umass.edu\", 6789)\nc:send(\"1\\n\")\nc:receive()\nc:receive()"},
	{"udp", "bind", `w = require("socket").bind("*", 6789)`},
	{"udp", "no-capitals", onGaia + echo + onCis + udp + "u:send(\"hello\")\nu:receive()"},
	{"udp", "waits", onGaia + echo + onCis + udp + "u:receive()"},
	{"udp", "refused", onGaia + echo + onCis + strings.Replace(udp, "6789", "6798", 1) + "u:send(\"hello\")\nu:receive()"},
	{"udp", "telnet", onGaia + echo + onCis + "telnet gaia.cs.umass.edu"},
	{"refused", "open", `telnet hamburger.edu 25`},
	{"refused", "waits", onGaia + echo + onCis + udp + "u:receive()"},
	{"refused", "elsewhere", "ssh surf.eurecom.fr\ntelnet gaia.cs.umass.edu 9999"},
	{"broken", "no-link", `link cis.poly.edu gaia.cs.umass.edu down`},
	{"broken", "still-up", `link router.poly.edu newyork.backbone.net`},
	{"broken", "repair", "link router.poly.edu newyork.backbone.net down\nping gaia.cs.umass.edu\nping gaia.cs.umass.edu"},
	{"broken", "cut-off", "link router.poly.edu newyork.backbone.net down\nping surf.eurecom.fr\nlink router.poly.edu newyork.backbone.net up\nping surf.eurecom.fr"},
	{"broken", "other-link", `link boston.backbone.net newyork.backbone.net down`},
	{"loss", "percent", `link router.poly.edu newyork.backbone.net loss=20`},
	{"loss", "no-link", `link router.poly.edu boston.backbone.net loss=0.2`},
	{"loss", "lucky", "dig gaia.cs.umass.edu\nlink router.poly.edu newyork.backbone.net loss=0.1\nping gaia.cs.umass.edu 1\nping gaia.cs.umass.edu 1"},
	{"loss", "unlucky", "dig gaia.cs.umass.edu\nlink router.poly.edu newyork.backbone.net loss=0.9\nping gaia.cs.umass.edu 2"},
	{"loss", "loss", `link router.poly.edu newyork.backbone.net delay=3ms`},
	{"trace", "off", `trace show`},
	{"trace", "port", "trace on\ntelnet gaia.cs.umass.edu"},
	{"trace", "early", "trace on\ntrace show"},
	{"trace", "stopped", "trace on\ntrace off"},
	{"trace", "word", `trace start`},
	{"wait", "short", "time\ndig gaia.cs.umass.edu\nwait 5"},
	{"wait", "order", `dig gaia.cs.umass.edu`},
	{"save", "exists", `save there`},
	{"save", "name", `save`},
	{"save", "denied", `save none/such/first.lua`},
	{"save", "/unfinished", `for i = 1, 3 do`},
	{"save", "/closed", `telnet hamburger.edu 26`},
	{"save", "stuck", "1\n2\n3"},
}

func TestMistakes(t *testing.T) {
	missing := map[string]bool{}
	steps, err := loadSteps()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		for _, m := range s.Mistakes {
			missing[s.Name+" "+m.Name] = !m.Quiet
		}
	}
	for _, m := range commonMistakes() {
		missing["/"+m.Name] = true
	}
	for _, c := range wrong {
		if strings.HasPrefix(c.mistake, "/") {
			missing[c.mistake] = false
		}
		missing[c.step+" "+c.mistake] = false
		t.Run(c.step+"/"+strings.TrimPrefix(c.mistake, "/"), func(t *testing.T) {
			t.Chdir(t.TempDir())
			if c.mistake == "exists" {
				at(t, "prompt", "save there\n")
			}
			u := at(t, c.step, c.lines+"\n")
			if u.is() != c.step {
				t.Fatalf("went on to %s\n%s", u.is(), u.printed)
			}
			name, common := strings.CutPrefix(c.mistake, "/")
			want := u.text().Mistakes[name]
			switch {
			case common:
				want = u.language.Mistakes[name]
			case c.mistake == "elsewhere" && want == "":
				want = u.words("elsewhere", "here", "surf.eurecom.fr", "host", "cis.poly.edu")
			case c.mistake == "stuck":
				want = u.words("stuck")
			}
			want = "* " + want
			if !u.read(want) {
				t.Errorf("not printed: %s\n%s", want, u.printed[strings.Index(u.printed, "--- "):])
			}
			if n := strings.Count(u.printed, "\n* ") + strings.Count(u.printed, ": * "); n > 1 && c.mistake != "exists" {
				t.Logf("%d hints\n%s", n, u.printed)
			}
		})
	}
	for name, m := range missing {
		if m {
			t.Errorf("no test of %s", name)
		}
	}
}

// TestOtherWays does steps in other words than those that are shown.
func TestOtherWays(t *testing.T) {
	for _, c := range []struct{ step, lines, next string }{
		{"hosts", "host?\nhosts gaia\nhosts umass.edu\nssh cis.poly.edu", "reach"},
		{"reach", "ping -c 2 gaia.cs.umass.edu\ntraceroute -n gaia.cs.umass.edu\nping -i 0.1 -c 1 surf.eurecom.fr", "dig"},
		{"dig", "dig +short gaia.cs.umass.edu\ndig -t mx hamburger.edu\ndig -x 10.1.2.70 +short", "iterate"},
		{"refused", "telnet gaia.cs.umass.edu pop3\nu = require(\"socket\").udp()\nu:sendto(\"x\", \"gaia.cs.umass.edu\", 9999)\nu:setpeername(\"gaia.cs.umass.edu\", 9999)\nu:send(\"x\")\nu:receive()", "broken"},
		{"loss", "link newyork.backbone.net router.poly.edu loss=0.3\nping -c 20 -i 0.2 gaia.cs.umass.edu\nlink newyork.backbone.net router.poly.edu loss=0", "trace"},
	} {
		if u := at(t, c.step, c.lines+"\n"); u.is() != c.next {
			t.Errorf("%s: still at %s\n%s", c.step, u.is(), u.printed)
		}
	}
}
