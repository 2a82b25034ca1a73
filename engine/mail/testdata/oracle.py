"""Reads messages, or writes them, by Python's package email. Paths are arguments; answers are JSON."""
import base64, email, email.policy, email.utils, json, sys
from email.message import EmailMessage


def describe(path):
    with open(path, "rb") as f:
        m = email.message_from_binary_file(f, policy=email.policy.SMTP)
    parts = []
    def walk(p, path):
        d = {"path": path, "type": p.get_content_type(), "name": p.get_filename() or ""}
        if p.is_multipart():
            inside = p.get_payload()
            parts.append(d)
            for i, q in enumerate(inside):
                walk(q, path + [i + 1])
            return
        if p.get_content_maintype() == "text":
            d["text"] = p.get_content().replace("\r\n", "\n")
        else:
            d["data"] = base64.b64encode(p.get_payload(decode=True) or b"").decode()
        parts.append(d)
    walk(m, [])
    def people(name):
        field = m[name]
        return [[a.display_name, a.addr_spec] for a in field.addresses] if field else []
    return {"subject": str(m["Subject"] or ""), "from": people("From"), "to": people("To"),
            "date": int(m["Date"].datetime.timestamp()) if m["Date"] else 0, "parts": parts}


def write(path, spec):
    m = EmailMessage(policy=email.policy.SMTP)
    m["Subject"], m["From"], m["To"] = spec["subject"], spec["from"], ", ".join(spec["to"])
    m["Date"] = email.utils.formatdate(spec["date"])
    m.set_content(spec["text"], charset=spec["charset"], cte=spec["encoding"] or None)
    if spec["html"]:
        m.add_alternative(spec["html"], subtype="html")
    for name, data in spec["files"]:
        m.add_attachment(base64.b64decode(data), maintype="application", subtype="x-any", filename=name)
    with open(path, "wb") as f:
        f.write(m.as_bytes())


def report(path):
    with open(path, "rb") as f:
        m = email.message_from_binary_file(f, policy=email.policy.SMTP)
    kinds = [p.get_content_type() for p in m.iter_parts()]
    blocks = [dict(b.items()) for b in m.get_payload(1).get_payload()]
    return {"type": m.get_content_type(), "kinds": kinds, "blocks": blocks, "returned": m.get_payload(2).get_payload(0)["Subject"]}


if sys.argv[1] == "report":
    print(json.dumps(report(sys.argv[2])))
elif sys.argv[1] == "read":
    print(json.dumps([describe(p) for p in sys.argv[2:]]))
else:
    for i, spec in enumerate(json.load(sys.stdin)):
        write("%s/%d" % (sys.argv[2], i), spec)
