package process

// Exit ends the process with a status of its own choice. Called from one of its tasks it does not return.
func (p *Process) Exit(status int) {
	if !p.ended {
		p.status, p.err = status, nil
		p.halt(&ExitError{status})
	}
}

// Kill ends the process from outside with StatusKilled.
func (p *Process) Kill() {
	if !p.halted && !p.ended {
		p.status, p.err = StatusKilled, ErrKilled
		p.halt(ErrKilled)
	}
}

// halt stops the process's timers and tasks on every host; the last task to end ends the process. If one of them runs, halt does not return.
func (p *Process) halt(why error) {
	p.halted = true
	p.Meter.Stop(why)
	if p.exiting != nil {
		p.exiting()
	}
	var own *Place // of the running task, which goes last
	for _, at := range p.places {
		p.stopTimers(at)
		if t := p.Sched().Current(); t != nil && t.Group() == at.Stack.Group() {
			own = at
			continue
		}
		at.Stack.Group().Kill(why)
	}
	if own != nil {
		own.Stack.Group().Kill(why)
	}
	p.endIfIdle()
}

// OnExit sets what is called when the process is told to end, before its tasks are.
func (p *Process) OnExit(f func()) { p.exiting = f }

// endIfIdle ends the process if it has no task and no timer left, on any host.
func (p *Process) endIfIdle() {
	if p.ended || p.main == nil {
		return
	}
	for _, at := range p.places {
		if at.Stack.Group().Len() > 0 || len(at.timers) > 0 {
			return
		}
	}
	p.ended = true
	if !p.halted && p.main.Killed() != nil {
		p.status, p.err = StatusCrashed, ErrCrashed
		p.Meter.Stop(ErrCrashed)
	}
	for _, at := range p.places {
		at.Stack.Close()
		at.Stack.Group().Remove()
		at.forget()
	}
	p.opt.population.alive--
	p.done.Wake()
}
