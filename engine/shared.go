package engine

// Shared returns what the processes of the host have in common under a key, such as a store over a directory. The first call makes
// it with create; it is forgotten when the host crashes.
func (h *Host) Shared(key string, create func() (any, error)) (any, error) {
	if v, ok := h.shared[key]; ok {
		return v, nil
	}
	v, err := create()
	if err != nil {
		return nil, err
	}
	if h.shared == nil {
		h.shared = map[string]any{}
	}
	h.shared[key] = v
	return v, nil
}
