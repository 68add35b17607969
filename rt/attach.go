package rt

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// ImageID names an image's content: the SHA-256 of the memory up to the end of the last segment.
type ImageID [32]byte

// An attached image lies at the end of an executable, at a multiple of PageSize, and behind it a trailer: imageMagic, the
// ImageID, and the offset in eight bytes, little-endian.
const (
	imageMagic   = "wasm image v1\r\n\x00"
	imageTrailer = len(imageMagic) + len(ImageID{}) + 8
)

var errNoImage = errors.New("no such image is attached")

// AttachImage appends an image, the content of a memory from address 0 on, to an executable file. Programs on Linux then
// map their data from there instead of copying it.
func AttachImage(path string, id ImageID, content []byte) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekEnd)
	offset := (size + PageSize - 1) / PageSize * PageSize
	if err == nil {
		_, err = f.WriteAt(content, offset)
	}
	if err == nil {
		trailer := binary.LittleEndian.AppendUint64(append([]byte(imageMagic), id[:]...), uint64(offset))
		end := offset + (int64(len(content))+PageSize-1)/PageSize*PageSize // the last page is whole
		_, err = f.WriteAt(trailer, end)
	}
	return errors.Join(err, f.Close())
}

// findImage returns the offset of an attached image.
func findImage(f *os.File, id ImageID) (int64, error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	trailer := make([]byte, imageTrailer)
	if _, err := f.ReadAt(trailer, size-int64(len(trailer))); err != nil {
		return 0, err
	}
	offset := binary.LittleEndian.Uint64(trailer[len(trailer)-8:])
	if string(trailer[:len(trailer)-8]) != imageMagic+string(id[:]) || offset%PageSize != 0 || offset > uint64(size) {
		return 0, errNoImage
	}
	return int64(offset), nil
}
