package mail_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/moonwire-lab/moonwire/engine/mail"
)

func Example() {
	draft := mail.Draft{
		From:        []mail.Address{{Name: "Alice", Address: "alice@crepes.fr"}},
		To:          []mail.Address{{Address: "bob@hamburger.edu"}},
		Subject:     "Picture of yummy crêpe.",
		Text:        "Dear Bob, see the picture.\n",
		Attachments: []mail.Content{{Name: "crepe.jpg", Body: []byte("\xff\xd8\xff")}},
	}
	message, err := draft.Build(rand.New(rand.NewPCG(1, 2)), time.Unix(0, 0), "crepes.fr")
	if err != nil {
		panic(err)
	}
	p := mail.Parse(message)
	fmt.Println(p.Header.Get("Subject"))
	fmt.Println(p.Header.Text("Subject"))
	p.Walk(func(path []int, p *mail.Part) bool {
		fmt.Println(path, p.Type, p.Encoding)
		return true
	})
	// Output:
	// =?utf-8?q?Picture_of_yummy_cr=C3=AApe.?=
	// Picture of yummy crêpe.
	// [] multipart/mixed 7bit
	// [1] text/plain 7bit
	// [2] image/jpeg base64
}
