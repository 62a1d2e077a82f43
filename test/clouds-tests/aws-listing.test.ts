import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  type Filter,
  ListSecretsCommand,
  type ListSecretsCommandInput,
  paginateListSecrets,
  type SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

let bed: Testbed;
beforeAll(async () => {
  bed = await startTestbed();
});
afterAll(() => bed.close());

describe('listing', () => {
  let lister: SecretsManagerClient;
  const where = 'eu-central-1';
  beforeAll(async () => {
    lister = bed.secretsManager(bed.admin, where);
    const make = (Name: string, Description: string, tags: Record<string, string> = {}) => {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      return lister.send(new CreateSecretCommand({ Name, Description, Tags, SecretString: 'v' }));
    };
    await make('certifyclouds/b', 'a secret', { owner: 'sync' });
    await make('certifyclouds/a', 'an secret', { Owner: 'sync-2' });
    await make('other/certifyclouds', 'asecret');
    await make('prod/AppBeta', 'thesecret', { 'owner-team': 'x' });
    await make('gone', 'to be deleted');
    await lister.send(new DeleteSecretCommand({ SecretId: 'gone' }));
  });

  async function names(input: ListSecretsCommandInput = {}): Promise<(string | undefined)[]> {
    const { SecretList = [] } = await lister.send(new ListSecretsCommand(input));
    return SecretList.map(({ Name }) => Name);
  }
  const filtered = (Key: NonNullable<Filter['Key']>, ...Values: string[]) => names({ Filters: [{ Key, Values }] });

  test('goes by creation, or as asked for, with or without what is to be deleted', async () => {
    const all = ['certifyclouds/b', 'certifyclouds/a', 'other/certifyclouds', 'prod/AppBeta'];
    expect(await names()).toEqual(all);
    expect(await names({ SortOrder: 'desc' })).toEqual(all.toReversed());
    expect(await names({ SortBy: 'name' })).toEqual(all.toSorted());
    expect(await names({ IncludePlannedDeletion: true })).toEqual([...all, 'gone']);
  });

  test('tells what DescribeSecret tells', async () => {
    const { SecretList = [] } = await lister.send(new ListSecretsCommand({ MaxResults: 1 }));
    const {
      $metadata: _,
      VersionIdsToStages,
      ...described
    } = await lister.send(new DescribeSecretCommand({ SecretId: 'certifyclouds/b' }));
    expect(SecretList).toEqual([{ ...described, SecretVersionsToStages: VersionIdsToStages }]);
  });

  test('filters by prefix, in case for names and tags; all filters, any value, `!` for not', async () => {
    expect(await filtered('name', 'certifyclouds/')).toEqual(['certifyclouds/b', 'certifyclouds/a']);
    expect(await filtered('name', 'Certifyclouds/')).toEqual([]);
    expect(await filtered('name', 'other', 'prod')).toEqual(['other/certifyclouds', 'prod/AppBeta']);
    expect(await filtered('name', '!certifyclouds/')).toEqual(['other/certifyclouds', 'prod/AppBeta']);
    expect(await filtered('tag-key', 'owner')).toEqual(['certifyclouds/b', 'prod/AppBeta']);
    expect(await filtered('tag-value', 'sync')).toEqual(['certifyclouds/b', 'certifyclouds/a']);
    const both: Filter[] = [
      { Key: 'tag-key', Values: ['owner'] },
      { Key: 'tag-value', Values: ['sync'] },
    ];
    expect(await names({ Filters: both })).toEqual(['certifyclouds/b']);
  });

  // What these find was seen at AWS by LocalStack's and moto's test suites.
  test('filters descriptions, and everything at once, by words', async () => {
    expect(await filtered('description', 'a secret')).toEqual(['certifyclouds/b', 'certifyclouds/a']);
    expect(await filtered('description', 'a')).toEqual(['certifyclouds/b', 'certifyclouds/a', 'other/certifyclouds']);
    expect(await filtered('description', '!a')).toEqual(['prod/AppBeta']);
    expect(await filtered('all', 'beta')).toEqual(['prod/AppBeta']);
    expect(await filtered('all', 'ret')).toEqual([]);
    expect(await filtered('all', 'SYNC')).toEqual(['certifyclouds/b', 'certifyclouds/a']);
  });

  test('goes page by page to the end, also while secrets come and go', async () => {
    const pages: (string | undefined)[][] = [];
    let token: string | undefined;
    do {
      const next = token === undefined ? {} : { NextToken: token };
      const { SecretList = [], NextToken } = await lister.send(new ListSecretsCommand({ MaxResults: 2, ...next }));
      pages.push(SecretList.map(({ Name }) => Name));
      token = NextToken;
      if (pages.length === 1) {
        bed.aws.removeOutside(where, 'certifyclouds/b');
        bed.aws.putOutside(where, 'new', 'v');
      }
    } while (token !== undefined);
    expect(pages).toEqual([['certifyclouds/b', 'certifyclouds/a'], ['other/certifyclouds', 'prod/AppBeta'], ['new']]);
    bed.aws.removeOutside(where, 'new');
  });

  test('misses and repeats nothing over many pages, in any order', async () => {
    const many = 'ca-central-1';
    const made = Array.from({ length: 45 }, (_, index) => `s${(index * 7) % 45}`);
    for (const name of made) bed.aws.putOutside(many, name, 'v');
    const orders = {
      'created-date': made,
      name: made.toSorted(),
      'last-changed-date': made,
      'last-accessed-date': made,
    } as const;
    for (const [SortBy, expected] of Object.entries(orders) as [keyof typeof orders, string[]][]) {
      for (const SortOrder of ['asc', 'desc'] as const) {
        const pages = paginateListSecrets(
          { client: bed.secretsManager(bed.admin, many), pageSize: 4 },
          { SortBy, SortOrder },
        );
        const seen: (string | undefined)[] = [];
        for await (const { SecretList = [] } of pages) seen.push(...SecretList.map(({ Name }) => Name));
        expect(seen).toEqual(SortOrder === 'asc' ? expected : expected.toReversed());
      }
    }
  });

  test('refuses a page of more than 100, a token that isn’t one, and an unknown filter', async () => {
    expect((await failureOf(names({ MaxResults: 101 }))).message).toBe(
      "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
    );
    expect((await failureOf(names({ NextToken: 'garbage' }))).code).toBe('InvalidNextTokenException');
    expect((await failureOf(filtered('nonsense' as 'name', 'x'))).message).toMatch(
      /^1 validation error detected: Value 'nonsense' at 'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: \[/,
    );
  });

  test('shows what was written before the clock was set back', async () => {
    bed.desk.setClockOffset(60 * 60_000);
    bed.aws.putOutside('eu-north-1', 'early', 'v');
    bed.desk.setClockOffset(0);
    const { SecretList } = await bed.secretsManager(bed.admin, 'eu-north-1').send(new ListSecretsCommand({}));
    expect(SecretList).toHaveLength(1);
  });

  test('may lag behind, while DescribeSecret does not', async () => {
    const minutes = 60_000;
    const lagging = bed.secretsManager(bed.admin, 'sa-east-1');
    const listed = async () =>
      (await lagging.send(new ListSecretsCommand({}))).SecretList?.map(({ Name, Description }) => [Name, Description]);
    await lagging.send(new CreateSecretCommand({ Name: 'old', Description: 'before', SecretString: 'v' }));
    bed.aws.setListLag(5 * minutes);
    bed.desk.setClockOffset(6 * minutes);
    await lagging.send(new UpdateSecretCommand({ SecretId: 'old', Description: 'after' }));
    await lagging.send(new CreateSecretCommand({ Name: 'new', SecretString: 'v' }));
    expect(await listed()).toEqual([['old', 'before']]);
    expect((await lagging.send(new DescribeSecretCommand({ SecretId: 'old' }))).Description).toBe('after');
    bed.desk.setClockOffset(12 * minutes);
    expect(await listed()).toEqual([
      ['old', 'after'],
      ['new', undefined],
    ]);
    bed.aws.removeOutside('sa-east-1', 'new');
    expect(await listed()).toHaveLength(2);
    bed.aws.setListLag(0);
    expect(await listed()).toHaveLength(1);
    bed.desk.setClockOffset(0);
  });
});
