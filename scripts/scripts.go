// Package scripts holds the labs and exercises in Lua that are part of the moonwire binary.
//
// Each folder is a subject. A script's name is its folder and file without .lua: sockets/upper_tcp. Its
// first line is a comment with its title. A script with an expected output beside it, NAME.out, is a lab: it
// runs alone with `moonwire run NAME`. The others are the processes that labs start.
package scripts

import (
	"embed"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed */*.lua */*.out exercises
var files embed.FS

// A Script is one embedded Lua file.
type Script struct {
	Name  string // "sockets/upper_tcp"
	Title string // from the first comment line
	Lab   bool   // runs alone and has an expected output
}

// Exercise returns the folder of the exercise that is called name, with check.lua in it.
func Exercise(name string) (fs.FS, bool) {
	if !slices.Contains(Exercises(), name) {
		return nil, false
	}
	folder, err := fs.Sub(files, "exercises/"+name)
	return folder, err == nil
}

// Exercises returns the names of the exercises, in order.
func Exercises() []string {
	found, err := fs.Glob(files, "exercises/*/check.lua")
	if err != nil {
		panic(err) // the pattern is wrong
	}
	names := make([]string, len(found))
	for i, p := range found {
		names[i] = path.Base(path.Dir(p))
	}
	return names
}

// Files returns the folders of scripts.
func Files() fs.FS { return files }

// All returns every script in the order of their names.
func All() []Script {
	paths, err := fs.Glob(files, "*/*.lua")
	if err != nil {
		panic(err) // the pattern is wrong
	}
	slices.Sort(paths)
	list := make([]Script, len(paths))
	for i, p := range paths {
		list[i] = Script{Name: strings.TrimSuffix(p, ".lua"), Title: title(read(p))}
		_, err := fs.Stat(files, list[i].Name+".out")
		list[i].Lab = err == nil
	}
	return list
}

// Find returns the script called name: its full name or its last part, with or without .lua.
func Find(name string) (Script, bool) {
	name = strings.TrimSuffix(name, ".lua")
	for _, s := range All() {
		if s.Name == name || path.Base(s.Name) == name {
			return s, true
		}
	}
	return Script{}, false
}

// Folder returns the name of the folder the script is in.
func (s Script) Folder() string { return path.Dir(s.Name) }

// File returns the name of the script's file in its folder.
func (s Script) File() string { return path.Base(s.Name) + ".lua" }

// Source returns the text of the script.
func (s Script) Source() string { return read(s.Name + ".lua") }

// Expected returns the output of a lab run with seed 1.
func (s Script) Expected() string { return read(s.Name + ".out") }

// Needs returns the script and the scripts of its folder that it names, such as the processes that it starts,
// and those that they name.
func (s Script) Needs() []Script {
	needs := []Script{s}
	for i := 0; i < len(needs); i++ {
		for _, m := range regexp.MustCompile(`["']([\w-]+)(?:\.lua)?["']`).FindAllStringSubmatch(needs[i].Source(), -1) {
			other, ok := Find(s.Folder() + "/" + m[1])
			if ok && !slices.Contains(needs, other) {
				needs = append(needs, other)
			}
		}
	}
	return needs
}

// title returns the text of a script's first comment line.
func title(source string) string {
	line, _, _ := strings.Cut(source, "\n")
	text, ok := strings.CutPrefix(line, "--")
	if !ok {
		return ""
	}
	return strings.TrimSpace(text)
}

func read(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // every name comes from the embedded folders
	}
	return string(b)
}
