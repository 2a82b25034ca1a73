package repl_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/engine/textbook"
	"github.com/moonwire-lab/moonwire/repl"
)

// textbookSession does lines at Alice's computer and returns what was printed, what was printed of errors, and the exit status.
func textbookSession(t *testing.T, lines string) (out, wrong string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	r := run(lines, &stdout)
	r.Stderr = &stderr
	s, err := repl.New(repl.Options{Run: r, Host: textbook.Home, Build: func(s *bindings.Session) error { _, err := textbook.Build(s.World); return err }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	status = s.Loop(context.Background())
	return stdout.String(), stderr.String(), status
}

// TestExamples types the examples of each command's help.
func TestExamples(t *testing.T) {
	t.Chdir(t.TempDir())
	_, s := session(t, "")
	for _, c := range s.Commands() {
		if c.Try == "" {
			if c.Args != "" {
				t.Errorf("%s takes arguments and has no example", c.Name)
			}
			continue
		}
		if out, wrong, status := textbookSession(t, c.Try+"\n"); wrong != "" || status != 0 || strings.Contains(out, "50") && c.Talks && !strings.Contains(out, "25") {
			t.Errorf("%s: status %d, %s\n%s", c.Name, status, wrong, out)
		}
	}
}

// TestToolsOfATerminal types what people know from other machines, rightly and wrongly.
func TestToolsOfATerminal(t *testing.T) {
	t.Chdir(t.TempDir())
	for line, want := range map[string]string{
		"telnet hamburger.edu smtp\nQUIT":               "Trying 10.1.3.2...\nConnected to hamburger.edu.\nEscape character is '^]'.\n220 hamburger.edu\n",
		"telnet www.pbs.org 25":                         "Trying 10.1.8.80...\ntelnet: unable to connect to remote host: Connection refused\n",
		"telnet nowhere 25":                             "telnet: nowhere: Name or service not known\n",
		"telnet hamburger.edu smpt":                     "telnet: want a port from 1 to 65535, or the name of a service such as smtp, got\n\"smpt\"; did you mean smtp?\n",
		"telnet hamburger.edu 0":                        "telnet: want a port from 1 to 65535, or the name of a service such as smtp, got\n\"0\"\n",
		"ftp www.pbs.org":                               "ftp: cannot connect to www.pbs.org port 21: Connection refused\n",
		"ftp nowhere":                                   "ftp: nowhere: Name or service not known\n",
		"ping -c 2 -i 0.2 -s 100 www.pbs.org":           "PING www.pbs.org (10.1.8.80) 100(128) bytes of data.\n108 bytes from 10.1.8.80: icmp_seq=1 ttl=60 time=89.900 ms\n108 bytes",
		"ping www.pbs.org 2":                            "2 packets transmitted, 2 received, 0% packet loss, time 1000ms\nrtt min/avg/max/mdev = 89.412/89.412/89.412/0.000 ms\n",
		"ping -t 2 -c 1 www.pbs.org":                    "From 10.255.1.129 icmp_seq=1 Time to live exceeded\n\n--- www.pbs.org ping statistics ---\n1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n",
		"ping 10.9.9.9 1":                               "ping: sendmsg: Network is unreachable\n",
		"ping nowhere":                                  "ping: nowhere: Name or service not known\n",
		"ping -c www.pbs.org":                           "ping: want a host\n",
		"ping -c 0 www.pbs.org":                         "ping: want a count from 1 to 1000, got \"0\"\n",
		"ping -i 0 www.pbs.org":                         "ping: -i wants a time from 1 ms to an hour, such as 0.2 or 200ms, got \"0\"\n",
		"ping -s 65508 www.pbs.org":                     "ping: want a number of bytes from 0 to 65507, got \"65508\"\n",
		"ping -f www.pbs.org":                           "ping: there is no option -f; it takes -n -c -i -s -t -W\n",
		"ping a b c":                                    "ping: want a host and a count, got \"c\" too\n",
		"traceroute -n -m 2 www.pbs.org":                "traceroute to www.pbs.org (10.1.8.80), 2 hops max, 84 byte packets\n 1  10.33.1.254  16.840 ms  16.840 ms  16.840 ms\n 2  10.255.1.129  17.296 ms",
		"traceroute -m 0 www.pbs.org":                   "traceroute: want a number of hops from 1 to 255, got \"0\"\n",
		"traceroute":                                    "traceroute: too few arguments\nusage: traceroute [-n] [-m HOPS] HOST\n",
		"curl nowhere":                                  "curl: (6) Could not resolve host: nowhere (Name or service not known)\n",
		"curl www.pbs.org:81":                           "curl: (7) cannot connect to www.pbs.org port 81: Connection refused\n",
		"curl hamburger.edu:25":                         "curl: (28) no answer of HTTP from hamburger.edu port 25 within a minute\n",
		"curl ftp://ftp.di.fct.unl.pt/README":           "curl: (1) Protocol \"ftp\" not supported; http and https are\n",
		"curl -v www.someschool.edu":                    "> GET / HTTP/1.1\n> Host: www.someschool.edu\n> User-Agent: curl/moonwire\n> Accept: */*\n>\n< HTTP/1.1 200 OK\n",
		"curl -0 -v www.someschool.edu":                 "> GET / HTTP/1.0\n",
		"curl -i www.someschool.edu":                    "HTTP/1.1 200 OK\nContent-Length: 193\n",
		"curl -I www.someschool.edu/none":               "HTTP/1.1 404 Not Found\n",
		"curl https://www.someschool.edu":               "<h1>Some school</h1>\n",
		"curl -O www.someschool.edu/somedepartment/x.y": "x.y: 14 bytes\n",
		"curl -O www.someschool.edu":                    "curl: (23) the URL ends with no name for a file; -o FILE gives one\n",
		"curl -o page www.someschool.edu\ncat page":     "page: 193 bytes\n<!DOCTYPE html>\n",
		"curl -v -d a=1 -d b=2 -H 'X-A: b' -H 'Host: other' www.someschool.edu": "> POST / HTTP/1.1\n> Host: other\n> User-Agent: curl/moonwire\n> Content-Length: 7\n> Accept: */*\n" +
			"> Content-Type: application/x-www-form-urlencoded\n> X-A: b\n>\n< HTTP/1.1 405 ",
		"curl -X GET -d a=1 www.someschool.edu":                                           "<h1>Some school</h1>\n",
		"curl -v -H 'Accept: c' -H 'X: a' -H 'X: b' www.someschool.edu":                   "> Accept: c\n> X: a\n> X: b\n",
		"curl -x www.pbs.org www.someschool.edu":                                          "curl: (7) cannot connect to www.pbs.org port 1080: Connection refused\n",
		"curl -H nonsense www.someschool.edu":                                             "curl: -H wants 'NAME: VALUE', got \"nonsense\"\n",
		"ss -x":                                                                           "ss: there is no option -x; it takes -t -u -l -a -n -p\n",
		"ss nonsense":                                                                     "ss: want options, got nonsense\n",
		"link alice.crepes.fr lan.crepes.fr":                                              "alice.crepes.fr-lan.crepes.fr up delay=8.01ms rate=1 Mbps (back 8 Mbps) loss=0\n",
		"link alice.crepes.fr lan.crepes.fr loss=10%":                                     "link: loss: want a share from 0 to 1, such as 0.1 for one in ten, got \"10%\"\n",
		"link alice.crepes.fr lan.crepes.fr queue=-1":                                     "link: queue: want a number of packets, got \"-1\"\n",
		"link alice.crepes.fr lan.crepes.fr down delay=1ms queue=5":                       "alice.crepes.fr-lan.crepes.fr down delay=1ms rate=1 Mbps (back 8 Mbps) loss=0 queue=5\n",
		"link pc.escuela.edu lan.escuela.edu down x\nlink pc.escuela.edu lan.escuela.edu": "pc.escuela.edu-lan.escuela.edu up delay=",
		"dig +shrt gaia.cs.umass.edu":                                                     "dig: Invalid option: +shrt; did you mean +short?\n",
		"dig gaia.cs.umass.edu MXX":                                                       "dig: one name at a time: 'gaia.cs.umass.edu' and 'MXX'; did you mean MX?\n",
		"dig +noedsn gaia.cs.umass.edu":                                                   "dig: Invalid option: +noedsn; did you mean +edns?\n",
		"dig -z x":                                                                        "dig: Invalid option: -z\n",
		"ls -la /etc":                                                                     "mail.rc\n",
		"ls -z":                                                                           "ls: there is no option -z; it takes -l -a -h -1\n",
		"cat /etc":                                                                        "cat: /etc: Is a directory; ls lists it\n",
	} {
		out, wrong, _ := textbookSession(t, line+"\n")
		if !strings.Contains(out+wrong, want) {
			t.Errorf("%s: got\n%s%swant\n%s", line, out, wrong, want)
		}
	}
}

// TestWordsOfOtherShells types what is no command here.
func TestWordsOfOtherShells(t *testing.T) {
	for line, want := range map[string]string{
		"quit":        "nil\nThere is no variable and no command quit; exit leaves.\n",
		"quit()":      "There is no command quit; exit leaves.\n",
		"exit()":      "exit is a command, which is typed without brackets; help exit explains it.\n",
		"cd /etc":     "There is no command cd; files are named by their whole path, as in ls /etc.\n",
		"netstat -an": "There is no command netstat; ss lists the sockets.\n",
		"vi x":        "there is no command vi; edit changes a file. The command help lists them\n",
		"HELP":        "nil\nThere is no variable and no command HELP; did you mean help?\n",
		"Ping x":      "there is no command Ping; did you mean ping? The command help lists them\n",
		"tracerout x": "there is no command tracerout; did you mean traceroute? The command help lists\nthem\n",
		"nonsense":    "nil\nThere is no variable and no command nonsense; the command help lists them.\n",
		"wait?":       "wait TIME\n  Let time pass in the world: 10, \"10 ms\", 1h, 2h30m.\n\n    wait 1h\n",
		"?net.link":   "net.link(",
		"?":           "Type Lua, or a command",
	} {
		if out, _ := session(t, line+"\n"); !strings.Contains(out, want) {
			t.Errorf("%s: got\n%swant\n%s", line, out, want)
		}
	}
}
