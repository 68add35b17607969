package op

// Rows of proposals that are not supported yet. They name the instruction for an error message and keep its code taken.
var (
	tailCall = []Row{
		{ReturnCall, "return_call", "", "f", "C", ""},
		{ReturnCallIndirect, "return_call_indirect", "", "tT", "CT", ""},
	}
	exceptions = []Row{
		{0x08, "throw", "", "", "C", ""},
		{0x0a, "throw_ref", "", "", "C", ""},
		{0x1f, "try_table", "", "", "C", ""},
	}
	legacyExceptions = []Row{
		{0x06, "try", "", "", "C", ""},
		{0x07, "catch", "", "", "C", ""},
		{0x09, "rethrow", "", "", "C", ""},
		{0x18, "delegate", "", "", "C", ""},
		{0x19, "catch_all", "", "", "C", ""},
	}
	functionReferences = []Row{
		{0x14, "call_ref", "", "", "C", ""},
		{0x15, "return_call_ref", "", "", "C", ""},
		{0xd3, "ref.eq", "", "", "", ""},
		{0xd4, "ref.as_non_null", "", "", "T", ""},
		{0xd5, "br_on_null", "", "", "C", ""},
		{0xd6, "br_on_non_null", "", "", "C", ""},
	}
	wideArithmetic = []Row{
		{0xfc13, "i64.add128", "IIII:II", "", "", ""},
		{0xfc14, "i64.sub128", "IIII:II", "", "", ""},
		{0xfc15, "i64.mul_wide_s", "II:II", "", "", ""},
		{0xfc16, "i64.mul_wide_u", "II:II", "", "", ""},
	}
)

// unsupported proposals: validation rejects their instructions by name.
var unsupported = map[Proposal]bool{
	TailCall: true, ExceptionHandling: true, LegacyExceptionHandling: true, FunctionReferences: true,
	WideArithmetic: true, GC: true, RelaxedSIMD: true, Memory64: true, MultiMemory: true, CustomPageSizes: true,
	CustomDescriptors: true,
}

// Supported reports whether instructions of p decode and validate.
func (p Proposal) Supported() bool { return !unsupported[p] }
