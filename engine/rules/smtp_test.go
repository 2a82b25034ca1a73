package rules_test

import (
	"strings"
	"testing"

	"github.com/moonwire-lab/moonwire/engine/rules"
)

const (
	helo = "S: 220 hamburger.edu\nC: HELO crepes.fr\nS: 250 Hello crepes.fr, pleased to meet you\n"
	ehlo = "S: 220 hamburger.edu\nC: EHLO crepes.fr\nS: 250-hamburger.edu\nS: 250-PIPELINING\nS: 250-8BITMIME\nS: 250-CHUNKING\nS: 250 AUTH PLAIN\n"
	mail = "C: MAIL FROM:<alice@crepes.fr>\nS: 250 2.1.0 alice@crepes.fr... Sender ok\n"
	rcpt = "C: RCPT TO:<bob@hamburger.edu>\nS: 250 bob@hamburger.edu ... Recipient ok\n"
	data = "C: DATA\nS: 354 Enter mail, end with \".\" on a line by itself\n"
	text = "C: Do you like ketchup?\nC: How about pickles?\nC: .\nS: 250 Message accepted for delivery\n"
	quit = "C: QUIT\nS: 221 hamburger.edu closing connection\nS (closes)\nC (closes)\n"
)

var smtpCases = []wrong{
	{"", 0, helo + mail + rcpt + data + text + quit},
	{"", 0, helo + mail + rcpt + data + "C: From: alice\nC:\nC: ..a dot\nC: ..\nC: .\nS: 554 no\n" + mail + rcpt + "C: RSET\nS: 250 ok\n" + quit},
	{"", 0, ehlo + "C: MAIL FROM:<> BODY=8BITMIME\nS: 250 ok\nC: RCPT TO:<Postmaster>\nS: 550 no\n" + rcpt + data + "C= \\303\\251\\r\\n\nC: .\nS: 250 ok\n" + quit},
	{"", 0, ehlo + "C: MAIL FROM:<a@b.c>\nC: RCPT TO:<\"a > b\"@b.c>\nC: DATA\nS: 250 ok\nS: 250 ok\nS: 354 go\n" + text + quit},
	{"", 0, ehlo + "C: MAIL FROM:<a@b.c>\nC: RCPT TO:<a@b.c>\nC: DATA\nS: 250 ok\nS: 550 no\nS: 554 no\n" + quit},
	{"", 0, ehlo + mail + rcpt + "C: BDAT 5\nC= a\\r\\nbc\nS: 250 ok\nC: BDAT 3 LAST\nC= \\000\\377.\nS: 250 ok\n" + mail + "C: RSET\nS: 250 ok\n" + quit},
	{"", 0, ehlo + "C: AUTH PLAIN\nS: 334 \nC: AGFsaWNlAGh1bmdyeQ==\nS: 235 2.7.0 ok\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: *\nS: 501 cancelled\n" + quit},
	{"", 0, "S: 220 x STARTTLS\nC: EHLO [10.0.0.1]\nS: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\nC= \\026\\003\\001\nS= \\026\\003\\001\n"},
	{"", 0, helo + "S: 421 shutting down\nS (closes)\nC (closes)\n"},
	{"", 0, "S: 554 no mail here\nC: QUIT\nS: 221 bye\nC (closes)\n"},

	{"line-end", 2, "S: 220 x\nC= HELO crepes.fr\\n\nS: 250 Hello\n"},
	{"line-end", 2, "S: 220 x\nC= HELO crepes.fr\n"},
	{"line-end", 2, "S: 220 x\nC= HELO crepes.fr\\r\n"},
	{"line-end", 10, helo + mail + rcpt + data + "C= a\\n\nC: .\nS: 250 ok\n"},
	{"line-end", 10, helo + mail + rcpt + data + "C= a\\rb\\r\\n\nC: .\nS: 250 ok\n"},
	{"line-end", 1, "S= 220 hamburger.edu\\n\n"},
	{"command-length", 4, helo + "C: NOOP " + strings.Repeat("x", 510) + "\nS: 250 ok\n"},
	{"command-characters", 4, helo + "C= MAIL FROM:<\\303\\251@crepes.fr>\\r\\n\nS: 250 ok\n"},
	{"command-known", 4, helo + "C: HELLO crepes.fr\nS: 500 what\n"},
	{"command-known", 13, helo + mail + rcpt + data + "C: one\nC: .\nS: 250 ok\nC: two\nS: 500 what\n"},
	{"command-arguments", 8, helo + mail + rcpt + "C: DATA now\nS: 501 no\n"},
	{"command-arguments", 4, helo + "C: QUIT please\nS: 221 bye\n"},
	{"command-arguments", 4, helo + "C: VRFY\nS: 501 who\n"},
	{"command-arguments", 4 + 8, ehlo + mail + rcpt + "C: BDAT all\nS: 501 no\n"},
	{"greeting-wait", 1, "C: HELO crepes.fr\nS: 220 x\nS: 250 Hello\n"},
	{"reply-wait", 5, helo + "C: MAIL FROM:<a@b.c>\nC: RCPT TO:<a@b.c>\nC: RSET\nS: 250 ok\nS: 250 ok\nS: 250 ok\n" + quit},
	{"pipeline-last", 9, ehlo + "C: NOOP\nC: NOOP\nS: 250 ok\nS: 250 ok\n"},
	{"data-wait", 10, helo + mail + rcpt + "C: DATA\nC: text\nS: 354 go\nC: .\nS: 250 ok\n"},
	{"hello-first", 2, "S: 220 x\nC: MAIL FROM:<a@b.c>\nS: 503 no\n"},
	{"hello-domain", 2, "S: 220 x\nC: HELO\nS: 501 who\n"},
	{"hello-domain", 2, "S: 220 x\nC: EHLO my computer\nS: 501 who\n"},
	{"mail-once", 6, helo + mail + "C: MAIL FROM:<a@b.c>\nS: 503 no\n"},
	{"rcpt-after-mail", 4, helo + "C: RCPT TO:<a@b.c>\nS: 503 no\n"},
	{"rcpt-after-mail", 6, helo + "C: MAIL FROM:<a@b.c>\nS: 550 no\nC: RCPT TO:<a@b.c>\nS: 503 no\n"},
	{"data-after-rcpt", 6, helo + mail + "C: DATA\nS: 503 no\n"},
	{"data-recipients", 8, helo + mail + "C: RCPT TO:<a@b.c>\nS: 550 no\nC: DATA\nS: 554 no\n"},
	{"path-keyword", 4, helo + "C: MAIL <a@b.c>\nS: 501 no\n"},
	{"path-keyword", 6, helo + mail + "C: RCPT FROM:<a@b.c>\nS: 501 no\n"},
	{"path-space", 4, helo + "C: MAIL FROM: <a@b.c>\nS: 250 ok\n"},
	{"path-brackets", 4, helo + "C: MAIL FROM:a@b.c\nS: 250 ok\n"},
	{"path-brackets", 4, helo + "C: MAIL FROM:<a@b.c\nS: 501 no\n"},
	{"path-mailbox", 4, helo + "C: MAIL FROM:<alice>\nS: 501 no\n"},
	{"path-mailbox", 6, helo + mail + "C: RCPT TO:<>\nS: 501 no\n"},
	{"path-mailbox", 6, helo + mail + "C: RCPT TO:<b ob@x>\nS: 501 no\n"},
	{"extension-offered", 4, helo + "C: MAIL FROM:<a@b.c> SIZE=5\nS: 555 no\n"},
	{"extension-offered", 4, helo + "C: STARTTLS\nS: 500 no\n"},
	{"auth-base64", 8, ehlo + "C: AUTH PLAIN alice\nS: 501 no\n"},
	{"auth-base64", 10, ehlo + "C: AUTH PLAIN\nS: 334 \nC: alice hungry\nS: 501 no\n"},
	{"text-length", 10, helo + mail + rcpt + data + "C: " + strings.Repeat("x", 999) + "\nC: .\nS: 250 ok\n"},
	{"text-dot", 10, helo + mail + rcpt + data + "C: .hidden\nC: .\nS: 250 ok\n"},
	{"text-eight-bit", 10, helo + mail + rcpt + data + "C= \\303\\251\\r\\n\nC= \\303\\251\\r\\n\nC: .\nS: 250 ok\n"},
	{"quit", 4, helo + "C (closes)\n"},
	{"quit-wait", 5, helo + "C: QUIT\nC (closes)\n"},
	{"quit-last", 6, helo + "C: QUIT\nS: 221 bye\nC: NOOP\n"},

	{"reply-syntax", 3, "S: 220 x\nC: HELO x\nS: OK\n"},
	{"reply-syntax", 3, "S: 220 x\nC: HELO x\nS: 250: ok\n"},
	{"reply-syntax", 1, "S: +OK POP3 server ready\n"},
	{"reply-same-code", 4, "S: 220 x\nC: HELP\nS: 214-one\nS: 250 two\n"},
	{"reply-length", 3, "S: 220 x\nC: NOOP\nS: 250 " + strings.Repeat("x", 507) + "\n"},
	{"reply-asked", 4, helo + "S: 250 ok\n"},
	{"reply-missing", 5, helo + "C: NOOP\nS (closes)\n"},
	{"greeting-code", 1, "S: 250 hamburger.edu\n"},
	{"greeting-domain", 1, "S: 220 \n"},
	{"greeting-domain", 1, "S: 220 -- welcome --\n"},
	{"reply-class", 9, helo + mail + rcpt + "C: DATA\nS: 250 go\n" + text + quit},
	{"reply-class", 5, helo + "C: MAIL FROM:<a@b.c>\nS: 354 go\n"},
	{"reply-code", 5, helo + "C: MAIL FROM:<a@b.c>\nS: 200 ok\n"},
	{"reply-code", 5, helo + "C: MAIL FROM:<a@b.c>\nS: 599 no\n"},
	{"ehlo-keyword", 4, "S: 220 x\nC: EHLO x\nS: 250-x\nS: 250 =SIZE\n"},
	{"enhanced-class", 5, helo + "C: MAIL FROM:<a@b.c>\nS: 250 5.1.0 ok\n"},
	{"reply-missing", 5, helo + "C: QUIT\nS (closes)\n"},
	{"close-asked", 4, helo + "S (closes)\n"},
}

func TestSMTP(t *testing.T) { judge(t, "smtp", rules.SMTP, smtpCases) }

func FuzzSMTP(f *testing.F) { fuzz(f, smtpCases, rules.SMTP) }
