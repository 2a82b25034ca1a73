package ftp

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/spf13/afero"
)

// writing is how files are opened to be stored: what is in them stays until a data connection stands.
const writing = os.O_WRONLY | os.O_CREATE

// path returns the absolute path that an argument names, seen from the user's root; no ".." leads above that.
func (x *session) path(arg string) string {
	if !strings.HasPrefix(arg, "/") {
		arg = x.cwd + "/" + arg
	}
	return path.Clean("/" + arg)
}

// real returns the path in the file system of one that path has returned.
func (x *session) real(name string) string { return path.Join("/", x.account.Root, name) }

// readOnly answers, and reports true, where the user may change nothing.
func (x *session) readOnly() bool {
	if x.account.ReadOnly {
		x.refuse(550, "Permission denied: you may only read here")
	}
	return x.account.ReadOnly
}

// parentOf reports whether the folder for a new name is there, or answers that it is not.
func (x *session) parentOf(name string) bool {
	i, err := x.account.FS.Stat(x.real(path.Dir(name)))
	if err != nil || !i.IsDir() || name == "/" {
		x.refuse(553, "No such folder: "+path.Dir(name))
		return false
	}
	return true
}

// folder reports whether name is a folder, or answers that it is not.
func (x *session) folder(name string) bool {
	i, err := x.account.FS.Stat(x.real(name))
	switch {
	case err != nil:
		x.refuse(fileReply(err))
	case !i.IsDir():
		x.refuse(550, "Not a folder")
	default:
		return true
	}
	return false
}

func (x *session) pwd(string) { x.say(257, quotePath(x.cwd)+" is the current folder") }

func (x *session) chdir(arg string) {
	if name := x.path(arg); x.folder(name) {
		x.cwd = name
		x.say(250, "Folder changed to "+name)
	}
}

func (x *session) cdup(string) { x.chdir("..") }

func (x *session) mkd(arg string) {
	name := x.path(arg)
	if x.readOnly() || !x.parentOf(name) {
		return
	}
	_, err := x.account.FS.Stat(x.real(name))
	if err == nil { // afero's copy-on-write makes nothing of it
		err = fs.ErrExist
	} else {
		err = x.account.FS.Mkdir(x.real(name), 0o755)
	}
	if err != nil {
		x.refuse(fileReply(err))
		return
	}
	x.say(257, quotePath(name)+" created")
}

func (x *session) rmd(arg string) {
	name := x.path(arg)
	if x.readOnly() || !x.folder(name) {
		return
	}
	inside, err := afero.ReadDir(x.account.FS, x.real(name))
	switch {
	case err != nil:
		x.refuse(fileReply(err))
	case name == "/" || name == x.cwd:
		x.refuse(550, "The folder is in use")
	case len(inside) > 0:
		x.refuse(550, "The folder is not empty")
	default:
		x.remove(name, "Folder")
	}
}

func (x *session) dele(arg string) {
	name := x.path(arg)
	if x.readOnly() {
		return
	}
	if f, _ := x.open(name); f != nil {
		f.Close()
		x.remove(name, "File")
	}
}

func (x *session) remove(name, what string) {
	if err := x.account.FS.Remove(x.real(name)); err != nil {
		x.refuse(fileReply(err))
		return
	}
	x.say(250, what+" deleted")
}

func (x *session) rnfr(arg string) {
	name := x.path(arg)
	if x.readOnly() {
		return
	}
	if _, err := x.account.FS.Stat(x.real(name)); err != nil {
		x.refuse(fileReply(err))
		return
	}
	x.from = name
	x.say(350, "Ready for RNTO")
}

func (x *session) rnto(arg string) {
	from, to := x.from, x.path(arg)
	x.from = ""
	switch i, err := x.account.FS.Stat(x.real(to)); {
	case from == "":
		x.refuse(503, "Say RNFR first")
		return
	case from == "/" || to == from || strings.HasPrefix(to, from+"/"):
		x.refuse(553, "A folder cannot be renamed to something inside it")
		return
	case err == nil && i.IsDir():
		x.refuse(553, "There is a folder of that name already")
		return
	case !x.parentOf(to):
		return
	}
	if err := x.account.FS.Rename(x.real(from), x.real(to)); err != nil {
		x.refuse(fileReply(err))
		return
	}
	x.say(250, "Renamed")
}

// size is SIZE (RFC 3659 4): as many bytes as RETR would send.
func (x *session) size(arg string) {
	f, size := x.open(x.path(arg))
	if f == nil {
		return
	}
	defer f.Close()
	if !x.image {
		if size = x.asciiSize(f); size < 0 {
			return
		}
	}
	x.say(213, fmt.Sprint(size))
}

// mdtm is MDTM (RFC 3659 3).
func (x *session) mdtm(arg string) {
	i, err := x.account.FS.Stat(x.real(x.path(arg)))
	switch {
	case err != nil:
		x.refuse(fileReply(err))
	case i.IsDir():
		x.refuse(550, "It is a folder")
	default:
		x.say(213, i.ModTime().UTC().Format(timeLayout))
	}
}

