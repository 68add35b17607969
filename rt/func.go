package rt

import (
	"fmt"
	"reflect"
)

// Func is a function reference: what ref.func yields, what tables shared between modules hold, and how functions are
// linked. Two references are the same function if the pointers are equal.
type Func struct {
	// Type is the function's type as letters: parameters, a colon, results. i i32, I i64, f f32, F f64, v v128,
	// r funcref, x externref.
	Type string
	// Fn is a Go function func(caller *Instance, params...) results, with int32, int64, float32, float64, *Func and
	// any for the value types.
	Fn any
	// Owner is the instance that the function belongs to, nil for a host function. Code is the function as the owner's
	// package has it.
	Owner *Instance
	Code  any
}

// Elem returns f as a table element.
func Elem(f *Func) any { return f.any() }

// any returns f as a table element: a nil *Func is a nil interface there.
func (f *Func) any() any {
	if f == nil {
		return nil
	}
	return f
}

// Call calls the function with arguments of the Go types that Type names and returns its results. It is for callers
// that do not know the type at compile time, and slow; generated methods are not.
func (f *Func) Call(args ...any) (results []any, err error) {
	fn := reflect.ValueOf(f.Fn)
	t := fn.Type()
	if t.NumIn() != len(args)+1 {
		return nil, fmt.Errorf("function of type %s called with %d arguments", f.Type, len(args))
	}
	in := f.Owner
	if in == nil {
		in = &Instance{}
		in.Setup(NewModule("host", "", "host"), Config{})
	}
	vals := make([]reflect.Value, t.NumIn())
	vals[0] = reflect.ValueOf(in)
	for i, a := range args {
		v := reflect.ValueOf(a)
		if a == nil {
			v = reflect.Zero(t.In(i + 1))
		}
		if !v.Type().AssignableTo(t.In(i + 1)) {
			return nil, fmt.Errorf("argument %d of a function of type %s is a %T", i, f.Type, a)
		}
		vals[i+1] = v
	}
	e, err := in.Enter()
	if err != nil {
		return nil, err
	}
	defer in.Leave(e, &err)
	for _, v := range fn.Call(vals) {
		results = append(results, v.Interface())
	}
	return results, nil
}

// typeLetters maps the Go types of parameters and results to the letters of Func.Type.
var typeLetters = map[reflect.Type]byte{
	reflect.TypeFor[int32](): 'i', reflect.TypeFor[int64](): 'I', reflect.TypeFor[float32](): 'f',
	reflect.TypeFor[float64](): 'F', reflect.TypeFor[*Func](): 'r', reflect.TypeFor[any](): 'x',
}

// NewFunc makes a host function from fn, a func(*Instance, params...) results over int32, int64, float32, float64,
// *Func and any.
func NewFunc(fn any) (*Func, error) {
	t := reflect.TypeOf(fn)
	if t == nil || t.Kind() != reflect.Func || t.NumIn() == 0 || t.In(0) != reflect.TypeFor[*Instance]() || t.IsVariadic() {
		return nil, fmt.Errorf("%T is no func(*rt.Instance, ...)", fn)
	}
	var sig []byte
	add := func(t reflect.Type) error {
		l, ok := typeLetters[t]
		if !ok {
			return fmt.Errorf("%s stands for no WebAssembly value type", t)
		}
		sig = append(sig, l)
		return nil
	}
	for i := 1; i < t.NumIn(); i++ {
		if err := add(t.In(i)); err != nil {
			return nil, err
		}
	}
	sig = append(sig, ':')
	for i := range t.NumOut() {
		if err := add(t.Out(i)); err != nil {
			return nil, err
		}
	}
	return &Func{Type: string(sig), Fn: fn}, nil
}

// MustFunc is NewFunc for functions known to be right; it panics otherwise.
func MustFunc(fn any) *Func {
	f, err := NewFunc(fn)
	if err != nil {
		panic(err)
	}
	return f
}
