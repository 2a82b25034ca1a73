package serve

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
)

// UsersDoc documents an option that Users reads, UsersType is its type.
const (
	UsersDoc  = "passwords by user name, or a function that is given a user name and returns the password, or nil if there is no such user"
	UsersType = "table<string, string>|fun(user: string): string?"
)

// Users reads the option of that name: it returns what asks for a user's password. A table is asked each time, so that a script may change it.
func (t *Tasks) Users(c *bind.Call, option string, users lua.LValue) func(user string) (password string, ok bool) {
	switch users := users.(type) {
	case *lua.LTable:
		return func(user string) (string, bool) {
			password, ok := users.RawGetString(user).(lua.LString)
			return string(password), ok
		}
	case *lua.LFunction:
		return func(user string) (string, bool) {
			results, err := t.Call(users, lua.LString(user))
			if err != nil || len(results) == 0 {
				return "", false
			}
			password, ok := results[0].(lua.LString)
			return string(password), ok
		}
	}
	c.Misuse(option, "want a table or a function, got %s", c.Describe(users))
	return nil
}
