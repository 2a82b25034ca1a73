-- Nanoseconds of processor time for each packet, as go run ./cmd/speed -cost measured them
return {
  {name = "hosts", {2, 1473}, {10, 1750}, {100, 2106}, {1000, 3059}},
  {name = "connections", {1, 1223}, {10, 1303}, {100, 1582}, {1000, 1878}},
  {name = "packets", {100, 13169}, {1000, 2046}, {10000, 1935}, {100000, 1342}},
  {name = "loss", {0.0001, 1271}, {0.001, 1548}, {0.01, 1136}, {0.1, 931}},
}
