package repl

import (
	"fmt"
	"strings"
)

// foreign are words of other shells, and what does here what they do there.
var foreign = map[string]string{
	"quit": "exit leaves", "logout": "exit leaves", "bye": "exit leaves",
	"clear": "Ctrl-L clears the screen", "cls": "Ctrl-L clears the screen",
	"man": "help NAME explains a command", "history": "arrow-up and Ctrl-R find earlier lines",
	"cd": "files are named by their whole path, as in ls /etc", "pwd": "files are named by their whole path, as in ls /etc",
	"rm": `os.remove("FILE") removes a file`, "mv": `os.rename("FROM", "TO") renames a file`, "echo": "print shows a value",
	"dir": "ls lists files", "less": "cat shows a file", "more": "cat shows a file", "head": "cat shows a file", "tail": "cat shows a file",
	"vi": "edit changes a file", "vim": "edit changes a file", "nano": "edit changes a file", "emacs": "edit changes a file",
	"netstat": "ss lists the sockets", "lsof": "ss lists the sockets", "wget": "curl -O URL fetches a file",
	"nc": "telnet HOST PORT opens a session", "ncat": "telnet HOST PORT opens a session", "netcat": "telnet HOST PORT opens a session",
	"ifconfig": "hosts NAME shows the addresses of a host", "ip": "hosts NAME shows the addresses of a host",
	"hostname": "the prompt shows where you are", "whoami": "the prompt shows where you are", "nodes": "hosts lists them",
	"date": "time shows the clock", "sleep": "wait TIME lets time pass", "source": "run FILE runs a script", "lua": "lines are Lua already",
	"tracert": "traceroute HOST shows the way", "tracepath": "traceroute HOST shows the way", "mtr": "traceroute HOST shows the way",
	"tcpdump": "pcap FILE records packets, and trace on what is said", "tshark": "pcap FILE records packets, and trace on what is said",
	"wireshark": "pcap FILE records packets for it", "drill": "dig asks name servers", "mutt": "mail reads and writes letters", "mailx": "mail reads and writes letters",
	"sendmail": "mail ADDRESS writes a letter", "labs": "run and Tab lists them", "tutorial": "leave with exit, and type moonwire tutorial",
}

// meant says what a word may have been meant for that is no command: one that is spelt nearly so, or the word of another shell. It is "" if nothing
// comes to mind.
func (s *Shell) meant(word string) string {
	lower := strings.ToLower(word)
	if s.find(lower) != nil && lower != word {
		return fmt.Sprintf("did you mean %s?", lower)
	}
	if there := foreign[lower]; there != "" && s.find(lower) == nil {
		return there
	}
	if near := s.nearestCommand(word); near != "" && near != word {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return ""
}
