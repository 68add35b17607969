// What the JavaScript engine runs: parts that take about the same time, N times each. N is declared before this text. The
// value is a checksum.

// numbers returns pseudo-random numbers below 2^31, always the same.
function numbers(seed) {
  return () => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff);
}

function recursion() {
  const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
  return fib(18);
}

function arrays() {
  const prime = new Array(1500).fill(true);
  let count = 0;
  for (let i = 2; i < prime.length; i++) {
    if (!prime[i]) continue;
    count++;
    for (let j = 2 * i; j < prime.length; j += i) prime[j] = false;
  }
  return count + prime.map((p, i) => (p ? i : 1)).filter((v) => v > 1).reduce((a, b) => a + b, 0);
}

function strings() {
  let sum = 0, text = "";
  for (let i = 0; i < 130; i++) {
    const row = `item${i}:${i % 13}:${"x".repeat(i % 7)}`;
    sum += row.split(":").join("-").toUpperCase().indexOf("-");
    text += row + ";";
  }
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) | 0;
  return sum;
}

function patterns() {
  const next = numbers(5);
  let log = "";
  for (let i = 0; i < 100; i++) log += `2026-${(next() >> 8) % 12 + 1}-${(next() >> 8) % 28 + 1} user${i}@host.org GET /a/${next() % 100}\n`;
  let sum = 0;
  for (const [, year, month, day] of log.matchAll(/^(\d+)-(\d+)-(\d+)/gm)) sum += year * month + Number(day);
  return sum + log.replace(/([a-z]+)(\d+)@(?:[a-z]+)\.org/g, "<$2 $1>").length;
}

function maps() {
  const map = new Map(), object = {};
  for (let i = 0; i < 500; i++) {
    const key = "k" + (i * 7) % 300;
    map.set(key, (map.get(key) ?? 0) + i);
    object[key] = (object[key] || 0) ^ i;
  }
  let sum = new Set(map.values()).size;
  for (const [key, value] of map) sum += value - object[key];
  for (const key in object) sum += key.length;
  return sum;
}

function sorting() {
  const next = numbers(9);
  const list = Array.from({ length: 600 }, (_, i) => ({ key: next() >> 12, i }));
  list.sort((a, b) => a.key - b.key || a.i - b.i);
  return list.reduce((sum, { i }, at) => (sum + i * at) | 0, 0);
}

class Shape {
  #name;
  constructor(name) { this.#name = name; }
  get name() { return this.#name; }
  area() { return 0; }
}

class Rectangle extends Shape {
  constructor(w, h) { super("rectangle"); this.w = w; this.h = h; }
  area() { return this.w * this.h; }
}

class Square extends Rectangle {
  constructor(side) { super(side, side); }
  area() { return super.area() + 1; }
}

function classes() {
  let sum = 0;
  for (let i = 0; i < 500; i++) {
    const shape = i % 2 ? new Square(i % 50) : new Rectangle(i % 20, 3);
    sum += shape.area() + shape.name.length + (shape instanceof Square);
  }
  return sum;
}

function json() {
  const order = { id: 7, lines: [], notes: "two\nlines, \"quoted\"", paid: false, rate: 1.25, shop: null };
  for (let i = 0; i < 140; i++) order.lines.push({ article: "a" + i, count: i % 5, price: i * 1.5 });
  const copy = JSON.parse(JSON.stringify(order));
  return JSON.stringify(copy, null, 2).length + copy.lines[139].price;
}

function closures() {
  function* range(n) { for (let i = 0; i < n; i++) yield i; }
  const compose = (f, g) => (x) => f(g(x));
  let step = (x) => x + 1, sum = 0;
  for (let i = 0; i < 8; i++) step = compose(step, (x) => x ^ i);
  for (const i of range(1000)) sum += step(i);
  const [first, , ...rest] = range(50);
  return sum + first + Math.max(...rest);
}

function typed() {
  const n = 18, a = new Float64Array(n * n), b = new Float64Array(n * n), bytes = new Uint8Array(256);
  for (let i = 0; i < n * n; i++) { a[i] = i % 9; b[i] = i % 5; bytes[i & 255] += i; }
  let sum = bytes.subarray(3).indexOf(99);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let s = 0;
      for (let k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
      sum += s;
    }
  }
  return sum;
}

function exceptions() {
  let caught = 0;
  for (let i = 0; i < 400; i++) {
    try {
      if (i % 3) throw new RangeError("no " + i);
      null.member;
    } catch (e) {
      caught += e instanceof RangeError ? e.message.length : 1;
    } finally {
      caught++;
    }
  }
  return caught;
}

let sum = 0;
for (const part of [recursion, arrays, strings, patterns, maps, sorting, classes, json, closures, typed, exceptions]) {
  for (let i = 0; i < N; i++) sum = (Math.imul(sum, 31) + part()) | 0;
}
sum;
