// Interpreter: a stack machine with one big switch runs a sieve, recursive Fibonacci numbers and a Collatz search. run
// returns a checksum.
#include "bench.h"
enum { // the instructions; those with an operand have it in the next cell
  HALT, PUSH, POP, DUP, SWAP, OVER, LOAD, STORE, GETL, SETL, ADD, SUB, MUL, DIV, REM, AND, OR, XOR, SHL, SHR, NEG, NOT, INC, DEC,
  EQ, NE, LT, LE, GT, GE, JMP, JZ, JNZ, CALL, RET, ENTER, ADDL, LTL, PRINT, NOP
};
static int32_t memory[16384], stack[4096], output;
static NOINLINE int64_t execute(const int32_t *code, int32_t pc) {
  int32_t *sp = stack, *fp = stack;
  int64_t steps = 0;
  for (;;) {
    steps++;
    int32_t a;
    switch (code[pc++]) {
    case HALT: return steps;
    case PUSH: *sp++ = code[pc++]; break;
    case POP: sp--; break;
    case DUP: sp[0] = sp[-1]; sp++; break;
    case SWAP: a = sp[-1]; sp[-1] = sp[-2]; sp[-2] = a; break;
    case OVER: sp[0] = sp[-2]; sp++; break;
    case LOAD: sp[-1] = memory[sp[-1] & 16383]; break;
    case STORE: sp -= 2; memory[sp[1] & 16383] = sp[0]; break;
    case GETL: *sp++ = fp[code[pc++]]; break;
    case SETL: fp[code[pc++]] = *--sp; break;
    case ADD: sp--; sp[-1] += sp[0]; break;
    case SUB: sp--; sp[-1] -= sp[0]; break;
    case MUL: sp--; sp[-1] *= sp[0]; break;
    case DIV: sp--; if (sp[0] < 1) return -1; sp[-1] /= sp[0]; break;
    case REM: sp--; if (sp[0] < 1) return -1; sp[-1] %= sp[0]; break;
    case AND: sp--; sp[-1] &= sp[0]; break;
    case OR: sp--; sp[-1] |= sp[0]; break;
    case XOR: sp--; sp[-1] ^= sp[0]; break;
    case SHL: sp--; sp[-1] = (uint32_t)sp[-1] << (sp[0] & 31); break;
    case SHR: sp--; sp[-1] = (uint32_t)sp[-1] >> (sp[0] & 31); break;
    case NEG: sp[-1] = -(uint32_t)sp[-1]; break;
    case NOT: sp[-1] = !sp[-1]; break;
    case INC: sp[-1]++; break;
    case DEC: sp[-1]--; break;
    case EQ: sp--; sp[-1] = sp[-1] == sp[0]; break;
    case NE: sp--; sp[-1] = sp[-1] != sp[0]; break;
    case LT: sp--; sp[-1] = sp[-1] < sp[0]; break;
    case LE: sp--; sp[-1] = sp[-1] <= sp[0]; break;
    case GT: sp--; sp[-1] = sp[-1] > sp[0]; break;
    case GE: sp--; sp[-1] = sp[-1] >= sp[0]; break;
    case JMP: pc = code[pc]; break;
    case JZ: pc = *--sp ? pc + 1 : code[pc]; break;
    case JNZ: pc = *--sp ? code[pc] : pc + 1; break;
    case CALL: *sp++ = pc + 1; *sp++ = fp - stack; pc = code[pc]; fp = sp; break; // argument, return address, frame
    case RET: a = *--sp; sp = fp - 2; pc = sp[0]; fp = stack + sp[1]; sp[-1] = a; break; // the result replaces the argument
    case ENTER: a = code[pc++]; while (a--) *sp++ = 0; break;
    case ADDL: fp[code[pc]] += code[pc + 1]; pc += 2; break;
    case LTL: *sp++ = fp[code[pc]] < code[pc + 1]; pc += 2; break;
    case PRINT: output = mix(output, *--sp); break;
    case NOP: break;
    default: return -1;
    }
  }
}
// The programs are written with labels: cells L(n) define one, J(n) refer to it.
#define L(n) (0x40000000 + (n))
#define J(n) (0x50000000 + (n))
static const int32_t source[] = {
  // the sieve of Eratosthenes
  ENTER, 3, PUSH, 2, SETL, 0,
  L(0), PUSH, 1, GETL, 0, STORE, ADDL, 0, 1, LTL, 0, 16000, JNZ, J(0),
  PUSH, 2, SETL, 0,
  L(1), GETL, 0, LOAD, JZ, J(4),
  ADDL, 2, 1, GETL, 0, DUP, ADD, SETL, 1, JMP, J(3),
  L(2), PUSH, 0, GETL, 1, STORE, GETL, 1, GETL, 0, ADD, SETL, 1,
  L(3), LTL, 1, 16000, JNZ, J(2),
  L(4), ADDL, 0, 1, LTL, 0, 16000, JNZ, J(1),
  GETL, 2, PRINT,
  // fib(20)
  PUSH, 20, CALL, J(10), PRINT,
  // the longest Collatz sequence below 2000: i, x, steps, best
  PUSH, 0, SETL, 2, PUSH, 1, SETL, 0,
  L(20), GETL, 0, SETL, 1, PUSH, 0,
  L(21), GETL, 1, PUSH, 1, GT, JZ, J(24),
  INC, GETL, 1, PUSH, 1, AND, JZ, J(22),
  GETL, 1, PUSH, 3, MUL, INC, SETL, 1, JMP, J(21),
  L(22), GETL, 1, PUSH, 1, SHR, SETL, 1, JMP, J(21),
  L(24), DUP, GETL, 2, GT, JZ, J(25), DUP, SETL, 2,
  L(25), POP, ADDL, 0, 1, LTL, 0, 2000, JNZ, J(20),
  GETL, 2, PRINT, HALT,
  // fib: the argument lies below the return address and the frame
  L(10), GETL, -3, PUSH, 2, LT, JZ, J(11), GETL, -3, RET,
  L(11), GETL, -3, PUSH, 1, SUB, CALL, J(10), GETL, -3, PUSH, 2, SUB, CALL, J(10), ADD, RET,
};
static int32_t code[sizeof source / 4];
static void assemble(void) {
  int32_t at[32], n = 0, cells = sizeof source / 4;
  for (int i = 0; i < cells; i++) if ((source[i] & 0xf0000000) == 0x40000000) at[source[i] & 31] = n; else n++;
  n = 0;
  for (int i = 0; i < cells; i++) {
    if ((source[i] & 0xf0000000) == 0x50000000) code[n++] = at[source[i] & 31];
    else if ((source[i] & 0xf0000000) != 0x40000000) code[n++] = source[i];
  }
}
EXPORT("run") int32_t run(int32_t n) {
  assemble();
  for (int r = 0; r < n; r++) {
    int64_t steps = execute(code, 0);
    if (steps < 0) return -1;
    output = mix(output, steps);
  }
  return output;
}
