import {
  ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  ImportCertificateCommand,
  RemoveTagsFromCertificateCommand,
} from '@aws-sdk/client-acm';
import { factsOf, reimportProblem } from '../../certificates/index.ts';
import type { CertificateBundle } from '../../domain/certificate.ts';
import type { AwsSettings } from '../../domain/connection.ts';
import { Failure } from '../../domain/failure.ts';
import { ownerTag } from '../../domain/ownership.ts';
import { product } from '../../product.ts';
import type { CloudDeps } from '../call.ts';
import { removalUnseen, targetChanged } from '../failures.ts';
import type { Target, WriteRequest, Written } from '../ports.ts';
import { type Certificates, certificatesOf } from './acm-certificates.ts';
import { type NameMarks, nameMarks } from './acm-names.ts';
import { testAcm } from './acm-trials.ts';
import { awsNameProblems } from './names.ts';
import { targetExists, targetMissing } from './refusals.ts';
import { acmChain, bundleOf, certificateProblems } from './rules.ts';
import { type AwsSession, openSession } from './session.ts';
import { asTags, markTags, tagChange } from './tags.ts';

/** What the parts of this adapter share. */
interface Acm {
  readonly session: AwsSession<ACMClient>;
  readonly names: NameMarks;
  readonly certificates: Certificates;
}

/**
 * The imported certificates of one account and region. ACM gives each an ARN and knows no names: ours is in a tag. A version's
 * marker is the SHA-256 of the certificate, so that one which did not change is never imported again.
 * @param credential the connection's, not trusted to be one until parsed
 * @throws Failure `invalid` if settings, region or credential cannot be used; nothing is sent yet
 */
export function openAcm(settings: AwsSettings, credential: unknown, region: string, deps: CloudDeps): Target {
  const session = openSession(settings, credential, region, deps, (config, place) => {
    const client = new ACMClient(config);
    return { client, url: client.config.endpointProvider({ ...place, ServiceType: 'ACM' }).url };
  });
  const certificates = certificatesOf(session);
  const acm: Acm = { session, certificates, names: nameMarks(session) };

  return {
    // Importing again counts against a yearly quota, and a second create would make a second certificate.
    capabilities: { idempotentWrites: false, recoverableRemoval: false },
    validate: (name, payload) => [
      ...awsNameProblems.acm(name),
      ...(payload ? certificateProblems(payload, deps.now()) : []),
    ],

    async inspect({ name, id }, signal) {
      try {
        const known = id === undefined ? undefined : await certificates.state(id, name, signal);
        if (known) return known;
        return (await findByName(acm, name, signal)) ?? { kind: 'absent' };
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== 'denied') throw error;
        return {
          kind: 'unreadable',
          missing: 'acm:ListCertificates, acm:ListTagsForCertificate and acm:GetCertificate',
        };
      }
    },

    write: (request, signal) =>
      request.mode === 'create' ? create(acm, request, signal) : update(acm, request, signal),
    markerOf: ({ payload }) => (payload.kind === 'certificate' ? payload.bundle.facts.fingerprint : undefined),
    // Its marker tells; the private key, which a payload has as well, is never given out.
    holds: async () => undefined,

    async tag({ name, id }, change, signal) {
      const CertificateArn = id ?? (await arnOf(acm, name, signal));
      // Its name with every change: without that mark, or with another's, the certificate would not be found again.
      const { set, remove } = tagChange(change, { [markTags.name]: name });
      await session.call({ action: 'acm:AddTagsToCertificate', name }, signal, (options) =>
        session.client.send(new AddTagsToCertificateCommand({ CertificateArn, Tags: set }), options),
      );
      if (remove.length > 0) {
        await session.call({ action: 'acm:RemoveTagsFromCertificate', name }, signal, (options) =>
          session.client.send(
            new RemoveTagsFromCertificateCommand({ CertificateArn, Tags: remove.map((Key) => ({ Key })) }),
            options,
          ),
        );
      }
    },

    // For good: ACM keeps nothing of a deleted certificate. One that is in use it does not delete. It takes no condition.
    async remove({ name, id }, seen, signal) {
      const arn = id ?? (await arnOf(acm, name, signal));
      try {
        const found = seen === null ? undefined : await certificates.content(arn, name, signal);
        const what = `certificate ${name} in ${region}`;
        if (found === 'unreadable') throw removalUnseen(what, 'acm:GetCertificate');
        if (found && found.fingerprint !== seen) throw targetChanged(what);
        await session.call({ action: 'acm:DeleteCertificate', name }, signal, (options) =>
          session.client.send(new DeleteCertificateCommand({ CertificateArn: arn }), options),
        );
      } catch (error) {
        // One that is known to have been there has gone, perhaps by an earlier try whose reply was lost.
        if (!(error instanceof Failure) || error.detail.code !== 'target-missing' || id === undefined) throw error;
      }
      acm.names.forget(arn);
    },

    test: (prefix, signal) => testAcm(session, prefix, signal),
    close: () => session.close(),
  };
}

