package rt

import "math"

// CheckStack returns sp, a new value of the guest's __stack_pointer, and traps if it lies outside the thread's stack. It
// is called by code that was translated with -stackcheck.
func (in *Instance) CheckStack(sp int32) int32 {
	if uint32(sp)-in.stackLow > in.stackSize {
		panic(ShadowStackOverflow)
	}
	return sp
}

// SetStack says where the thread's shadow stack lies: from low to high, in bytes.
func (in *Instance) SetStack(low, high uint32) { in.stackLow, in.stackSize = low, high-low }

// AnyStack ends the checks of CheckStack: the bounds of the thread's shadow stack are not known.
func (in *Instance) AnyStack() { in.stackLow, in.stackSize = 0, math.MaxUint32 }

// StackChecked reports whether the code sets bounds.
func (in *Instance) StackChecked() bool { return in.stackSize > 0 }
