www     CNAME servereast.backup2
