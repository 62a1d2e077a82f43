import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { given } from '../../main/operations/given.ts';
import { connectionNamed, pending, recordNamed } from '../store/builders.ts';
import { startApp, type TestApp } from '../support/app.ts';

describe('settings', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(() => app.end());
  const asked = (question: RegExp) => app.sent.filter((text) => text.startsWith('["confirm"') && question.test(text));

  it('are what was set, and the rest stays', async () => {
    const change = {
      conflictPolicy: 'skip',
      exclusions: ['name:*-local', 'tag:no-sync=true'],
      scanMinutes: 15,
      historyDays: 30,
      checkSchedule: { kind: 'cron', expression: '0 3 * * 0', timeZone: 'UTC' },
      checkValues: true,
    } as const;
    const before = await app.ask('settings.get', {});
    const after = await app.ask('settings.set', { ...change, exclusions: [...change.exclusions] });
    expect(after).toEqual({ ...before, ...change });
    expect(await app.ask('settings.get', {})).toEqual(after);
  });

  it('refuse exclusions that can’t be read, each with its place, and then change nothing', async () => {
    const exclusions = ['name:ok', '*-local', 'tag:=x'];
    const refused = await app.refuse('settings.set', { exclusions, scanMinutes: 1 });
    expect(refused).toMatchObject({
      kind: 'invalid',
      code: 'input',
      fields: [{ path: 'exclusions.1' }, { path: 'exclusions.2' }],
    });
    expect(refused.fix).toMatch(/Nothing was saved/);
    expect(await app.ask('settings.get', {})).toMatchObject({ exclusions: [], scanMinutes: 0 });
  });

  it('let copies be deleted only when that was confirmed outside the window', async () => {
    await app.ask('settings.set', { deletionPolicy: 'follow' });
    expect(asked(/deleted with their sources/)).toHaveLength(1);
    // Nothing new is allowed by saying it again.
    await app.ask('settings.set', { deletionPolicy: 'follow' });
    expect(asked(/deleted with their sources/)).toHaveLength(1);
    await app.ask('settings.set', { deletionPolicy: 'keep' });
    expect(asked(/deleted with their sources/)).toHaveLength(1);
    await app.end();
    app = await startApp({ confirm: false });
    expect(await app.refuse('settings.set', { deletionPolicy: 'follow', scanMinutes: 7 })).toMatchObject({
      kind: 'cancelled',
    });
    expect(await app.ask('settings.get', {})).toMatchObject({ deletionPolicy: 'keep', scanMinutes: 0 });
  });

  it('that give up deletions let go the records that waited for one to be allowed', async () => {
    const [id, sourceConnectionId, targetConnectionId] = [1, 2, 3].map(() => crypto.randomUUID());
    const record = recordNamed('gone', given({ id, sourceConnectionId, targetConnectionId }));
    for (const one of [record.sourceConnectionId, record.targetConnectionId])
      app.store.connections.save({ ...connectionNamed('any'), id: one }, null);
    app.store.records.insert([{ record, status: pending, nextRunAt: null }]);
    const stopped = { status: 'failed', code: 'delete-brake', sentence: 'Stopped.', fix: '' } as const;
    app.store.records.mark([{ id: record.id, status: stopped, conflictSeen: 'delete:version:1' }]);
    await app.ask('settings.set', { deletionPolicy: 'follow' });
    expect(await app.record(record.id)).toMatchObject({
      held: true,
      nextRunAt: null,
      choices: ['delete', 'keep', 'unlink'],
    });
    expect((await app.ask('app.get', {})).waiting).toEqual({ conflicts: 0, deletions: 1 });
    await app.ask('settings.set', { deletionPolicy: 'keep' });
    expect(await app.record(record.id)).toMatchObject({ held: false, nextRunAt: expect.any(Number) });
    await app.ask('records.update', { ids: [record.id], change: { deletionPolicy: 'follow' } });
    expect(await app.record(record.id)).toMatchObject({ held: true, nextRunAt: null });
  });

  it('out of range are refused', async () => {
    for (const change of [{ scanMinutes: -1 }, { scanMinutes: 1441 }, { historyDays: 3651 }, { concurrency: 0 }])
      expect(await app.refuse('settings.set', change)).toMatchObject({ kind: 'invalid', code: 'input' });
  });
});
