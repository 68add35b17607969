;; Starts config(3) threads that count themselves and wait for ever, each on one of 1024 words; when all are counted, main
;; calls test.ready(n) and test.go, and traps. Negative results of thread-spawn end it with exit code 97.
;;   0 the counter   4096..8191 the words, which hold 0 and are never notified
(module
  (import "env" "memory" (memory 1 64 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "test" "config" (func $config (param i32) (result i32)))
  (import "test" "ready" (func $ready (param i32)))
  (import "test" "go" (func $go))
  (export "memory" (memory 0))
  (func (export "wasi_thread_start") (param $tid i32) (param $word i32)
    (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))
    (drop (memory.atomic.wait32 (local.get $word) (i32.const 0) (i64.const -1)))
    (call $proc_exit (i32.const 98)))
  (func (export "_start") (local $n i32) (local $i i32)
    (local.set $n (call $config (i32.const 3)))
    (block $spawned (loop $next
      (br_if $spawned (i32.ge_u (local.get $i) (local.get $n)))
      (if (i32.le_s (call $spawn (i32.add (i32.const 4096) (i32.shl (i32.and (local.get $i) (i32.const 1023)) (i32.const 2))))
            (i32.const 0))
        (then (call $proc_exit (i32.const 97))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (block $all (loop $wait
      (local.set $i (i32.atomic.load (i32.const 0)))
      (br_if $all (i32.ge_u (local.get $i) (local.get $n)))
      (drop (memory.atomic.wait32 (i32.const 0) (local.get $i) (i64.const -1)))
      (br $wait)))
    (call $ready (local.get $n))
    (call $go)
    (unreachable)))
