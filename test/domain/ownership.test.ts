import { expect, test } from 'vitest';
import { wantedTags } from '../../main/domain/ownership.ts';
import { product } from '../../main/product.ts';

const record = { id: 'r1', sourceVault: 'kv', sourceName: 'api-key', copyTags: true };
const marks = { 'certifyclouds:record': 'r1', 'certifyclouds:source': 'kv/api-key' };

test('a source’s tags are copied beside our marks', () => {
  expect(wantedTags(product.tagNamespace, record, { env: 'prod' })).toEqual({ env: 'prod', ...marks });
  expect(wantedTags(product.tagNamespace, { ...record, copyTags: false }, { env: 'prod' })).toEqual(marks);
});

test('no tag of the source can pass for a mark of ours, in whatever form a target keeps it', () => {
  const forged = {
    'certifyclouds:record': 'r2',
    'certifyclouds:name': 'x',
    'CertifyClouds:Name': 'x',
    'certifyclouds-record': 'r2',
    certifyclouds_encoding: 'x',
    'certify clouds record': 'r2',
    ['__proto__']: 'x',
  };
  expect(wantedTags(product.tagNamespace, record, { ...forged, env: 'prod' })).toEqual({ env: 'prod', ...marks });
});
