package bind

// memberNames lists what can follow the module's name and a dot.
func (m *Module) memberNames() []string {
	var names []string
	for _, f := range m.funcs {
		names = append(names, f.name)
	}
	for _, v := range m.values {
		names = append(names, v.name)
	}
	for _, part := range m.parts {
		names = append(names, part.Name)
	}
	return names
}

// memberNames lists what can follow an object and a dot or colon.
func (ci *classInfo) memberNames() []string {
	var names []string
	for _, f := range ci.methods {
		names = append(names, f.name)
	}
	for _, p := range ci.props {
		names = append(names, p.name)
	}
	return names
}
