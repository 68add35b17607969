;; Starts threads one after the other and joins each before the next: a thread stores 1 to its word, notifies and ends.
;; _start does so config(3) times; spawn_join does so n times, for benchmarks. Returns how many were joined: n, unless a
;; thread could not be started.
;;   4096..8191 the words, used in turns: the last notification to a word comes long before its next use
(module
  (import "env" "memory" (memory 1 64 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "test" "config" (func $config (param i32) (result i32)))
  (export "memory" (memory 0))
  (func (export "wasi_thread_start") (param $tid i32) (param $word i32)
    (i32.atomic.store (local.get $word) (i32.const 1))
    (drop (memory.atomic.notify (local.get $word) (i32.const 1))))
  (func $spawn_join (export "spawn_join") (param $n i32) (result i32) (local $i i32) (local $word i32)
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (local.set $word (i32.add (i32.const 4096) (i32.shl (i32.and (local.get $i) (i32.const 1023)) (i32.const 2))))
      (i32.atomic.store (local.get $word) (i32.const 0))
      (br_if $done (i32.le_s (call $spawn (local.get $word)) (i32.const 0)))
      (block $joined (loop $wait
        (br_if $joined (i32.atomic.load (local.get $word)))
        (drop (memory.atomic.wait32 (local.get $word) (i32.const 0) (i64.const -1)))
        (br $wait)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (local.get $i))
  (func (export "_start") (local $n i32)
    (local.set $n (call $config (i32.const 3)))
    (if (i32.ne (call $spawn_join (local.get $n)) (local.get $n)) (then (unreachable)))))
