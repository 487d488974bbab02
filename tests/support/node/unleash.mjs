// Asks a real Unleash server with its real SDK: `node unleash.mjs NODE_MODULES`, then one question a line on stdin:
// {"url", "token", "flag", "contexts"}. Answers each with a line: for each context, whether it is served.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(process.argv[2] + '/');
const { Unleash, InMemStorageProvider } = require('unleash-client');

// A new SDK for each question: it knows nothing of what the server said before.
function served({ url, token, flag, contexts }) {
  return new Promise((resolve) => {
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
      resolve(contexts.map((context) => sdk.isEnabled(flag, context)));
      sdk.destroy();
    });
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await served(JSON.parse(line))) + '\n');
}