// mfmt is MFMT <time> <path>, which sets what MDTM tells (draft-somers-ftp-mfxx).
func (x *session) mfmt(arg string) {
	when, name, _ := strings.Cut(arg, " ")
	t, ok := parseTime(when)
	switch {
	case !ok || name == "":
		x.refuse(501, "Syntax: MFMT <time> <path>")
		return
	case x.readOnly():
		return
	}
	if err := x.account.FS.Chtimes(x.real(x.path(name)), t, t); err != nil {
		x.refuse(fileReply(err))
		return
	}
	x.say(213, "Modify="+t.UTC().Format(timeLayout)+"; "+x.path(name))
}

// site is SITE CHMOD <mode> <path>, the one command of SITE that everybody knows.
func (x *session) site(arg string) {
	f := fieldsThen(arg, 2)
	if f == nil || !strings.EqualFold(f[0], "CHMOD") {
		x.refuse(504, "Only SITE CHMOD <mode> <path> is known")
		return
	}
	mode, err := strconv.ParseUint(f[1], 8, 9)
	switch {
	case err != nil || f[2] == "":
		x.refuse(501, "Syntax: SITE CHMOD <mode> <path>")
		return
	case x.readOnly():
		return
	}
	name := x.real(x.path(f[2]))
	i, err := x.account.FS.Stat(name)
	if err == nil {
		err = x.account.FS.Chmod(name, i.Mode()&^fs.ModePerm|fs.FileMode(mode))
	}
	if err != nil {
		x.refuse(fileReply(err))
		return
	}
	x.say(200, "Mode changed")
}

func (x *session) mlst(arg string) {
	name := x.path(arg)
	i, err := x.account.FS.Stat(x.real(name))
	if err != nil {
		x.refuse(fileReply(err))
		return
	}
	x.say(250, "Listing "+shownName(name)+"\n"+factLine(i, name, x.facts, !x.account.ReadOnly)+"\nEnd")
}

// entries returns what LIST and NLST show for an argument, whose options they ignore: the files of a folder, a file, or those that fit a pattern.
// before is what stands before each name to make a path of it.
func (x *session) entries(arg string) (list []fs.FileInfo, before string, ok bool) {
	for strings.HasPrefix(arg, "-") {
		_, arg, _ = strings.Cut(arg, " ")
	}
	name := x.path(arg)
	i, err := x.account.FS.Stat(x.real(name))
	if err != nil && strings.ContainsAny(path.Base(name), "*?[") {
		list, err = x.matching(name)
		before, _ = path.Split(arg)
	} else if err == nil && i.IsDir() {
		list, err = afero.ReadDir(x.account.FS, x.real(name))
		if before = arg; arg != "" && !strings.HasSuffix(arg, "/") {
			before += "/"
		}
	} else if err == nil {
		list = []fs.FileInfo{i}
		before, _ = path.Split(arg)
	}
	if err != nil {
		x.refuse(fileReply(err))
	}
	x.charge(10 * len(list))
	return list, before, err == nil
}

// matching returns the files whose names fit the last part of a path.
func (x *session) matching(name string) ([]fs.FileInfo, error) {
	all, err := afero.ReadDir(x.account.FS, x.real(path.Dir(name)))
	var fit []fs.FileInfo
	for _, i := range all {
		if ok, _ := path.Match(path.Base(name), i.Name()); ok {
			fit = append(fit, i)
		}
	}
	if err == nil && len(fit) == 0 {
		err = fs.ErrNotExist
	}
	return fit, err
}

func (x *session) list(arg string) {
	if text, ok := x.listing(arg); ok {
		x.sendText("LIST "+x.cwd, text)
	}
}

func (x *session) listing(arg string) (string, bool) {
	list, _, ok := x.entries(arg)
	var b strings.Builder
	for _, i := range list {
		b.WriteString(listLine(i, x.st.Now()) + "\r\n")
	}
	return b.String(), ok
}

func (x *session) nlst(arg string) {
	list, before, ok := x.entries(arg)
	if !ok {
		return
	}
	var b strings.Builder
	for _, i := range list {
		b.WriteString(shownName(before+i.Name()) + "\r\n")
	}
	x.sendText("NLST "+x.cwd, b.String())
}

func (x *session) mlsd(arg string) {
	name := x.path(arg)
	if i, err := x.account.FS.Stat(x.real(name)); err == nil && !i.IsDir() {
		x.refuse(501, "Not a folder") // RFC 3659 7.2.1
		return
	}
	list, err := afero.ReadDir(x.account.FS, x.real(name))
	if err != nil {
		x.refuse(fileReply(err))
		return
	}
	var b strings.Builder
	for _, i := range list {
		b.WriteString(factLine(i, i.Name(), x.facts, !x.account.ReadOnly) + "\r\n")
	}
	x.charge(10 * len(list))
	x.sendText("MLSD "+name, b.String())
}
