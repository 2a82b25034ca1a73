@       A     10.1.10.80
video   CNAME netc.kingcdn.com.
