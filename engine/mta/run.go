package mta

import (
	"container/heap"
	"net"
	"strings"
	"time"

	"github.com/moonwire-lab/moonwire/engine/mail"
	"github.com/moonwire-lab/moonwire/engine/sim"
	"github.com/moonwire-lab/moonwire/engine/smtp"
	"github.com/moonwire-lab/moonwire/engine/stack"
)

// A job is the delivery of a message to those of its recipients that are of one domain.
type job struct {
	entry  *Entry
	domain string
	due    time.Time
	serial uint64
}

// jobs is a heap: the one that is due first on top.
type jobs []*job

func (j jobs) Len() int { return len(j) }
func (j jobs) Less(a, b int) bool {
	return j[a].due.Before(j[b].due) || j[a].due.Equal(j[b].due) && j[a].serial < j[b].serial
}
func (j jobs) Swap(a, b int) { j[a], j[b] = j[b], j[a] }
func (j *jobs) Push(x any)   { *j = append(*j, x.(*job)) }
func (j *jobs) Pop() any {
	last := (*j)[len(*j)-1]
	(*j)[len(*j)-1] = nil
	*j = (*j)[:len(*j)-1]
	return last
}

// Start reads the queue and begins to deliver, in tasks of st. Serve calls it if it was not called. After an error it may be called again.
func (s *Server) Start(st *stack.Stack) (err error) {
	if s.st != nil {
		return nil
	}
	s.st = st
	defer func() {
		if err != nil {
			s.st = nil
		}
	}()
	s.domain = strings.ToLower(strings.TrimSuffix(s.Domain, "."))
	if s.domain == "" {
		s.domain = strings.ToLower(st.HostName())
	}
	s.domains = append([]string{s.domain}, lowered(s.Local)...)
	s.entries, s.waiting, s.active = map[string]*Entry{}, map[string][]*job{}, map[string]int{}
	s.order, s.jobs, s.listed = nil, nil, 0
	s.SMTP.Domain, s.SMTP.Mailbox = s.domain, acceptor{s}
	s.SMTP.Go = s.goes
	if secret := s.SMTP.Secret; secret != nil {
		s.SMTP.Secret = func(user string) (string, bool) {
			password, ok := secret(user)
			if domain := mail.Domain(user); !ok && domain != "" && s.isLocal(domain) {
				return secret(mail.Local(user))
			}
			return password, ok
		}
	}
	if s.Client.Helo == "" {
		s.Client.Helo = s.domain
	}
	if err := s.load(); err != nil {
		return err
	}
	if !s.goes("mail queue", s.run) {
		return stack.ErrNoBuffers
	}
	return nil
}

// Serve takes messages at a listener until Close is called; then it returns smtp.ErrClosed. It may be called for several.
func (s *Server) Serve(st *stack.Stack, l net.Listener) error {
	if err := s.Start(st); err != nil {
		l.Close()
		return err
	}
	if s.closed {
		l.Close()
		return smtp.ErrClosed
	}
	return s.SMTP.Serve(st, l)
}

// Close stops listening, breaks sessions off and begins no further delivery. The queue stays in its files.
func (s *Server) Close() {
	s.closed = true
	s.SMTP.Close()
	s.wake.Wake()
	s.changed.Wake()
}

// Closed reports whether Close was called.
func (s *Server) Closed() bool { return s.closed }

// Memory returns how many bytes the messages that are being delivered or on their way in take, and the queue's entries.
func (s *Server) Memory() int64 {
	return s.held + int64(s.SMTP.Memory()) + s.listed
}

func (s *Server) goes(name string, f func()) bool {
	if s.Go != nil {
		return s.Go(name, f)
	}
	s.st.Go(name, f)
	return true
}

// schedule makes jobs of the recipients of a message.
func (s *Server) schedule(e *Entry) {
	seen := map[string]bool{}
	for _, r := range e.To {
		if domain := mail.Domain(r.Address); !seen[domain] {
			seen[domain] = true
			s.push(&job{entry: e, domain: domain, due: r.Next})
		}
	}
	s.wake.Wake()
}

func (s *Server) push(j *job) {
	s.serial++
	j.serial = s.serial
	heap.Push(&s.jobs, j)
}

// Flush makes everything in the queue due now.
func (s *Server) Flush() {
	for _, j := range s.jobs {
		j.due = time.Time{}
	}
	heap.Init(&s.jobs)
	s.wake.Wake()
}

// Changed returns the queue that is woken when something happens to a message.
func (s *Server) Changed() *sim.Queue { return &s.changed }

// run starts a task for each job that is due, within the bounds, until the server is closed. It does not keep the world going
// for a retry that nobody waits for.
func (s *Server) run() {
	sched := s.st.Scheduler()
	sched.Current().Daemon = true
	for !s.closed {
		var deadline time.Time
		for s.running < or(s.Workers, defaultWorkers) && len(s.jobs) > 0 {
			j := s.jobs[0]
			if j.due.After(s.st.Now()) {
				deadline = j.due
				break
			}
			if s.held > 0 && s.held+copiesHeld*j.entry.Size > or(s.MaxMemory, defaultMaxMemory) {
				break
			}
			heap.Pop(&s.jobs)
			if s.active[j.domain] >= or(s.PerDomain, defaultPerDomain) {
				s.waiting[j.domain] = append(s.waiting[j.domain], j)
				continue
			}
			if !s.begin(j) { // no task can be had now
				j.due = s.st.Now().Add(time.Second)
				s.push(j)
			}
		}
		sched.Wait(sim.Wait{Call: "mail queue"}, deadline, &s.wake)
	}
}

func (s *Server) begin(j *job) bool {
	held := copiesHeld * j.entry.Size
	s.running++
	s.held += held
	s.active[j.domain]++
	done := func() {
		s.running--
		s.held -= held
		if s.active[j.domain]--; s.active[j.domain] == 0 {
			delete(s.active, j.domain)
		}
		if next := s.waiting[j.domain]; len(next) > 0 {
			s.push(next[0])
			if s.waiting[j.domain] = next[1:]; len(next) == 1 {
				delete(s.waiting, j.domain)
			}
		}
		s.wake.Wake()
	}
	if !s.goes("mail to "+j.domain, func() {
		defer done()
		s.deliver(j)
	}) {
		done()
		return false
	}
	return true
}
