package lua51

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/moonwire-lab/moonwire/engine/enginetest/interop"
)

var (
	randomPrograms = flag.Int("programs", 400, "how many random programs to compare with lua5.1")
	randomSeed     = flag.Uint64("seed", 1, "seed of the first random program")
)

// batch is how many random programs one run of the interpreter tries.
const batch = 50

// batchOf wraps programs into one that runs each by itself and prints a line before each.
func batchOf(programs []string) string {
	var b strings.Builder
	b.WriteString("local function run(n, s) print('--', n) print(pcall(assert(loadstring(s, '=p')))) end\n")
	for i, p := range programs {
		fmt.Fprintf(&b, "run(%d, [==[%s]==])\n", i, p)
	}
	return b.String()
}

var (
	addresses     = regexp.MustCompile(`0x[0-9a-f]+`)
	operandNames  = regexp.MustCompile(`(?:global|local|upvalue|field|method) '[^']*' \((a \w+ value)\)`)
	negativeZeros = regexp.MustCompile(`-0\b`)
)

// outputs splits what batchOf printed into one text per program, without addresses; without signs of zeros: lua5.1
// takes 0 for -0 where both are constants of a function, and the VM forgets the sign of computed zeros; and
// without the names of operands: lua5.1 names the result of an and or or by how it came about.
func outputs(text string) []string {
	text = operandNames.ReplaceAllString(text, "$1")
	text = negativeZeros.ReplaceAllString(addresses.ReplaceAllString(text, "0x"), "0")
	return strings.Split(text, "--\t")[1:]
}

func runBatch(t *testing.T, source string) string {
	var out bytes.Buffer
	L := NewState(Options{Stdout: &out, Meter: NewMeter(1 << 30), MaxSource: 1 << 20})
	defer L.Close()
	fn, err := Load(L, source, "batch")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Call(L, fn); err != nil {
		t.Errorf("batch: %v", err)
	}
	return out.String()
}

func runLua51(t *testing.T, lua, source string) string {
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, lua, "-")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(source), &out, &out
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		t.Errorf("lua5.1: %v", err)
	}
	return out.String()
}

func TestRandomPrograms(t *testing.T) {
	lua := interop.Lua(t)
	if testing.Short() {
		*randomPrograms = min(*randomPrograms, 2*batch)
	}
	for done := 0; done < *randomPrograms && !t.Failed(); done += batch {
		var programs []string
		for i := range min(batch, *randomPrograms-done) {
			programs = append(programs, generateProgram(*randomSeed+uint64(done+i)))
		}
		source := batchOf(programs)
		want, got := outputs(runLua51(t, lua, source)), outputs(runBatch(t, source))
		for i := range programs {
			if i >= len(want) || i >= len(got) || want[i] != got[i] {
				t.Errorf("seed %d: lua5.1 printed\n%s\nwe printed\n%s\nprogram:\n%s", *randomSeed+uint64(done+i),
					at(want, i), at(got, i), programs[i])
				break
			}
		}
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "(nothing)"
}
