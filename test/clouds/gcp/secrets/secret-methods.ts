import { z } from 'zod';
import type { Method } from '../api.ts';
import { GcpFailure, invalid } from '../failure.ts';
import { pageOf, readMask, readMessage } from '../payload.ts';
import { readFilter } from './filter.ts';
import { checkEtag, findSecret, parentPattern, readLocation, secretPattern } from './find.ts';
import { editors, readReplication, readSecret } from './inputs.ts';
import { newEtag } from './secret.ts';
import type { SecretStore } from './store.ts';
import { secretView } from './views.ts';

const collection = new RegExp(`^(?<resource>${parentPattern})/secrets$`);
const member = new RegExp(`^(?<resource>${secretPattern})$`);
const permissionsInput = z.strictObject({ permissions: z.array(z.string()).optional() });

/** The server's own page size, which Google doesn't publish, and the most that it gives. */
const defaultPageSize = 100;
const maxPageSize = 25_000;

/** The methods about secrets themselves. What each does follows service.proto and resources.proto. */
export function secretMethods(store: SecretStore): Method[] {
  return [
    {
      rpc: 'SecretManagerService.CreateSecret',
      http: 'POST',
      path: collection,
      permission: 'secretmanager.secrets.create',
      quota: 'write',
      creates: { collection: 'secrets', idParameter: 'secretId' },
      run(call) {
        const location = readLocation(call);
        const id = call.query.get('secretId') ?? '';
        if (!/^[A-Za-z0-9_-]{1,255}$/.test(id)) {
          throw invalid(`The provided Secret ID [${id}] does not match the expected format [[a-zA-Z_0-9-]{1,255}]`);
        }
        const input = readSecret(call.body());
        if (input.expireTime !== undefined && input.ttl !== undefined) {
          throw invalid('Only one of Secret.expire_time and Secret.ttl can be set.');
        }
        const replication = readReplication(input, location);
        const existing = store.get(call.project, location, id, call.now);
        if (existing !== undefined) throw new GcpFailure('ALREADY_EXISTS', `Secret [${existing.name}] already exists.`);
        // Both say when the secret expires: the one that isn't given has no say.
        const silent = input.ttl === undefined ? 'ttl' : 'expire_time';
        const edits = Object.entries(editors).filter(([path]) => path !== silent);
        const values = edits.map(([, edit]) => edit(input, 0, call.now));
        const secret = Object.assign(store.add(call.project, location, id, replication, call.now), ...values);
        return secretView(secret);
      },
    },
    {
      rpc: 'SecretManagerService.GetSecret',
      http: 'GET',
      path: member,
      permission: 'secretmanager.secrets.get',
      quota: 'read',
      run: (call) => secretView(findSecret(store, call)),
    },
    {
      rpc: 'SecretManagerService.ListSecrets',
      http: 'GET',
      path: collection,
      permission: 'secretmanager.secrets.list',
      quota: 'read',
      run(call) {
        const filter = call.query.get('filter') ?? '';
        const fits = readFilter(filter);
        const secrets = store.list(call.project, readLocation(call), call.now).filter((secret) => fits(secret));
        const { page, ...next } = pageOf(secrets, ({ name }) => name, call.query, defaultPageSize, maxPageSize);
        return { secrets: page.map(secretView), ...next, ...(filter === '' ? { totalSize: secrets.length } : {}) };
      },
    },
    {
      rpc: 'SecretManagerService.UpdateSecret',
      http: 'PATCH',
      path: member,
      permission: 'secretmanager.secrets.update',
      quota: 'write',
      run(call) {
        const secret = findSecret(store, call);
        const input = readSecret(call.body());
        const paths = readMask(call.query);
        const edits = paths.map((path) => {
          const edit = Object.hasOwn(editors, path) ? editors[path] : undefined;
          if (edit === undefined) throw invalid(`The field '${path}' of the update mask is immutable or unknown.`);
          return edit;
        });
        checkEtag(input.etag, secret);
        Object.assign(secret, ...edits.map((edit) => edit(input, secret.versions.length, call.now)));
        secret.etag = newEtag();
        return secretView(secret);
      },
    },
    {
      rpc: 'SecretManagerService.DeleteSecret',
      http: 'DELETE',
      path: member,
      permission: 'secretmanager.secrets.delete',
      quota: 'write',
      run(call) {
        const secret = findSecret(store, call);
        checkEtag(call.query.get('etag'), secret);
        store.remove(secret);
        return {};
      },
    },
    {
      rpc: 'SecretManagerService.TestIamPermissions',
      http: 'POST',
      path: new RegExp(`^(?<resource>${secretPattern}):testIamPermissions$`),
      quota: 'read',
      run(call) {
        const { permissions = [] } = readMessage(permissionsInput, call.body(), '');
        const wildcard = permissions.find((permission) => permission.includes('*'));
        if (wildcard !== undefined) throw invalid(`Permission ${wildcard} is not valid for this resource.`);
        // "If the secret does not exist, this call returns an empty set of permissions, not a NOT_FOUND error."
        const there = store.get(call.project, readLocation(call), call.params.secret ?? '', call.now) !== undefined;
        const held = there ? permissions.filter(call.may) : [];
        return held.length === 0 ? {} : { permissions: held };
      },
    },
  ];
}
