-- Nanoseconds of processor time for each packet, as go run ./cmd/speed -cost measured them
return {
  {name = "hosts", {2, 917}, {10, 1024}, {100, 1118}, {1000, 1648}},
  {name = "connections", {1, 813}, {10, 832}, {100, 826}, {1000, 1352}},
  {name = "packets", {100, 1605}, {1000, 1114}, {10000, 1322}, {100000, 998}},
  {name = "loss", {0.0001, 872}, {0.001, 898}, {0.01, 771}, {0.1, 904}},
}
