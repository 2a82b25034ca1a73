package repl

import (
	"context"
	"fmt"
	"io/fs"
	"path"

	"github.com/spf13/afero"

	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/scripts"
)

// fileCommands look at the files of the user's host.
func fileCommands() []*Command {
	return []*Command{
		{Name: "ls", Args: "[PATH]", Doc: "List the files of this host: size and name.", Try: "ls /etc", Max: -1, Silent: true, Shell: (*Shell).ls, Complete: fileNames},
		{Name: "cat", Args: "FILE…", Doc: "Show files of this host.", Try: "cat /etc/resolv.conf", Min: 1, Max: -1, Silent: true, Shell: (*Shell).cat, Complete: fileNames},
		{Name: "edit", Args: "FILE", Doc: editDoc, Try: "edit notes.txt\nThe first line.\n.", Min: 1, Max: 1, Talks: true, World: edit, Complete: fileNames},
	}
}

// path is the absolute form of a name on the user's host.
func (s *Shell) path(name string) string { return s.session.Process.Path(name) }

func (s *Shell) ls(args []string) error {
	_, rest, err := options("ls", args, "lah1", "")
	if err == nil && len(rest) > 1 {
		err = fmt.Errorf("ls: one path at a time, got %s and %s", rest[0], rest[1])
	}
	if err != nil {
		return err
	}
	name := "."
	if len(rest) > 0 {
		name = rest[0]
	}
	fsys := s.host().FS
	info, err := fsys.Stat(s.path(name))
	if err != nil {
		return fileError("ls", name, err)
	}
	list := []fs.FileInfo{info}
	if info.IsDir() {
		if list, err = afero.ReadDir(fsys, s.path(name)); err != nil {
			return fileError("ls", name, err)
		}
	}
	for _, i := range list {
		slash, size := "", fmt.Sprint(i.Size())
		if i.IsDir() {
			slash, size = "/", "-"
		}
		fmt.Fprintf(s.out, "%10s  %s\n", size, i.Name()+slash)
	}
	return nil
}

func (s *Shell) cat(args []string) error {
	for _, name := range args {
		if info, err := s.host().FS.Stat(s.path(name)); err == nil && info.IsDir() {
			return fmt.Errorf("cat: %s: Is a directory; ls lists it", name)
		}
		b, err := afero.ReadFile(s.host().FS, s.path(name))
		if err != nil {
			return fileError("cat", name, err)
		}
		fmt.Fprintln(s.out, showText(string(b)))
	}
	return nil
}

// fileError words why a command cannot have a file.
func fileError(command, name string, err error) error {
	text, _ := process.FileError(err)
	return fmt.Errorf("%s: %s: %s", command, name, text)
}

// runFile runs a script of the host as a process and waits until its main script has ended.
func runFile(c *Context, args []string) error {
	p := c.Process
	if isLab(args) {
		return fmt.Errorf("run: %s is a lab with a world of its own, which nothing else goes on beside", args[0])
	}
	if there, _ := afero.Exists(p.FS(), p.Path(args[0])); !there {
		var names []string
		for _, lab := range scripts.All() {
			names = append(names, lab.Name, path.Base(lab.Name))
		}
		return fmt.Errorf("run: there is no lab and no file %s on %s%s", args[0], p.Host().Name, didYouMean(args[0], names))
	}
	o := p.Child(c.Out, p.Stderr)
	o.Stdin = c.Stdin
	q, err := process.Start(p.Host(), p.Path(args[0]), args[0], args[1:], o)
	if err != nil {
		return err
	}
	waited := false
	defer func() {
		if !waited { // Ctrl-C
			q.Kill()
		}
	}()
	q.Main().Join()
	waited = true
	if q.Status() != 0 {
		fmt.Fprintf(c.Out, "status %d (%s)\n", q.Status(), q.Verdict())
	}
	return nil
}

// fileNames completes names of files of the host.
func fileNames(s *Shell, args []string) []string {
	typed := ""
	if len(args) > 0 {
		typed = args[len(args)-1]
	}
	folder, _ := path.Split(typed)
	list, err := afero.ReadDir(s.host().FS, s.path(folder+"."))
	if err != nil {
		return nil
	}
	var names []string
	for _, i := range list {
		name := folder + i.Name()
		if i.IsDir() {
			name += "/"
		}
		names = append(names, name)
	}
	return names
}

// context is one that Ctrl-C ends, and the end of the shell's.
func (s *Shell) context() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(s.ctx)
	restore := s.interrupts.during(cancel)
	return ctx, func() { restore(); cancel() }
}
