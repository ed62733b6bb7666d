// a program with import statements and no package.json is run as an ES module (node 20.19 and later)
import fs, { readFileSync } from 'node:fs';
import * as path from 'path';
const { default: os } = await import('os');
console.log(typeof fs.readFileSync, readFileSync === fs.readFileSync, path.sep, os.EOL === '\n', this);
console.log(typeof require, typeof module, typeof __filename, import.meta.url.startsWith('file://'), path.basename(import.meta.url));
export const x = 1;
