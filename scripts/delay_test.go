package scripts_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/scripts"
)

// The labs of delay print formulas beside what they measure. These tests reckon the slides' numbers anew and compare the
// measurements with those.

// output runs a lab of delay.
func output(t *testing.T, name string, seed uint64) string {
	t.Helper()
	s, ok := scripts.Find("delay/" + name)
	if !ok {
		t.Fatalf("no lab delay/%s", name)
	}
	return first(t, s, seed).output
}

// rows returns the numbers of each line that begins like the pattern.
func rows(t *testing.T, output, pattern string) [][]float64 {
	t.Helper()
	var all [][]float64
	for _, line := range strings.Split(output, "\n") {
		if !regexp.MustCompile("^" + pattern).MatchString(line) {
			continue
		}
		var row []float64
		for _, word := range regexp.MustCompile(`-?\d+(\.\d+)?(e-?\d+)?`).FindAllString(line, -1) {
			v, err := strconv.ParseFloat(word, 64)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, v)
		}
		all = append(all, row)
	}
	if len(all) == 0 {
		t.Fatalf("no line begins like %q:\n%s", pattern, output)
	}
	return all
}

// near fails unless got is within a share of want.
func near(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if math.Abs(got-want) > share*math.Abs(want)+1e-9 {
		t.Errorf("%s is %v, want %v within %g %%", what, got, want, share*100)
	}
}

func TestCarCaravan(t *testing.T) {
	out := output(t, "car_caravan", 1)
	whole := rows(t, out, "  the whole caravan")
	first := rows(t, out, "  the first car")
	for i, c := range []struct{ cars, service, km, speed, waiting float64 }{
		{10, 12, 100, 100, 0},
		{10, 60, 100, 1000, 3},
	} {
		near(t, "the whole caravan's time in minutes", whole[i][0], c.cars*c.service/60+c.km/c.speed*60, 1e-12)
		near(t, "the first car's time in minutes", first[i][0], c.service/60+c.km/c.speed*60, 1e-12)
		near(t, "cars at the first booth", first[i][1], c.waiting, 0)
	}
	if whole[0][0] != 62 {
		t.Errorf("the slides' caravan takes %v minutes, want 62", whole[0][0])
	}
}

func TestNodalDelay(t *testing.T) {
	out := output(t, "nodal_delay", 1)
	const bits = 1500 * 8
	want := map[string]float64{ // in ms
		"processing":   2 * 0.020,
		"transmission": bits/10e3 + bits/2e3 + bits/10e3,
		"propagation":  (1e3 + 2e6 + 5e4) / 2e8 * 1e3,
		"queueing":     4 * bits / 2e3,
	}
	sum := 0.0
	for name, ms := range want {
		row := rows(t, out, name)[0]
		near(t, name, row[len(row)-1], ms, 1e-4/ms)
		near(t, name+" computed", row[len(row)-2], ms, 1e-4/ms)
		sum += ms
	}
	row := rows(t, out, "nodal delay")[0]
	near(t, "nodal delay", row[1], sum, 1e-6)
	near(t, "sum", row[0], sum, 1e-6)
}

func TestQueueing(t *testing.T) {
	for seed := uint64(1); seed <= 2; seed++ {
		out := output(t, "queueing", seed)
		last := 0.0
		for _, row := range rows(t, out, `0\.\d `) {
			load := row[0]
			want := load / (2 * (1 - load)) * 1250 * 8 / 1e6 * 1e3
			near(t, "M/D/1", row[3], want, 0.01)
			near(t, "the wait at "+strconv.FormatFloat(load, 'g', 2, 64), row[2], want, 0.25)
			if row[2] <= last {
				t.Errorf("the wait at %v is %v, less than with less traffic", load, row[2])
			}
			last = row[2]
		}
		over := rows(t, out, `1\.2 `)[0] // with 20 waiting, 1 - 1/1.2 of the packets find no room, and the others wait for most of 20
		near(t, "lost beyond capacity", over[2], (1-1/1.2)*100, 0.2)
		near(t, "wait beyond capacity", over[3], 20*10, 0.25)
	}
}

func TestJitter(t *testing.T) {
	out := output(t, "jitter", 1)
	least := rows(t, out, "1500 packets")[0][1]
	near(t, "least delay", least, 2+8+188*8/10e3+188*8/2e3, 0.005)
	last := 101.0
	for _, row := range rows(t, out, "  played") {
		if row[1] > last {
			t.Errorf("a buffer of %v ms loses more packets than a shorter one", row[0])
		}
		last = row[1]
	}
	if last != 0 {
		t.Errorf("a buffer of 160 ms still loses %v %%", last)
	}
}

