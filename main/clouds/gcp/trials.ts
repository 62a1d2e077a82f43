import type { CertificateManagerClient } from '@google-cloud/certificate-manager';
import { Failure } from '../../domain/failure.ts';
import type { TestStep } from '../ports.ts';
import { allowed, connectionTrials, runTrials, unlessDenied } from '../steps.ts';
import { gcpServices } from './classify.ts';
import { gcpName, gcpNameProblems } from './names.ts';
import type { SecretPlace } from './secret-calls.ts';
import type { GcpSession } from './session.ts';

/** One right, tried with a call that could do nothing. */
interface Right {
  readonly permission: string;
  work(): Promise<unknown>;
}

interface Rights {
  /** Where a sync of many lists them; elsewhere each is looked at. */
  readonly list?: Right;
  readonly look: readonly Right[];
  /** Without these nothing can be synced. */
  readonly write: readonly Right[];
  /** Without these values are, and labels stay as they were made. */
  readonly label: readonly Right[];
  /** What cannot be tried without making something. */
  readonly untried: string;
}

/** Tries, step by step, what a sync to Secret Manager needs under a name prefix. Changes nothing. */
export function testSecretManager(
  { session, client, parent }: SecretPlace,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<TestStep> {
  return testPlace(session, prefix, signal, (name) => {
    const secret = `${parent}/secrets/${name}`;
    return {
      look: [
        { permission: 'secretmanager.secrets.get', work: () => client.getSecret({ name: secret }) },
        {
          permission: 'secretmanager.versions.get',
          work: () => client.getSecretVersion({ name: `${secret}/versions/latest` }),
        },
      ],
      write: [
        {
          permission: 'secretmanager.versions.add',
          work: () => client.addSecretVersion({ parent: secret, payload: { data: Buffer.from('permission check') } }),
        },
      ],
      label: [
        {
          permission: 'secretmanager.secrets.update',
          work: () => client.updateSecret({ secret: { name: secret, labels: {} }, updateMask: { paths: ['labels'] } }),
        },
      ],
      untried: 'secretmanager.secrets.create',
    };
  });
}

/** Tries, step by step, what a sync to Certificate Manager needs under a name prefix. Changes nothing. */
export function testCertificateManager(
  { session, client, parent }: { session: GcpSession; client: CertificateManagerClient; parent: string },
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<TestStep> {
  return testPlace(session, prefix, signal, (id) => {
    const name = `${parent}/certificates/${id}`;
    return {
      list: {
        permission: 'certificatemanager.certs.list',
        work: () => client.listCertificates({ parent, pageSize: 1 }, { autoPaginate: false }),
      },
      look: [{ permission: 'certificatemanager.certs.get', work: () => client.getCertificate({ name }) }],
      write: [
        {
          permission: 'certificatemanager.certs.update',
          work: () =>
            client.updateCertificate({ certificate: { name, labels: {} }, updateMask: { paths: ['labels'] } }),
        },
      ],
      label: [],
      untried: 'certificatemanager.certs.create',
    };
  });
}

/**
 * Rights are tried on a name that does not exist: Google looks at the permission first and tells "not found" only to those who
 * may.
 */
function testPlace(
  session: GcpSession,
  prefix: string,
  signal: AbortSignal,
  rightsOn: (name: string) => Rights,
): AsyncIterable<TestStep> {
  const { project, location, network, urls, deps, signIn } = session;
  const { service } = session.about('');
  const { title, thing } = gcpServices[service];
  const wanted = `${prefix}permission-check-${deps.randomId()}`;
  const name = gcpName(service, wanted, wanted);
  const example = gcpName(service, `${prefix}api-key`, prefix);
  const { list, look, write, label, untried } = rightsOn(name);
  const where = `project ${project} (${location})`;
  const allAllowed = async (each: readonly Right[]) => {
    for (const { permission, work } of each) await allowed(session.call(session.about(permission, name), signal, work));
  };

  return runTrials(
    [
      {
        id: 'name',
        title: 'Check the name prefix',
        async run() {
          const [problem] = gcpNameProblems[service](name);
          if (problem) throw new Failure({ kind: 'invalid', ...problem });
          return {
            sentence: prefix === '' ? 'No prefix: any name may be written.' : `${title} takes names like ${example}.`,
          };
        },
      },
      ...connectionTrials(urls, network, { signal, timeoutMs: deps.callTimeoutMs }),
      {
        id: 'sign-in',
        title: 'Sign in to Google Cloud',
        run: async () => ({ sentence: `The sign-in works, with ${await signIn.who()}.` }),
      },
      ...(list
        ? [
            {
              id: 'list' as const,
              title: `List ${thing}s`,
              run: () =>
                unlessDenied(
                  session.call(session.about(list.permission), signal, list.work),
                  `The ${thing}s in ${where} can be listed.`,
                  `Syncs work without listing; many ${thing}s are then looked at one by one, which takes longer.`,
                  'gcp-denied',
                ),
            },
          ]
        : []),
      {
        id: 'inspect',
        title: 'See changes made by others',
        run: () =>
          unlessDenied(
            allAllowed(look),
            `Changes made by others in ${where} can be seen, without reading values.`,
            'What others change in a target cannot be seen, and is overwritten.',
            'gcp-denied',
          ),
      },
      {
        id: 'write',
        title: `Write ${thing}s`,
        async run() {
          await allAllowed(write);
          return await unlessDenied(
            allAllowed(label),
            `${thing === 'secret' ? 'New values and labels' : 'Certificates and labels'} may be written in ${where}. ` +
              `Whether ${thing}s may be created (${untried}) cannot be tried without creating one.`,
            'New values may be written; the labels of a secret stay as they were when it was made.',
            'gcp-denied',
          );
        },
      },
    ],
    signal,
  );
}
