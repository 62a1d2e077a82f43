import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Payload } from '../../main/domain/payload.ts';
import { json } from '../clouds/kernel/reply.ts';
import { failureOf, overviewOf, patience } from '../conformance/outcome.ts';
import { type AwsBed, openAwsBed, owner, present, region, stepsOf, writing } from './aws-bed.ts';
import { openHostileCloud } from './hostile.ts';

const text = (value: string): Payload => ({ kind: 'text', text: value });
const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
const binary: Payload = { kind: 'binary', bytes };
const writeOnly = ['ssm:PutParameter', 'ssm:AddTagsToResource', 'ssm:RemoveTagsFromResource'];

describe('AWS Parameter Store', () => {
  let bed: AwsBed;
  let names = 0;
  beforeAll(async () => {
    bed = await openAwsBed();
  });
  afterEach(() => bed.tidy());
  afterAll(() => bed.close());

  const newName = () => `/certifyclouds/case-${++names}`;
  const held = (name: string) => bed.aws.parameters.get(region, name);
  const valueIn = (name: string) => bed.aws.parameters.value(region, name);

  test('a SecureString is made, and its marker is known before and found afterwards', async () => {
    const target = await bed.open('parameterstore');
    const create = writing({ name: newName(), tags: { [owner]: 'r1', env: 'prod' } });
    expect(await target.inspect(create, patience())).toEqual({ kind: 'absent' });
    const written = await target.write(create, patience());
    expect(written).toEqual({ id: create.name, version: target.markerOf(create), confirmed: true });
    expect(held(create.name)).toMatchObject({ type: 'SecureString', tier: 'Standard', tags: create.tags });
    const seen = present(await target.inspect(create, patience()));
    expect(seen).toEqual({ kind: 'present', id: create.name, version: written.version, ownerRecordId: 'r1' });
    const update = writing({
      name: create.name,
      mode: 'update',
      payload: text('second'),
      tags: create.tags,
      replaces: seen.version,
    });
    expect((await target.write(update, patience())).version).toBe(target.markerOf(update));
    expect(valueIn(create.name)).toBe('second');
    expect(present(await target.inspect(create, patience())).version).toBe(target.markerOf(update));
  });

  test('a write by somebody else is not taken for ours, though the description stays', async () => {
    const target = await bed.open('parameterstore');
    const create = writing({ name: newName(), tags: { [owner]: 'r1' } });
    await target.write(create, patience());
    bed.aws.parameters.put(region, create.name, 'theirs');
    expect(present(await target.inspect(create, patience())).version).toBe('2#');
    const update = writing({ name: create.name, mode: 'update', replaces: `1#${create.idempotencyKey}` });
    expect(await failureOf(target.write(update, patience()))).toMatchObject({
      kind: 'conflict',
      code: 'target-changed',
    });
    expect(valueIn(create.name)).toBe('theirs');
    const agreed = { ...update, replaces: '2#' };
    expect((await target.write(agreed, patience())).version).toBe(`3#${update.idempotencyKey}`);
  });

  test('what somebody writes between looking and writing is told', async () => {
    const target = await bed.open('parameterstore');
    const create = writing({ name: newName() });
    const { version } = await target.write(create, patience());
    const update = writing({ name: create.name, mode: 'update', replaces: version });
    // The write waits at the door while somebody else's gets in first.
    bed.desk.setLatency(300, { name: 'ssm:PutParameter' });
    try {
      const writes = target.write(update, patience());
      bed.desk.clearArrivals();
      await bed.arrived('ssm:DescribeParameters');
      bed.aws.parameters.put(region, create.name, 'theirs');
      const written = await writes;
      expect(written).toMatchObject({ version: '3#', confirmed: true, warning: { code: 'overwrote-unseen' } });
      expect(written.warning?.sentence).toContain('version 3, over version 2');
      expect(present(await target.inspect(create, patience())).version).toBe('3#');
    } finally {
      bed.desk.setLatency(0, { name: 'ssm:PutParameter' });
    }
  });

  test('a lost reply: the marker tells that it arrived, and a repetition makes no second version', async () => {
    const target = await bed.open('parameterstore');
    const create = writing({ name: newName(), tags: { [owner]: 'r1' } });
    const lose = () => bed.desk.addFault({ name: 'ssm:PutParameter', fault: { kind: 'lose-reply' }, times: 1 });
    lose();
    expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'network' });
    expect(present(await target.inspect(create, patience())).version).toBe(target.markerOf(create));
    const { version } = await target.write(create, patience());
    const update = writing({ name: create.name, mode: 'update', payload: text('second'), replaces: version });
    lose();
    expect(await failureOf(target.write(update, patience()))).toMatchObject({ kind: 'network' });
    expect(present(await target.inspect(create, patience())).version).toBe(target.markerOf(update));
    expect(await target.write(update, patience())).toMatchObject({ version: target.markerOf(update), confirmed: true });
    expect(held(create.name)?.versions).toHaveLength(2);
    const another = writing({ name: create.name });
    expect(await failureOf(target.write(another, patience()))).toMatchObject({ code: 'target-exists' });
  });

  test('bytes go as Base64 with a tag that says so, which goes when a text comes', async () => {
    const target = await bed.open('parameterstore');
    const create = writing({ name: newName(), payload: binary, tags: { [owner]: 'r1' } });
    const { version } = await target.write(create, patience());
    expect(Buffer.from(valueIn(create.name) ?? '', 'base64').equals(bytes)).toBe(true);
    expect(held(create.name)?.tags).toEqual({ [owner]: 'r1', 'certifyclouds:encoding': 'base64' });
    const plain = writing({ name: create.name, mode: 'update', replaces: version });
    const written = await target.write(plain, patience());
    expect(held(create.name)?.tags).toEqual({ [owner]: 'r1' });
    const back = writing({ name: create.name, mode: 'update', payload: binary, replaces: written.version });
    await target.write(back, patience());
    expect(held(create.name)?.tags).toMatchObject({ 'certifyclouds:encoding': 'base64' });
    const content = (wanted: Uint8Array) => (found: Uint8Array) => Buffer.from(found).equals(wanted);
    expect(await target.holds(create, content(bytes), patience())).toBe(true);
    expect(await target.holds(create, content(bytes.slice(1)), patience())).toBe(false);
    expect(await target.holds({ name: newName() }, () => true, patience())).toBe(false);
    const blind = await bed.open('parameterstore', writeOnly);
    expect(await blind.holds(create, () => true, patience())).toBeUndefined();
  });

  test('sizes: the tier that is chosen decides, and the way out names its cost', async () => {
    const target = await bed.open('parameterstore');
    const large = text('x'.repeat(5_000));
    const [problem] = target.validate('/certifyclouds/a', large);
    expect(problem).toMatchObject({ code: 'value-too-large' });
    expect(problem?.sentence).toContain('5000 bytes');
    expect(problem?.fix).toMatch(/advanced or intelligent.*\$0\.05 a month/);
    for (const tier of ['advanced', 'intelligent'] as const) {
      expect(target.validate('/certifyclouds/a', large, { tier })).toEqual([]);
      const [tooLarge] = target.validate('/certifyclouds/a', text('x'.repeat(8_193)), { tier });
      expect(tooLarge?.fix).toContain('Secrets Manager');
      const create = writing({ name: newName(), payload: large, options: { tier } });
      const { version } = await target.write(create, patience());
      expect(held(create.name)?.tier).toBe('Advanced');
      // There is no way back from advanced, so the record's tier counts for a new parameter only.
      const small = writing({ name: create.name, mode: 'update', options: { tier: 'standard' }, replaces: version });
      await target.write(small, patience());
      expect(held(create.name)?.tier).toBe('Advanced');
    }
    expect(target.validate('/a', { kind: 'binary', bytes: new Uint8Array(3_073) })[0]?.sentence).toContain('as Base64');
    expect(target.validate('/a', text(''))[0]?.code).toBe('value-empty');
    expect(target.validate('/a', text('a {{ssm:b}}'))[0]?.code).toBe('value-braces');
    expect(await failureOf(target.write(writing({ name: newName(), payload: large }), patience()))).toMatchObject({
      kind: 'invalid',
    });
  });

  test.each([
    ['', 'empty'],
    ['certifyclouds/a', 'in front'],
    ['/a//b', 'empty level'],
    ['/a/', 'empty level'],
    [`/${'a/'.repeat(15)}b`, '16 levels'],
    ['/AWS-thing/a', 'keeps names'],
    ['ssm-thing', 'keeps names'],
    ['/with space', 'a space'],
    ['/a:b', '":"'],
    ['x'.repeat(1_000), '1000 characters'],
  ])('the name %j is refused', async (name, words) => {
    const target = await bed.open('parameterstore');
    const [problem, ...more] = target.validate(name);
    expect(problem).toMatchObject({ code: 'name' });
    expect(problem?.sentence).toMatch(words === 'empty' ? /empty/ : new RegExp(words));
    expect(more).toEqual([]);
    // What the rules let through AWS takes, and the other way round.
    if (name !== '')
      expect(await failureOf(target.write(writing({ name }), patience()))).toMatchObject({ kind: /invalid|denied/ });
  });

  test('a parameter whose value lies open is closed, and a blind write does not go into it', async () => {
    const name = newName();
    const { SSMClient, PutParameterCommand } = await import('@aws-sdk/client-ssm');
    const { NodeHttpHandler } = await import('@smithy/node-http-handler');
    const { Agent } = await import('node:https');
    const client = new SSMClient({
      region,
      endpoint: bed.aws.url,
      credentials: bed.keyFor(),
      requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: bed.caPem }) }),
    });
    await client.send(new PutParameterCommand({ Name: name, Value: 'open', Type: 'String' }));
    client.destroy();
    const target = await bed.open('parameterstore');
    const blind = await bed.open('parameterstore', writeOnly);
    expect(await target.inspect({ name }, patience())).toMatchObject({ kind: 'closed', code: 'target-not-secure' });
    for (const one of [target, blind]) {
      const failure = await failureOf(one.write(writing({ name, mode: 'update' }), patience()));
      expect(failure).toMatchObject({ kind: 'conflict', code: 'target-not-secure' });
    }
    expect(valueIn(name)).toBe('open');
  });

  test('where nothing may be looked at, writes work, and one that is missing is told without being made', async () => {
    const target = await bed.open('parameterstore', writeOnly);
    const create = writing({ name: newName(), tags: { env: 'prod' } });
    expect(await target.inspect(create, patience())).toEqual({ kind: 'unreadable', missing: 'ssm:DescribeParameters' });
    await target.write(create, patience());
    const update = writing({ name: create.name, mode: 'update', payload: text('second') });
    expect(target.markerOf(update)).toBeUndefined();
    expect(await target.write(update, patience())).toEqual({ id: create.name, version: '2#', confirmed: true });
    const absent = writing({ name: newName(), mode: 'update' });
    expect(await failureOf(target.write(absent, patience()))).toMatchObject({ code: 'target-missing' });
    expect(held(absent.name)).toBeUndefined();
    expect(await failureOf(target.write(writing({ name: create.name }), patience()))).toMatchObject({
      code: 'target-exists',
    });
    bed.desk.clearArrivals();
    for (let index = 0; index < 5; index++) await target.inspect({ name: newName() }, patience());
    expect(bed.desk.arrivals({ name: 'ssm:DescribeParameters' })).toEqual([]);
    const looking = await bed.open('parameterstore');
    expect(present(await looking.inspect(create, patience())).version).toBe('2#');
  });

  test('without a way to tell whether it is still there, nothing is written that could make it anew', async () => {
    const blindest = ['ssm:PutParameter', 'ssm:AddTagsToResource'];
    const target = await bed.open('parameterstore', blindest);
    const create = writing({ name: newName(), tags: { [owner]: 'r1' } });
    await target.write(create, patience());
    for (const payload of [text('second'), binary]) {
      const update = writing({ name: create.name, mode: 'update', payload });
      const denied = await failureOf(target.write(update, patience()));
      expect(denied).toMatchObject({ kind: 'denied' });
      expect(denied.fix).toContain('ssm:RemoveTagsFromResource');
    }
    expect(valueIn(create.name)).toBe('first value');
    bed.aws.parameters.remove(region, create.name);
    const update = writing({ name: create.name, mode: 'update', payload: text('second') });
    expect(await failureOf(target.write(update, patience()))).toMatchObject({ kind: 'denied' });
    expect(held(create.name)).toBeUndefined();
    // Told by the test before; one who may look does without that right.
    expect((await stepsOf(target)).at(-1)).toMatchObject({ id: 'write', outcome: 'failed' });
    expect((await stepsOf(target)).at(-1)?.sentence).toContain('ssm:RemoveTagsFromResource');
    const looking = await bed.open('parameterstore', [...blindest, 'ssm:DescribeParameters']);
    expect((await stepsOf(looking)).at(-1)).toMatchObject({ id: 'write', outcome: 'passed' });
    const again = await looking.write(create, patience());
    const seen = writing({ name: create.name, mode: 'update', payload: text('second'), replaces: again.version });
    expect((await looking.write(seen, patience())).confirmed).toBe(true);
  });

  test('the tag that says how the value is encoded is nobody else’s to set or take away', async () => {
    const target = await bed.open('parameterstore');
    const encoding = 'certifyclouds:encoding';
    const create = writing({ name: newName(), tags: { [owner]: 'r1', [encoding]: 'base64', [`${encoding} `]: 'x' } });
    const { version } = await target.write(create, patience());
    expect(held(create.name)?.tags).toEqual({ [owner]: 'r1' });
    await target.tag(create, { set: { [encoding]: 'base64', a: 'b' }, remove: [] }, patience());
    expect(held(create.name)?.tags).toEqual({ [owner]: 'r1', a: 'b' });
    await target.write(writing({ name: create.name, mode: 'update', payload: binary, replaces: version }), patience());
    await target.tag(create, { set: {}, remove: [encoding, `${encoding} `, 'a'] }, patience());
    expect(held(create.name)?.tags).toEqual({ [owner]: 'r1', [encoding]: 'base64' });
  });

  test('an update names the key that the parameter has, unless the record names one', async () => {
    const puts: unknown[] = [];
    const cloud = await openHostileCloud(({ headers, body }) => {
      const [, action] = `${headers['x-amz-target']}`.split('.');
      if (action === 'DescribeParameters')
        return json(200, { Parameters: [{ Name: '/a', Type: 'SecureString', Version: 4, KeyId: 'alias/theirs' }] });
      puts.push(JSON.parse(body.toString()));
      return json(200, { Version: 5, Tier: 'Standard' });
    });
    const change = { endpoint: cloud.url, caBundle: cloud.caPem };
    const target = await bed.openWith('parameterstore', bed.keyFor(), change);
    const update = writing({ name: '/a', mode: 'update', replaces: '4#' });
    await target.write(update, patience());
    await target.write({ ...update, options: { kmsKeyId: 'alias/ours' } }, patience());
    expect(puts).toMatchObject([{ KeyId: 'alias/theirs' }, { KeyId: 'alias/ours' }]);
    await cloud.close();
  });

  test('where tags may not be read, the description says whose it is', async () => {
    const target = await bed.open('parameterstore', [...writeOnly, 'ssm:DescribeParameters']);
    const create = writing({ name: newName(), tags: { [owner]: 'r7' } });
    await target.write(create, patience());
    expect(present(await target.inspect(create, patience())).ownerRecordId).toBe('r7');
  });

  test('the overview has the markers of all parameters, by pages', async () => {
    const target = await bed.open('parameterstore');
    const created = [];
    for (let index = 0; index < 60; index++) {
      const create = writing({ name: newName(), tags: { [owner]: `r${index}` } });
      await target.write(create, patience());
      created.push(create);
    }
    const seen = new Map<string, unknown>();
    let next: string | undefined;
    let pages = 0;
    do {
      const page = await overviewOf(target)(next, patience());
      for (const { name, state } of page.items) seen.set(name, state);
      next = page.next;
      pages += 1;
    } while (next !== undefined);
    expect(pages).toBeGreaterThan(1);
    for (const create of created) expect(seen.get(create.name)).toEqual(await target.inspect(create, patience()));
  });

  test('a search whose first pages are empty goes on', async () => {
    bed.aws.setParameterScanLimit(10);
    try {
      const target = await bed.open('parameterstore');
      const create = writing({ name: newName() });
      await target.write(create, patience());
      expect(present(await target.inspect(create, patience())).version).toBe(target.markerOf(create));
    } finally {
      bed.aws.setParameterScanLimit(Number.POSITIVE_INFINITY);
    }
  });

  test('the 100th version with a label on the oldest is a failure of its own, with a way out', async () => {
    const target = await bed.open('parameterstore');
    const name = newName();
    for (let index = 0; index < 100; index++) bed.aws.parameters.put(region, name, `value ${index}`);
    bed.aws.parameters.label(region, name, ['keep'], 1);
    const failure = await failureOf(target.write(writing({ name, mode: 'update', replaces: '100#' }), patience()));
    expect(failure).toMatchObject({ kind: 'quota', code: 'parameter-versions' });
    expect(failure.fix).toContain('label');
  });

  test('quotas, keys and clashes are told in words', async () => {
    const target = await bed.open('parameterstore');
    const unknownKey = writing({ name: newName(), options: { kmsKeyId: 'alias/nobodys' } });
    expect(await failureOf(target.write(unknownKey, patience()))).toMatchObject({
      kind: 'invalid',
      code: 'aws-kms-key',
    });
    bed.aws.addKmsKey(region, 'alias/ours');
    const known = writing({ name: newName(), options: { kmsKeyId: 'alias/ours' } });
    await target.write(known, patience());
    expect(held(known.name)?.keyId).toBe('alias/ours');
    bed.aws.setParameterQuota({ Standard: 0 });
    try {
      const failure = await failureOf(target.write(writing({ name: newName() }), patience()));
      expect(failure).toMatchObject({ kind: 'quota', code: 'aws-quota' });
      expect(failure.sentence).toContain('10,000 standard');
    } finally {
      bed.aws.setParameterQuota({ Standard: 10_000 });
    }
  });

  test('deleting is for good, and one that is gone already is no failure if it is known to have been there', async () => {
    const target = await bed.open('parameterstore');
    const { id } = await target.write(writing({ name: '/certifyclouds/gone' }), patience());
    await target.remove({ name: '/certifyclouds/gone', id }, null, patience());
    expect(await target.inspect({ name: '/certifyclouds/gone' }, patience())).toEqual({ kind: 'absent' });
    await target.remove({ name: '/certifyclouds/gone', id }, null, patience());
    const never = target.remove({ name: newName() }, null, patience());
    expect(await failureOf(never)).toMatchObject({ code: 'target-missing' });
  });

  test('its test changes nothing, and names what is missing', async () => {
    const before = bed.aws.parameters.names(region);
    const steps = await stepsOf(await bed.open('parameterstore'));
    expect(steps.map(({ outcome }) => outcome)).toEqual(steps.map(() => 'passed'));
    expect(steps[0]?.sentence).toContain('/certifyclouds/api-key');
    const limited = await stepsOf(await bed.open('parameterstore', writeOnly));
    expect(limited.map(({ id, outcome }) => `${id} ${outcome}`).slice(4)).toEqual([
      'list warning',
      'inspect warning',
      'write passed',
    ]);
    const none = await stepsOf(await bed.open('parameterstore', ['ssm:DescribeParameters', 'ssm:ListTagsForResource']));
    expect(none.at(-1)).toMatchObject({ id: 'write', outcome: 'failed' });
    expect(none.at(-1)?.sentence).toContain('ssm:PutParameter');
    expect(bed.aws.parameters.names(region)).toEqual(before);
  });
});
