package engine

import "slices"

// Crash switches a host of the virtual internet off, see vnet.Host.Crash, and tells those who registered with OnCrash. If the running
// task is one of the host's, Crash does not return.
func (h *Host) Crash() error {
	switch {
	case h.V == nil:
		return ErrNoTopology
	case h.V.Down():
		return nil
	}
	defer func() {
		h.shared = nil
		for _, f := range slices.Clone(h.onCrash) {
			(*f)()
		}
	}()
	h.V.Crash()
	return nil
}

// OnCrash makes every Crash call f, after the host's tasks have been killed, until forget is called. f must not wait.
func (h *Host) OnCrash(f func()) (forget func()) {
	h.onCrash = append(h.onCrash, &f)
	return func() { h.onCrash = slices.DeleteFunc(h.onCrash, func(o *func()) bool { return o == &f }) }
}
