package policy

import (
	"fmt"
	"strings"
	"testing"
)

// lattice says what a package may import of this module and of other modules. The first line that matches the package
// counts; the standard library is free. "x/..." means x and everything below, "engine/*" every package directly in engine;
// "other" stands for all modules but this one and gopher-lua, which is only allowed where it is named.
// Imports run downwards: cmd, repl, bindings, engine.
const lattice = `
engine/sim            :
engine/wire           :
engine/sasl           :
engine/stack          : engine/sim
engine/vnet           : engine/sim engine/stack github.com/gopacket/gopacket/...
engine/osnet          : engine/sim engine/stack golang.org/x/sys/...
engine/capture        : engine/sim engine/stack engine/vnet other
engine/enginetest/... : engine/... other
engine/textbook/...   : engine/... other
engine/grade/...      : engine/... other
engine/mailstore      : engine engine/maildrop other
engine                : engine/sim engine/stack engine/vnet engine/osnet engine/capture engine/dns engine/resolver engine/pki other

# A protocol is written against the socket interface. Another protocol only where the thing itself uses it.
engine/dash           : engine/sim engine/stack engine/wire engine/http other
engine/cdn            : engine/sim engine/stack engine/wire engine/dns engine/http engine/webcache other
engine/sip            : engine/sim engine/stack engine/wire engine/rtp other
engine/sftp           : engine/sim engine/stack engine/wire engine/ssh other
engine/resolver       : engine/sim engine/stack engine/wire engine/dns other
engine/smtp           : engine/sim engine/stack engine/wire engine/sasl other
engine/webcache       : engine/sim engine/stack engine/wire engine/http other
engine/pop3           : engine/sim engine/stack engine/wire engine/sasl engine/maildrop other
engine/imap           : engine/sim engine/stack engine/wire engine/sasl engine/maildrop engine/mail other
engine/rules          : engine/capture engine/stack engine/wire engine/smtp engine/pop3 engine/imap engine/dns engine/http engine/chap engine/telnet other
engine/mta            : engine/sim engine/stack engine/wire engine/smtp engine/mail engine/maildrop other
engine/*              : engine/sim engine/stack engine/wire other
engine/...            : engine/sim engine/stack engine/wire other

bindings/...          : bindings/... engine/... scripts/... other github.com/yuin/gopher-lua/...
scripts/...           :
repl/...              : repl/... bindings/... engine/... scripts/... other github.com/yuin/gopher-lua/...
cmd/...               : cmd/... repl/... bindings/... engine/... scripts/... other
`

// testLattice is the same for test files, which may use what is beside them: a client's test runs the real server.
const testLattice = `
engine/...            : engine/... other
bindings/...          : bindings/... engine/... scripts/... other github.com/yuin/gopher-lua/...
scripts/...           : scripts/... bindings/... engine/... other
repl/...              : repl/... bindings/... engine/... scripts/... other github.com/yuin/gopher-lua/...
cmd/...               : cmd/... repl/... bindings/... engine/... scripts/... other
`

type importRule struct {
	packages string
	allowed  []string
}

func parseLattice(text string) []importRule {
	var rules []importRule
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		left, right, ok := strings.Cut(line, ":")
		if ok {
			rules = append(rules, importRule{strings.TrimSpace(left), strings.Fields(right)})
		}
	}
	return rules
}

func matches(pattern, pkg string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	}
	if base, ok := strings.CutSuffix(pattern, "/*"); ok {
		rest, below := strings.CutPrefix(pkg, base+"/")
		return below && !strings.Contains(rest, "/")
	}
	return pattern == pkg
}

// judgeImport returns why package pkg may not import the path, or "".
func judgeImport(rules []importRule, pkg, imported string) string {
	first, _, _ := strings.Cut(imported, "/")
	own, isOwn := strings.CutPrefix(imported, module)
	if !isOwn && !strings.Contains(first, ".") {
		return "" // the standard library
	}
	if !isOwn {
		own = imported
	}
	for _, r := range rules {
		if !matches(r.packages, pkg) {
			continue
		}
		for _, a := range r.allowed {
			if matches(a, own) || a == "other" && !isOwn && !matches("github.com/yuin/gopher-lua/...", own) {
				return ""
			}
		}
		return fmt.Sprintf("%s may not import %s; it may import: %s", pkg, own, strings.Join(append(r.allowed, "the standard library"), ", "))
	}
	return fmt.Sprintf("no rule for package %s; see DESIGN for the rooms of this repository", pkg)
}

func TestImports(t *testing.T) {
	rules, testRules := parseLattice(lattice), parseLattice(testLattice)
	for _, s := range repository(t) {
		use := rules
		if s.test {
			use = testRules
		}
		for _, i := range s.file.Imports {
			if why := judgeImport(use, s.dir, importPath(i)); why != "" {
				t.Errorf("%s: %s", s.at(i), why)
			}
		}
	}
}

func TestJudgeImport(t *testing.T) {
	rules, testRules := parseLattice(lattice), parseLattice(testLattice)
	const lua = "github.com/yuin/gopher-lua"
	for _, c := range []struct {
		rules         []importRule
		pkg, imported string
		ok            bool
	}{
		{rules, "engine/sim", "time", true},
		{rules, "engine/sim", "golang.org/x/sys/unix", false},
		{rules, "engine/sim", module + "engine/stack", false},
		{rules, "engine/wire", "bufio", true},
		{rules, "engine/wire", module + "engine/sim", false},
		{rules, "engine/stack", module + "engine/sim", true},
		{rules, "engine/stack", module + "engine/vnet", false},
		{rules, "engine/vnet", module + "engine/osnet", false},
		{rules, "engine/osnet", "golang.org/x/sys/unix", true},
		{rules, "engine/dns", module + "engine/wire", true},
		{rules, "engine/dns", "codeberg.org/miekg/dns", true},
		{rules, "engine/dns", lua, false},
		{rules, "engine/dns", module + "engine/vnet", false},
		{rules, "engine/dns", module + "engine/http", false},
		{rules, "engine/dash", module + "engine/http", true},
		{rules, "engine/http", module + "engine/dash", false},
		{rules, "engine", module + "engine/vnet", true},
		{rules, "engine", module + "bindings", false},
		{rules, "engine/grade", module + "engine", true},
		{rules, "engine/grade", lua, false},
		{rules, "bindings/dns", module + "engine/dns", true},
		{rules, "bindings/dns", lua + "/parse", true},
		{rules, "bindings", module + "repl", false},
		{rules, "repl", module + "bindings", true},
		{rules, "repl", module + "cmd/moonwire", false},
		{rules, "cmd/moonwire", lua, false},
		{rules, "cmd/moonwire", module + "repl", true},
		{rules, "utils", module + "engine/sim", false},
		{testRules, "engine/dns", module + "engine/vnet", true},
		{testRules, "engine/dns", module + "bindings", false},
		{testRules, "engine/dns", lua, false},
		{testRules, "engine/sim", "pgregory.net/rapid", true},
	} {
		if why := judgeImport(c.rules, c.pkg, c.imported); (why == "") != c.ok {
			t.Errorf("%s imports %s: %q", c.pkg, c.imported, why)
		}
	}
}
