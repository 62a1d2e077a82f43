import { generateKeyPairSync, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { SecretProps } from './azure/vault.ts';

/** The secrets of the sample company, by vault. Every value is random. */

export type SecretEntry = readonly [name: string, value: string, props?: SecretProps];

/** @param nowSeconds what expiry dates are counted from */
export function productionSecrets(nowSeconds: number): SecretEntry[] {
  const production = { env: 'production' };
  return [
    ['api-key', random(), { tags: { ...production, owner: 'platform' } }],
    ['database-url', databaseUrl('prod-db', 'orders'), { tags: { ...production, owner: 'orders' } }],
    ['database-password', password(), { tags: production }],
    ['database-readonly-url', databaseUrl('prod-db-ro', 'orders'), { tags: production }],
    ['redis-url', `rediss://:${random()}@cache.contoso.example:6380/0`, { tags: production }],
    ['rabbitmq-url', `amqps://orders:${random()}@mq.contoso.example:5671/orders`],
    ['payment-secret-key', random(32), { tags: { ...production, owner: 'payments', pci: 'true' } }],
    ['payment-webhook-secret', random(32), { tags: { ...production, owner: 'payments' } }],
    ['mail-api-key', random(48)],
    ['jwt-signing-key', randomBytes(64).toString('base64'), { contentType: 'application/octet-stream;base64' }],
    ['oauth-client-secret', random(), { expires: nowSeconds + 90 * 24 * 60 * 60 }],
    ['smtp-credentials', JSON.stringify({ user: 'noreply@contoso.example', password: password() }), json()],
    ['service-bundle', serviceBundle(), json({ tags: { ...production, owner: 'platform' } })],
    ['deploy-key', privateKeyPem(), { contentType: 'application/x-pem-file' }],
    ['support-passphrase', `Grüße aus Köln – ${password()} – 東京 🔑`],
    ['feature-flags', largeJson(25 * 1024), json()],
    ['legacy-ftp-password', password(), { enabled: false, tags: { ...production, status: 'retired' } }],
    ['partner-token', random(), { expires: nowSeconds - 30 * 24 * 60 * 60 }],
    ['debug-token-local', random(16), { tags: { 'no-sync': 'true' } }],
  ];
}

/** @param nowSeconds as of `productionSecrets` */
export function stagingSecrets(nowSeconds: number): SecretEntry[] {
  const staging = { env: 'staging' };
  return [
    ['api-key', random(), { tags: staging }],
    ['database-url', databaseUrl('staging-db', 'orders'), { tags: staging }],
    ['database-password', password(), { tags: staging }],
    ['redis-url', `rediss://:${random()}@cache.staging.contoso.example:6380/0`, { tags: staging }],
    ['payment-secret-key', random(32), { tags: { ...staging, owner: 'payments' } }],
    ['mail-api-key', random(48)],
    ['jwt-signing-key', randomBytes(64).toString('base64')],
    ['oauth-client-secret', random(), { notBefore: nowSeconds + 24 * 60 * 60 }],
    ['service-bundle', serviceBundle(), json({ tags: staging })],
    ['load-test-user', JSON.stringify({ user: 'load', password: password() }), json()],
    ['OrdersConnectionString', `Server=sql.staging.contoso.example;User Id=orders;Password=${random()};Encrypt=True`],
  ];
}

export function devSecrets(): SecretEntry[] {
  return [
    ['api-key', random()],
    ['database-url', databaseUrl('dev-db', 'orders')],
    ['redis-url', `redis://:${random()}@localhost:6379/0`],
    ['payment-test-key', random(32), { tags: { owner: 'payments' } }],
    ['mail-api-key-local', random(48)],
    ['session-secret', random(64)],
    ['github-app-key', privateKeyPem(), { contentType: 'application/x-pem-file' }],
    [
      'seed-users',
      JSON.stringify([
        { name: 'ann', password: password() },
        { name: 'bob', password: password() },
      ]),
      json(),
    ],
    ['pin', String(randomInt(1000, 10_000))],
    ['sandbox-token', random(), { tags: { 'no-sync': 'true' } }],
  ];
}

function json(props: SecretProps = {}): SecretProps {
  return { contentType: 'application/json', ...props };
}

function random(bytes = 24): string {
  return randomBytes(bytes).toString('base64url');
}

/** With the characters that trip naive quoting. */
function password(): string {
  return `${random(9)}$'"\\&<%>;${random(6)}`;
}

function databaseUrl(host: string, database: string): string {
  return `postgresql://${database}:${random()}@${host}.contoso.example:5432/${database}?sslmode=verify-full`;
}

function privateKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function serviceBundle(): string {
  const bundle = { clientId: randomUUID(), clientSecret: random(), endpoints: { api: 'https://api.contoso.example' } };
  return JSON.stringify(bundle, null, 2);
}

/** A JSON text of exactly this many bytes. */
function largeJson(bytes: number): string {
  const frame = JSON.stringify({ salt: '' }).length;
  return JSON.stringify({
    salt: randomBytes(bytes)
      .toString('hex')
      .slice(0, bytes - frame),
  });
}
