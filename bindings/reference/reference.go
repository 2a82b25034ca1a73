// Package reference is the documentation of the Lua modules, made from their declarations: a Markdown
// page and a file of annotations for the Lua language server (LuaLS) for each. A test fails when they are
// not what the declarations give; with -update it writes them.
package reference

import (
	"embed"
	"io/fs"
	"path"
	"slices"

	"github.com/moonwire-lab/moonwire/bindings/bind"
)

//go:embed pages meta
var files embed.FS

// Pages returns the Markdown pages: index.md and one for each module, "socket.http.md".
func Pages() fs.FS { return sub("pages") }

// Meta returns the LuaLS files, one for each module: "socket.http.lua".
func Meta() fs.FS { return sub("meta") }

func sub(dir string) fs.FS {
	tree, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // dir is one of the constants above
	}
	return tree
}

// A File is one generated file with its path in this directory.
type File struct {
	Path string
	Text string
}

// Generate makes all files for the modules, sorted by path.
func Generate(modules []*bind.Module) []File {
	list := []File{{"pages/index.md", Index(modules)}}
	for _, m := range modules {
		list = append(list,
			File{path.Join("pages", m.Name+".md"), Markdown(m)},
			File{path.Join("meta", m.Name+".lua"), LuaLS(m)})
	}
	slices.SortFunc(list, func(a, b File) int {
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	return list
}

// Stale compares the generated files with those in have and names each that is missing, different or
// left over.
func Stale(want []File, have fs.FS) []string {
	var stale []string
	known := map[string]bool{}
	for _, file := range want {
		known[file.Path] = true
		text, err := fs.ReadFile(have, file.Path)
		if err != nil || string(text) != file.Text {
			stale = append(stale, file.Path)
		}
	}
	for _, dir := range []string{"pages", "meta"} {
		entries, err := fs.ReadDir(have, dir)
		if err != nil {
			continue // nothing there: already reported as missing
		}
		for _, entry := range entries {
			if name := path.Join(dir, entry.Name()); !known[name] {
				stale = append(stale, name+" (left over)")
			}
		}
	}
	return stale
}
