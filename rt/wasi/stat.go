package wasi

import (
	"hash/fnv"
	"io/fs"
)

// fileTypes maps the host's types.
var fileTypes = []struct {
	mask, mode fs.FileMode
	typ        filetype
}{
	{fs.ModeType, 0, typeRegularFile},
	{fs.ModeDir, fs.ModeDir, typeDirectory},
	{fs.ModeSymlink, fs.ModeSymlink, typeSymbolicLink},
	{fs.ModeCharDevice, fs.ModeCharDevice, typeCharacterDevice},
	{fs.ModeDevice, fs.ModeDevice, typeBlockDevice},
	{fs.ModeSocket, fs.ModeSocket, typeSocketStream},
}

func typeOf(mode fs.FileMode) filetype {
	for _, t := range fileTypes {
		if mode&t.mask == t.mode {
			return t.typ
		}
	}
	return typeUnknown
}

// portableStat is what is known of a file on any host. Its inode number is that of key, the file's path.
func portableStat(info fs.FileInfo, key string) filestat {
	t := timestamp(info.ModTime())
	return filestat{ino: inodeOf(key), filetype: typeOf(info.Mode()), nlink: 1, size: uint64(max(info.Size(), 0)),
		atim: t, mtim: t, ctim: t}
}

// inodeOf makes an inode number of a path.
func inodeOf(key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // can not fail
	return h.Sum64() | 1
}
