package runner

import "github.com/wasm2go/wasm2go/rt"

// Exports of the module "spectest" that scripts import from (spec repository: interpreter/README.md). Memories and
// tables are made anew for each script, since scripts write to them.

var prints = rt.Host{
	"print":         rt.MustFunc(func(*rt.Instance) {}),
	"print_i32":     rt.MustFunc(func(*rt.Instance, int32) {}),
	"print_i64":     rt.MustFunc(func(*rt.Instance, int64) {}),
	"print_f32":     rt.MustFunc(func(*rt.Instance, float32) {}),
	"print_f64":     rt.MustFunc(func(*rt.Instance, float64) {}),
	"print_i32_f32": rt.MustFunc(func(*rt.Instance, int32, float32) {}),
	"print_f64_f64": rt.MustFunc(func(*rt.Instance, float64, float64) {}),
	"global_i32":    &rt.Global[int32]{V: 666},
	"global_i64":    &rt.Global[int64]{V: 666},
	"global_f32":    &rt.Global[float32]{V: 666.6},
	"global_f64":    &rt.Global[float64]{V: 666.6},
}

var memories = map[string]rt.MemoryType{
	"memory":        {Min: 1, Max: 2, HasMax: true},
	"shared_memory": {Min: 1, Max: 2, HasMax: true, Shared: true},
}

// spectestHost makes the module "spectest" for one script. guard is the form of its memories.
func spectestHost(guard bool) (rt.Host, error) {
	h := rt.Host{}
	for name, v := range prints {
		h[name] = v
	}
	for name, t := range memories {
		m, err := rt.NewMemory(t, guard, 0)
		if err != nil {
			return nil, err
		}
		h[name] = m
	}
	t, err := rt.NewTable(rt.TableType{Elem: 'r', Min: 10, Max: 20, HasMax: true})
	h["table"] = t
	return h, err
}
