package wasi

import (
	"encoding/binary"
	"math"
	"time"
)

// rights is the document's rights: what may be done with a descriptor.
type rights uint64

const (
	rightFdDatasync rights = 1 << iota
	rightFdRead
	rightFdSeek
	rightFdFdstatSetFlags
	rightFdSync
	rightFdTell
	rightFdWrite
	rightFdAdvise
	rightFdAllocate
	rightPathCreateDirectory
	rightPathCreateFile
	rightPathLinkSource
	rightPathLinkTarget
	rightPathOpen
	rightFdReaddir
	rightPathReadlink
	rightPathRenameSource
	rightPathRenameTarget
	rightPathFilestatGet
	rightPathFilestatSetSize
	rightPathFilestatSetTimes
	rightFdFilestatGet
	rightFdFilestatSetSize
	rightFdFilestatSetTimes
	rightPathSymlink
	rightPathRemoveDirectory
	rightPathUnlinkFile
	rightPollFdReadwrite
	rightSockShutdown
	rightSockAccept

	allRights = rightSockAccept<<1 - 1
)

// The rights that apply to each type of file.
const (
	fileRights = rightFdDatasync | rightFdRead | rightFdSeek | rightFdFdstatSetFlags | rightFdSync | rightFdTell |
		rightFdWrite | rightFdAdvise | rightFdAllocate | rightFdFilestatGet | rightFdFilestatSetSize |
		rightFdFilestatSetTimes | rightPollFdReadwrite
	directoryRights = rightFdDatasync | rightFdFdstatSetFlags | rightFdSync | rightFdAdvise | rightPathCreateDirectory |
		rightPathCreateFile | rightPathLinkSource | rightPathLinkTarget | rightPathOpen | rightFdReaddir |
		rightPathReadlink | rightPathRenameSource | rightPathRenameTarget | rightPathFilestatGet |
		rightPathFilestatSetSize | rightPathFilestatSetTimes | rightFdFilestatGet | rightFdFilestatSetTimes |
		rightPathSymlink | rightPathRemoveDirectory | rightPathUnlinkFile | rightPollFdReadwrite
	// writeRights are those that a file is opened for writing for. The right to set the size alone does not count: Go
	// guests ask for it also when they open for reading.
	writeRights = rightFdWrite | rightFdAllocate
	// inheritRights are the inheriting rights of a preopen. Files opened below may have all of them.
	inheritRights = fileRights | directoryRights
	// streamRights leave out seeking: C libraries take a character device without it for a terminal.
	streamRights = rightFdFdstatSetFlags | rightFdFilestatGet | rightPollFdReadwrite | rightFdSync | rightFdDatasync
	socketRights = streamRights | rightFdRead | rightFdWrite | rightSockShutdown
	listenRights = rightFdFdstatSetFlags | rightFdFilestatGet | rightPollFdReadwrite | rightSockAccept
)

// filetype is the document's filetype.
type filetype uint8

const (
	typeUnknown filetype = iota
	typeBlockDevice
	typeCharacterDevice
	typeDirectory
	typeRegularFile
	typeSocketDgram
	typeSocketStream
	typeSymbolicLink
)

// fdflags is the document's fdflags.
type fdflags uint16

const (
	flagAppend fdflags = 1 << iota
	flagDsync
	flagNonblock
	flagRsync
	flagSync

	flagsSync  = flagDsync | flagRsync | flagSync
	flagsKnown = flagAppend | flagNonblock | flagsSync
)

// oflags is the document's oflags.
type oflags uint16

const (
	oCreat oflags = 1 << iota
	oDirectory
	oExcl
	oTrunc

	oKnown = oCreat | oDirectory | oExcl | oTrunc
)

// lookupSymlinkFollow is the only one of the document's lookupflags.
const lookupSymlinkFollow = 1

// The document's fstflags.
const (
	fstAtim = 1 << iota
	fstAtimNow
	fstMtim
	fstMtimNow

	fstKnown = fstAtim | fstAtimNow | fstMtim | fstMtimNow
)

// The document's whence is that of package io: set, cur, end.
const whenceEnd = 2

// Sizes of the document's records that are the same in wasi_unstable.
const (
	sizeFdstat  = 24
	sizeDirent  = 24
	sizePrestat = 8
	sizeEvent   = 32
	sizeIovec   = 8
)

// layout is what a module's records differ in.
type layout struct {
	filestat     int                         // size
	put          func(st filestat, b []byte) // writes a filestat
	subscription int                         // size
	clock        int                         // offset of a clock's id in a subscription
}

var (
	preview1 = layout{filestat: sizeFilestat, put: filestat.put, subscription: sizeSubscription, clock: 16}
	unstable = layout{filestat: 56, put: filestat.putUnstable, subscription: 56, clock: 24}
)

const (
	sizeFilestat     = 64
	sizeSubscription = 48
)

var le = binary.LittleEndian

// filestat is the document's filestat.
type filestat struct {
	dev, ino         uint64
	filetype         filetype
	nlink, size      uint64
	atim, mtim, ctim uint64
}

// put writes the record's 64 bytes.
func (st filestat) put(b []byte) {
	clear(b)
	le.PutUint64(b[0:], st.dev)
	le.PutUint64(b[8:], st.ino)
	b[16] = byte(st.filetype)
	le.PutUint64(b[24:], st.nlink)
	le.PutUint64(b[32:], st.size)
	le.PutUint64(b[40:], st.atim)
	le.PutUint64(b[48:], st.mtim)
	le.PutUint64(b[56:], st.ctim)
}

// putUnstable writes the record's 56 bytes in wasi_unstable.
func (st filestat) putUnstable(b []byte) {
	clear(b)
	le.PutUint64(b[0:], st.dev)
	le.PutUint64(b[8:], st.ino)
	b[16] = byte(st.filetype)
	le.PutUint32(b[20:], uint32(min(st.nlink, math.MaxUint32)))
	le.PutUint64(b[24:], st.size)
	le.PutUint64(b[32:], st.atim)
	le.PutUint64(b[40:], st.mtim)
	le.PutUint64(b[48:], st.ctim)
}

// timestamp is t in nanoseconds since 1970; times before are 0, which is the least that the type has.
func timestamp(t time.Time) uint64 { return uint64(max(t.UnixNano(), 0)) }