async function create(acm: Acm, request: WriteRequest, signal: AbortSignal): Promise<Written> {
  const { session, names } = acm;
  const { name, tags } = request;
  const bundle = bundleOf(request.payload);
  // ACM itself would take any number of certificates of one name.
  const state = await findByName(acm, name, signal);
  if (state) {
    const isOurs = state.ownerRecordId === (tags[ownerTag(product.tagNamespace)] ?? null);
    // This very write, if an earlier try's reply was lost.
    if (isOurs && state.version === bundle.facts.fingerprint) return writtenAs(state.id, bundle);
    throw new Failure(targetExists(`certificate ${name} in ${session.region}`));
  }
  const arn = await names.whileUnsure(name, () =>
    importBundle(acm, name, bundle, signal, {
      // What the console shows as a certificate's name, unless the source has a tag of that key.
      Tags: asTags({ Name: name, ...tags }, { [markTags.name]: name }),
    }),
  );
  return writtenAs(arn, bundle);
}

async function update(acm: Acm, request: WriteRequest, signal: AbortSignal): Promise<Written> {
  const { session, certificates } = acm;
  const { name, replaces } = request;
  const bundle = bundleOf(request.payload);
  const arn = request.id ?? (await arnOf(acm, name, signal));
  const what = `certificate ${name} in ${session.region}`;
  const current = await certificates.content(arn, name, signal);
  if (!current) throw new Failure(targetMissing(what));
  if (current !== 'unreadable') {
    if (current.holds(bundle)) return writtenAs(arn, bundle);
    const known = [replaces, bundle.facts.fingerprint];
    if (replaces !== null && !known.includes(current.fingerprint)) throw targetChanged(what);
    const problem = reimportProblem(factsOf(current.leaf), bundle.facts);
    if (problem) throw new Failure({ ...problem, kind: 'invalid' });
  }
  return writtenAs(await importBundle(acm, name, bundle, signal, { CertificateArn: arn }), bundle);
}

/** @returns the ARN */
async function importBundle(
  { session }: Acm,
  name: string,
  bundle: CertificateBundle,
  signal: AbortSignal,
  where: { readonly CertificateArn: string } | { readonly Tags: ReturnType<typeof asTags> },
): Promise<string> {
  const chain = acmChain(bundle);
  const { CertificateArn: arn } = await session.call({ action: 'acm:ImportCertificate', name }, signal, (options) =>
    session.client.send(
      new ImportCertificateCommand({
        Certificate: Buffer.from(bundle.leaf),
        PrivateKey: Buffer.from(bundle.privateKey),
        ...(chain === '' ? {} : { CertificateChain: Buffer.from(chain) }),
        ...where,
      }),
      options,
    ),
  );
  if (arn !== undefined) return arn;
  throw new Failure({
    kind: 'network',
    code: 'reply-incomplete',
    sentence: `AWS accepted the certificate ${name} in ${session.region}, but its answer was incomplete.`,
    fix: 'Nothing to do: the app looks for the certificate before it imports it again.',
  });
}

/** An import that succeeded is what its ARN stands for from then on: ACM keeps one certificate for each, and no versions. */
function writtenAs(id: string, { facts }: CertificateBundle): Written {
  return { id, version: facts.fingerprint, confirmed: true };
}

type Present = NonNullable<Awaited<ReturnType<Certificates['state']>>>;

/** The certificate of a name, as it is now: one that was deleted since the list was made is none. */
async function findByName(
  { names, certificates }: Acm,
  name: string,
  signal: AbortSignal,
): Promise<Present | undefined> {
  for (;;) {
    const arn = await names.find(name, signal);
    const state = arn === undefined ? undefined : await certificates.state(arn, name, signal);
    if (arn === undefined || state) return state;
    names.forget(arn);
  }
}

async function arnOf({ names, session }: Acm, name: string, signal: AbortSignal): Promise<string> {
  const arn = await names.find(name, signal);
  if (arn !== undefined) return arn;
  throw new Failure(targetMissing(`certificate ${name} in ${session.region}`));
}
