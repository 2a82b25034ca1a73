package bindings

import (
	"errors"
	"sync"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/engine"
	"github.com/moonwire-lab/moonwire/engine/sim"
)

// A Session is a world with a lab's process that is given one piece of Lua after another, as a shell does. Between two pieces a virtual
// world stands still. Its methods but Interrupt are for one goroutine.
type Session struct {
	World   *engine.World
	Process *process.Process

	at     *process.Place
	alarm  *lua51.Alarm
	guard  *guard
	end    func() // what Observe returned
	exited bool

	interrupting sync.Mutex // an interrupt is two notes, of which neither may be left when the other is taken back
}

// Settle is how long, on a virtual clock, a world may go on after a piece has ended: for what is on its way to arrive, such as the end of a
// connection or the lines of a server that answered.
const Settle = time.Second

// PromptTask is the name of the tasks that pieces run as.
const PromptTask = "prompt"

// ErrBreak is why a piece ended that Interrupt stopped.
var ErrBreak = errors.New("interrupted")

// ErrWaiting is why Eval or Do returned before the piece had ended: it waits for what only a later piece can bring about, and goes on in the
// background. The error is a *Waiting.
var ErrWaiting = errors.New("it waits")

// Waiting says what a piece waits for.
type Waiting struct{ Deadlock *sim.DeadlockError }

func (e *Waiting) Error() string { return e.Deadlock.Error() }

// Is makes errors.Is(err, ErrWaiting) work.
func (e *Waiting) Is(target error) bool { return target == ErrWaiting }

// Session makes the world and opens the process; Script, Name, Args and Context are not used. Limits of fuel and output hold for each piece, the
// wall limit is left out. A limit that fires ends the piece, or the task in the background that went beyond it.
func (r Run) Session() (*Session, error) {
	r.Limits.Wall = process.NoLimit
	limits, err := r.settle()
	if err != nil {
		return nil, err
	}
	w, local, err := r.build(limits)
	if err != nil {
		return nil, err
	}
	s := &Session{World: w, alarm: new(lua51.Alarm), end: func() {}}
	if s.Process, err = process.Open(local, "shell", r.options(limits, s.alarm)); err != nil {
		w.Close()
		return nil, err
	}
	if r.Observe != nil {
		if end := r.Observe(w); end != nil {
			s.end = end
		}
	}
	s.Process.OnExit(func() { s.exited = true; w.Sched.Interrupt(errExit) })
	s.at = SessionPlace(s.Process, local)
	s.guard = newGuard(w.Sched, s.alarm, limits)
	return s, nil
}

// Close ends the session and everything in its world.
func (s *Session) Close() {
	s.guard.close()
	s.end()
	s.World.Close()
}

// Exited reports whether a piece has ended the process, as os.exit does, and with which status.
func (s *Session) Exited() (status int, exited bool) { return s.Process.Status(), s.exited }

// Host returns where pieces run.
func (s *Session) Host() *engine.Host { return s.at.Host }

// Move makes the next pieces run on another host.
func (s *Session) Move(h *engine.Host) { s.at = SessionPlace(s.Process, h) }

// SessionPlace returns where pieces of a session run on a host: what they draw at random there depends on the seed and the host alone, so that
// a script that does a session again draws the same.
func SessionPlace(p *process.Process, h *engine.Host) *process.Place {
	at := p.On(h)
	at.Stack.SeedAs("session")
	return at
}

// Eval runs a piece of Lua that messages call name and returns its results. The error is a *lua51.SyntaxError, ErrBreak, ErrWaiting, a
// *LimitError, or a *lua51.RuntimeError; Report words it.
func (s *Session) Eval(name, source string) ([]lua.LValue, error) {
	fn, err := s.Process.Load(source, name)
	if err != nil {
		return nil, err
	}
	return s.Call(fn)
}

// Call runs a Lua function as Eval runs a piece.
func (s *Session) Call(fn *lua.LFunction, args ...lua.LValue) (results []lua.LValue, err error) {
	var failed error
	s.Process.Renew()
	t := s.Process.Spawn(s.at, PromptTask, fn, args, func(r []lua.LValue, err error) bool {
		results, failed = r, err
		if s.Process.Meter.Stopped() != nil {
			s.Process.Renew()
		}
		return true
	})
	if err := s.finish(t, Settle); err != nil {
		return nil, err
	}
	return results, failed
}

// Do runs f as a task of the process where pieces run; f may use the process's Lua state, which is given to it, and may wait.
func (s *Session) Do(f func(L *lua.LState)) error {
	_, err := s.Call(s.Process.L.NewFunction(func(L *lua.LState) int { f(L); return 0 }))
	return err
}

// Wait lets d pass on the world's clock.
func (s *Session) Wait(d time.Duration) error {
	return s.finish(s.Process.Spawn(s.at, "wait", s.Process.L.NewFunction(func(*lua.LState) int {
		s.World.Sched.Sleep(d)
		return 0
	}), nil, func([]lua.LValue, error) bool { return true }), 0)
}

// Join runs the world until a process has ended.
func (s *Session) Join(p *process.Process) error { return s.finish(p.Main(), Settle) }

// Block runs the world of a wall clock while f, which may wait for a person, runs outside of it.
func (s *Session) Block(f func()) error {
	return s.finish(s.at.Stack.Go("read", func() { s.World.Sched.Block(sim.Wait{Call: "read"}, f) }), 0)
}

// finish runs the world until t has ended. What is interrupted is killed; what can never go on is left alone.
func (s *Session) finish(t *sim.Task, settle time.Duration) error {
	err := s.World.Sched.RunTask(t, settle)
	s.Uninterrupt()
	var deadlock *sim.DeadlockError
	switch {
	case err == nil, errors.Is(err, errExit):
		return nil
	case errors.Is(err, ErrBreak):
		if t.Done() {
			return nil
		}
		t.Kill(ErrBreak)
		if err := s.World.Sched.RunTask(t, 0); err != nil && !errors.Is(err, ErrBreak) {
			return err
		}
		return ErrBreak
	case errors.As(err, &deadlock):
		return &Waiting{deadlock}
	}
	return err
}

// Interrupt stops the piece that runs, whether it computes or waits; Eval then returns ErrBreak. It may be called from any goroutine.
func (s *Session) Interrupt() {
	s.interrupting.Lock()
	defer s.interrupting.Unlock()
	s.World.Sched.Interrupt(ErrBreak)
	s.alarm.Break(ErrBreak)
}

// Uninterrupt takes back an Interrupt that came too late to stop a piece; it would stop the next one.
func (s *Session) Uninterrupt() {
	s.interrupting.Lock()
	defer s.interrupting.Unlock()
	s.alarm.Unbreak()
	s.World.Sched.Uninterrupt()
}
