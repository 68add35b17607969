;; Every way a program of several threads can end, against everything its other threads may be busy with. The host chooses
;; by "test" "config": 0 the actor (0 main, 1 a child, 2 a grandchild), 1 the cause, 2 the activity of the others, 3 how many.
;; Causes: 0 unreachable, 1 proc_exit(7), 2 main returns, 3 the host panics, 4 none (the host cancels), 5 load out of bounds.
;; Activities: see $act. Exit codes of a broken run: 97 no memory, 98 an endless activity ended, 99 the host did not panic.
;;
;; Calls of test.ready: config(3), +1 from main unless it acts or waits (actor 0 or cause 2), +1 from the parent of a
;; grandchild. One call of test.go, by the actor. With cause 2 and another actor than main the actor sets FLAG and ends.
;;
;; Memory: 8 KiB for the words below, then 8 KiB for each thread in order of its start. No thread reads or writes another's
;; area, and the shared words are only used by atomic instructions: the program has no data race.
;;   0 areas given out   64 FLAG   128 ZERO, which nobody stores to
(module
  (type $nop (func))
  (import "env" "memory" (memory 2 16 shared))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
  (import "test" "config" (func $config (param i32) (result i32)))
  (import "test" "ready" (func $ready (param i32)))
  (import "test" "go" (func $go))
  (import "test" "panic" (func $panic))
  (export "memory" (memory 0))
  (table 1 1 funcref)
  (elem (i32.const 0) $nothing)
  (func $nothing (type $nop))

  ;; Roles, the argument of a thread: 1 other, 2 actor, 3 parent of the actor, 4 ends at once.
  (func (export "wasi_thread_start") (param $tid i32) (param $role i32)
    (if (i32.eq (local.get $role) (i32.const 4)) (then (return)))
    (if (i32.eq (local.get $role) (i32.const 2)) (then (call $end) (return)))
    (if (i32.eq (local.get $role) (i32.const 3)) (then (call $start (i32.const 2))))
    (call $other))

  (func (export "_start") (local $n i32) (local $actor i32)
    (local.set $actor (call $config (i32.const 0)))
    (local.set $n (call $config (i32.const 3)))
    ;; Room for the areas of the others, main, the actor and its parent; the maximum allows 123 others.
    (if (i32.gt_u (local.get $n) (i32.const 11))
      (then (if (i32.lt_s (memory.grow (i32.shr_u (i32.sub (local.get $n) (i32.const 4)) (i32.const 3))) (i32.const 0))
        (then (call $proc_exit (i32.const 97))))))
    (block $spawned (loop $next
      (br_if $spawned (i32.eqz (local.get $n)))
      (call $start (i32.const 1))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $next)))
    (if (i32.eqz (local.get $actor)) (then (call $end) (return)))
    (call $start (i32.add (local.get $actor) (i32.const 1)))
    (if (i32.ne (call $config (i32.const 1)) (i32.const 2)) (then (call $other)))
    (block $set (loop $wait
      (br_if $set (i32.atomic.load (i32.const 64)))
      (drop (memory.atomic.wait32 (i32.const 64) (i32.const 0) (i64.const -1)))
      (br $wait))))

  ;; While the others spawn, there may be too many threads for a moment.
  (func $start (param $role i32)
    (loop $again
      (br_if $again (i32.le_s (call $spawn (local.get $role)) (i32.const 0)))))

  (func $other
    (call $ready (call $config (i32.const 2)))
    (call $act))

  ;; The actor: what ends the program.
  (func $end (local $cause i32)
    (local.set $cause (call $config (i32.const 1)))
    (call $go)
    (if (i32.eq (local.get $cause) (i32.const 0)) (then (unreachable)))
    (if (i32.eq (local.get $cause) (i32.const 1)) (then (call $proc_exit (i32.const 7)) (unreachable)))
    (if (i32.eq (local.get $cause) (i32.const 2)) (then
      (i32.atomic.store (i32.const 64) (i32.const 1))
      (drop (memory.atomic.notify (i32.const 64) (i32.const -1)))
      (return)))
    (if (i32.eq (local.get $cause) (i32.const 3)) (then (call $panic) (call $proc_exit (i32.const 99))))
    (if (i32.eq (local.get $cause) (i32.const 5)) (then
      (i32.store (i32.const 192) (i32.load (i32.const 0x7fff0000)))))
    (call $act))

  (func $fib (param i64) (result i64)
    (if (result i64) (i64.lt_u (local.get 0) (i64.const 2))
      (then (local.get 0))
      (else (i64.add (call $fib (i64.sub (local.get 0) (i64.const 1))) (call $fib (i64.sub (local.get 0) (i64.const 2)))))))

  ;; None of these ends by itself.
  (func $act (local $area i32) (local $x i32) (local $code i32)
    (local.set $code (call $config (i32.const 2)))
    (local.set $area (i32.shl (i32.add (i32.atomic.rmw.add (i32.const 0) (i32.const 1)) (i32.const 1)) (i32.const 13)))
    (if (i32.eq (local.get $code) (i32.const 0)) (then (loop $l ;; stores
      (i32.store (local.get $area) (local.tee $x (i32.add (local.get $x) (i32.const 1))))
      (br $l))))
    (if (i32.eq (local.get $code) (i32.const 1)) (then (loop $l ;; loads
      (local.set $x (i32.add (local.get $x) (i32.load (local.get $area))))
      (br $l))))
    (if (i32.eq (local.get $code) (i32.const 2)) (then (loop $l ;; arithmetic alone
      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 5)) (i32.const 7)))
      (br $l))))
    (if (i32.eq (local.get $code) (i32.const 3)) (then ;; calls alone: 10^18 of them
      (drop (call $fib (i64.const 90)))))
    (if (i32.eq (local.get $code) (i32.const 4)) (then ;; wait32
      (drop (memory.atomic.wait32 (local.get $area) (i32.const 0) (i64.const -1)))))
    (if (i32.eq (local.get $code) (i32.const 5)) (then ;; wait64
      (drop (memory.atomic.wait64 (local.get $area) (i64.const 0) (i64.const -1)))))
    (if (i32.eq (local.get $code) (i32.const 6)) (then ;; wait32, an hour
      (drop (memory.atomic.wait32 (local.get $area) (i32.const 0) (i64.const 3600000000000)))))
    (if (i32.eq (local.get $code) (i32.const 7)) (then ;; poll_oneoff, an hour of the monotonic clock
      (i32.store8 offset=8 (local.get $area) (i32.const 0))
      (i32.store offset=16 (local.get $area) (i32.const 1))
      (i64.store offset=24 (local.get $area) (i64.const 3600000000000))
      (drop (call $poll_oneoff (local.get $area) (i32.add (local.get $area) (i32.const 64)) (i32.const 1)
        (i32.add (local.get $area) (i32.const 128))))))
    (if (i32.eq (local.get $code) (i32.const 8)) (then ;; fd_read of standard input
      (i32.store (local.get $area) (i32.add (local.get $area) (i32.const 64)))
      (i32.store offset=4 (local.get $area) (i32.const 16))
      (drop (call $fd_read (i32.const 0) (local.get $area) (i32.const 1) (i32.add (local.get $area) (i32.const 128))))))
    (if (i32.eq (local.get $code) (i32.const 9)) (then (loop $l ;; starts of threads
      (drop (call $spawn (i32.const 4)))
      (br $l))))
    (if (i32.eq (local.get $code) (i32.const 10)) (then (loop $l ;; indirect calls
      (call_indirect (type $nop) (i32.const 0))
      (br $l))))
    (if (i32.eq (local.get $code) (i32.const 11)) (then (loop $l ;; spins
      (br_if $l (i32.eqz (i32.atomic.load (i32.const 128)))))))
    (if (i32.eq (local.get $code) (i32.const 12)) (then (loop $l ;; fill and copy
      (memory.fill (local.get $area) (local.get $x) (i32.const 7168))
      (memory.copy (i32.add (local.get $area) (i32.const 1024)) (local.get $area) (i32.const 7168))
      (local.set $x (i32.add (local.get $x) (i32.const 1)))
      (br $l))))
    (if (i32.eq (local.get $code) (i32.const 13)) (then (loop $l ;; yields
      (drop (call $sched_yield))
      (br $l))))
    (if (i32.eq (local.get $code) (i32.const 14)) (then (loop $l ;; stores that an optimizer finds useless, in an endless loop
      (i32.store (local.get $area) (i32.const 5))
      (br_if $l (i32.eq (i32.load (local.get $area)) (i32.const 5))))))
    (if (i32.eq (local.get $code) (i32.const 15)) (then (block $out (loop $l ;; the same, with an exit that it never comes nearer to
      (i32.store (local.get $area) (i32.const 5))
      (br_if $out (i32.eq (local.get $x) (i32.const 7)))
      (br_if $l (i32.eq (i32.load (local.get $area)) (i32.const 5)))
      (local.set $x (i32.add (local.get $x) (i32.const 1)))
      (br $l)))))
    (call $proc_exit (i32.const 98))))
