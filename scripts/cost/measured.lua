-- Nanoseconds of processor time for each packet, as go run ./cmd/speed -cost measured them
return {
  {name = "hosts", {2, 801}, {10, 945}, {100, 1056}, {1000, 1815}},
  {name = "connections", {1, 821}, {10, 787}, {100, 854}, {1000, 994}},
  {name = "packets", {100, 6427}, {1000, 1498}, {10000, 936}, {100000, 748}},
  {name = "loss", {0.0001, 822}, {0.001, 815}, {0.01, 792}, {0.1, 655}},
}
