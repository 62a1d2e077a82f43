import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../../main/store/index.ts';
import { pagesOfPdf } from '../reports/read.ts';
import { launchDesktop, newProfile, removeProfile } from '../support/desktop.ts';

/** The built app has its packages in one bundle, without the files that lie beside them in their folders. */
describe('a report saved by the built app', () => {
  const profile = newProfile();
  afterAll(() => removeProfile(profile));

  it('is whole in every format', async () => {
    const id = randomUUID();
    const { store } = openStore(profile, { now: Date.now });
    const at = Date.now();
    const check = { id, trigger: 'user', values: true, startedAt: at, endedAt: at, cancelled: false } as const;
    const audit = { at, actor: 'user', action: 'check targets', subject: id, detail: '' } as const;
    store.checks.start({ ...check, total: 1, counts: {} }, { ...audit, outcome: 'started' });
    const found = { verdict: 'changed', code: 'target-changed', sentence: 'It was changed.', fix: 'Look.' } as const;
    const target = { targetService: 'acm', targetRegion: 'us-east-1', targetConnection: 'AWS' } as const;
    const told = { method: 'value', sourceVersion: null, targetVersion: null, targetId: null, checkedAt: at } as const;
    store.checks.add(id, [
      { recordId: randomUUID(), source: 'kv/api-key', target: 'the-copy', ...target, ...found, ...told },
    ]);
    store.checks.end({ ...check, total: 1, counts: { changed: 1 } }, { ...audit, outcome: 'succeeded' });
    store.close();

    const app = await launchDesktop({ profile });
    for (const format of ['csv', 'json', 'pdf'] as const) {
      const path = join(profile, `report.${format}`);
      // Nobody is there to choose in the system's dialog.
      await app.electron.evaluate(({ dialog }, filePath) => {
        dialog.showSaveDialog = (async () => ({ canceled: false, filePath })) as typeof dialog.showSaveDialog;
      }, path);
      expect(await app.ask('checks.export', { id, format })).toEqual({ path, rows: 1 });
      const bytes = readFileSync(path);
      const text = format === 'pdf' ? pagesOfPdf(bytes).flat().join('\n') : bytes.toString();
      for (const words of ['kv/api-key', 'the-copy', 'It was changed.']) expect(text).toContain(words);
    }
    await app.quit();
  });
});
