// Asks a real Unleash server with its real SDK: `node unleash.mjs NODE_MODULES < {"url", "token", "flag", "contexts"}`.
// Prints, for each context, whether it is served.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.argv[2] + '/');
const { Unleash, InMemStorageProvider } = require('unleash-client');

const { url, token, flag, contexts } = JSON.parse(readFileSync(0, 'utf8'));
const sdk = new Unleash({
  url: `${url}/api/`,
  appName: 'gonogo-test',
  customHeaders: { Authorization: token },
  refreshInterval: 3_600_000,
  disableMetrics: true,
  storageProvider: new InMemStorageProvider(),
});
sdk.on('error', (error) => {
  console.error(String(error));
  process.exit(1);
});
sdk.on('synchronized', () => {
  const answers = contexts.map((context) => sdk.isEnabled(flag, context));
  process.stdout.write(JSON.stringify(answers), () => process.exit(0));
});
