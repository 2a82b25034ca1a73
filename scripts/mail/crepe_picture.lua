-- The picture of a crepe: MIME puts bytes of any kind into lines of ASCII
--
-- A message is lines of 7-bit ASCII. MIME adds fields to the header that tell what the body is and how it was
-- encoded, so that pictures, accents and several things at once fit into it.
-- Try: `charset = "utf-8"` instead of `charset = "iso-8859-1"`. How long is an accent then?
local mail = require "mail"
local mime = require "mime"

local function show(text)
  io.write((text:gsub("\r\n", "\n")))
end

-- No picture, but the beginning that makes a file a JPEG, and some bytes after it.
local picture = "\255\216\255\224\0\16JFIF\0" .. string.rep("\0\1\2\3crepe", 30)

print("== one picture is the whole body")
local one = assert(mail.message{from = "alice@crepes.fr", to = "bob@hamburger.edu",
  subject = "Picture of yummy crepe.", id = "1@crepes.fr", type = "image/jpeg", data = picture})
show(one)

print("\n== base64: three bytes become four characters")
for _, bytes in ipairs{"\0\0\0", "\4\0\0", "\255\255\255", "\255\216\255"} do
  print(("%02X %02X %02X is %s"):format(bytes:byte(1), bytes:byte(2), bytes:byte(3), (mime.b64(bytes))))
end
io.write("six bits of a value from 0 to 63 are one character:")
for _, value in ipairs{0, 25, 26, 51, 52, 61, 62, 63} do
  io.write((" %d=%s"):format(value, mime.b64(string.char(value * 4, 0, 0)):sub(1, 1)))
end
print()
local encoded = #mail.parse(one):body()
print(("%d bytes of picture are %d characters, %.2f times as many: 4/3, and two for each line's end")
  :format(#picture, encoded, encoded / #picture))

print("\n== a text and the picture: a boundary separates the parts")
local both = assert(mail.message{from = "alice@crepes.fr", to = "bob@hamburger.edu",
  subject = "Picture of yummy crepe.", id = "2@crepes.fr", boundary = "98766789", parts = {
    {type = "text/plain", charset = "iso-8859-1", encoding = "quoted-printable",
      data = "Dear Bob,\nPlease find a picture of a crêpe.\n"},
    {type = "image/jpeg", encoding = "base64", name = "crêpe.jpg", data = picture},
  }})
show(both)

print("\n== what Bob's program makes of it")
local m = mail.parse(both)
for _, p in ipairs(m:walk()) do
  local unit = #p.part:parts() == 0 and "bytes" or "parts"
  print(("%-2s %-16s %-17s %d %s"):format(p.path, p.type, p.encoding, p.size, unit))
end
print(m:text())
local part = m:find("image/")
print(("%s is the picture: %s"):format(part:filename(), tostring(part:data() == picture)))

print("\n== accents in the header")
for _, text in ipairs{"crêpe", "é", "可麗餅"} do
  print(("%s is written %s"):format(text, mail.encode_words(text)))
end
for _, word in ipairs{"=?iso-8859-1?Q?=E9?=", "=?iso-8859-1?Q?cr=EApe?=", "=?iso-8859-1?B?Y3LqcGU=?="} do
  print(("and %s is read %s"):format(word, mail.decode_words(word)))
end
