import { z } from 'zod';
import type { Api, Call, Method } from '../api.ts';
import { errorInfo, GcpFailure, invalid } from '../failure.ts';
import { isRegion } from '../locations.ts';
import { checkLabels, pageOf, readMask, readMessage, textMap } from '../payload.ts';
import { type Material, readMaterial } from './material.ts';
import type { Certificate, CertificateStore, Operation, Scope } from './store.ts';
import { certificateView, operationView, packedCertificate, scopes } from './views.ts';

const scopeNames = Object.keys(scopes) as Scope[];

/** A Certificate in a request. Fields that the service fills in itself are read and ignored. */
const certificateInput = z.strictObject({
  name: z.string().optional(),
  description: z.string().optional(),
  labels: textMap.optional(),
  scope: z
    .union([
      z.enum(scopeNames),
      z
        .int()
        .min(0)
        .max(2)
        .transform((number) => scopeNames[number] ?? 'DEFAULT'),
    ])
    .optional(),
  selfManaged: z
    .strictObject({ pemCertificate: z.string().optional(), pemPrivateKey: z.string().optional() })
    .optional(),
  createTime: z.string().optional(),
  updateTime: z.string().optional(),
  expireTime: z.string().optional(),
  sanDnsnames: z.array(z.string()).optional(),
  pemCertificate: z.string().optional(),
});

type CertificateInput = z.output<typeof certificateInput>;

const parentPattern = 'projects/(?<project>[^/:]+)/locations/(?<location>[^/:]+)';
const collection = new RegExp(`^(?<resource>${parentPattern})/certificates$`);
const member = new RegExp(`^(?<resource>${parentPattern}/certificates/(?<id>[^/:]+))$`);
const operations = new RegExp(`^(?<resource>${parentPattern})/operations$`);
const operation = new RegExp(`^(?<resource>${parentPattern}/operations/(?<id>[^/:]+))$`);

