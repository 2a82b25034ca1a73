@       MX    10 mail
