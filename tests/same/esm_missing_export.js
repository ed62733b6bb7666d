// an import that a builtin does not export is a SyntaxError before anything runs
import { nothingOfTheKind } from 'node:fs';
console.log('never printed', nothingOfTheKind);