/** Certificate Manager v1, as far as self-managed certificates go. */
export function createCertificateManager(store: CertificateStore): Api {
  /** The certificate's name, with the project's id. @throws GcpFailure for a location that isn't there */
  function nameOf(call: Call, id: string): string {
    return `${parentOf(call)}/certificates/${id}`;
  }

  function find(call: Call): Certificate {
    const name = nameOf(call, call.params.id ?? '');
    const certificate = store.get(name);
    if (certificate === undefined) throw missing(name);
    return certificate;
  }

  /** Does a change, and answers with the operation that tells what became of it. */
  function operate(call: Call, target: string, verb: Operation['verb'], change: () => object): object {
    const began = (outcome: Operation['outcome']) =>
      operationView(store.begin(parentOf(call), target, verb, outcome, call.now));
    try {
      return began({ response: change() });
    } catch (error) {
      if (!(error instanceof BadMaterial) || store.habits.refusal === 'request') throw error;
      return began({ error });
    }
  }

  const methods: Method[] = [
    {
      rpc: 'CertificateManager.CreateCertificate',
      http: 'POST',
      path: collection,
      permission: 'certificatemanager.certs.create',
      quota: 'write',
      creates: { collection: 'certificates', idParameter: 'certificateId' },
      run(call) {
        const id = call.query.get('certificateId') ?? '';
        if (!/^[a-z0-9-]{1,63}$/.test(id)) throw invalid(`Invalid resource id '${id}': it must match [a-z0-9-]{1,63}.`);
        const name = nameOf(call, id);
        const input = readMessage(certificateInput, call.body(), 'certificate');
        const { scope = 'DEFAULT', labels = {}, description = '' } = input;
        if (scope !== 'DEFAULT' && call.params.location !== 'global') {
          throw invalid(`The scope ${scope} is only for certificates in the location 'global'.`);
        }
        checkLabels(labels);
        if (store.get(name) !== undefined) throw exists(name);
        return operate(call, name, 'create', () => {
          const material = readSelfManaged(input);
          const certificate = store.add(name, { material, scope, labels, description }, call.now);
          return packedCertificate(certificate);
        });
      },
    },
    {
      rpc: 'CertificateManager.GetCertificate',
      http: 'GET',
      path: member,
      permission: 'certificatemanager.certs.get',
      quota: 'read',
      run: (call) => certificateView(find(call)),
    },
    {
      rpc: 'CertificateManager.ListCertificates',
      http: 'GET',
      path: collection,
      permission: 'certificatemanager.certs.list',
      quota: 'read',
      run(call) {
        for (const parameter of ['filter', 'orderBy']) {
          if ((call.query.get(parameter) ?? '') !== '')
            throw invalid(`The stand-in has no ${parameter} for certificates.`);
        }
        const all = store.list(parentOf(call, true));
        const { page, ...next } = pageOf(all, ({ name }) => name, call.query, 100, 1000);
        return { certificates: page.map(certificateView), ...next };
      },
    },
    {
      rpc: 'CertificateManager.UpdateCertificate',
      http: 'PATCH',
      path: member,
      permission: 'certificatemanager.certs.update',
      quota: 'write',
      run(call) {
        const certificate = find(call);
        const input = readMessage(certificateInput, call.body(), 'certificate');
        const paths = readMask(call.query);
        const wrong = paths.find((path) => !['self_managed', 'labels', 'description'].includes(path));
        if (wrong !== undefined) throw invalid(`The field '${wrong}' of the update mask is immutable or unknown.`);
        if (paths.includes('labels')) checkLabels(input.labels ?? {});
        return operate(call, certificate.name, 'update', () => {
          if (paths.includes('self_managed')) certificate.material = readSelfManaged(input);
          if (paths.includes('labels')) certificate.labels = input.labels ?? {};
          if (paths.includes('description')) certificate.description = input.description ?? '';
          certificate.updatedAt = call.now;
          return packedCertificate(certificate);
        });
      },
    },
    {
      rpc: 'CertificateManager.DeleteCertificate',
      http: 'DELETE',
      path: member,
      permission: 'certificatemanager.certs.delete',
      quota: 'write',
      run(call) {
        const { name, used } = find(call);
        if (used) {
          throw new GcpFailure(
            'FAILED_PRECONDITION',
            `can't delete certificate that is referenced by a CertificateMapEntry or other resources`,
          );
        }
        return operate(call, name, 'delete', () => {
          store.remove(name);
          return { '@type': 'type.googleapis.com/google.protobuf.Empty', value: {} };
        });
      },
    },
    {
      rpc: 'Operations.GetOperation',
      http: 'GET',
      path: operation,
      permission: 'certificatemanager.operations.get',
      quota: 'read',
      run(call) {
        const name = `${parentOf(call)}/operations/${call.params.id}`;
        const found = store.poll(name, call.now);
        if (found === undefined) throw missing(name);
        return operationView(found);
      },
    },
    {
      rpc: 'Operations.ListOperations',
      http: 'GET',
      path: operations,
      permission: 'certificatemanager.operations.list',
      quota: 'read',
      run(call) {
        const all = store.listOperations(parentOf(call, true));
        const { page, ...next } = pageOf(all, ({ name }) => name, call.query, 100, 1000);
        return { operations: page.map(operationView), ...next };
      },
    },
  ];

  return {
    name: 'certificatemanager.googleapis.com',
    package: 'google.cloud.certificatemanager.v1',
    consumer: 'resource',
    denied: (permission, resource) =>
      `Permission '${permission}' denied on resource '//certificatemanager.googleapis.com/${resource}' (or it may not exist).`,
    methods,
  };
}

/** A certificate or key that the service can't take. */
class BadMaterial extends GcpFailure {}

/** @throws BadMaterial */
function readSelfManaged({ selfManaged }: CertificateInput): Material {
  try {
    if (selfManaged === undefined) throw invalid('The stand-in has only self-managed certificates.');
    return readMaterial(selfManaged.pemCertificate ?? '', selfManaged.pemPrivateKey ?? '');
  } catch (error) {
    if (error instanceof GcpFailure) throw new BadMaterial(error.code, error.message, error.details);
    throw error;
  }
}

/** The parent's name, with the project's id. @param all whether `-` may stand for all locations */
function parentOf({ project, params }: Call, all = false): string {
  const location = params.location ?? '';
  if (location !== 'global' && !isRegion(location) && !(all && location === '-')) {
    throw new GcpFailure('PERMISSION_DENIED', `Permission denied on 'locations/${location}' (or it may not exist).`, [
      errorInfo('LOCATION_ACCESS_DENIED', { location }, 'certificatemanager.googleapis.com'),
    ]);
  }
  return `projects/${project.id}/locations/${location}`;
}

function missing(name: string): GcpFailure {
  return new GcpFailure('NOT_FOUND', `Resource '${name}' was not found`, [resourceInfo(name)]);
}

function exists(name: string): GcpFailure {
  return new GcpFailure('ALREADY_EXISTS', `Resource '${name}' already exists`, [resourceInfo(name)]);
}

function resourceInfo(resourceName: string) {
  return { '@type': 'type.googleapis.com/google.rpc.ResourceInfo', resourceName };
}
