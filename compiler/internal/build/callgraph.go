package build

import "github.com/wasm2go/wasm2go/compiler/internal/wasm"

// callGraph finds the cycles of the call graph and what follows from them. Nodes are the functions, one node per
// function type for "some function of this type, called indirectly", and one for the world outside, which an imported
// function enters and which may call any function whose address is taken.
func (f *Facts) callGraph(m *wasm.Module) {
	g := newGraph(f, m)
	comp := g.components()
	f.markCycles(g, comp)
	f.markGrowth(g)
}

type graph struct {
	funcs int
	succ  [][]uint32
	world uint32
}

func newGraph(f *Facts, m *wasm.Module) *graph {
	n := len(f.Funcs)
	canon := canonicalTypes(m)
	g := &graph{funcs: n, succ: make([][]uint32, n+len(m.Types)+1), world: uint32(n + len(m.Types))}
	for i, ff := range f.Funcs {
		if i < m.ImportedFunc && f.Funcs[i].Reenters {
			g.succ[i] = append(g.succ[i], g.world)
		}
		g.succ[i] = append(g.succ[i], ff.Calls...)
		for _, t := range ff.Indirect {
			g.succ[i] = append(g.succ[i], uint32(n)+canon[t])
		}
		if f.AddressTaken[i] {
			t := uint32(n) + canon[m.FuncTypes[i]]
			g.succ[t] = append(g.succ[t], uint32(i))
			g.succ[g.world] = append(g.succ[g.world], uint32(i))
		}
	}
	if f.foreign(m) {
		for t := range m.Types {
			g.succ[n+t] = append(g.succ[n+t], g.world)
		}
	}
	return g
}

// foreign reports whether an indirect call may reach a function of another module.
func (f *Facts) foreign(m *wasm.Module) bool {
	for _, static := range f.StaticTable {
		if !static {
			return true
		}
	}
	return false
}

// canonicalTypes maps each type index to the first index of an equal type.
func canonicalTypes(m *wasm.Module) []uint32 {
	first := map[string]uint32{}
	canon := make([]uint32, len(m.Types))
	for i := range m.Types {
		key := m.Types[i].String()
		if _, ok := first[key]; !ok {
			first[key] = uint32(i)
		}
		canon[i] = first[key]
	}
	return canon
}

// components gives each node the number of its strongly connected component (Tarjan's algorithm without recursion),
// numbered so that a component comes after those it reaches.
func (g *graph) components() []int32 {
	n := len(g.succ)
	comp := make([]int32, n)
	low, index := make([]int32, n), make([]int32, n)
	for i := range comp {
		comp[i], index[i] = -1, -1
	}
	type frame struct {
		node uint32
		next int
	}
	var stack []uint32
	var work []frame
	clock, comps := int32(0), int32(0)
	visit := func(v uint32) {
		index[v], low[v] = clock, clock
		clock++
		stack = append(stack, v)
		work = append(work, frame{node: v})
	}
	for root := range uint32(n) {
		if index[root] >= 0 {
			continue
		}
		for visit(root); len(work) > 0; {
			top := &work[len(work)-1]
			v := top.node
			if top.next < len(g.succ[v]) {
				w := g.succ[v][top.next]
				top.next++
				if index[w] < 0 {
					visit(w)
				} else if comp[w] < 0 {
					low[v] = min(low[v], index[w])
				}
				continue
			}
			work = work[:len(work)-1]
			if len(work) > 0 {
				u := work[len(work)-1].node
				low[u] = min(low[u], low[v])
			}
			if low[v] != index[v] {
				continue
			}
			for {
				w := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				comp[w] = comps
				if w == v {
					break
				}
			}
			comps++
		}
	}
	return comp
}

// markCycles sets InCycle, and NeedsDepth: a function counts its stack if it lies on a cycle, lies between two cycles
// (so that the count is carried from one to the next), or can be called through a table, where all functions of a type
// must look alike. All others use a bounded amount.
func (f *Facts) markCycles(g *graph, comp []int32) {
	size := map[int32]int{}
	for v := range g.succ {
		size[comp[v]]++
	}
	order := nodesByComponent(comp)
	cyclic := func(v uint32) bool {
		if size[comp[v]] > 1 {
			return true
		}
		for _, w := range g.succ[v] {
			if w == v {
				return true
			}
		}
		return false
	}
	reaches := g.propagate(order, cyclic, true)
	reached := g.propagate(order, cyclic, false)
	for i := range f.Funcs {
		v := uint32(i)
		f.Funcs[i].InCycle = cyclic(v)
		f.Funcs[i].NeedsDepth = reaches[v] && reached[v] || f.AddressTaken[i]
	}
}

// nodesByComponent lists the nodes so that callees come before callers, but for cycles.
func nodesByComponent(comp []int32) []uint32 {
	count := make([]int, len(comp)+1)
	for _, c := range comp {
		count[c+1]++
	}
	for i := 1; i < len(count); i++ {
		count[i] += count[i-1]
	}
	order := make([]uint32, len(comp))
	for v, c := range comp {
		order[count[c]] = uint32(v)
		count[c]++
	}
	return order
}

// propagate spreads a property of the seeds along the edges: to predecessors (up) or to successors. A seed on a cycle
// has the whole cycle as seeds, so one sweep in order of components is enough.
func (g *graph) propagate(order []uint32, seed func(uint32) bool, up bool) []bool {
	has := make([]bool, len(g.succ))
	for i := range order {
		v := order[i]
		if !up {
			v = order[len(order)-1-i]
		}
		has[v] = has[v] || seed(v)
		for _, w := range g.succ[v] {
			if up {
				has[v] = has[v] || has[w]
			} else {
				has[w] = has[w] || has[v]
			}
		}
	}
	return has
}

func (f *Facts) markGrowth(g *graph) {
	order := nodesByComponent(g.components())
	seed := func(v uint32) bool {
		return v == g.world || int(v) < g.funcs && f.Funcs[v].Grows
	}
	// Growth is no property of whole cycles, so sweep until nothing changes; cycles are shallow.
	may := g.propagate(order, seed, true)
	for changed := true; changed; {
		changed = false
		for _, v := range order {
			for _, w := range g.succ[v] {
				if may[w] && !may[v] {
					may[v], changed = true, true
				}
			}
		}
	}
	for i := range f.Funcs {
		f.Funcs[i].MayGrow = may[i]
	}
}
