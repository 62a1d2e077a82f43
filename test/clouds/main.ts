// Runs the stand-in clouds on their own, filled with the sample: `npm run clouds [-- --port FIRST]`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Sample, seedSample } from './sample.ts';
import { type Clouds, startClouds } from './start.ts';

const { values } = parseArgs({ options: { port: { type: 'string' } } });
const firstPort = Number(values.port ?? 0);
if (!Number.isInteger(firstPort) || firstPort < 0 || firstPort > 65_000) {
  process.stderr.write('--port takes the first of some ten consecutive port numbers.\n');
  process.exit(2);
}

const clouds = await startClouds({ firstPort });
const sample = await seedSample(clouds);
const folder = await mkdtemp(join(tmpdir(), 'stand-in-clouds-'));
const files = {
  ca: join(folder, 'ca.pem'),
  appCertificate: join(folder, 'app-certificate.pem'),
  gcpKey: join(folder, 'service-account.json'),
};
await writeFile(files.ca, clouds.caPem);
await writeFile(files.appCertificate, `${sample.appCertificate.key}\n${sample.appCertificate.cert}\n`, { mode: 0o600 });
await writeFile(files.gcpKey, sample.gcp.full.keyFile, { mode: 0o600 });
process.stdout.write(`${describe(clouds, sample)}\n`);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await clouds.close();
  await rm(folder, { recursive: true, force: true });
}
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

/** The credentials open nothing but this process, and end with it. */
function describe({ azure, aws, gcp, control }: Clouds, sample: Sample): string {
  const { app, region, fullKey, writeOnlyKey, role } = sample;
  const vaults = ['kv-production', 'kv-certificates', 'kv-staging', 'kv-dev'];
  return `Stand-in clouds are running. Everything below is made for this run and ends with it.

Authority to trust   ${files.ca}
  for programs that use OpenSSL or Node.js: SSL_CERT_FILE or NODE_EXTRA_CA_CERTS

Azure sign-in        ${azure.loginUrl}
  tenant id          ${app.tenantId}
  client id          ${app.clientId}
  client secret      ${app.clientSecret}
  or certificate     ${files.appCertificate}
Resource Manager     ${azure.armUrl}
${vaults.map((name) => `${name.padEnd(20)} ${azure.vaultUrl(name)}`).join('\n')}

AWS endpoint         ${aws.url}
  account, region    ${aws.accountId}, ${region}
  full access        ${fullKey.accessKeyId} / ${fullKey.secretAccessKey}
  write only         ${writeOnlyKey.accessKeyId} / ${writeOnlyKey.secretAccessKey}
                     four actions below certifyclouds/, nothing can be read
  only to assume     ${role.key.accessKeyId} / ${role.key.secretAccessKey}
  role, external id  ${role.arn}, ${role.externalId}

GCP endpoint         ${gcp.url}
  project            ${sample.gcp.projectId}
  service account    ${sample.gcp.full.email}
  its key file       ${files.gcpKey}

Control              POST ${control.url}/call
  bearer token       ${control.token}
  body               {"path": "azure.setSecret", "args": ["kv-dev", "api-key", "a new value"]}

Ctrl-C stops it.`;
}
