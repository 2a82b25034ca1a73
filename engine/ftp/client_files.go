package ftp

import (
	"bufio"
	"strings"
	"time"
)

// Cwd changes the folder.
func (c *Client) Cwd(path string) error {
	_, err := c.exchange("CWD", path)
	return err
}

// Cdup changes to the folder above.
func (c *Client) Cdup() error {
	_, err := c.exchange("CDUP", "")
	return err
}

// Pwd returns the folder.
func (c *Client) Pwd() (string, error) { return c.named("PWD", "") }

// Mkd makes a folder and returns its path, as the server says it.
func (c *Client) Mkd(path string) (string, error) { return c.named("MKD", path) }

func (c *Client) named(command, arg string) (string, error) {
	text, err := c.wanted(257, command, arg)
	if err != nil {
		return "", err
	}
	path, ok := unquotePath(text)
	if !ok {
		return "", syntaxError(command, "257 "+text)
	}
	return path, nil
}

// Rmd deletes an empty folder.
func (c *Client) Rmd(path string) error {
	_, err := c.exchange("RMD", path)
	return err
}

// Dele deletes a file.
func (c *Client) Dele(path string) error {
	_, err := c.exchange("DELE", path)
	return err
}

// Rename renames a file or folder: RNFR and RNTO.
func (c *Client) Rename(from, to string) error {
	if _, err := c.wanted(350, "RNFR", from); err != nil {
		return err
	}
	_, err := c.exchange("RNTO", to)
	return err
}

// Size returns how many bytes RETR would send in the present type (RFC 3659 4).
func (c *Client) Size(path string) (int64, error) {
	text, err := c.wanted(213, "SIZE", path)
	if err != nil {
		return 0, err
	}
	n, ok := parseNumber(strings.TrimSpace(text), 1<<62)
	if !ok {
		return 0, syntaxError("SIZE", "213 "+text)
	}
	return n, nil
}

// Mdtm returns when a file was changed (RFC 3659 3).
func (c *Client) Mdtm(path string) (time.Time, error) {
	text, err := c.wanted(213, "MDTM", path)
	if err != nil {
		return time.Time{}, err
	}
	t, ok := parseTime(strings.TrimSpace(text))
	if !ok {
		return time.Time{}, syntaxError("MDTM", "213 "+text)
	}
	return t, nil
}

// Mlst returns what is known of a file or folder, over the control connection (RFC 3659 7).
func (c *Client) Mlst(path string) (Entry, error) {
	text, err := c.wanted(250, "MLST", path)
	if err != nil {
		return Entry{}, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) == 3 {
		if e, ok := parseFacts(strings.TrimPrefix(lines[1], " ")); ok {
			return e, nil
		}
	}
	return Entry{}, syntaxError("MLST", "250 "+text)
}

// List returns the entries of a folder, "" for the present one, as LIST tells them for people; lines that nobody can read are left out.
func (c *Client) List(path string) ([]Entry, error) {
	var list []Entry
	err := c.lists("LIST", path, func(line string) bool {
		if e, ok := parseList(line, c.st.Now()); ok {
			list = append(list, e)
		}
		return true
	})
	return list, err
}

// Mlsd returns the entries of a folder, "" for the present one, as MLSD tells them for programs (RFC 3659 7).
func (c *Client) Mlsd(path string) ([]Entry, error) {
	var list []Entry
	err := c.lists("MLSD", path, func(line string) bool {
		e, ok := parseFacts(line)
		list = append(list, e)
		return ok
	})
	return list, err
}

// Nlst returns names alone. A server may refuse it with 550 for a folder without files.
func (c *Client) Nlst(path string) ([]string, error) {
	var list []string
	err := c.lists("NLST", path, func(line string) bool {
		list = append(list, line)
		return true
	})
	return list, err
}

// maxList is how many bytes of a listing a client takes.
const maxList = 16 << 20

// lists gives the lines of a listing to take, which reports whether they are what they should be.
func (c *Client) lists(command, path string, take func(line string) bool) error {
	t, err := c.Open(command, path)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(t)
	lines.Buffer(nil, 64<<10)
	size := 0
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if size += len(line); size > maxList {
			t.Abort()
			return &codedError{text: "the listing is longer than 16 MiB", code: "too-long"}
		}
		if !take(line) {
			t.Abort()
			return syntaxError(command, line)
		}
	}
	if err := lines.Err(); err == bufio.ErrTooLong {
		t.Abort()
		return syntaxError(command, "a line of more than 64 KiB")
	} else if err != nil {
		t.Close()
		return err
	}
	return t.Close()
}
