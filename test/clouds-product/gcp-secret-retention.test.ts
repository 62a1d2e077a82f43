import { randomUUID } from 'node:crypto';
import { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openSession } from '../../main/clouds/gcp/session.ts';
import type { Target, WriteRequest } from '../../main/clouds/ports.ts';
import { ownerTag } from '../../main/domain/ownership.ts';
import { product } from '../../main/product.ts';
import { failureOf, patience } from '../conformance/outcome.ts';
import { letInBefore } from '../conformance/target-cloud-bed.ts';
import { type GcpBed, openGcpBed, projectId } from './gcp-bed.ts';

const owner = ownerTag(product.tagNamespace);

describe('old versions in GCP Secret Manager', { timeout: 30_000 }, () => {
  let bed: GcpBed;
  let names = 0;
  beforeAll(async () => {
    bed = await openGcpBed('secretmanager', 'roles/secretmanager.admin');
  });
  afterEach(() => bed.tidy());
  afterAll(() => bed.close());

  const newName = () => `certifyclouds_case-${++names}`;
  const full = (name: string) => `projects/${projectId}/secrets/${name}`;
  const asked = (name: string) => bed.desk.arrivals({ cloud: 'gcp', name: `SecretManagerService.${name}` }).length;
  const states = (name: string) => bed.gcp.secrets.get(full(name))?.versions.map(({ state }) => state);
  /** Somebody names versions, instead of those named before. */
  async function alias(name: string, versionAliases: Readonly<Record<string, number>>): Promise<void> {
    const session = openSession('secretmanager', bed.settings(), { serviceAccountKey: bed.admin }, 'global', bed.deps);
    const client = new SecretManagerServiceClient(session.clientOptions);
    const secret = { name: full(name), versionAliases };
    await session.call(session.about('secretmanager.secrets.update'), patience(), () =>
      client.updateSecret({ secret, updateMask: { paths: ['version_aliases'] } }),
    );
    session.close();
  }
  /** What a record writes on top of whatever is there. */
  async function write(target: Target, name: string, values: readonly string[], record = 'r1'): Promise<void> {
    for (const value of values) {
      const state = await target.inspect({ name }, patience());
      const found = state.kind === 'present';
      const request: WriteRequest = {
        name,
        mode: found ? 'update' : 'create',
        payload: { kind: 'text', text: value },
        tags: { [owner]: record },
        options: {},
        replaces: found ? state.version : null,
        idempotencyKey: randomUUID(),
      };
      await target.write(request, patience());
    }
  }
  const keep = async (target: Target, name: string, keepVersions?: number, record = 'r1') =>
    target.prune?.({ name }, { keepVersions }, record, patience());
  const mark = (name: string, record: string) => bed.gcp.secrets.label(full(name), { 'certifyclouds-record': record });
  const notes = (name: string) => bed.gcp.secrets.get(full(name))?.annotations['certifyclouds.versions'];

  test('are disabled first and destroyed the next time', async () => {
    const target = await bed.open();
    const name = newName();
    await write(target, name, ['1', '2', '3', '4']);
    bed.desk.clearArrivals();
    await keep(target, name, undefined);
    expect(bed.desk.arrivals({ cloud: 'gcp' })).toEqual([]);
    await keep(target, name, 2);
    expect(states(name)).toEqual(['DISABLED', 'DISABLED', 'ENABLED', 'ENABLED']);
    await write(target, name, ['5']);
    await keep(target, name, 2);
    expect(states(name)).toEqual(['DESTROYED', 'DESTROYED', 'DISABLED', 'ENABLED', 'ENABLED']);
    // Once nothing is new to tell, the secret is not written.
    for (let time = 0; time < 3; time++) {
      bed.desk.clearArrivals();
      await keep(target, name, 2);
    }
    expect(asked('UpdateSecret')).toBe(0);
    await keep(target, name, 1);
    await keep(target, name, 1);
    expect(states(name)).toEqual(['DESTROYED', 'DESTROYED', 'DESTROYED', 'DESTROYED', 'ENABLED']);
    expect(bed.gcp.secrets.value(full(name))?.toString()).toBe('5');
  });

  test('are remembered from one run to the next, by the secret itself', async () => {
    const name = newName();
    for (const value of ['1', '2', '3']) {
      const target = await bed.open();
      await write(target, name, [value]);
      await keep(target, name, 1);
      target.close();
    }
    expect(states(name)).toEqual(['DESTROYED', 'DISABLED', 'ENABLED']);
  });

  test('that somebody else made or disabled are never ended, also after a take-over', async () => {
    const target = await bed.open();
    const name = newName();
    for (const value of ['1', '2', '3']) bed.gcp.secrets.put(full(name), value);
    for (const version of ['1', '2']) bed.gcp.secrets.setState(full(name), version, 'DISABLED');
    // The engine writes, prunes, and marks the secret as its own only then.
    await write(target, name, ['ours 4']);
    await keep(target, name, 2);
    mark(name, 'r1');
    await write(target, name, ['ours 5']);
    bed.gcp.secrets.put(full(name), 'theirs again');
    await write(target, name, ['ours 7', 'ours 8']);
    for (let time = 0; time < 3; time++) await keep(target, name, 2);
    expect(states(name)).toEqual([
      ...['DISABLED', 'DISABLED', 'ENABLED'],
      ...['DESTROYED', 'DESTROYED', 'ENABLED'],
      ...['ENABLED', 'ENABLED'],
    ]);
  });

  test('of another record are never ended: not by its mark, not by its note', async () => {
    const target = await bed.open();
    const name = newName();
    await write(target, name, ['1', '2', '3'], 'r2');
    await keep(target, name, 3, 'r2');
    for (let time = 0; time < 2; time++) await keep(target, name, 1, 'r1');
    // Also one that was not noted yet.
    await write(target, name, ['4'], 'r2');
    mark(name, 'r1');
    const later = await bed.open();
    for (const place of [target, later]) for (let time = 0; time < 2; time++) await keep(place, name, 1, 'r1');
    expect(states(name)).toEqual(['ENABLED', 'ENABLED', 'ENABLED', 'ENABLED']);
  });

  test('that were enabled again and disabled by somebody else are kept', async () => {
    const target = await bed.open();
    const name = newName();
    await write(target, name, ['1', '2', '3']);
    await keep(target, name, 1);
    for (const state of ['ENABLED', 'DISABLED'] as const) bed.gcp.secrets.setState(full(name), '1', state);
    await keep(target, name, 1);
    await keep(target, name, 1);
    expect(states(name)).toEqual(['DISABLED', 'DESTROYED', 'ENABLED']);
  });

  test('with an alias are kept, enabled or disabled', async () => {
    const target = await bed.open();
    const name = newName();
    await write(target, name, ['1', '2', '3', '4']);
    await alias(name, { pinned: 1 });
    await keep(target, name, 2);
    await alias(name, { pinned: 1, rescued: 2 });
    await write(target, name, ['5']);
    for (let time = 0; time < 2; time++) await keep(target, name, 2);
    expect(states(name)).toEqual(['ENABLED', 'DISABLED', 'DESTROYED', 'ENABLED', 'ENABLED']);
  });

  test('end never with the newest, whatever its state', async () => {
    const target = await bed.open();
    const name = newName();
    await write(target, name, ['1', '2']);
    bed.gcp.secrets.setState(full(name), '2', 'DISABLED');
    for (let time = 0; time < 3; time++) await keep(target, name, 1);
    expect(states(name)).toEqual(['ENABLED', 'DISABLED']);
  });

  test('whose end could not be noted are kept by the next run, and noted by a repetition in this one', async () => {
    const target = await bed.open();
    const [lost, repeated] = [newName(), newName()];
    for (const name of [lost, repeated]) {
      await write(target, name, ['1', '2']);
      letInBefore(bed, 'SecretManagerService.UpdateSecret', () =>
        bed.gcp.secrets.label(full(name), { theirs: 'kept' }),
      );
      const meanwhile = { kind: 'throttled', code: 'gcp-changed-meanwhile' };
      expect(await failureOf(keep(target, name, 1))).toMatchObject(meanwhile);
      expect(states(name)).toEqual(['DISABLED', 'ENABLED']);
    }
    await keep(target, repeated, 1);
    expect(states(repeated)).toEqual(['DISABLED', 'ENABLED']);
    const later = await bed.open();
    for (const name of [lost, repeated]) {
      await write(later, name, ['3']);
      for (let time = 0; time < 2; time++) await keep(later, name, 1);
    }
    expect(states(lost)).toEqual(['DISABLED', 'ENABLED', 'ENABLED']);
    expect(states(repeated)).toEqual(['DESTROYED', 'DESTROYED', 'ENABLED']);
  });

  test('of a namesake made anew are not taken for ours, even with our note on it', async () => {
    const target = await bed.open();
    const name = newName();
    await write(target, name, ['1', '2', '3']);
    await keep(target, name, 3);
    const note = notes(name) ?? '';
    expect(note).not.toBe('');
    bed.gcp.secrets.remove(full(name));
    bed.advance(1000);
    for (const value of ['1', '2', '3']) bed.gcp.secrets.put(full(name), value);
    bed.gcp.secrets.annotate(full(name), { 'certifyclouds.versions': note });
    mark(name, 'r1');
    const later = await bed.open();
    for (let time = 0; time < 2; time++) await keep(later, name, 1);
    expect(states(name)).toEqual(['ENABLED', 'ENABLED', 'ENABLED']);
  });

  test('are kept where the note on the secret is none of ours', async () => {
    const name = newName();
    await write(await bed.open(), name, ['1', '2', '3']);
    for (const note of ['', '{', '{"of":1}', '{"made":[[1,3]],"disabled":{}}', 'null']) {
      bed.gcp.secrets.annotate(full(name), { 'certifyclouds.versions': note });
      await keep(await bed.open(), name, 1);
    }
    expect(states(name)).toEqual(['ENABLED', 'ENABLED', 'ENABLED']);
  });

  test('are not disabled without end while none may be destroyed', async () => {
    const name = newName();
    const some = ['secrets.create', 'secrets.get', 'secrets.update', 'versions.add', 'versions.get'];
    const more = ['versions.list', 'versions.disable'];
    const target = await bed.open(await bed.accountWith([...some, ...more].map((one) => `secretmanager.${one}`)));
    await write(
      target,
      name,
      Array.from({ length: 60 }, (_, index) => String(index)),
    );
    await keep(target, name, 1);
    for (let time = 0; time < 2; time++)
      expect(await failureOf(keep(target, name, 1))).toMatchObject({ kind: 'denied' });
    expect(states(name)?.filter((state) => state === 'DISABLED')).toHaveLength(50);
    expect(states(name)?.indexOf('ENABLED')).toBe(50);
  });

  test('are noted beside everybody’s annotations, and tags leave the note alone', async () => {
    const target = await bed.open();
    const name = newName();
    await write(target, name, ['1', '2']);
    bed.gcp.secrets.annotate(full(name), { 'their.note': 'kept' });
    await keep(target, name, 1);
    await target.tag({ name }, { set: { [owner]: 'r1', Env: 'Prod' }, remove: [] }, patience());
    await target.tag({ name }, { set: { [owner]: 'r1' }, remove: ['Env'] }, patience());
    const { annotations = {} } = bed.gcp.secrets.get(full(name)) ?? {};
    expect(Object.keys(annotations).sort()).toEqual(['certifyclouds.versions', 'their.note']);
    await keep(target, name, 1);
    expect(states(name)).toEqual(['DESTROYED', 'ENABLED']);
  });
});