func TestLatencyIsNotBandwidth(t *testing.T) {
	out := output(t, "latency_is_not_bandwidth", 1)
	first := map[string]float64{}
	for _, name := range []string{"wire", "satellite"} {
		row := rows(t, out, name+" ")[0]
		first[name] = row[2]
	}
	near(t, "first byte over the satellite", first["satellite"], 2*2*72e6/3e8*1e3, 0.01) // two round trips: handshake and question
	table := rows(t, out, ` +\d+ +\d+\.\d+ +\d+\.\d+ +(wire|satellite)`)
	for i, row := range table {
		size, wire := row[0], row[1]
		// The wire's latency counts for little: the time is the bits over the rate, 1500 bytes for each 1460.
		if size >= 10000 {
			near(t, "time over the wire", wire, size*8/1e6*1500/1460, 0.1)
		}
		if row[2] < 4*72e6/3e8 {
			t.Errorf("%v bytes over the satellite took %v s, less than two round trips", size, row[2])
		}
		if i == 0 && wire > row[2] || i == len(table)-1 && wire < row[2] {
			t.Errorf("%v bytes: wire %v s, satellite %v s", size, wire, row[2])
		}
	}
}

func TestApplicationNeeds(t *testing.T) {
	out := output(t, "application_needs", 1)
	want := map[string]string{ // by network: good, far, lossy, jittery, narrow
		"voice, 150 ms":  "ok BAD ok BAD BAD",
		"game, 100 ms":   "ok BAD ok BAD ok",
		"file, TCP":      "ok ok ok ok ok",
		"web page, TCP":  "ok ok ok ok ok",
		"file, bare UDP": "ok ok BAD ok BAD",
	}
	for _, line := range strings.Split(out, "\n") {
		for name, verdicts := range want {
			if rest, ok := strings.CutPrefix(line, name); ok {
				delete(want, name)
				if got := strings.Join(regexp.MustCompile(`ok|BAD`).FindAllString(rest, -1), " "); got != verdicts {
					t.Errorf("%s: %s, want %s", name, got, verdicts)
				}
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("not in the output: %v", want)
	}
	// 300 000 bytes over TCP through 64 kbps, and 160 bytes 50 times a second, which do not fit.
	near(t, "the file through 64 kbps", rows(t, out, "file, TCP")[0][4], 300000*8/64e3*1500/1460, 0.15)
}

func TestTCPLoss(t *testing.T) {
	for seed := uint64(1); seed <= 2; seed++ {
		for _, row := range rows(t, output(t, "tcp_loss", seed), ` +0\.\d+ +\d+\.\d\d +\d+\.\d\d +\d+ +\d+$`) {
			loss, measured, formula := row[0], row[1], row[2]
			want := 1460 * 8 / 0.06 * math.Sqrt(3/(2*loss)) / 1e6
			near(t, "formula", formula, want, 0.01)
			within := 0.3
			if loss >= 0.02 {
				within = 0.6 // timeouts, which the formula leaves out
			}
			near(t, "goodput at a loss of "+strconv.FormatFloat(loss, 'g', 3, 64), measured, want, within)
		}
	}
}

func TestSlowStart(t *testing.T) {
	out := output(t, "slow_start", 1)
	table := rows(t, out, ` +\d+ +\d+ +\d+`)
	for i, row := range table {
		if i < 6 {
			near(t, "the window in the round trip", row[1], math.Pow(2, float64(i+1)), 0)
		}
	}
	// The queue overflows when the link's capacity of 8 Mbps in 100 ms and 30 packets of 1500 bytes are in flight; slow start
	// goes beyond that by what it sends before the loss shows.
	capacity := 8e6*0.1/(8*1500) + 30
	losses := rows(t, out, "loss after")
	if losses[0][1] < capacity || losses[0][1] > 2*capacity {
		t.Errorf("the first loss came with %v segments in flight; %v fit", losses[0][1], capacity)
	}
	near(t, "the threshold", losses[0][2], losses[0][1]/2, 0.02)
	last := losses[len(losses)-1]
	near(t, "segments in flight at the last loss", last[1], capacity, 0.05)
	near(t, "half of them", last[2], capacity/2, 0.05)
}

func TestSynFlood(t *testing.T) {
	out := output(t, "syn_flood", 1)
	calm, flood, cookies := rows(t, out, "no-attack")[0], rows(t, out, "flood ")[0], rows(t, out, "flood-against-cookies")[0]
	if calm[0] != 10 || flood[0] != 0 || cookies[0] != 10 {
		t.Errorf("served are %v, %v and %v clients of 10", calm[0], flood[0], cookies[0])
	}
	near(t, "a connection and an answer: two round trips, in ms", calm[2], 2*2*(10+1), 0)
	near(t, "the same with cookies", cookies[2], calm[2], 0)
	if flood[2] != 128 || flood[3] < 3000 || cookies[5] == 0 {
		t.Errorf("half-open %v, dropped %v, cookies %v", flood[2], flood[3], cookies[5])
	}
}
