import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestStep } from '../../main/clouds/ports.ts';
import { openSource } from '../../main/clouds/registry.ts';
import type { RoleName } from '../clouds/azure/roles.ts';
import { patience } from '../conformance/outcome.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';

describe('the test of an Azure connection', () => {
  let bed: CloudBed;
  beforeAll(async () => {
    bed = await openCloudBed();
    await bed.azure.addVault('kv-trials');
  });
  afterAll(() => bed.close());

  /** The steps as somebody with these roles on the vault sees them. */
  async function stepsWith(...roles: RoleName[]): Promise<TestStep[]> {
    const app = bed.azure.addTenantApp();
    for (const role of roles) bed.azure.grant(app.clientId, role, 'kv-trials');
    const settings = {
      provider: 'azure',
      tenantId: app.tenantId,
      clientId: app.clientId,
      signIn: 'secret',
      cloud: 'custom',
      authority: bed.azure.loginUrl,
      resourceManager: bed.azure.armUrl,
      caBundle: bed.caPem,
    } as const;
    const credential = { signIn: 'secret', clientSecret: app.clientSecret };
    const source = await openSource(connectionTo(settings), credential, bed.deps);
    const steps: TestStep[] = [];
    for await (const step of source.test(patience())) steps.push(step);
    source.close();
    return steps;
  }
  const outcomes = (steps: readonly TestStep[]) =>
    Object.fromEntries(steps.map(({ title, outcome }) => [title, outcome]));
  const reached = {
    'Find the service': 'passed',
    'Connect securely': 'passed',
    'Sign in to Microsoft Entra ID': 'passed',
  };

  test('passes in every step for whoever may read both, and reads nothing', async () => {
    bed.azure.vault('kv-trials').set('a', 'one');
    bed.desk.clearArrivals();
    const steps = await stepsWith('Reader', 'Key Vault Certificate User');
    expect(steps.every(({ outcome, fix }) => outcome === 'passed' && fix === '')).toBe(true);
    expect(steps.map(({ title }) => title).slice(-4)).toEqual([
      'List secrets',
      'Read secrets',
      'List certificates',
      'Read certificates',
    ]);
    expect(bed.desk.arrivals({ name: 'GetSecret', status: 200 })).toEqual([]);
    expect(bed.desk.arrivals({ name: 'GetCertificate', status: 200 })).toEqual([]);
  });

  test('warns about certificates where only secrets may be read, with the role that is missing', async () => {
    const steps = await stepsWith('Reader', 'Key Vault Secrets User');
    expect(outcomes(steps)).toEqual({
      ...reached,
      'List vaults': 'passed',
      'List secrets': 'passed',
      'Read secrets': 'passed',
      'List certificates': 'warning',
      'Read certificates': 'warning',
    });
    for (const step of steps.slice(-2)) expect(step.fix).toContain('Key Vault Certificate User');
  });

  test('without any visible vault warns, and fails nothing', async () => {
    expect(outcomes(await stepsWith())).toEqual({
      ...reached,
      'List vaults': 'warning',
      'List secrets': 'warning',
      'Read secrets': 'warning',
      'List certificates': 'warning',
      'Read certificates': 'warning',
    });
  });

  test('of a right to list without a right to read fails at reading', async () => {
    const steps = await stepsWith('Key Vault Reader');
    expect(outcomes(steps)).toMatchObject({ 'List secrets': 'passed', 'Read secrets': 'failed' });
    expect(steps.find(({ title }) => title === 'Read secrets')?.fix).toContain('Key Vault Secrets User');
  });

  test('of a vault that may be seen and not listed fails there, with the role that is missing', async () => {
    const steps = await stepsWith('Reader');
    expect(outcomes(steps)).toMatchObject({
      'List vaults': 'passed',
      'List secrets': 'failed',
      'Read secrets': 'skipped',
    });
    expect(steps.find(({ title }) => title === 'List secrets')?.fix).toContain('Key Vault Secrets User');
  });

  test('says which application signed in, and until when', async () => {
    const [sentence] = (await stepsWith()).filter(({ id }) => id === 'sign-in').map((step) => step.sentence);
    expect(sentence).toMatch(/^The application [0-9a-f-]{36} signed in\. .* good until \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  });
});
