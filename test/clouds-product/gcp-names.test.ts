import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../main/clouds/gcp/crc32c.ts';
import { changedMarks, fitMarks } from '../../main/clouds/gcp/labels.ts';
import { gcpName, gcpNameProblems } from '../../main/clouds/gcp/names.ts';
import { gcpPolicies } from '../../main/clouds/gcp/policy.ts';

const namespace = 'certifyclouds:';

describe('names', () => {
  test('a slash becomes an underscore in secret ids, so that names stay apart', () => {
    expect(gcpName('secretmanager', 'certifyclouds/api-key', 's')).toBe('certifyclouds_api-key');
    expect(gcpName('secretmanager', 'a/b-c', 's')).not.toBe(gcpName('secretmanager', 'a-b/c', 's'));
    expect(gcpName('secretmanager', 'ümlaut', 's')).toBe('ümlaut');
  });

  test('a certificate id that is one stays; any other is made one, and told apart by its source', () => {
    expect(gcpName('certificatemanager', 'www-example', 's')).toBe('www-example');
    expect(gcpName('certificatemanager', 'certifyclouds/WWW', 'kv/www')).toMatch(/^certifyclouds-www-[0-9a-f]{8}$/);
    expect(gcpName('certificatemanager', 'a/b', 'kv/a')).not.toBe(gcpName('certificatemanager', 'a-b', 'kv/a'));
    expect(gcpName('certificatemanager', 'a/b', 'kv/a')).not.toBe(gcpName('certificatemanager', 'a/b', 'kv/b'));
    expect(gcpName('certificatemanager', '1st', 's')).toMatch(/^c-1st-[0-9a-f]{8}$/);
  });

  test('whatever a rule gives, a certificate id comes out that is one, and always the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string(), (wanted, source) => {
        const name = gcpName('certificatemanager', wanted, source);
        expect(gcpNameProblems.certificatemanager(name)).toEqual([]);
        expect(gcpName('certificatemanager', wanted, source)).toBe(name);
      }),
    );
  });

  test('a problem is told in words, without what cannot be seen', () => {
    const sentence = (name: string) => gcpNameProblems.secretmanager(name)[0]?.sentence;
    expect(sentence('a/b')).toContain('"/"');
    expect(sentence('a\u202eb')).toContain('an invisible character');
  });
});

const label = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const value = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
const annotation = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

