package vnet

import (
	"fmt"
	"strconv"
	"strings"
)

// Ports is a set of ports as ranges; the empty one stands for every port.
type Ports []PortRange

// A PortRange is the ports from First to Last, both included.
type PortRange struct{ First, Last uint16 }

// ParsePorts reads ports and ranges with commas between them: "80", "80,443", "1024-65535". "any" and "" are every port.
func ParsePorts(text string) (Ports, error) {
	if text == "" || text == "any" {
		return nil, nil
	}
	var all Ports
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, okA := parsePort(first)
		b, okB := parsePort(last)
		if !okA || !okB || a > b {
			return nil, fmt.Errorf("vnet: ports %q: want ports or ranges such as \"80,443,8000-8080\"", text)
		}
		all = append(all, PortRange{a, b})
	}
	return all, nil
}

func parsePort(text string) (uint16, bool) {
	text = strings.TrimSpace(text)
	n, err := strconv.ParseUint(text, 10, 16)
	return uint16(n), err == nil && n > 0 && text[0] != '+'
}

// Contains reports whether a port is in the set.
func (p Ports) Contains(port uint16) bool {
	for _, r := range p {
		if port >= r.First && port <= r.Last {
			return true
		}
	}
	return len(p) == 0
}

// String returns the set as ParsePorts reads it.
func (p Ports) String() string {
	if len(p) == 0 {
		return "any"
	}
	parts := make([]string, len(p))
	for i, r := range p {
		parts[i] = strconv.Itoa(int(r.First))
		if r.Last != r.First {
			parts[i] += "-" + strconv.Itoa(int(r.Last))
		}
	}
	return strings.Join(parts, ",")
}
