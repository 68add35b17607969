package rt

import (
	"os"
	"sync"
	"unsafe"
)

// Image is what active data segments make of a memory that a module defines. Where the system can do it, all memories made
// from one image share its pages until they write to them: the first costs a copy, or nothing if the image is attached to
// the executable (see AttachImage), the others next to nothing.
type Image struct {
	id       ImageID
	data     string
	segments []Segment

	once sync.Once
	file imageFile // of the content
	runs []imageRun
}

// Segment is an active data segment: its address, and where its bytes begin and end in the data. It is an array because
// vet wants the names of fields in a struct of another package, and tables of thousands are easier to read without.
type Segment [3]uint32

func (s Segment) addr() uint32 { return s[0] }

// of returns the segment's bytes.
func (s Segment) of(data string) string { return data[s[1]:s[2]] }

// imageRun is a range of addresses, whole pages, that segments touch.
type imageRun struct{ start, end uint64 }

// NewImage makes an image. Segments are in the order of the module; they fit into the memory.
func NewImage(id ImageID, data string, segments ...Segment) *Image {
	return &Image{id: id, data: data, segments: segments}
}

// InitImage sets a memory to an image. Nobody has used the memory yet.
func (m *Memory) InitImage(im *Image) {
	if m.mapping != nil && im.mapTo(m.mapping) {
		return
	}
	for _, s := range im.segments {
		content := s.of(im.data)
		copy(m.span(int32(s.addr()), int32(len(content))), content)
	}
}

// mapTo maps the image, or reports that it has to be copied.
func (im *Image) mapTo(mp *mapping) bool {
	im.once.Do(im.makeFile)
	for _, r := range im.runs {
		if im.file.mapAt(unsafe.Slice((*byte)(unsafe.Add(mp.base(), r.start)), r.end-r.start), r.start) != nil {
			_ = mp.recommit(r.start, r.end) // what is mapped is all right; if this fails, the copy traps
			return false
		}
	}
	return len(im.runs) > 0
}

// makeFile finds or makes the file. There are no runs if that fails.
func (im *Image) makeFile() {
	runs := im.pages()
	if len(runs) == 0 {
		return
	}
	if im.file.openAttached(im.id) == nil || im.file.create(im.data, im.segments) == nil {
		im.runs = runs
	}
}

// pages are the pages that segments touch.
func (im *Image) pages() []imageRun {
	page := uint64(os.Getpagesize())
	var runs []imageRun
	for _, s := range im.segments {
		if n := len(s.of(im.data)); n > 0 {
			start := uint64(s.addr())
			runs = addRun(runs, imageRun{start / page * page, (start + uint64(n) + page - 1) / page * page})
		}
	}
	return runs
}

// addRun adds r to a sorted list of runs without overlap.
func addRun(runs []imageRun, r imageRun) []imageRun {
	var list []imageRun
	i := 0
	for ; i < len(runs) && runs[i].end < r.start; i++ {
		list = append(list, runs[i])
	}
	for ; i < len(runs) && runs[i].start <= r.end; i++ {
		r.start, r.end = min(r.start, runs[i].start), max(r.end, runs[i].end)
	}
	return append(append(list, r), runs[i:]...)
}
