// Package sftp is the SSH File Transfer Protocol, version 3 (draft-ietf-secsh-filexfer-02), which OpenSSH speaks: a server of a file system and a client. It
// runs as the subsystem "sftp" of package ssh, and scp of OpenSSH 9 uses it, too.
//
// Left out: symbolic links, owners, and all extensions but posix-rename@openssh.com.
package sftp

import (
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"

	"github.com/moonwire-lab/moonwire/engine/stack"
)

// Subsystem is the name of the protocol for SSH.
const Subsystem = "sftp"

const (
	version   = 3
	maxPacket = 256 << 10
	maxRead   = 32 << 10 // bytes of a file in a packet
	ahead     = 32       // packets of a file that a client asks for, or sends, before it takes the first answer
	maxOpen   = 100      // files and folders that a session may have open
	listCost  = 10       // units of Server.Charge for each name
)

// The types of packets.
const (
	typeInit     = 1
	typeVersion  = 2
	typeOpen     = 3
	typeClose    = 4
	typeRead     = 5
	typeWrite    = 6
	typeLstat    = 7
	typeFstat    = 8
	typeSetstat  = 9
	typeFsetstat = 10
	typeOpendir  = 11
	typeReaddir  = 12
	typeRemove   = 13
	typeMkdir    = 14
	typeRmdir    = 15
	typeRealpath = 16
	typeStat     = 17
	typeRename   = 18
	typeReadlink = 19
	typeSymlink  = 20
	typeStatus   = 101
	typeHandle   = 102
	typeData     = 103
	typeName     = 104
	typeAttrs    = 105
	typeExtended = 200
)

// typeText returns the name of a type of packet, without SSH_FXP_.
func typeText(n byte) string {
	switch {
	case n >= typeInit && n <= typeSymlink:
		return [...]string{"INIT", "VERSION", "OPEN", "CLOSE", "READ", "WRITE", "LSTAT", "FSTAT", "SETSTAT", "FSETSTAT", "OPENDIR", "READDIR", "REMOVE", "MKDIR", "RMDIR", "REALPATH", "STAT", "RENAME", "READLINK", "SYMLINK"}[n-1]
	case n >= typeStatus && n <= typeAttrs:
		return [...]string{"STATUS", "HANDLE", "DATA", "NAME", "ATTRS"}[n-typeStatus]
	case n == typeExtended:
		return "EXTENDED"
	}
	return "packet " + strconv.Itoa(int(n))
}

// The bits of OPEN.
const (
	openRead     = 1
	openWrite    = 2
	openAppend   = 4
	openCreate   = 8
	openTruncate = 16
	openExcl     = 32
)

// A Status is the code of an answer.
type Status uint32

// The codes.
const (
	OK Status = iota
	EOF
	NoSuchFile
	PermissionDenied
	Failure
	BadMessage
	NoConnection
	ConnectionLost
	Unsupported
)

// String names the code.
func (s Status) String() string {
	if s > Unsupported {
		return "status " + strconv.Itoa(int(s))
	}
	return [...]string{"OK", "End of file", "No such file or folder", "Permission denied", "Failure", "Bad message", "No connection", "Connection lost", "Not supported"}[s]
}

// An Error is a refusal by the server.
type Error struct {
	Operation string // "OPEN", "STAT", …
	Path      string
	Status    Status
	Text      string // the server's words
}

// Error returns all of it.
func (e *Error) Error() string {
	text := e.Status.String()
	if e.Text != "" && e.Text != text {
		text += " (" + e.Text + ")"
	}
	return fmt.Sprintf("sftp: %s %s: %s", e.Operation, e.Path, text)
}

// Code returns "not-found", "denied", "unsupported", "exists" or "limit" where the server's words are those of our server, and otherwise "failed".
func (e *Error) Code() string {
	switch e.Status {
	case NoSuchFile:
		return "not-found"
	case PermissionDenied:
		return "denied"
	case Unsupported:
		return "unsupported"
	case ConnectionLost, NoConnection:
		return "closed"
	case BadMessage:
		return "invalid"
	}
	switch e.Text {
	case textExists:
		return "exists"
	case textFull:
		return "limit"
	}
	return "failed"
}

// The words of a server for what SFTP has no code for.
const (
	textExists = "There is a file or folder of that name already"
	textFull   = "No space left"
)

// A protocolError is an answer that does not fit.
type protocolError struct{ text string }

// Error returns the text.
func (e *protocolError) Error() string { return "sftp: " + e.text }

// Code returns "protocol".
func (*protocolError) Code() string { return "protocol" }

func broken(format string, args ...any) error { return &protocolError{fmt.Sprintf(format, args...)} }

// statusOf returns what is answered to an error of the file system.
func statusOf(err error) (Status, string) {
	switch {
	case err == nil:
		return OK, ""
	case err == io.EOF:
		return EOF, ""
	}
	switch stack.Code(err) {
	case "not-found":
		return NoSuchFile, ""
	case "denied":
		return PermissionDenied, ""
	case "exists":
		return Failure, textExists
	case "limit":
		return Failure, textFull
	}
	return Failure, "the file system has failed"
}

// Attrs are what is known of a file; nil fields are not told.
type Attrs struct {
	Size     *uint64
	Mode     *uint32 // as Unix has it, with the type of the file
	Modified *uint32 // seconds since 1970
}

// The types of files in Attrs.Mode.
const (
	modeType   = 0o170000
	modeFolder = 0o040000
	modeFile   = 0o100000
	modeLink   = 0o120000
)

// IsDir reports whether it is a folder.
func (a *Attrs) IsDir() bool { return a.Mode != nil && *a.Mode&modeType == modeFolder }

func attrsOf(i fs.FileInfo) Attrs {
	size, mode, modified := uint64(i.Size()), uint32(i.Mode().Perm()), uint32(i.ModTime().Unix())
	if i.IsDir() {
		size, mode = 0, mode|modeFolder
	} else {
		mode |= modeFile
	}
	return Attrs{&size, &mode, &modified}
}

// permissions are those of what is made: as the client wants it, or otherwise, but only its owner may write.
func (a *Attrs) permissions(otherwise fs.FileMode) fs.FileMode {
	if a.Mode != nil {
		otherwise = fs.FileMode(*a.Mode)
	}
	return otherwise & fs.ModePerm &^ 0o022
}

// longName is the line of ls -l that goes with each name, for people.
func longName(i fs.FileInfo) string {
	kind, size := "-", i.Size()
	if i.IsDir() {
		kind, size = "d", 0
	}
	return fmt.Sprintf("%s%s    1 sftp     sftp     %8d %s %s", kind, i.Mode().Perm().String()[1:], size, i.ModTime().UTC().Format("Jan _2  2006"), i.Name())
}

// An Entry is a file or folder of a listing.
type Entry struct {
	Name  string
	Attrs Attrs
}

// ModTime returns when it was changed, or the zero time.
func (a *Attrs) ModTime() time.Time {
	if a.Modified == nil {
		return time.Time{}
	}
	return time.Unix(int64(*a.Modified), 0).UTC()
}
