package main

import "fmt"

// curves are the sub-benchmarks of BenchmarkCost in package vnet.
var curves = []struct {
	name   string
	points []string
}{
	{"hosts", []string{"2", "10", "100", "1000"}},
	{"connections", []string{"1", "10", "100", "1000"}},
	{"packets", []string{"100", "1000", "10000", "100000"}},
	{"loss", []string{"0.0001", "0.001", "0.01", "0.1"}},
}

// cost measures what a packet costs against the size of a world and prints it as the Lua file that scripts/cost plots.
func (m *machine) cost() error {
	fmt.Println("-- Nanoseconds of processor time for each packet, as go run ./cmd/speed -cost measured them")
	fmt.Println("return {")
	for _, c := range curves {
		fmt.Printf("  {name = %q", c.name)
		for _, x := range c.points {
			var costs []float64
			for range m.rounds {
				_, cpu, err := m.run(packets, "BenchmarkCost/"+c.name+"/"+x, "ns/packet", "1x", 0)
				if err != nil {
					return err
				}
				costs = append(costs, cpu)
			}
			fmt.Printf(", {%s, %.0f}", x, median(costs))
		}
		fmt.Println("},")
	}
	fmt.Println("}")
	return nil
}
