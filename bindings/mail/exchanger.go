package mail

import (
	"maps"
	"math"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/mta"
	"github.com/moonwire-lab/moonwire/engine/resolver"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// An exchanger looks mail exchangers up: in a table, and then by the host's resolv.conf. A host without one knows no others.
type exchanger struct {
	host  *engine.Host
	stack *stack.Stack
	table map[string][]mta.MX
}

// LookupMX implements mta.Exchanger.
func (x *exchanger) LookupMX(domain string) ([]mta.MX, error) {
	if list, ok := x.table[domain]; ok {
		return list, nil
	}
	config, ok := x.host.Config()
	if !ok {
		return nil, nil
	}
	stub := resolver.Stub{Stack: x.stack, Config: config}
	records, err := stub.LookupMX(domain)
	if err != nil {
		return nil, err
	}
	var list []mta.MX
	for _, mx := range records {
		list = append(list, mta.MX{Host: strings.ToLower(strings.TrimSuffix(mx.Mx, ".")), Preference: mx.Preference})
	}
	return list, nil
}

// exchangers reads the option mx.
func exchangers(c *bind.Call, table map[string][]lua.LValue) map[string][]mta.MX {
	out := map[string][]mta.MX{}
	for _, domain := range slices.Sorted(maps.Keys(table)) {
		records := []mta.MX{}
		for i, v := range table[domain] {
			c.Charge(10)
			t, ok := v.(*lua.LTable)
			if !ok {
				c.Misuse("mx", "want tables of preference and host for %s, got %s at index %d", domain, c.Describe(v), i+1)
			}
			preference, ok1 := t.RawGetInt(1).(lua.LNumber)
			host, ok2 := t.RawGetInt(2).(lua.LString)
			if !ok1 || !ok2 || preference < 0 || preference > 65535 || float64(preference) != math.Trunc(float64(preference)) {
				c.Misuse("mx", "want a preference from 0 to 65535 and a host for %s, as in {10, \"mail.lab\"}", domain)
			}
			records = append(records, mta.MX{Preference: uint16(preference), Host: strings.ToLower(string(host))})
		}
		if len(records) == 0 {
			records = []mta.MX{{}}
		}
		out[strings.ToLower(domain)] = records
	}
	return out
}
