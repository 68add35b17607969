;; What the harness must notice: a line with FAIL fails with that text, a line with SKIP is skipped, all others pass.
(module $m
  (func (export "one") (result i32) (i32.const 1))
  (func (export "trap") unreachable)
  (func (export "id") (param f32) (result f32) (local.get 0))
  (func (export "ref") (param externref) (result externref) (local.get 0))
  (global (export "g") i64 (i64.const 7)))
(register "m" $m)
(assert_return (invoke "one") (i32.const 1))
(assert_return (invoke "one") (i32.const 2)) ;; FAIL got 1
(assert_return (invoke "one")) ;; FAIL got 1 results
(assert_return (invoke "one") (i64.const 1)) ;; FAIL got a int32
(assert_return (invoke $m "none")) ;; FAIL no export
(assert_return (invoke $x "one") (i32.const 1)) ;; FAIL no instance
(assert_return (invoke "trap")) ;; FAIL wasm trap: unreachable
(assert_return (get "g") (i64.const 7))
(assert_return (get "g") (i64.const 8)) ;; FAIL got 7
(assert_return (invoke "id" (f32.const -nan)) (f32.const nan:canonical))
(assert_return (invoke "id" (f32.const nan:0x600000)) (f32.const nan:canonical)) ;; FAIL got NaN
(assert_return (invoke "id" (f32.const nan:0x600000)) (f32.const nan:arithmetic))
(assert_return (invoke "id" (f32.const nan:0x200000)) (f32.const nan:arithmetic)) ;; FAIL got NaN
(assert_return (invoke "id" (f32.const -0)) (f32.const 0)) ;; FAIL got -0
(assert_return (invoke "ref" (ref.extern 3)) (ref.extern 3))
(assert_return (invoke "ref" (ref.extern 3)) (ref.extern 4)) ;; FAIL got 3
(assert_return (invoke "ref" (ref.extern 3)) (ref.null extern)) ;; FAIL want null: true
(assert_return (invoke "ref" (ref.null extern)) (ref.extern)) ;; FAIL want null: false
(assert_trap (invoke "trap") "unreachable")
(assert_trap (invoke "trap") "integer overflow") ;; FAIL got trap "unreachable"
(assert_trap (invoke "one") "unreachable") ;; FAIL no trap
(assert_exhaustion (invoke "trap") "call stack exhausted") ;; FAIL got error
(assert_malformed (module quote "(func") "") 
(assert_malformed (module (func)) "") ;; FAIL got error <nil>
(assert_malformed (module (func (result i32))) "") ;; FAIL invalid module
(assert_invalid (module (func (result i32))) "type mismatch")
(assert_invalid (module (func)) "") ;; FAIL got error <nil>
(assert_unlinkable (module (import "m" "none" (func))) "unknown import")
(assert_unlinkable (module (import "m" "one" (func))) "incompatible import type")
(assert_unlinkable (module (import "m" "one" (func))) "unknown import") ;; FAIL got link error
(assert_unlinkable (module (import "m" "trap" (func))) "unknown import") ;; FAIL linked
(module (import "m" "none" (func))) ;; FAIL unknown import
(assert_return (invoke "one") (i32.const 1)) ;; FAIL depends on the failed module
(module $simd (func (export "v") (result v128) unreachable)) ;; SKIP simd
(assert_trap (invoke "v") "unreachable") ;; SKIP simd
(register "simd" $simd) ;; SKIP simd
(module (import "simd" "v" (func))) ;; SKIP simd
(assert_unlinkable (module (import "simd" "v" (func))) "incompatible") ;; SKIP simd
(unheard_of) ;; FAIL unknown command
