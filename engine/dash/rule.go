package dash

import "time"

// A State is what a client knows when it chooses the rate of its next segment.
type State struct {
	Segment    int           // the next one, from 1
	Segments   int           // how many there are
	Chunk      time.Duration // how long the next one plays
	Rates      []int         // bits per second, from the lowest to the highest
	Last       int           // index of the rate of the segment before; -1 at the first one
	Buffer     time.Duration // what has come and is not played yet
	MaxBuffer  time.Duration // at how much the client waits
	Throughput float64       // bits per second, the mean of the last segments that counts new ones more; 0 at the first one
	Measured   float64       // bits per second of the segment before; 0 at the first one
}

// A Rule chooses: it returns an index of Rates. What lies outside is taken as the nearest.
type Rule func(State) int

// ByThroughput takes the highest rate of which the network carries a quarter more.
func ByThroughput(s State) int { return s.fits(0.8 * s.Throughput) }

// ByBuffer looks at the buffer only, after Huang and others, "A buffer-based approach to rate adaptation" (SIGCOMM 2014): the lowest rate while a
// quarter of it is full, the highest from nine tenths on, between them in proportion.
func ByBuffer(s State) int {
	lowest, highest := float64(s.Rates[0]), float64(s.Rates[len(s.Rates)-1])
	low, high := 0.25*s.MaxBuffer.Seconds(), 0.9*s.MaxBuffer.Seconds()
	share := (s.Buffer.Seconds() - low) / (high - low)
	return s.fits(lowest + min(max(share, 0), 1)*(highest-lowest))
}

// ByBoth is ByThroughput with the buffer's help: with little left it takes nothing that the last segment's throughput would not carry, with more
// than half of it full it climbs by one rate at the most.
func ByBoth(s State) int {
	choice := ByThroughput(s)
	switch {
	case s.Buffer < s.MaxBuffer/4:
		return min(choice, s.fits(0.8*s.Measured))
	case s.Last >= 0:
		return min(choice, s.Last+1)
	}
	return choice
}

// Lowest and Highest never change.
func Lowest(State) int { return 0 }

// Highest takes the best picture, whatever the network carries.
func Highest(s State) int { return len(s.Rates) - 1 }

// fits returns the highest rate that is not above a limit, or the lowest rate.
func (s *State) fits(limit float64) int {
	choice := 0
	for i, r := range s.Rates {
		if float64(r) <= limit {
			choice = i
		}
	}
	return choice
}

// RuleNames lists the rules that have names.
func RuleNames() []string { return []string{"both", "throughput", "buffer", "lowest", "highest"} }

// RuleNamed returns the rule of that name, or nil.
func RuleNamed(name string) Rule {
	switch name {
	case "both":
		return ByBoth
	case "throughput":
		return ByThroughput
	case "buffer":
		return ByBuffer
	case "lowest":
		return Lowest
	case "highest":
		return Highest
	}
	return nil
}