describe('labels', () => {
  test('any tags become labels and annotations that the service takes', () => {
    const tags = fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string({ maxLength: 300 }), {
      maxKeys: 80,
    });
    fc.assert(
      fc.property(tags, (given) => {
        const { labels, annotations } = fitMarks(given, namespace);
        expect(Object.keys(labels).length).toBeLessThanOrEqual(64);
        for (const [key, held] of Object.entries(labels)) {
          expect(key).toMatch(label);
          expect(held).toMatch(value);
          expect(Buffer.byteLength(key)).toBeLessThanOrEqual(128);
          expect(Buffer.byteLength(held)).toBeLessThanOrEqual(128);
        }
        const total = Object.entries(annotations).flat().join('');
        expect(Buffer.byteLength(total)).toBeLessThanOrEqual(16 * 1024);
        for (const key of Object.keys(annotations)) expect(key).toMatch(annotation);
      }),
    );
  });

  test('every tag is found again in full, as a label or in an annotation, and can be taken away again', () => {
    const key = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((text) => text !== '__proto__');
    fc.assert(
      fc.property(fc.dictionary(key, fc.string({ maxLength: 60 }), { maxKeys: 15 }), (tags) => {
        const { labels, annotations } = fitMarks(tags, namespace);
        const originals: Record<string, string> = Object.assign(
          {},
          ...Object.values(annotations).map((one) => JSON.parse(one)),
        );
        // Own ones only: a key may be called `constructor`.
        const kept = new Map([...Object.entries(labels), ...Object.entries(originals)]);
        for (const [name, held] of Object.entries(tags)) expect(kept.get(name)).toBe(held);
        const theirs = { labels: { 日本: 'kept' }, annotations: { 'their.note': 'kept' } };
        const both = {
          labels: { ...theirs.labels, ...labels },
          annotations: { ...theirs.annotations, ...annotations },
        };
        const bare = changedMarks(both, { set: {}, remove: Object.keys(tags) }, namespace);
        expect(bare.annotations).toEqual(theirs.annotations);
        expect(Object.keys(bare.labels).filter((name) => name !== '日本')).toEqual([]);
      }),
      { examples: [[{ constructor: 'a', 'to-string': 'b', toString: 'C' }]] },
    );
  });

  test('where two tags want the same label, our mark has it, then the one that fits as it is', () => {
    const tags = { Env: 'Prod', env: 'dev', 'certifyclouds-record': 'forged', 'certifyclouds:record': 'r1' };
    const { labels, annotations } = fitMarks(tags, namespace);
    expect(labels).toEqual({ 'certifyclouds-record': 'r1', env: 'dev' });
    expect(Object.values(annotations)).toContain('{"Env":"Prod"}');
  });

  test('a tag that fits a label again leaves no annotation of its former value', () => {
    const before = fitMarks({ env: 'Prod' }, namespace);
    expect(Object.keys(before.annotations)).toHaveLength(1);
    const after = changedMarks(before, { set: { env: 'prod' }, remove: [] }, namespace);
    expect(after).toEqual({ labels: { env: 'prod' }, annotations: {} });
  });

  test('a tag that goes keeps the label that a tag which stays has too', () => {
    const before = fitMarks({ Env: 'Prod', env: 'dev' }, namespace);
    const after = changedMarks(before, { set: { env: 'dev' }, remove: ['Env'] }, namespace);
    expect(after).toEqual({ labels: { env: 'dev' }, annotations: {} });
  });
});

test('the checksum is CRC32C', () => {
  // RFC 3720, appendix B.4, and the check value of its catalogue entry.
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(new Uint8Array(0))).toBe(0);
});

describe('roles to copy', () => {
  const account = 'sync@contoso-sync.iam.gserviceaccount.com';

  test('name project, account and the permissions that a sync needs, and none to read or delete', () => {
    const [recommended, predefined] = gcpPolicies('secretmanager', 'contoso-sync', account);
    expect(recommended?.text.split('\n')).toEqual([
      'gcloud services enable secretmanager.googleapis.com --project contoso-sync',
      "gcloud iam roles create certifycloudsSecrets --project contoso-sync --title 'CertifyClouds Sync: Secret Manager' " +
        '--permissions secretmanager.secrets.create,secretmanager.secrets.get,secretmanager.secrets.update,' +
        'secretmanager.versions.add,secretmanager.versions.destroy,secretmanager.versions.disable,' +
        'secretmanager.versions.enable,secretmanager.versions.get,secretmanager.versions.list',
      'gcloud projects add-iam-policy-binding contoso-sync ' +
        '--member serviceAccount:sync@contoso-sync.iam.gserviceaccount.com ' +
        '--role projects/contoso-sync/roles/certifycloudsSecrets --condition None',
    ]);
    expect(predefined?.text).toContain('--role roles/secretmanager.admin');
    const certificates = gcpPolicies('certificatemanager', 'contoso-sync', account).map(({ text }) => text);
    expect(certificates[0]).toContain('certificatemanager.operations.get');
    expect(certificates.join('\n')).not.toMatch(/delete|access/);
  });

  test('are safe to paste into a shell whatever was typed, or left out', () => {
    const typed = gcpPolicies('certificatemanager', "'; rm -rf ~ #", '$(reboot)');
    for (const { text } of typed) {
      expect(text).toContain("'serviceAccount:$(reboot)'");
      expect(text).toContain("--project ''\\''; rm -rf ~ #'");
    }
    for (const { title, explanation, text } of [...typed, ...gcpPolicies('secretmanager')]) {
      expect(title).not.toBe('');
      expect(explanation).toMatch(/^[A-Z].*\.$/);
      expect(text).not.toMatch(/(^| )<|> /);
    }
  });
});
