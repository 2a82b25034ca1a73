@       MX    10 mail
ww      CNAME www
