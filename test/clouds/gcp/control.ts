import { z } from 'zod';
import { type Calls, guarded } from '../kernel/door.ts';
import type { Gcp } from './index.ts';
import { apiNames } from './projects.ts';
import { roleNames } from './roles.ts';

const name = z.string();
const labels = z.record(z.string(), z.string());
const api = z.enum(apiNames);
const role = z.enum(roleNames);

/** What may be done to Google Cloud through the control door. */
export function gcpCalls(gcp: Gcp): Calls {
  const ofKey = z.tuple([name, name.optional()]);
  const roleOrPermissions = z.union([role, z.array(name)]);
  const kind = z.enum(['access', 'read', 'write', 'all']);
  return {
    'gcp.addProject': guarded(z.tuple([name]), gcp.addProject),
    'gcp.setApiEnabled': guarded(z.tuple([name, api, z.boolean()]), gcp.setApiEnabled),
    'gcp.addServiceAccount': guarded(z.tuple([name, name]), gcp.addServiceAccount),
    'gcp.addKey': guarded(z.tuple([name]), gcp.addKey),
    'gcp.removeKeys': guarded(ofKey, gcp.removeKeys),
    'gcp.addUser': guarded(z.tuple([name, name]), gcp.addUser),
    'gcp.setAccountEnabled': guarded(z.tuple([name, z.boolean()]), gcp.setAccountEnabled),
    'gcp.grant': guarded(z.tuple([name, roleOrPermissions, name]), gcp.grant),
    'gcp.revoke': guarded(z.tuple([name, name, role.optional()]), gcp.revoke),
    'gcp.setQuota': guarded(z.tuple([name, api, kind, z.int()]), gcp.setQuota),
    'gcp.setPublishedQuotas': guarded(z.tuple([name]), gcp.setPublishedQuotas),
    'gcp.clearQuotas': guarded(z.tuple([]), gcp.clearQuotas),
    ...secretCalls(gcp),
    ...certificateCalls(gcp),
  };
}

function secretCalls({ secrets }: Gcp): Calls {
  const state = z.enum(['ENABLED', 'DISABLED', 'DESTROYED']);
  return {
    'gcp.secrets.ids': guarded(z.tuple([name, name.optional()]), secrets.ids),
    'gcp.secrets.get': guarded(z.tuple([name]), secrets.get),
    // In base64: a payload is bytes, of which text is only one kind.
    'gcp.secrets.value': guarded(z.tuple([name, name.optional()]), (secret, version = 'latest') => {
      const value = secrets.value(secret, version);
      return value === undefined ? undefined : { base64: value.toString('base64') };
    }),
    'gcp.secrets.put': guarded(z.tuple([name, z.string()]), secrets.put),
    'gcp.secrets.label': guarded(z.tuple([name, labels]), secrets.label),
    'gcp.secrets.annotate': guarded(z.tuple([name, labels]), secrets.annotate),
    'gcp.secrets.setState': guarded(z.tuple([name, name, state]), secrets.setState),
    'gcp.secrets.remove': guarded(z.tuple([name]), secrets.remove),
  };
}

function certificateCalls({ certificates }: Gcp): Calls {
  const where = z.enum(['request', 'operation']);
  return {
    'gcp.certificates.ids': guarded(z.tuple([name, name]), certificates.ids),
    'gcp.certificates.get': guarded(z.tuple([name]), certificates.get),
    'gcp.certificates.put': guarded(z.tuple([name, z.string(), z.string()]), certificates.put),
    'gcp.certificates.label': guarded(z.tuple([name, labels]), certificates.label),
    'gcp.certificates.remove': guarded(z.tuple([name]), certificates.remove),
    'gcp.certificates.use': guarded(z.tuple([name, z.boolean()]), certificates.use),
    'gcp.certificates.setPollsBeforeDone': guarded(z.tuple([z.int()]), certificates.setPollsBeforeDone),
    'gcp.certificates.setRefusal': guarded(z.tuple([where]), certificates.setRefusal),
  };
}
