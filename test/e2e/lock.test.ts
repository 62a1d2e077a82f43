import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findInFolder } from '../support/canary.ts';
import { type DesktopApp, launchDesktop, newProfile, removeProfile } from '../support/desktop.ts';

const secretAccessKey = crypto.randomUUID().repeat(2);

const saveAws = (app: DesktopApp) =>
  app.ask('connections.save', {
    name: 'Backup account',
    draft: {
      provider: 'aws',
      settings: { provider: 'aws', signIn: 'keys', region: 'us-east-1' },
      credential: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey },
    },
  });

describe('without a keychain', () => {
  const profile = newProfile();
  const passphrase = `four words that do not ${crypto.randomUUID()}`;
  afterAll(() => removeProfile(profile));

  it('asks for a passphrase, never falls back to plain text, and opens with it again', async () => {
    const app = await launchDesktop({ profile, keychain: false });
    const { page } = app;
    await page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await page.getByLabel('Repeat the passphrase').fill(passphrase);
    expect((await app.ask('app.get', {})).lock.state).toBe('needs-new-passphrase');
    await expect(saveAws(app)).rejects.toThrow(/store-locked/);
    await page.getByRole('button', { name: 'Set passphrase' }).click();
    await expect
      .poll(async () => (await app.ask('app.get', {})).lock)
      .toMatchObject({ state: 'open', keptIn: 'passphrase' });
    await saveAws(app);
    await app.quit();

    const again = await launchDesktop({ profile, keychain: false });
    await again.page.getByLabel('Passphrase', { exact: true }).fill('not the passphrase at all');
    await again.page.getByRole('button', { name: 'Unlock' }).click();
    await again.page.getByText('This is not the passphrase').first().waitFor();
    await again.page.getByLabel('Passphrase', { exact: true }).fill(passphrase);
    await again.page.getByRole('button', { name: 'Unlock' }).click();
    await expect.poll(async () => (await again.ask('app.get', {})).lock.state).toBe('open');
    expect(await again.ask('connections.list', {})).toMatchObject([
      { name: 'Backup account', credentialHint: 'AKIA…MPLE' },
    ]);
    await again.quit();
    expect(findInFolder(secretAccessKey, profile)).toEqual([]);
    expect(findInFolder(passphrase, profile)).toEqual([]);
  });
});

describe('with a damaged store', () => {
  const profile = newProfile();
  afterAll(() => removeProfile(profile));

  it('keeps the damaged file, says so, and works', async () => {
    const app = await launchDesktop({ profile });
    await saveAws(app);
    await app.quit();
    // Pages that the write-ahead log holds are not read from the store itself: damage both.
    for (const name of readdirSync(profile).filter((file) => /^sync\.db(-wal)?$/.test(file))) {
      const bytes = readFileSync(join(profile, name));
      bytes.fill(0xa5, bytes.length / 4, (bytes.length * 3) / 4);
      writeFileSync(join(profile, name), bytes);
    }

    const again = await launchDesktop({ profile });
    await again.page.getByText('The store was damaged').first().waitFor();
    expect(readdirSync(profile).filter((name) => name.startsWith('sync.db.damaged-'))).not.toEqual([]);
    await expect.poll(async () => (await again.ask('app.get', {})).lock.state).toBe('open');
    await saveAws(again);
    await again.quit();
  });
});
