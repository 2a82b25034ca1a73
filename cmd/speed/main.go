// Command speed measures moonwire against what its documents promise and prints a table.
//
//	go run ./cmd/speed [-rounds N] [-only TEXT] [-cost]
//
// Each row is one of the repository's Go benchmarks, or two of them that are run in turns, so that what else the machine does falls on
// both; what is printed are medians, and the median of the ratios of the pairs. The exit status is 1 if a row misses what is wanted.
// With -cost it measures instead what a packet costs in worlds of several sizes, and prints scripts/cost/measured.lua anew.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	rounds := flag.Int("rounds", 5, "how often each benchmark is run")
	only := flag.String("only", "", "measure the rows alone whose name contains this")
	cost := flag.Bool("cost", false, "measure what a packet costs against hosts, connections, packets and loss")
	flag.Parse()
	dir, err := os.MkdirTemp("", "moonwire-speed")
	if err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
	m := machine{dir: dir, built: map[string]string{}, rounds: max(*rounds, 1)}
	ok := true
	if !*cost {
		ok = m.table(*only)
	} else if err := m.cost(); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		ok = false
	}
	os.RemoveAll(dir)
	if !ok {
		os.Exit(1)
	}
}

// A machine builds and runs benchmarks.
type machine struct {
	dir    string
	built  map[string]string // test binaries by package
	rounds int
}

// table prints every row and reports whether all are as wanted.
func (m *machine) table(only string) (ok bool) {
	list := slices.DeleteFunc(rows(), func(r row) bool { return !strings.Contains(r.name, only) })
	if len(list) == 0 {
		fmt.Fprintf(os.Stderr, "speed: no row has %q in its name\n", only)
		return false
	}
	ok = true
	fmt.Printf("%-42s %10s %10s %7s %10s  %s\n", "", "measured", "against", "ratio", "processor", "wanted")
	for _, r := range list {
		f, err := m.measure(r)
		if err != nil {
			fmt.Printf("%-42s %v\n", r.name, err)
			ok = false
			continue
		}
		verdict := ""
		if f.misses(r) {
			verdict, ok = "  MISSED", false
		}
		fmt.Printf("%-42s %10.4g %10s %7s %10s  %s%s\n", r.name+", "+r.unit, f.measured, shown(f.against), shown(f.ratio), shown(f.processor), r.wanted(), verdict)
	}
	return ok
}

// shown leaves out what was not measured.
func shown(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.4g", v)
}

// A figure is the outcome of a row. processor is what it would be if nothing but processor time counted: the ratio of the times of a pair, or
// the measured value; 0 if the benchmark does not tell.
type figure struct{ measured, against, ratio, processor float64 }

// misses reports whether both wall time and processor time miss what the row wants: a busy machine spoils the first.
func (f figure) misses(r row) bool {
	value := f.measured
	if r.against != "" {
		value = f.ratio
	}
	off := func(v float64) bool { return r.most > 0 && v > r.most || v < r.least }
	return off(value) && (f.processor == 0 || off(f.processor))
}

// measure returns the medians of a row's benchmarks and of the ratios of the first to the second.
func (m *machine) measure(r row) (figure, error) {
	var as, bs, ratios, processor []float64
	for range m.rounds {
		a, cpu, err := m.run(r.pkg, r.bench, r.unit, r.time, r.cores)
		if err != nil {
			return figure{}, err
		}
		as = append(as, a)
		if r.against == "" {
			processor = append(processor, r.fromCPU(cpu))
			continue
		}
		b, cpu2, err := m.run(r.pkg, r.against, r.unit, r.time, r.cores)
		if err != nil {
			return figure{}, err
		}
		bs, ratios = append(bs, b), append(ratios, a/b)
		if cpu > 0 && cpu2 > 0 { // of what else nobody told
			processor = append(processor, cpu/cpu2)
		}
	}
	return figure{median(as), median(bs), median(ratios), median(processor)}, nil
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	return v[len(v)/2]
}

// run runs one benchmark of a package on so many cores, 0 for all, and returns its value in a unit, and in nanoseconds of processor time if it
// tells.
func (m *machine) run(pkg, bench, unit, time string, cores int) (value, cpu float64, err error) {
	path := m.built[pkg]
	if path == "" {
		path = filepath.Join(m.dir, strings.ReplaceAll(pkg, "/", "_"))
		if out, err := exec.Command("go", "test", "-c", "-o", path, "./"+pkg).CombinedOutput(); err != nil {
			return 0, 0, fmt.Errorf("%w: %s", err, out)
		}
		m.built[pkg] = path
	}
	cmd := exec.Command(path, "-test.run=^$", "-test.bench="+exactly(bench), "-test.benchtime="+time)
	cmd.Dir, cmd.Env = pkg, append(os.Environ(), "MOONWIRE_SPEED_DIR="+m.dir)
	if cores > 0 {
		cmd.Env = append(cmd.Env, fmt.Sprint("GOMAXPROCS=", cores))
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("%w: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if i := slices.Index(fields, unit); i > 0 && strings.HasPrefix(line, bench) {
			if k := slices.Index(fields, "cpu-ns"); k > 0 {
				cpu, _ = strconv.ParseFloat(fields[k-1], 64) // 0 if the harness printed no number
			}
			value, err = strconv.ParseFloat(fields[i-1], 64)
			return value, cpu, err
		}
	}
	return 0, 0, fmt.Errorf("%s gave no %s (is lua5.1 with lua-socket installed?)", bench, unit)
}

// exactly returns the pattern that matches one benchmark alone.
func exactly(bench string) string {
	return "^" + strings.ReplaceAll(strings.ReplaceAll(bench, ".", `\.`), "/", "$/^") + "$"
}
