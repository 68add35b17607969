// Runs a wasi-threads command under Node 20, as a comparator:
//
//	node run.mjs [--pool=N] [--call=NAME,N] [--config=A,B,C,D [--ready=N]] module.wasm [argument ...]
//
// Every thread of the guest is an instance in a worker; workers whose thread has ended wait for the next one. node:wasi
// does the calls of all of them. --pool starts N workers before the guest. --call calls an export with N instead of _start
// and prints the time. --config and --ready serve the modules that import "test": the values of test.config, and how many
// calls of test.ready test.go waits for. A trap or an exception ends it with exit code 134.
//
// What Node can not do: end while a thread is inside fd_read or poll_oneoff, and run more threads at once than it has memory
// for isolates, some MB each.
import { readFileSync, writeSync } from "node:fs";
import { Worker, isMainThread, workerData } from "node:worker_threads";
import { WASI } from "node:wasi";
import { setFlagsFromString } from "node:v8";

// Words of the control block, then three for each worker: state, tid, argument.
const END = 0, CODE = 1, TIDS = 2, WORKERS = 3, READY = 4, FIRST = 8;
const IDLE = 0, TAKEN = 1, JOB = 2, NEW = 3;
const LIMIT = 4096;

if (isMainThread) supervise();
else work(workerData);

function supervise() {
  // V8 11.3 loses wakes in code of its baseline compiler: handoff and spawnjoin hang.
  setFlagsFromString("--no-liftoff");
  const options = { pool: 4 }, argv = process.argv.slice(2);
  while (argv[0]?.startsWith("--")) {
    const [name, value] = argv.shift().slice(2).split("=");
    options[name] = /^\d+$/.test(value) ? Number(value) : value.split(",");
  }
  const bytes = readFileSync(argv[0]), module = new WebAssembly.Module(bytes);
  const control = new Int32Array(new SharedArrayBuffer(4 * (FIRST + 3 * LIMIT)));
  const shared = { module, memory: memoryOf(bytes), control, argv, options };
  for (let i = 0; i < options.pool; i++) {
    add(shared, IDLE);
    Atomics.wait(control, FIRST + 3 * i, NEW);
  }
  new Worker(new URL(import.meta.url), { workerData: { ...shared, main: true } });
  // The guest's main runs in a worker, so that this thread can end the process whatever the others are busy with.
  Atomics.wait(control, END, 0);
  process.exit(control[CODE]);
}

function end(control, code) {
  if (Atomics.compareExchange(control, END, 0, 1) === 0) {
    control[CODE] = code;
    Atomics.store(control, END, 2);
    Atomics.notify(control, END);
  }
  Atomics.wait(control, END, 2); // until the process is gone
}

function add(shared, state, tid = 0, arg = 0) {
  const { control } = shared, i = Atomics.add(control, WORKERS, 1), at = FIRST + 3 * i;
  if (i >= LIMIT) return -6;
  control[at + 1] = tid;
  control[at + 2] = arg;
  Atomics.store(control, at, state === IDLE ? NEW : state);
  new Worker(new URL(import.meta.url), { workerData: { ...shared, main: false, at } });
  return tid;
}

// The wasi-threads answer is the thread's number, or a negative error.
function spawn(shared, arg) {
  const { control } = shared, tid = Atomics.add(control, TIDS, 1) + 1;
  for (let at = FIRST, n = Math.min(control[WORKERS], LIMIT); n > 0; n--, at += 3) {
    if (Atomics.compareExchange(control, at, IDLE, TAKEN) !== IDLE) continue;
    control[at + 1] = tid;
    control[at + 2] = arg;
    Atomics.store(control, at, JOB);
    Atomics.notify(control, at);
    return tid;
  }
  return add(shared, JOB, tid, arg);
}

function work(shared) {
  const { module, memory, control, argv, options, main, at } = shared;
  const wasi = new WASI({ version: "preview1", args: argv, returnOnExit: false });
  wasi.initialize({ exports: { memory } });
  // Functions of JavaScript: with the bound ones of node:wasi an instance takes 2 ms instead of 40 µs.
  const calls = Object.fromEntries(Object.entries(wasi.wasiImport).map(([name, f]) => [name, (...args) => f(...args)]));
  const imports = {
    env: { memory },
    wasi: { "thread-spawn": (arg) => spawn(shared, arg) },
    wasi_snapshot_preview1: { ...calls, proc_exit: (code) => end(control, code) },
    test: {
      config: (i) => Number([options.config].flat()[i]),
      ready: () => { Atomics.add(control, READY, 1), Atomics.notify(control, READY); },
      go: () => {
        for (let n; (n = Atomics.load(control, READY)) < (options.ready ?? 0);) Atomics.wait(control, READY, n);
        Atomics.wait(control, END, 0, 50);
      },
      panic: () => { throw new Error("panic of the host"); },
    },
  };
  const guarded = (f) => {
    try {
      f();
    } catch (e) {
      writeSync(2, `${e.stack ?? e}\n`);
      end(control, 134);
    }
  };
  if (main) {
    guarded(() => {
      const { exports } = new WebAssembly.Instance(module, imports);
      if (options.call) {
        const [name, n] = options.call, t = process.hrtime.bigint();
        exports[name](Number(n));
        writeSync(1, `${name} ${(Number(process.hrtime.bigint() - t) / n).toFixed(0)} ns\n`);
      } else {
        exports._start();
      }
      end(control, 0);
    });
  }
  if (control[at] === NEW) {
    Atomics.store(control, at, IDLE);
    Atomics.notify(control, at);
  }
  for (;;) {
    for (let state; (state = Atomics.load(control, at)) !== JOB;) Atomics.wait(control, at, state);
    guarded(() => new WebAssembly.Instance(module, imports).exports.wasi_thread_start(control[at + 1], control[at + 2]));
    Atomics.store(control, at, IDLE);
  }
}

// A shared memory with the limits of the module's import: Node tells the names of imports only, so this reads the section.
function memoryOf(bytes) {
  let at = 8;
  const leb = () => {
    for (let v = 0, shift = 0; ; shift += 7) {
      const b = bytes[at++];
      v += (b & 127) * 2 ** shift;
      if (b < 128) return v;
    }
  };
  const skip = () => {
    const n = leb();
    at += n;
  };
  const limits = () => {
    const flags = leb(), initial = leb();
    return { initial, maximum: flags & 1 ? leb() : undefined, shared: (flags & 2) !== 0 };
  };
  for (;;) {
    const id = bytes[at++], size = leb();
    if (id === 2) break;
    at += size;
  }
  for (let n = leb(); n > 0; n--) {
    skip();
    skip();
    const kind = bytes[at++];
    if (kind === 0) leb();
    if (kind === 1) at++, limits();
    if (kind === 2) return new WebAssembly.Memory(limits());
    if (kind === 3) at += 2;
  }
  throw new Error("the module imports no memory");
}
