import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, patience } from '../conformance/outcome.ts';
import { type AwsBed, openAwsBed, owner, present, region, writing } from './aws-bed.ts';

const elsewhere = 'us-east-1';

describe('AWS Secrets Manager, beyond texts', () => {
  let bed: AwsBed;
  let names = 0;
  beforeAll(async () => {
    bed = await openAwsBed();
  });
  afterEach(() => bed.tidy());
  afterAll(() => bed.close());

  const newName = () => `certifyclouds/case-${++names}`;
  const held = (name: string) => bed.aws.secret(region, name);
  const asked = (name: string) => bed.desk.arrivals({ name }).length;

  test('bytes are kept as bytes', async () => {
    const target = await bed.open('secretsmanager');
    const bytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
    const create = writing({ name: newName(), payload: { kind: 'binary', bytes } });
    const { id, version } = await target.write(create, patience());
    expect(bed.aws.secretValue(region, create.name)).toEqual(Buffer.from(bytes));
    const payload = { kind: 'binary', bytes: bytes.slice(1) } as const;
    await target.write(writing({ name: create.name, id, mode: 'update', payload, replaces: version }), patience());
    expect(bed.aws.secretValue(region, create.name)).toEqual(Buffer.from(payload.bytes));
    expect(target.validate('a', { kind: 'binary', bytes: new Uint8Array() })[0]?.code).toBe('value-empty');
    expect(target.validate('a', { kind: 'binary', bytes: new Uint8Array(65_537) })[0]?.code).toBe('value-too-large');
  });

  test('a KMS key is used from the start, and changed when the record names another', async () => {
    const target = await bed.open('secretsmanager');
    const first = bed.aws.addKmsKey(region, 'alias/first');
    const second = bed.aws.addKmsKey(region);
    const create = writing({ name: newName(), options: { kmsKeyId: 'alias/first' } });
    let { id, version } = await target.write(create, patience());
    const update = async (kmsKeyId: string) => {
      bed.desk.clearArrivals();
      const request = writing({ name: create.name, id, mode: 'update', replaces: version, options: { kmsKeyId } });
      const written = await target.write(request, patience());
      ({ id, version } = written);
      return { warning: written.warning, changes: asked('secretsmanager:UpdateSecret') };
    };
    expect(await update('alias/first')).toEqual({ changes: 0 });
    const keyId = second.split('/')[1] ?? '';
    expect(await update(keyId)).toEqual({ changes: 1 });
    expect(held(create.name)?.KmsKeyId).toContain(keyId);
    expect(await update(second)).toEqual({ changes: 0 });
    // One that is not there leaves the old one, and the value is written all the same.
    const { warning } = await update('alias/nobodys');
    expect(warning).toMatchObject({ code: 'kms-key-kept' });
    expect(held(create.name)?.versions.at(-1)?.id).toBe(version);
    expect(first).not.toBe(second);
    const wrong = writing({ name: newName(), options: { kmsKeyId: 'alias/nobodys' } });
    expect(await failureOf(target.write(wrong, patience()))).toMatchObject({ kind: /denied|invalid|not-found/ });
  });

  test('replicas are made with the secret, and added to one that lacks them', async () => {
    const target = await bed.open('secretsmanager');
    const create = writing({ name: newName(), options: { replicaRegions: [elsewhere] } });
    const { id, version, warning } = await target.write(create, patience());
    expect(warning).toBeUndefined();
    expect(bed.aws.secretValue(elsewhere, create.name)).toBe('first value');
    const update = writing({
      name: create.name,
      id,
      mode: 'update',
      replaces: version,
      options: { replicaRegions: [elsewhere, 'eu-west-1'] },
    });
    expect(await target.write(update, patience())).not.toHaveProperty('warning');
    expect(bed.aws.secretValue('eu-west-1', create.name)).toBe('first value');
    expect(present(await target.inspect(create, patience())).version).toBe(update.idempotencyKey);
    expect(await failureOf(target.remove({ name: create.name, id }, null, patience()))).toMatchObject({
      kind: 'conflict',
      code: 'target-replicated',
    });
    expect(target.validate('a', create.payload, { replicaRegions: [region] })[0]?.code).toBe('replica-region');
  });

  test('a replica that cannot be made is a warning: the value is written', async () => {
    const target = await bed.open('secretsmanager');
    const name = newName();
    bed.aws.putOutside(elsewhere, name, 'in the way');
    const create = writing({ name, options: { replicaRegions: [elsewhere] } });
    const written = await target.write(create, patience());
    expect(written).toMatchObject({ confirmed: true, warning: { code: 'replica-failed' } });
    expect(written.warning?.sentence).toContain(elsewhere);
    const limited = await bed.open('secretsmanager', [
      'secretsmanager:PutSecretValue',
      'secretsmanager:DescribeSecret',
    ]);
    const update = writing({
      name,
      id: written.id,
      mode: 'update',
      replaces: written.version,
      options: { replicaRegions: [elsewhere, 'eu-west-1'] },
    });
    const updated = await limited.write(update, patience());
    expect(updated).toMatchObject({ version: update.idempotencyKey, confirmed: true });
    expect(updated.warning?.sentence).toContain('secretsmanager:ReplicateSecretToRegions');
    expect(bed.aws.secretValue(elsewhere, name)).toBe('in the way');
    // Once the way is clear, the next write makes it.
    bed.aws.removeOutside(elsewhere, name);
    const { mode, id, options } = update;
    const again = writing({ name, mode, id: id ?? name, options, replaces: updated.version });
    expect(await target.write(again, patience())).not.toHaveProperty('warning');
    expect(bed.aws.secretValue(elsewhere, name)).toBe('first value');
  });

  test('a deletion that is pending is taken back, once and again', async () => {
    const target = await bed.open('secretsmanager');
    const create = writing({ name: newName(), tags: { [owner]: 'r1' } });
    const { id, version } = await target.write(create, patience());
    bed.aws.removeOutside(region, create.name, 30);
    const restorable = { id, version, deletedAt: (held(create.name)?.DeletedDate ?? 0) * 1000 };
    const closed = { kind: 'closed', code: 'target-pending-deletion', restorable };
    expect(await target.inspect(create, patience())).toMatchObject(closed);
    const limited = await bed.open('secretsmanager', ['secretsmanager:DescribeSecret']);
    const denied = await failureOf(limited.restore?.(create, patience()) ?? Promise.resolve());
    expect(denied).toMatchObject({ kind: 'denied' });
    expect(denied.sentence).toContain('secretsmanager:RestoreSecret');
    bed.desk.addFault({ name: 'secretsmanager:RestoreSecret', fault: { kind: 'lose-reply' }, times: 1 });
    const lost = target.restore?.(create, patience()) ?? Promise.resolve();
    expect(await failureOf(lost)).toMatchObject({ kind: 'network' });
    await target.restore?.(create, patience());
    expect(await target.inspect(create, patience())).toMatchObject({ kind: 'present', version, ownerRecordId: 'r1' });
    const never = target.restore?.({ name: newName() }, patience()) ?? Promise.resolve();
    expect(await failureOf(never)).toMatchObject({ code: 'target-missing' });
  });

  test('after a restore only what was seen is replaced, also while AWS still calls it deleted', async () => {
    const target = await bed.open('secretsmanager');
    const create = writing({ name: newName() });
    const { id, version } = await target.write(create, patience());
    bed.aws.removeOutside(region, create.name, 30);
    const seen = await target.inspect(create, patience());
    expect(seen).toMatchObject({ restorable: { id, version } });
    const update = writing({ name: create.name, id, mode: 'update', replaces: version });
    // Its owner was quicker: restored, written, deleted again.
    bed.aws.restoreOutside(region, create.name);
    bed.aws.putOutside(region, create.name, 'theirs');
    bed.aws.removeOutside(region, create.name, 30);
    expect(await target.inspect(create, patience())).not.toEqual(seen);
    const changed = { kind: 'conflict', code: 'target-changed' };
    expect(await failureOf(target.write(update, patience()))).toMatchObject(changed);
    await target.restore?.({ name: create.name, id }, patience());
    expect(await failureOf(target.write(update, patience()))).toMatchObject(changed);
    expect(bed.aws.secretValue(region, create.name)).toBe('theirs');
    // Made anew by somebody: neither restored nor written under the name.
    bed.aws.removeOutside(region, create.name);
    bed.aws.putOutside(region, create.name, 'another');
    bed.aws.removeOutside(region, create.name, 30);
    const restoring = target.restore?.({ name: create.name, id }, patience()) ?? Promise.resolve();
    expect(await failureOf(restoring)).toMatchObject({ code: 'target-missing' });
    expect(held(create.name)?.DeletedDate).toBeDefined();
  });

  test('what may no longer be looked at is not taken for what was seen', async () => {
    const target = await bed.open('secretsmanager');
    const create = writing({ name: newName() });
    const { id, version } = await target.write(create, patience());
    bed.aws.putOutside(region, create.name, 'theirs');
    const blind = await bed.open('secretsmanager', ['secretsmanager:PutSecretValue']);
    const update = writing({ name: create.name, id, mode: 'update', replaces: version });
    const denied = await failureOf(blind.write(update, patience()));
    expect(denied).toMatchObject({ kind: 'denied' });
    expect(denied.sentence).toContain('secretsmanager:DescribeSecret');
    expect(bed.aws.secretValue(region, create.name)).toBe('theirs');
    expect((await blind.write({ ...update, replaces: null }, patience())).confirmed).toBe(true);
  });

  test('what somebody writes between looking and writing is told, with where it is now', async () => {
    const target = await bed.open('secretsmanager');
    const create = writing({ name: newName() });
    const { id, version } = await target.write(create, patience());
    const update = writing({ name: create.name, id, mode: 'update', replaces: version });
    // The write waits at the door while somebody else's gets in first.
    bed.desk.setLatency(300, { name: 'secretsmanager:PutSecretValue' });
    try {
      bed.desk.clearArrivals();
      const writes = target.write(update, patience());
      await bed.arrived('secretsmanager:DescribeSecret');
      const theirs = bed.aws.putOutside(region, create.name, 'theirs');
      const written = await writes;
      expect(written).toMatchObject({ confirmed: true, warning: { code: 'overwrote-unseen' } });
      expect(written.warning?.fix).toContain(theirs);
      expect(bed.aws.secretValue(region, create.name, theirs)).toBe('theirs');
      // Told again to one who repeats it, and not by the write after it.
      expect((await target.write(update, patience())).warning?.code).toBe('overwrote-unseen');
      const next = writing({ name: create.name, id, mode: 'update', replaces: written.version });
      bed.desk.clearArrivals();
      expect(await target.write(next, patience())).not.toHaveProperty('warning');
      expect(asked('secretsmanager:DescribeSecret')).toBe(2);
    } finally {
      bed.desk.setLatency(0, { name: 'secretsmanager:PutSecretValue' });
    }
  });

  test('a write is done even if the look after it fails, which is told', async () => {
    const target = await bed.open('secretsmanager');
    const create = writing({ name: newName() });
    const { id, version } = await target.write(create, patience());
    const update = writing({ name: create.name, id, mode: 'update', replaces: version });
    bed.desk.addFault({ name: 'secretsmanager:DescribeSecret', fault: { kind: 'throttle' }, times: 1, after: 1 });
    expect(await target.write(update, patience())).toMatchObject({
      version: update.idempotencyKey,
      confirmed: true,
      warning: { code: 'write-unseen' },
    });
  });

  test('what somebody wrote since it was looked at is not overwritten', async () => {
    const target = await bed.open('secretsmanager');
    const create = writing({ name: newName() });
    const { id, version } = await target.write(create, patience());
    const theirs = bed.aws.putOutside(region, create.name, 'theirs');
    const update = writing({ name: create.name, id, mode: 'update', replaces: version });
    expect(await failureOf(target.write(update, patience()))).toMatchObject({
      kind: 'conflict',
      code: 'target-changed',
    });
    expect(bed.aws.secretValue(region, create.name)).toBe('theirs');
    const agreed = { ...update, replaces: theirs };
    expect((await target.write(agreed, patience())).confirmed).toBe(true);
    // Repeated: it is there already, and stays the one version.
    expect((await target.write(agreed, patience())).confirmed).toBe(true);
    expect(held(create.name)?.versions).toHaveLength(3);
  });
});
