// Runs a module under Node: node run.mjs export|command FILE SIZE. What it writes is as in report/report.go.
import { readFileSync } from "node:fs";
import { WASI } from "node:wasi";

const [kind, file, size] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [file, size], returnOnExit: true });
const begin = process.hrtime.bigint();
const module = new WebAssembly.Module(readFileSync(file));
const prepared = process.hrtime.bigint() - begin;
const instance = new WebAssembly.Instance(module, kind === "command" ? wasi.getImportObject() : {});
const cpu = process.cpuUsage(), wall = process.hrtime.bigint();
if (kind === "command") wasi.start(instance);
else console.log(instance.exports.run(Number(size)));
const used = process.cpuUsage(cpu), elapsed = process.hrtime.bigint() - wall;
const peak = /VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0;
console.error(`bench ${(used.user + used.system) * 1000} ${elapsed} ${peak} ${prepared}`);
