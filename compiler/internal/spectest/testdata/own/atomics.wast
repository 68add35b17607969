;; The alignment of an atomic access is looked at after its operands have been evaluated.

(module
  (memory 1 1 shared)
  (func (export "get") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "exchange") (param i32) (result i32)
    (i32.atomic.rmw.xchg (local.get 0) (i32.atomic.rmw.xchg (i32.const 16) (i32.const 7))))
  (func (export "store") (param i32)
    (i32.atomic.store16 (local.get 0) (i32.div_u (i32.const 1) (i32.load (i32.const 0)))))
  (func (export "compare and exchange") (param i32) (result i64)
    (i64.atomic.rmw.cmpxchg (local.get 0)
      (i64.atomic.rmw8.add_u (i32.const 24) (i64.const 1))
      (i64.atomic.rmw8.add_u (i32.const 24) (i64.const 2)))))

(assert_trap (invoke "exchange" (i32.const 2)) "unaligned atomic")
(assert_return (invoke "get" (i32.const 16)) (i32.const 7))
(assert_trap (invoke "store" (i32.const 1)) "integer divide by zero")
(assert_trap (invoke "store" (i32.const 2)) "integer divide by zero")
(assert_trap (invoke "compare and exchange" (i32.const 4)) "unaligned atomic")
(assert_return (invoke "get" (i32.const 24)) (i32.const 3))
(assert_return (invoke "compare and exchange" (i32.const 0)) (i64.const 0))
(assert_return (invoke "get" (i32.const 24)) (i32.const 6))
