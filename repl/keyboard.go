package repl

import (
	"io"
	"sync"
	"sync/atomic"
)

// A keyboard is the shell's standard input, from which a Read can be called off. Only while somebody reads is anything taken from it, so that
// the terminal keeps what is typed ahead. Read is for one goroutine at a time, the other methods are for any.
type keyboard struct {
	r      io.Reader
	want   chan struct{} // a Read asks for more
	got    chan keys     // what came
	off    chan struct{} // a Read is called off
	closed chan struct{}
	close  sync.Once
	until  atomic.Value // a <-chan struct{}; see Until

	asked bool // want was sent, got has not come
	rest  keys
}

// keys are bytes that came, and the error behind them.
type keys struct {
	b   []byte
	err error
}

func newKeyboard(r io.Reader) *keyboard {
	k := &keyboard{r: r, want: make(chan struct{}), got: make(chan keys, 1), off: make(chan struct{}, 1), closed: make(chan struct{})}
	go k.take()
	return k
}

func (k *keyboard) take() {
	b := make([]byte, 4096)
	for {
		select {
		case <-k.want:
		case <-k.closed:
			return
		}
		n, err := k.r.Read(b)
		k.got <- keys{append([]byte(nil), b[:n]...), err}
	}
}

// Read implements io.Reader. A Read that is called off returns errInterrupted; what was typed meanwhile is for the next.
func (k *keyboard) Read(b []byte) (int, error) {
	for len(k.rest.b) == 0 && k.rest.err == nil {
		until, _ := k.until.Load().(<-chan struct{})
		if !k.asked {
			select {
			case k.want <- struct{}{}:
				k.asked = true
			case <-k.closed:
				return 0, io.EOF
			}
		}
		select {
		case k.rest = <-k.got:
			k.asked = false
		case <-k.off:
			return 0, errInterrupted
		case <-until:
			return 0, errInterrupted
		case <-k.closed:
			return 0, io.EOF
		}
	}
	n := copy(b, k.rest.b)
	k.rest.b = k.rest.b[n:]
	if len(k.rest.b) > 0 {
		return n, nil
	}
	err := k.rest.err
	k.rest = keys{}
	return n, err
}

// Until calls off every Read that follows once a channel is closed; nil never is.
func (k *keyboard) Until(stop <-chan struct{}) { k.until.Store(stop) }

// CallOff ends the Read that is going on, or the next one.
func (k *keyboard) CallOff() {
	select {
	case k.off <- struct{}{}:
	default:
	}
}

// Renew takes back a CallOff that no Read has noticed.
func (k *keyboard) Renew() {
	select {
	case <-k.off:
	default:
	}
}

// Close implements io.Closer: every Read is at its end.
func (k *keyboard) Close() error {
	k.close.Do(func() { close(k.closed) })
	return nil
}
