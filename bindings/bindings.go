// Package bindings gives Lua scripts the engine: the explicit list of modules, and the run of a lab.
//
// # Running a script
//
// A [Run] makes a world, runs a script in it as a lab and ends when nothing more can happen. Its zero value but for Script and
// World.Files is a virtual internet with the default limits. Do returns an error if the run could not begin; how the script ended is in
// the [Result], whose Verdict is one word: "ok", "failed", "deadlock", or the limit that fired. Nothing a script does can end the
// calling program, but for what the Go runtime itself cannot survive: run what nobody trusts in a process of its own.
//
// Every script has its own state, so any number of runs may go on at a time, each on the goroutine that called Do; the limit Heap alone
// looks at the whole program.
//
// # Limits
//
// A field of [Limits] that is 0 has its default and [NoLimit] lifts it. Fuel, memory and the counts end a script at the same place on every
// machine. Wall and Heap depend on the machine and are there for what nothing else stops.
//
// # Watching
//
// Run.Observe is given the world before the script starts: there a program begins captures (World.Capture) and traces (World.Trace), and reads
// them when Do has returned. World.Hash with Result.Hash tells whether two runs were the same.
//
// # Modules of one's own
//
// A module is declared with package bind: an arguments struct with doc tags and a function. Given as Run.Modules, scripts can require it,
// and it has help, checks and messages like the others. A program that wants TLS handshakes to repeat byte for byte sets
// cryptocustomrand=1 in GODEBUG or in its go.mod.
package bindings

import (
	"io/fs"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/capture"
	"github.com/moonwire-lab/moonwire/bindings/cdn"
	"github.com/moonwire-lab/moonwire/bindings/chap"
	"github.com/moonwire-lab/moonwire/bindings/check"
	"github.com/moonwire-lab/moonwire/bindings/clients"
	"github.com/moonwire-lab/moonwire/bindings/dash"
	"github.com/moonwire-lab/moonwire/bindings/dns"
	"github.com/moonwire-lab/moonwire/bindings/ftp"
	"github.com/moonwire-lab/moonwire/bindings/host"
	"github.com/moonwire-lab/moonwire/bindings/http"
	"github.com/moonwire-lab/moonwire/bindings/imap"
	"github.com/moonwire-lab/moonwire/bindings/json"
	"github.com/moonwire-lab/moonwire/bindings/ltn12"
	"github.com/moonwire-lab/moonwire/bindings/luaio"
	"github.com/moonwire-lab/moonwire/bindings/luaos"
	"github.com/moonwire-lab/moonwire/bindings/mail"
	"github.com/moonwire-lab/moonwire/bindings/mime"
	"github.com/moonwire-lab/moonwire/bindings/net"
	"github.com/moonwire-lab/moonwire/bindings/plot"
	"github.com/moonwire-lab/moonwire/bindings/pop3"
	"github.com/moonwire-lab/moonwire/bindings/rules"
	"github.com/moonwire-lab/moonwire/bindings/sftp"
	"github.com/moonwire-lab/moonwire/bindings/smtp"
	"github.com/moonwire-lab/moonwire/bindings/socket"
	"github.com/moonwire-lab/moonwire/bindings/ssl"
	"github.com/moonwire-lab/moonwire/bindings/task"
	"github.com/moonwire-lab/moonwire/bindings/telnet"
	"github.com/moonwire-lab/moonwire/bindings/textbook"
	"github.com/moonwire-lab/moonwire/bindings/trace"
	"github.com/moonwire-lab/moonwire/bindings/url"
	"github.com/moonwire-lab/moonwire/bindings/webcache"
	"github.com/moonwire-lab/moonwire/engine"
)

// Standard returns the modules that every process has as globals.
func Standard() []*bind.Module { return []*bind.Module{luaio.Module, luaos.Module} }

// Modules returns the modules that any process may require.
func Modules() []*bind.Module {
	return []*bind.Module{
		dns.Module, host.Module, json.Module, ltn12.Module, mime.Module,
		socket.Module, clients.FTP, clients.Headers, clients.HTTP, clients.SMTP, clients.TP, url.Module,
		ssl.Module, ssl.HTTPS,
		chap.Module, imap.Module, mail.Module, pop3.Module, sftp.Module, smtp.Module,
		cdn.Module, dash.Module, ftp.Module, http.Module, plot.Module, rules.Module, task.Module, telnet.Module, trace.Module, webcache.Module,
	}
}

// LabModules returns the modules that only the lab's own process may require.
func LabModules() []*bind.Module { return []*bind.Module{capture.Module, net.Module, textbook.Module} }

// Checker returns what runs the check.lua of exercises.
func Checker() *check.Checker {
	return &check.Checker{Standard: Standard(), Modules: Modules(), LabOnly: LabModules()}
}

// AllModules returns every module, in the order of the documentation.
func AllModules() []*bind.Module {
	all := append(LabModules(), check.Module)
	all = append(all, Modules()...)
	return append(all, Standard()...)
}

// Files returns a folder of scripts as the file system that hosts see: paths may begin with a slash. World.Files takes any other fs.FS as well.
func Files(folder fs.FS) fs.FS { return engine.Rooted(folder) }
