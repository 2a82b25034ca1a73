package dns_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/moonwire-lab/moonwire/bindings"
)

func TestAsk(t *testing.T) {
	for _, c := range []struct {
		name, script string
		status       int
		want         string // all output, or, with a star at the end, how it begins
	}{
		{"every flag there and back", `
			local m = {id = 65535, opcode = "NOTIFY", rcode = "REFUSED", response = true, authoritative = true, truncated = true, recursion_desired = true,
				recursion_available = true, reserved = true, authentic_data = true, checking_disabled = true, question = {{name = "A.lab", type = "ANY", class = "CH"}},
				answer = {"@ 1 A 10.0.0.1", {name = "x", type = "MX", data = "5 y", ttl = 7}}, authority = "@ 2 NS ns", additional = {"ns 3 AAAA ::1"},
				edns = {udp_size = 4096, dnssec_ok = true}}
			local back = dns.decode(dns.encode(m))
			for _, k in ipairs{"id", "opcode", "rcode", "response", "authoritative", "truncated", "recursion_desired", "recursion_available", "reserved", "authentic_data", "checking_disabled"} do
				if back[k] ~= m[k] then print(k, m[k], back[k]) end
			end
			print(back.question[1].name, back.question[1].type, back.question[1].class, #back.answer, back.answer[2].name, back.answer[2].target, back.answer[2].ttl)
			print(back.authority[1].target, back.additional[1].address, #back.additional, back.edns.udp_size, back.edns.dnssec_ok, back.edns.version)
			print(dns.encode(back) == dns.encode(m), #dns.encode(dns.decode(dns.encode(dns.message("www.lab")))))`, 0,
			"A.lab.\tANY\tCH\t2\tx.A.lab.\ty.A.lab.\t7\nns.A.lab.\t::1\t1\t4096\ttrue\t0\ntrue\t25\n"},
		{"no message", `print(dns.decode("")) print(dns.decode(("\192\012"):rep(100)))`, 0,
			"nil\tnot a DNS message: *"},
		{"wrong records", `print(dns.encode({answer = {"@ A nonsense"}})) print(pcall(dns.encode, {opcode = "X"})) print(pcall(dns.encode, {question = {{name = "a..b"}}}))
			print(pcall(dns.message, "a", "NOSUCH"))`, 0,
			"nil\trecords:1: *"},
		{"too long", `local t = {} for i = 1, 300 do t[i] = '@ TXT "' .. ("x"):rep(250) .. '"' end
			print(dns.encode({question = {{name = "x.lab"}}, answer = t})) print(#dns.encode({question = {{name = "x.lab"}}, answer = {t[1]}}))`, 0, "nil\tMessage too long\ttoo-long\n286\n"},
		{"own id", `serve({answer = function(q) return "@ 5 A 10.0.0.9" end})
			local _, m = b:spawn(dns.exchange, {id = 7, question = {{name = "x.lab"}}}, {server = "a"}):join()
			print(m.id, m.recursion_desired, m.answer[1].address, m.server, m.size, m.rtt, m.tcp)`, 0,
			"7\tfalse\t10.0.0.9\t10.0.1.1:53\t39\t0.02\tfalse\n"},
		{"two questions", `serve({zones = {zone}})
			local _, m, why = b:spawn(dns.exchange, {question = {{name = "www.lab"}, {name = "x.lab"}}}, {server = "a"}):join()
			print(m and m.rcode, why)`, 0, "FORMERR\tnil\n"},
		{"nobody", `print(b:spawn(dns.query, "x.lab", "A", {server = "a"}):join())
			print(select(4, b:spawn(dns.query, "x.lab", "A", {server = "a", port = 54, tcp = true}):join()))
			print(select(4, b:spawn(dns.query, "x.lab", "A", {server = "nosuch"}):join()))
			print(select(2, b:spawn(dns.query, "x.lab"):join()))`, 0,
			"true\tnil\tdns: ask 10.0.1.1:53: Connection refused\trefused\nrefused\nhost-not-found\nnil\tdns: ask 127.0.0.1:53: Connection refused\trefused\n"},
		{"silence", `net.partition(a, b) print(select(4, b:spawn(dns.query, "x.lab", "A", {server = "10.0.1.1", timeout = 1, tries = 2}):join()), task.now())`, 0, "timeout\t2\n"},
		{"commands that fail", `net.partition(a, b)
			for _, f in ipairs{"dig", "nslookup", "host"} do
				local words = f == "dig" and "@10.0.1.1 x.lab +tries=1 +time=1" or "x.lab 10.0.1.1"
				local _, none, text, code = b:spawn(dns[f], words):join()
				print(f, none, code, text:match("no servers could be reached"))
			end
			print(dns.dig("-x nonsense")) print(dns.dig({"@a", "-p"})) print(pcall(dns.dig, 7)) print(pcall(dns.dig, {7})) print(dns.nslookup("")) print(dns.host("-q x"))`, 0,
			"dig\tnil\ttimeout\tno servers could be reached\nnslookup\tnil\ttimeout\tno servers could be reached\nhost\tnil\ttimeout\tno servers could be reached\nnil\tInvalid IP address nonsense\tinvalid\nnil\toption -p needs a value\tinvalid\n" +
				"false\tdns.dig: argument 1 (words): want a text or a list of texts, got number\nfalse\tdns.dig: argument 1 (words): want a list of texts, got number at place 1\nnil\twant a name or an address to look up\tinvalid\nnil\thost: illegal option -- q\tinvalid\n"},
		{"a local server", `serve({zones = {zone}})
			local c = net.host("c")
			net.link(c, a, {delay = "10 ms"})
			local r
			a:spawn(function() r = dns.recursor({forward = {"127.0.0.1"}, port = 5353}) end):join()
			c:set_resolver({servers = {"a"}, port = 5353, ipv6 = false, search = {"lab"}})
			print(c:lookup("www")[1], c:lookup("www.lab")[1], select(3, c:lookup("nobody")))
			local st = r:stats()
			print(st.questions, st.hits, st.sent, st.entries > 0, st.bytes > 0, st.failures)
			for _, e in ipairs(r:cache()) do print(e.name, e.type, e.ttl > 0, e.rank, e.rcode, #e.records) end
			r:flush()
			print(#r:cache(), r:resolve("www.lab").answer[1].data)
			print(r:set({fixed_port = 7777, mix_case = true, count_ids = true, bailiwick = false}), r:resolve("nobody.lab").rcode)
			r:close()
			print(select(3, c:lookup("www")))`, 0,
			"10.0.0.2\t10.0.0.2\thost-not-found\n5\t2\t3\ttrue\ttrue\t1\nnobody.lab.\tnil\ttrue\tauthentic\tNXDOMAIN\t0\nwww.lab.\tA\ttrue\tanswer\tNOERROR\t1\n" +
				"nobody.\tA\ttrue\tanswer\tSERVFAIL\t0\n0\t10.0.0.2\ntrue\tNXDOMAIN\nhost-not-found\n"},
		{"only for its clients", `a:spawn(function() dns.recursor({forward = {"127.0.0.2"}, clients = {"10.99.0.0/16"}}) end) task.sleep(0) ask("www.lab")`, 0, "REFUSED\n"},
		{"a local server needs somebody to ask", `print(pcall(dns.recursor, {}))`, 0, "false\tdns.recursor: argument 1 (options): want roots or forward, got neither\n"},
		{"a port that is taken", `serve({zones = {zone}}) print(select(4, a:spawn(dns.recursor, {roots = {"b"}}):join()))`, 0, "in-use\n"},
		{"forged datagrams are of the world", `
			net.inject(a, {protocol = "udp", source = "192.0.2.1", source_port = 53, to = "b", port = 9, data = "x"})
			local s = require("socket").udp()
			b:spawn(function() s = require("socket").udp() s:setsockname("*", 9) print(s:receivefrom()) end)
			task.sleep(1)`, 0, "x\t192.0.2.1\t53\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, got := run(t, prelude+c.script, bindings.Limits{})
			if begin, open := strings.CutSuffix(c.want, "*"); open && len(got) > len(begin) {
				got, c.want = got[:len(begin)], begin
			}
			if diff := cmp.Diff(c.want, got); diff != "" || status != c.status {
				t.Errorf("status %d (-want +got):\n%s", status, diff)
			}
		})
	}
}
