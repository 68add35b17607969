// Runs a module under Node: node run.mjs export|command|script FILE SIZE. What it writes is as in report/report.go.
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const [kind, file, size] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [file, size], returnOnExit: true });

// script has the JavaScript engine do what package quickjs has it do.
function script(engine) {
  const text = new TextEncoder().encode(`const N = ${size};\n` + readFileSync("quickjs/bench.js", "utf8") + "\0");
  const context = engine.JS_NewContext(engine.JS_NewRuntime());
  const at = engine.wasm_malloc(text.length), last = at + text.length - 1;
  new Uint8Array(engine.memory.buffer).set(text, at);
  const value = engine.JS_Eval(context, at, last - at, last, 0);
  const to = engine.wasm_malloc(8);
  if (engine.JS_ToFloat64(context, to, value) !== 0) throw new Error("bench.js fails");
  console.log(new DataView(engine.memory.buffer).getFloat64(to, true));
}

// imports, what comes before the measured part, and that part, by kind.
const host = new Proxy({}, { get: () => () => 0 });
const { imports = {}, prepare = () => {}, run } = {
  export: { run: (instance) => console.log(instance.exports.run(Number(size))) },
  command: { imports: wasi.getImportObject(), run: (instance) => wasi.start(instance) },
  script: { imports: { ...wasi.getImportObject(), env: host }, prepare: (instance) => wasi.initialize(instance), run: (instance) => script(instance.exports) },
}[kind];

const begin = process.hrtime.bigint();
const module = new WebAssembly.Module(readFileSync(file));
const prepared = process.hrtime.bigint() - begin;
const instance = new WebAssembly.Instance(module, imports);
prepare(instance);
const cpu = process.cpuUsage(), wall = process.hrtime.bigint();
run(instance);
const used = process.cpuUsage(cpu), elapsed = process.hrtime.bigint() - wall;
const peak = /VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0;
console.error(`bench ${(used.user + used.system) * 1000} ${elapsed} ${peak} ${prepared}`);
