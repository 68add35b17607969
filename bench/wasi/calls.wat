;; Calls of WASI in loops. Each export makes n calls (or pairs of calls) and returns the first error.
;; Descriptor 3 has a file "data" of 64 KiB and a directory "many" of 100 files.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pread" (func $pread (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 1024) "data" "many" "deep/er/data" "scratch")
  ;; 0: iovec; 16: number of bytes; 24: position; 32: descriptor; 64: filestat; 65536: buffers

  (func $iovs (param $count i32) (param $size i32)
    (local $i i32)
    (loop $next
      (i32.store (i32.shl (local.get $i) (i32.const 3)) (i32.const 65536))
      (i32.store offset=4 (i32.shl (local.get $i) (i32.const 3)) (local.get $size))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $count)))))

  (func $file (param $name i32) (param $len i32) (param $oflags i32) (result i32)
    (if (call $open (i32.const 3) (i32.const 1) (local.get $name) (local.get $len) (local.get $oflags)
        (i64.const 0x600046) (i64.const 0) (i32.const 0) (i32.const 8192)) (then (unreachable)))
    (i32.load (i32.const 8192)))

  (func $rewind (param $fd i32)
    (drop (call $seek (local.get $fd) (i64.const 0) (i32.const 0) (i32.const 8200))))

  ;; reads or writes n times, count buffers of size bytes, from the file's start again every 65536 bytes
  (func $loop (param $write i32) (param $fd i32) (param $n i32) (param $count i32) (param $size i32) (result i32)
    (local $left i32) (local $e i32)
    (call $iovs (local.get $count) (local.get $size))
    (loop $next
      (if (i32.le_s (local.get $left) (i32.const 0))
        (then (call $rewind (local.get $fd)) (local.set $left (i32.const 65536))))
      (local.set $left (i32.sub (local.get $left) (i32.mul (local.get $count) (local.get $size))))
      (local.set $e
        (if (result i32) (local.get $write)
          (then (call $write (local.get $fd) (i32.const 0) (local.get $count) (i32.const 8192)))
          (else (call $read (local.get $fd) (i32.const 0) (local.get $count) (i32.const 8192)))))
      (if (local.get $e) (then (return (local.get $e))))
      (if (i32.ne (i32.load (i32.const 8192)) (i32.mul (local.get $count) (local.get $size))) (then (return (i32.const -1))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (drop (call $close (local.get $fd)))
    (i32.const 0))

  (func $scratch (result i32) (call $file (i32.const 1044) (i32.const 7) (i32.const 9)))
  (func $data (result i32) (call $file (i32.const 1024) (i32.const 4) (i32.const 0)))

  (func (export "fd_write_16") (param i32) (result i32)
    (call $loop (i32.const 1) (call $scratch) (local.get 0) (i32.const 1) (i32.const 16)))
  (func (export "fd_write_4096") (param i32) (result i32)
    (call $loop (i32.const 1) (call $scratch) (local.get 0) (i32.const 1) (i32.const 4096)))
  (func (export "fd_write_8x512") (param i32) (result i32)
    (call $loop (i32.const 1) (call $scratch) (local.get 0) (i32.const 8) (i32.const 512)))
  (func (export "fd_read_16") (param i32) (result i32)
    (call $loop (i32.const 0) (call $data) (local.get 0) (i32.const 1) (i32.const 16)))
  (func (export "fd_read_4096") (param i32) (result i32)
    (call $loop (i32.const 0) (call $data) (local.get 0) (i32.const 1) (i32.const 4096)))
  (func (export "fd_read_8x512") (param i32) (result i32)
    (call $loop (i32.const 0) (call $data) (local.get 0) (i32.const 8) (i32.const 512)))

  (func (export "stdout_16") (param $n i32) (result i32)
    (local $e i32)
    (call $iovs (i32.const 1) (i32.const 16))
    (loop $next
      (if (local.tee $e (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8192)))
        (then (return (local.get $e))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 0))

  (func (export "fd_pread_4096") (param $n i32) (result i32)
    (local $fd i32) (local $e i32)
    (local.set $fd (call $data))
    (call $iovs (i32.const 1) (i32.const 4096))
    (loop $next
      (if (local.tee $e (call $pread (local.get $fd) (i32.const 0) (i32.const 1) (i64.const 4096) (i32.const 8192)))
        (then (return (local.get $e))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $close (local.get $fd)))

  (func $opens (param $n i32) (param $name i32) (param $len i32) (result i32)
    (loop $next
      (drop (call $close (call $file (local.get $name) (local.get $len) (i32.const 0))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 0))
  (func (export "path_open") (param i32) (result i32)
    (call $opens (local.get 0) (i32.const 1024) (i32.const 4)))
  (func (export "path_open_deep") (param i32) (result i32)
    (call $opens (local.get 0) (i32.const 1032) (i32.const 12)))

  (func (export "path_filestat_get") (param $n i32) (result i32)
    (local $e i32)
    (loop $next
      (if (local.tee $e (call $stat (i32.const 3) (i32.const 1) (i32.const 1024) (i32.const 4) (i32.const 64)))
        (then (return (local.get $e))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 0))

  ;; a directory of 100 files, opened and read with one call
  (func (export "fd_readdir") (param $n i32) (result i32)
    (local $fd i32) (local $e i32)
    (loop $next
      (if (call $open (i32.const 3) (i32.const 1) (i32.const 1028) (i32.const 4) (i32.const 2)
          (i64.const 0x4000) (i64.const 0) (i32.const 0) (i32.const 8192)) (then (unreachable)))
      (local.set $fd (i32.load (i32.const 8192)))
      (if (local.tee $e (call $readdir (local.get $fd) (i32.const 65536) (i32.const 65536) (i64.const 0) (i32.const 8192)))
        (then (return (local.get $e))))
      (if (i32.lt_u (i32.load (i32.const 8192)) (i32.const 3000)) (then (return (i32.const -1))))
      (drop (call $close (local.get $fd)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 0))

  (func (export "clock_time_get") (param $n i32) (result i32)
    (loop $next
      (drop (call $time (i32.const 1) (i64.const 0) (i32.const 8192)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (i32.const 0)))
