package op

// Proposal bulk-memory-operations.
var bulk = []Row{
	{MemoryInit, "memory.init", "", "dM", "ST", ""},
	{DataDrop, "data.drop", "", "d", "C", ""},
	{MemoryCopy, "memory.copy", "", "MM", "LST", ""},
	{MemoryFill, "memory.fill", "", "M", "ST", ""},
	{TableInit, "table.init", "", "eT", "CT", ""},
	{ElemDrop, "elem.drop", "", "e", "C", ""},
	{TableCopy, "table.copy", "", "TT", "CT", ""},
}

// Proposal reference-types.
var reference = []Row{
	{SelectT, "select_t", "", "S", "", ""}, // written "select" with result types in the text format
	{TableGet, "table.get", "", "T", "CT", ""},
	{TableSet, "table.set", "", "T", "CT", ""},
	{TableGrow, "table.grow", "", "T", "C", ""},
	{TableSize, "table.size", "", "T", "C", ""},
	{TableFill, "table.fill", "", "T", "CT", ""},
	{RefNull, "ref.null", "", "r", "", ""},
	{RefIsNull, "ref.is_null", "", "", "", ""},
	{RefFunc, "ref.func", "", "f", "", ""},
}
