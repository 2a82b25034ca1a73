package grade

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/moonwire-lab/moonwire/engine/grade/cell"
)

// A Program is a program that can start itself again to run submissions.
type Program struct {
	checker Checker
	path    string
	why     error // it cannot start itself again
}

// workerArgument is what a program that was started to run a submission has been started with.
const workerArgument = "grade-worker"

// Begin must be the first thing that a program does which grades: before it reads its arguments, and before it starts goroutines. In a process
// that was started to run a submission it does that and never returns.
//
//	func main() {
//		program := grade.Begin(checker)
//		…
//		result, err := grade.Run(ctx, exercise, submission, grade.Options{Program: program})
func Begin(c Checker) *Program {
	if cell.Inside(workerArgument) {
		os.Exit(work(c))
	}
	path, err := os.Executable()
	return &Program{c, path, err}
}

// A job is what a worker is told before the trials. It is a line of JSON, which the two packs follow.
type job struct {
	Exercise   string
	Title      string
	Main       string
	Tests      []Test
	Submission string
	Limits     Limits
	Walls      cell.Report // what the worker's walls must have
	Sizes      [2]int      // of the exercise's pack and the submission's, in bytes
}

// bytes puts a job together.
func (ex *Exercise) job(sub *Submission, l Limits, walls cell.Report, packs [2]pack) ([]byte, error) {
	head, err := json.Marshal(job{ex.Name, ex.Title, ex.Main, ex.Tests, sub.Name, l, walls, [2]int{len(packs[0]), len(packs[1])}})
	if err != nil {
		return nil, fmt.Errorf("grade: %w", err)
	}
	return append(append(append(head, '\n'), packs[0]...), packs[1]...), nil
}

// A worker is the side of a worker that runs the submission.
type worker struct {
	checker Checker
	walls   cell.Report
	in      *bufio.Reader
	out     io.Writer
	bench   bench
}

// work enters the cell and runs trials until it is told no more. It returns the exit status.
func work(c Checker) int {
	warm := func() {}
	if w, ok := c.(Warmer); ok {
		warm = func() { w.Warm() }
	}
	in, out, report, err := cell.Enter(warm)
	debug.SetGCPercent(400) // most workers end before they have filled 16 MiB
	switch {
	case err == io.EOF: // it was the warden, and is no longer needed
		return 0
	case err == nil:
		w := &worker{checker: c, walls: report, in: bufio.NewReaderSize(in, 64<<10), out: out}
		err = w.serve()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (w *worker) serve() error {
	line, err := w.in.ReadBytes('\n')
	if err == io.EOF && len(line) == 0 {
		return nil // it was a survey
	}
	var j job
	if err == nil {
		err = json.Unmarshal(line, &j)
	}
	if err == nil {
		err = w.walls.Lacks(j.Walls)
	}
	var packs [2]pack
	for i := range packs {
		if err == nil {
			packs[i] = make(pack, j.Sizes[i])
			_, err = io.ReadFull(w.in, packs[i])
		}
	}
	if err == nil {
		w.bench, err = newBench(w.checker, &j, packs)
	}
	if err != nil {
		return fmt.Errorf("grade: the job: %w", err)
	}
	for {
		line, err := w.in.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		var t Trial
		if err == nil {
			err = json.Unmarshal(line, &t)
		}
		if err != nil {
			return fmt.Errorf("grade: the trial: %w", err)
		}
		if line, err = answer(w.bench.try(context.Background(), t)); err != nil {
			return err
		}
		if _, err := w.out.Write(line); err != nil {
			return err
		}
	}
}

// maxAnswer bounds an attempt as a line of JSON, in bytes.
const maxAnswer = 1 << 20

// answer encodes an attempt. One that is too large loses its dialogue first, since that can be seen again with --replay.
func answer(a Attempt) ([]byte, error) {
	for step := 0; ; step++ {
		line, err := json.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("grade: the attempt: %w", err)
		}
		if len(line) < maxAnswer {
			return append(line, '\n'), nil
		}
		switch step {
		case 0:
			a.Dialogue = a.Dialogue[len(a.Dialogue)*3/4:]
		case 1:
			a.Dialogue = nil
		case 2:
			a.Output, a.Report = cut(a.Output, 64<<10), cut(a.Report, 64<<10)
		case 3:
			a.Findings = a.Findings[:min(len(a.Findings), 20)]
			for i := range a.Findings {
				f := &a.Findings[i]
				f.Message, f.Expected, f.Actual, f.Where = cut(f.Message, 4096), cut(f.Expected, 4096), cut(f.Actual, 4096), cut(f.Where, 4096)
			}
		default:
			return nil, fmt.Errorf("grade: an attempt of %d bytes", len(line))
		}
	}
}

// cut leaves out the middle of a text that has more than n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n/2] + fmt.Sprintf("\n… %d bytes left out …\n", len(s)-n) + s[len(s)-n/2:]
}

// A bench is an exercise and a submission, ready for trials.
type bench struct {
	checker Checker
	ex      Exercise
	sub     Submission
	limits  Limits
}

func newBench(c Checker, j *job, packs [2]pack) (b bench, err error) {
	b = bench{checker: c, ex: Exercise{Name: j.Exercise, Title: j.Title, Main: j.Main, Tests: j.Tests}, sub: Submission{Name: j.Submission}, limits: j.Limits}
	if b.ex.Files, err = packs[0].files(); err != nil {
		return b, err
	}
	b.sub.Files, err = packs[1].files()
	return b, err
}

// try runs one trial. A checker that panics has a defect.
func (b *bench) try(ctx context.Context, t Trial) (a Attempt) {
	defer func() {
		if r := recover(); r != nil {
			a = fault(t, fmt.Sprint("a defect of moonwire: ", r))
			a.Report = string(debug.Stack())
		}
	}()
	return b.checker.Try(ctx, &b.ex, &b.sub, t, b.limits)
}
