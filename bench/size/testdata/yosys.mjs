// Runs yosys of the npm package in argv[2] with the script in argv[3] on root/alu.v, writes what it makes to node/, and
// the files that the package brings along to root/.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [pkg, script] = process.argv.slice(2);
const { runYosys } = await import(`${pkg}/gen/bundle.js`);
const { filesystem } = await import(`${pkg}/gen/resources-yosys.js`);

function dump(tree, dir) {
  fs.mkdirSync(dir, { recursive: true });
  for (const [name, value] of Object.entries(tree)) {
    const file = path.join(dir, name);
    if (typeof value === 'string' || value instanceof Uint8Array) fs.writeFileSync(file, value);
    else if (value instanceof URL) fs.copyFileSync(fileURLToPath(value), file);
    else dump(value, file);
  }
}

dump(filesystem, 'root');
const made = await runYosys(['-q', '-p', script], { 'alu.v': fs.readFileSync('root/alu.v', 'utf8') });
fs.mkdirSync('node');
for (const name of ['out.v', 'out.json']) fs.writeFileSync(path.join('node', name), made[name]);
