package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moonwire-lab/moonwire/bindings"
	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/repl"
)

// everything uses each command of the shell, in the textbook internet. DIR is a folder of the machine.
const everything = `help ping
hosts gaia
time
seed
trace on
pcap 'DIR/all.pcapng'
dig gaia.cs.umass.edu
nslookup www.ibm.com
host 192.34.67.34
ping gaia.cs.umass.edu 2
ping www.pbs.org 3 &
traceroute surf.eurecom.fr
curl -i http://www.someschool.edu/
telnet www.someschool.edu 80
GET / HTTP/1.0

link newyork.backbone.net boston.backbone.net delay=20ms
mail -s ketchup bob@hamburger.edu
Do you like ketchup?
.
mail
1
r
Yes.
.
d 1
q
wait 1m
ftp ftp.di.fct.unl.pt

alice@crepes.fr
cd pub
get zone.txt
active
ls
bye
edit note.txt
one
.
ls
cat note.txt
step 2
ss
print(io.read(), math.random())
an answer
run knock.lua
a script's answer
run knock.lua &
run upper_tcp
ssh bob.hamburger.edu
mail
1
x
trace show
trace save 'DIR/trace.txt'
trace off
pcap off
for i = 1, 3 do
  require("host").ping("crepes.fr")
end
wait 1h
`

// TestSaveEverything saves a session of every command and does it again: to the same packets.
func TestSaveEverything(t *testing.T) {
	dir := t.TempDir()
	lines := strings.ReplaceAll(everything, "DIR", dir) + "save '" + dir + "/saved.lua'\nreset\nexit\n"
	files := fstest.MapFS{"knock.lua": {Data: []byte(`require("socket").udp():sendto(tostring(io.read()) .. math.random(1e9), "10.1.2.70", 7)`)}}
	var out bytes.Buffer
	run := bindings.Run{World: engine.Options{Seed: 5, Hash: true, Files: bindings.Files(files)}, Modules: []*bind.Module{repl.Module}, Stdin: strings.NewReader(lines), Stdout: &out, Stderr: &out}
	o := repl.Options{Run: run}
	inTextbook(&o)
	var hash string
	used := map[string]bool{}
	o.Done = func(s *repl.Shell, d repl.Done) {
		used[d.Command] = true
		if d.Err != nil {
			t.Errorf("%s: %v", d.Text, d.Err)
		}
		if d.Command == "save" {
			hash = s.Session().World.Hash()
		}
	}
	s, err := repl.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Loop(context.Background())
	for _, c := range s.Commands() {
		if !used[c.Name] {
			t.Errorf("the session does not use %s", c.Name)
		}
	}
	s.Close()
	script, err := os.ReadFile(filepath.Join(dir, "saved.lua"))
	if err != nil {
		t.Fatal(err, out.String())
	}
	files["saved.lua"] = &fstest.MapFile{Data: script}
	var again bytes.Buffer
	run.Stdin, run.Stdout, run.Stderr, run.Script = nil, &again, &again, "saved.lua"
	result, err := run.Do()
	if err != nil || result.Status != 0 {
		t.Fatalf("%v, status %d\n%s\n%s", err, result.Status, script, again.String())
	}
	if result.Hash != hash {
		t.Errorf("another hash of the packets\n%s\nfirst\n%s\nagain\n%s", script, out.String(), again.String())
	}
}
