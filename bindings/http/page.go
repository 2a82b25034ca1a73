package http

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire-lab/moonwire/bindings/bind"
	"github.com/moonwire-lab/moonwire/bindings/lua51"
	"github.com/moonwire-lab/moonwire/bindings/process"
	"github.com/moonwire-lab/moonwire/bindings/serve"
	"github.com/moonwire-lab/moonwire/engine/http"
)

// Held implements lua51.Holder: the bodies of a page that is being fetched.
func (k *Client) Held(_ func(lua.LValue), weigh func(int64)) { weigh(k.client.Fetched()) }

type pageArgs struct {
	URL string `name:"url" doc:"of the page"`
}

// An Object is what page gives of each object.
type Object struct {
	URL    string  `name:"url" doc:"where it came from"`
	Status int     `doc:"of the answer; 0 without one"`
	Size   int     `doc:"bytes of the body"`
	Began  float64 `doc:"when the client turned to it, in seconds since the page was asked for"`
	First  float64 `doc:"when the head of the answer had come"`
	Ended  float64 `doc:"when all had come"`
	Error  *string `doc:"why it did not come"`
}

func (k *Client) page(c *bind.Call, a pageArgs) ([]Object, error) {
	k.here(c)
	k.client.Go = serve.New(c).Go
	began := k.client.Stack.Now()
	defer k.visit(c)()
	all, err := k.client.Page(a.URL)
	if err != nil {
		return nil, err
	}
	var list []Object
	for i := range all {
		list = append(list, object(&all[i], began))
		c.Charge(500 + len(all[i].Body)/32)
	}
	return list, nil
}

// visit lets a call pay for the page that it fetches, and for the memory, until it ends.
func (k *Client) visit(c *bind.Call) (end func()) {
	sched := process.Of(c).Sched()
	if len(k.visits) == 0 {
		k.release = lua51.Hold(c.L, k)
	}
	task := sched.Current()
	k.visits[task] = c
	k.client.Charge = func(units int) { k.visits[sched.Current()].Charge(units) }
	return func() {
		if delete(k.visits, task); len(k.visits) == 0 {
			k.release()
		}
	}
}

func object(f *http.Fetched, began time.Time) Object {
	o := Object{URL: f.URL, Size: len(f.Body), Began: f.Began.Sub(began).Seconds(), First: f.First.Sub(began).Seconds(), Ended: f.Ended.Sub(began).Seconds()}
	if f.Answer != nil {
		o.Status = f.Answer.StatusCode
	}
	if f.Err != nil {
		text := f.Err.Error()
		o.Error = &text
	}
	return o
}

// A Kept cookie is one in a jar.
type Kept struct {
	Name, Value, Domain, Path string
	Secure, HTTPOnly          bool
	Expires                   *float64
}

func (k *Client) cookies(c *bind.Call, _ bind.None) ([]Kept, error) {
	jar, ok := k.client.Jar.(*http.Jar)
	if !ok {
		return nil, nil
	}
	var list []Kept
	for _, kept := range jar.All() {
		c.Charge(20)
		out := Kept{Name: kept.Name, Value: kept.Value, Domain: kept.Domain, Path: kept.Path, Secure: kept.Secure, HTTPOnly: kept.HttpOnly}
		if !kept.Expires.IsZero() {
			at := float64(kept.Expires.Unix())
			out.Expires = &at
		}
		list = append(list, out)
	}
	return list, nil
}
