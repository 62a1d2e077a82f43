import { z } from 'zod';
import type { Call, Method } from '../api.ts';
import { GcpFailure, invalid } from '../failure.ts';
import { bytes, int64, pageOf, readMessage } from '../payload.ts';
import { crc32c } from './crc32c.ts';
import { readFilter } from './filter.ts';
import { checkEtag, findSecret, secretPattern } from './find.ts';
import { versionInput } from './inputs.ts';
import { destroy, newEtag, type Secret, type Version } from './secret.ts';
import type { SecretStore } from './store.ts';
import { versionName, versionView } from './views.ts';

const collection = new RegExp(`^(?<resource>${secretPattern})/versions$`);
const member = (verb = '') => new RegExp(`^(?<resource>${secretPattern}/versions/(?<version>[^/:]+))${verb}$`);

const maxPayloadBytes = 64 * 1024;
const addInput = z.strictObject({
  payload: z.strictObject({ data: bytes.optional(), dataCrc32c: int64.optional() }).optional(),
});

/** The methods about versions and their payloads. What each does follows service.proto and resources.proto. */
export function versionMethods(store: SecretStore): Method[] {
  /** @throws GcpFailure NOT_FOUND */
  function find(call: Call): { secret: Secret; version: Version } {
    const asked = call.params.version ?? '';
    const secret = findSecret(store, call);
    const version = secret.version(asked, call.now);
    if (version === undefined) {
      throw new GcpFailure(
        'NOT_FOUND',
        asked === 'latest'
          ? `Secret [${secret.name}] not found or has no versions.`
          : `Secret Version [${secret.name}/versions/${asked}] not found.`,
      );
    }
    return { secret, version };
  }

  /** A method that changes the state of a version. A change of nothing is one too: the etag moves on. */
  function change(
    verb: 'disable' | 'enable' | 'destroy',
    edit: (version: Version, secret: Secret, now: number) => void,
  ) {
    const method: Method = {
      rpc: `SecretManagerService.${verb[0]?.toUpperCase()}${verb.slice(1)}SecretVersion`,
      http: 'POST',
      path: member(`:${verb}`),
      permission: `secretmanager.versions.${verb}`,
      quota: 'write',
      run(call) {
        const { secret, version } = find(call);
        const { etag } = readMessage(versionInput, call.body(), '');
        checkEtag(etag, version);
        if (version.state === 'DESTROYED') throw wrongState(secret, version);
        edit(version, secret, call.now);
        version.etag = newEtag();
        return versionView(secret, version);
      },
    };
    return method;
  }

  return [
    {
      rpc: 'SecretManagerService.AddSecretVersion',
      http: 'POST',
      path: new RegExp(`^(?<resource>${secretPattern}):addVersion$`),
      permission: 'secretmanager.versions.add',
      quota: 'write',
      run(call) {
        const { payload } = readMessage(addInput, call.body(), '');
        const secret = findSecret(store, call);
        const data = payload?.data ?? Buffer.alloc(0);
        if (data.length === 0) throw invalid('Secret Payload cannot be empty.');
        if (data.length > maxPayloadBytes) {
          throw invalid(
            `The Secret Payload size must be at most ${maxPayloadBytes} bytes, but is ${data.length} bytes.`,
          );
        }
        const checksum = payload?.dataCrc32c;
        if (checksum !== undefined && checksum !== BigInt(crc32c(data))) {
          throw invalid('The provided data_crc32c does not match the checksum of the Secret Payload.');
        }
        return versionView(secret, secret.addVersion(data, checksum !== undefined, call.now));
      },
    },
    {
      rpc: 'SecretManagerService.GetSecretVersion',
      http: 'GET',
      path: member(),
      permission: 'secretmanager.versions.get',
      quota: 'read',
      run(call) {
        const { secret, version } = find(call);
        return versionView(secret, version);
      },
    },
    {
      rpc: 'SecretManagerService.ListSecretVersions',
      http: 'GET',
      path: collection,
      permission: 'secretmanager.versions.list',
      quota: 'read',
      run(call) {
        const secret = findSecret(store, call);
        const filter = call.query.get('filter') ?? '';
        const fits = readFilter(filter);
        const versions = secret.newestFirst(call.now).filter((version) => fits(secret, version));
        const { page, ...next } = pageOf(versions, ({ number }) => String(number), call.query, 100, 25_000);
        const total = filter === '' ? { totalSize: versions.length } : {};
        return { versions: page.map((version) => versionView(secret, version)), ...next, ...total };
      },
    },
    {
      rpc: 'SecretManagerService.AccessSecretVersion',
      http: 'GET',
      path: member(':access'),
      permission: 'secretmanager.versions.access',
      quota: 'access',
      run(call) {
        const { secret, version } = find(call);
        if (version.state !== 'ENABLED' || version.data === undefined) throw wrongState(secret, version);
        const payload = { data: version.data.toString('base64'), dataCrc32c: String(version.crc32c) };
        return { name: versionName(secret, version), payload };
      },
    },
    change('disable', (version) => {
      version.state = 'DISABLED';
      version.destroyAt = undefined;
    }),
    change('enable', (version) => {
      version.state = 'ENABLED';
      version.destroyAt = undefined;
    }),
    change('destroy', (version, secret, now) => {
      const { versionDestroyTtlSeconds: ttl } = secret;
      if (ttl === undefined) {
        destroy(version, now);
        return;
      }
      version.state = 'DISABLED';
      version.destroyAt ??= now + ttl * 1000;
    }),
  ];
}

function wrongState(secret: Secret, version: Version): GcpFailure {
  return new GcpFailure(
    'FAILED_PRECONDITION',
    `Secret Version [${versionName(secret, version)}] is in ${version.state} state.`,
  );
}
