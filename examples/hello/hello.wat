;; A WASI command that writes a greeting. Run it with
;;
;;	wasm2go run hello.wasm
(module $hello
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $len i32) (param $written i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param $code i32)))

  (memory (export "memory") 1)

  ;; At 0 the iovec {address, length}, at 8 the number of bytes written, at 16 the text.
  (data (i32.const 0) "\10\00\00\00\1d\00\00\00")
  (data (i32.const 16) "Hello from WebAssembly in Go\n")

  ;; print writes the text at 16 to descriptor fd and returns the error number.
  (func $print (param $fd i32) (result i32)
    (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))

  (func $main (export "_start")
    (local $errno i32)
    (local.set $errno (call $print (i32.const 1)))
    (if (local.get $errno)
      (then (call $proc_exit (i32.const 1))))))
