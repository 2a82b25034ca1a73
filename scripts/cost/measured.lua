-- Nanoseconds of processor time for each packet, as go run ./cmd/speed -cost measured them
return {
  {name = "hosts", {2, 903}, {10, 792}, {100, 926}, {1000, 1396}},
  {name = "connections", {1, 900}, {10, 767}, {100, 903}, {1000, 1663}},
  {name = "packets", {100, 1930}, {1000, 1244}, {10000, 1362}, {100000, 1038}},
  {name = "loss", {0.0001, 984}, {0.001, 1190}, {0.01, 1042}, {0.1, 961}},
}
