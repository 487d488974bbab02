// Evaluates one flag with the real flagd-core: `node flagd.mjs NODE_MODULES < {"file", "flag", "contexts"}`.
// Prints, for each context, what an application gets whose own default is false, and then one whose default is true.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.argv[2] + '/');
const { FlagdCore, MemoryStorage } = require('@openfeature/flagd-core');

const { file, flag, contexts } = JSON.parse(readFileSync(0, 'utf8'));
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const storage = new MemoryStorage(quiet);
storage.setConfigurations(file, true);
const core = new FlagdCore(storage, quiet);
const ask = (own) => contexts.map((context) => core.resolveBooleanEvaluation(flag, own, context).value);
console.log(JSON.stringify([ask(false), ask(true)]));
