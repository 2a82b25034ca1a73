package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moonwire-lab/moonwire/engine/grade"
	"github.com/moonwire-lab/moonwire/scripts"
)

// openExercise finds the folder of an exercise: on the machine, or built in. A folder with the name of one that is built in and without
// tests is what moonwire exercises copy made of it, and stands for it.
func openExercise(target string) (*grade.Exercise, error) {
	if _, err := os.Stat(filepath.Join(target, "check.lua")); err == nil {
		full, err := filepath.Abs(target)
		if err != nil {
			return nil, cannotRead(target, err)
		}
		return &grade.Exercise{Name: filepath.Base(full), Files: os.DirFS(target)}, nil
	}
	info, err := os.Stat(target)
	switch {
	case err != nil, info.IsDir() && slices.Contains(scripts.Exercises(), target): // where a handout was copied to, which has no tests
		return builtIn(target)
	case info.IsDir():
		return nil, usagef("%s has no file check.lua, so it is no exercise.\nmoonwire new exercise NAME makes one, moonwire exercises lists those that are built in.", target)
	}
	return nil, usagef("%s is a file, and an exercise is the folder that has check.lua: moonwire grade FOLDER SUBMISSION…", target)
}

// openSubmissions opens all that was handed in. What is not there is a mistake in the command line; what is there and cannot be read, such as a
// damaged archive, gets no points, and the others are graded.
func openSubmissions(targets []string, ex *grade.Exercise) ([]*grade.Submission, error) {
	var subs []*grade.Submission
	for i, name := range submissionNames(targets) {
		sub, err := openSubmission(name, targets[i], ex)
		if err != nil {
			return nil, err
		}
		subs = append(subs, sub)
	}
	return subs, nil
}

// submissionNames returns what reports call submissions: the last part of the path without .lua or .zip, or as many parts as make them different.
func submissionNames(targets []string) []string {
	parts := make([][]string, len(targets))
	names := make([]string, len(targets))
	for i, t := range targets {
		clean, err := filepath.Abs(t)
		if err != nil {
			clean = filepath.Clean(t)
		}
		clean = strings.TrimSuffix(strings.TrimSuffix(clean, ".lua"), ".zip")
		parts[i] = strings.Split(filepath.ToSlash(clean), "/")
	}
	for n := 1; ; n++ {
		seen, twice, longer := map[string]bool{}, false, false
		for i, p := range parts {
			names[i] = strings.Join(p[max(0, len(p)-n):], "/")
			twice = twice || seen[names[i]]
			longer = longer || len(p) > n
			seen[names[i]] = true
		}
		if !twice || !longer {
			return names
		}
	}
}

// openSubmission opens what was handed in. A file alone gets the name that the exercise wants.
func openSubmission(name, target string, ex *grade.Exercise) (*grade.Submission, error) {
	if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("there is no file or folder %s", target)
	}
	inside, err := within(target)
	if err != nil {
		return grade.Unreadable(name, err), nil
	}
	info, err := os.Stat(target)
	switch {
	case err != nil:
		return grade.Unreadable(name, err), nil
	case !inside:
		return grade.Unreadable(name, errors.New("it is a link that leads out of its folder, and what it points at was not handed in")), nil
	case info.IsDir():
		return &grade.Submission{Name: name, Files: grade.Descend(os.DirFS(target), ex.Main)}, nil
	case !info.Mode().IsRegular():
		return grade.Unreadable(name, errors.New("it is neither a file nor a folder")), nil
	case info.Size() > grade.MaxBytes:
		return grade.Unreadable(name, fmt.Errorf("the file has more than %d MiB", grade.MaxBytes>>20)), nil
	}
	data, err := os.ReadFile(target)
	switch {
	case err != nil:
		return grade.Unreadable(name, err), nil
	case foreign(data) != "":
		return grade.Unreadable(name, fmt.Errorf("it is %s: hand in the Lua file itself, or a zip archive", foreign(data))), nil
	case strings.EqualFold(filepath.Ext(target), ".zip") || bytes.HasPrefix(data, []byte("PK\x03\x04")):
		files, err := grade.Unzip(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return grade.Unreadable(name, err), nil
		}
		return &grade.Submission{Name: name, Files: grade.Descend(files, ex.Main)}, nil
	}
	return grade.OneFile(name, ex.Main, data)
}

// within tells whether a target that is a link leads to something in the link's own folder: students can hand in links too, to what others have.
func within(target string) (bool, error) {
	folder, err := filepath.EvalSymlinks(filepath.Dir(target))
	if err != nil {
		return false, err
	}
	real, err := filepath.EvalSymlinks(target)
	if err != nil {
		return false, err
	}
	way, err := filepath.Rel(folder, real)
	last := filepath.Base(target) // "." and ".." lead where they say
	return err == nil && (filepath.IsLocal(way) || last == "." || last == ".."), nil
}

// foreign says what a file is that people hand in and that is neither Lua nor a zip archive; "" for others.
func foreign(data []byte) string {
	for begin, what := range map[string]string{"\x1f\x8b": "a gzip or tar.gz archive", "Rar!\x1a\x07": "a RAR archive", "7z\xbc\xaf\x27\x1c": "a 7z archive",
		"%PDF-": "a PDF document", "\xd0\xcf\x11\xe0": "a document of an office program", "{\\rtf": "a document of an office program"} {
		if bytes.HasPrefix(data, []byte(begin)) {
			return what
		}
	}
	return ""
}
