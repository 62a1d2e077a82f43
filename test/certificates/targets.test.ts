import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../main/certificates/index.ts';
import type { Target, WriteRequest } from '../../main/clouds/ports.ts';
import { patience } from '../conformance/outcome.ts';
import { openAcmBed } from '../conformance/target-acm-bed.ts';
import type { TargetBed } from '../conformance/target-bed.ts';
import { openCertificateManagerBed } from '../conformance/target-certificatemanager-bed.ts';
import { certificateContent } from '../conformance/target-payloads.ts';
import { type Cell, chainCells, keyCells } from './cells.ts';
import { OpenSsl } from './openssl.ts';
import { outcomeOf } from './outcome.ts';
import { tableOf } from './table.ts';

/** A bundle with what has to come of reading it, and a number of its own for a name. */
type Numbered = Cell & { readonly index: number };

interface Place {
  readonly service: string;
  readonly openBed: () => Promise<TargetBed>;
  /** What the service refuses although it can be read: by row. */
  readonly refused: ReadonlyMap<string, string>;
  /** The service wants the issuer of every leaf, be it the root. */
  readonly wantsRoot: boolean;
}

const keyType = 'certificate-key-type';
const places: readonly Place[] = [
  {
    service: 'AWS Certificate Manager',
    openBed: openAcmBed,
    refused: new Map([
      ['Ed25519', keyType],
      ['issuing missing', 'certificate-chain'],
      ['leaf alone', 'certificate-chain'],
    ]),
    wantsRoot: true,
  },
  {
    service: 'GCP Certificate Manager',
    openBed: openCertificateManagerBed,
    refused: new Map([
      ['Ed25519', keyType],
      ['EC-P521', keyType],
    ]),
    wantsRoot: false,
  },
];

const cells: readonly Numbered[] = OpenSsl.use((openssl) =>
  [...keyCells(openssl), ...chainCells(openssl)].map((cell, index) => ({ ...cell, index })),
);

// Each stand-in takes a certificate only with the very key of its leaf, and with its chain in order.
describe.each(places)('to $service', { timeout: 30_000 }, ({ service, openBed, refused, wantsRoot }) => {
  let bed: TargetBed;
  let target: Target;
  const outcomes = new Map<Cell, string>();
  beforeAll(async () => {
    bed = await openBed();
    target = await bed.open('full');
    return async () => {
      target.close();
      await bed.close();
    };
  });
  afterAll(() => {
    process.stdout.write(`\n${tableOf(`to ${service}`, cells, outcomes)}\n`);
  });

  test.concurrent.for(cells)('$row: $column', async (cell) => {
    const { content, expected, index } = cell;
    const outcome = outcomeOf(() => readBundle(content));
    if ('refused' in expected) {
      outcomes.set(cell, 'code' in outcome ? outcome.code : 'read');
      expect(outcome).toEqual({ code: expected.refused });
      return;
    }
    if ('code' in outcome) throw new Error(`refused with ${outcome.code}`);
    const create: WriteRequest = {
      mode: 'create',
      name: `certifyclouds-${index}`,
      payload: { kind: 'certificate', bundle: outcome.value },
      tags: {},
      options: {},
      replaces: null,
      idempotencyKey: `cell-${index}`,
    };
    const [problem] = target.validate(create.name, create.payload, create.options);
    if (problem) {
      outcomes.set(cell, problem.code);
      expect(problem).toMatchObject({ code: refused.get(cell.row), sentence: expect.stringMatching(/\.$/) });
      expect(problem.fix).not.toBe('');
      return;
    }
    expect(refused.get(cell.row)).toBeUndefined();
    const { leaf, chain, root } = expected;
    expect(await target.write(create, patience())).toMatchObject({ version: leaf.fingerprint, confirmed: true });
    const held = await bed.held(create.name);
    const issuers = chain.length === 0 && wantsRoot && root ? [root] : chain;
    const wanted = certificateContent([leaf, ...issuers].map(({ pem }) => pem).join(''));
    expect(held?.value?.toString()).toBe(wanted.toString());
    outcomes.set(cell, 'imported');
  });
});
