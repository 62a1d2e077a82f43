import { addUser, askIam } from './aws.ts';
import type { Peer } from './peer.ts';

const deniedInXml = {
  does: 'What a policy does not allow is refused with 403 and an XML body, whatever the protocol of the service.',
  right: 'stand-in',
  because: 'AWS JSON 1.1 protocol: errors are JSON with __type and message.',
} as const;
const unreadable = 'could not be read: it was cut off';
const ownRoot = {
  does: 'GetCertificate tells the chain with a certificate of Amazon at its end, so that no chain is the one imported.',
  right: 'stand-in',
  because:
    'API reference, GetCertificate: CertificateChain is the one of the certificate; an imported one has what was imported.',
} as const;
const tagsLost = {
  does: 'A reimport leaves the certificate without its tags, the one that names it among them.',
  right: 'stand-in',
  because:
    'ACM User Guide, "Reimport a certificate": tags cannot be given in the call, and everything else stays with the ARN.',
} as const;
const noLimit = {
  does: 'PutParameter takes a value of any length in any tier.',
  shows: 'the call succeeded',
  right: 'stand-in',
  because: 'Systems Manager User Guide, "Managing parameter tiers": 4 KB in the standard tier, 8 KB in the advanced.',
} as const;

export const moto: Peer = {
  name: 'moto',
  version: '5.2.5',
  artifact: { kind: 'pypi', requirement: 'moto[server]==5.2.5' },
  start: { program: 'moto_server', args: ['-p', '{port}'], scheme: 'http', ready: '/moto-api/' },
  suites: {
    secretsmanager: [
      {
        case: 'what is scheduled for deletion is closed, and stays as it is',
        does: 'CreateSecret on it answers ResourceExistsException (with the same token even success), and PutSecretValue writes.',
        shows: '"code": "target-exists"',
        right: 'stand-in',
        because:
          'AWS answers InvalidRequestException to both: "You can\'t create this secret because a secret with this name is already scheduled for deletion", "…marked for deletion".',
      },
      {
        case: 'an empty value and one byte too many are refused, and no value is left behind',
        does: 'CreateSecret with an empty SecretString makes a secret without a value, and no length is a limit.',
        shows: '"kind": "network"',
        right: 'stand-in',
        because: 'API reference, CreateSecret: SecretString has a length of 1 to 65536.',
      },
      {
        case: 'removes recoverably, and a second time without complaint',
        ...deniedInXml,
        shows: '"kind": "network"',
      },
      {
        case: 'under the smallest rights that write, the write path works and nothing is read',
        ...deniedInXml,
        shows: unreadable,
      },
      { case: 'its test changes nothing and says what will work', ...deniedInXml, shows: 'expected true to be false' },
    ],
    parameterstore: [
      { case: 'keeps 25 KB byte for byte', ...noLimit },
      { case: 'keeps 25 KB of bytes byte for byte', ...noLimit },
      { case: 'an empty value and one byte too many are refused, and no value is left behind', ...noLimit },
      {
        case: 'removes recoverably, and a second time without complaint',
        ...deniedInXml,
        shows: '"kind": "network"',
      },
      {
        case: 'under the smallest rights that write, the write path works and nothing is read',
        ...deniedInXml,
        shows: unreadable,
      },
      { case: 'its test changes nothing and says what will work', ...deniedInXml, shows: 'expected true to be false' },
    ],
    acm: [
      {
        case: 'what it holds already is not written once more',
        ...ownRoot,
        shows: "to not include 'acm:ImportCertificate'",
      },
      { case: 'a repeated write makes no second version', ...ownRoot, shows: 'expected 3 to be 2' },
      {
        case: 'a write whose reply was lost can be repeated, and leaves one version',
        ...ownRoot,
        shows: 'expected 3 to be 2',
      },
      { case: 'updates by the identity it gave, and leaves tags alone', ...tagsLost, shows: '"env": "prod"' },
      {
        case: 'keeps its identity through every renewal, and is found by it and by name',
        ...tagsLost,
        shows: 'the target is absent',
      },
      {
        case: 'removes recoverably, and a second time without complaint',
        ...deniedInXml,
        shows: '"kind": "network"',
      },
      {
        case: 'under the smallest rights that write, the write path works and nothing is read',
        ...deniedInXml,
        shows: unreadable,
      },
    ],
    'app-secretsmanager': [],
    'app-parameterstore': [],
    'app-acm': [
      {
        case: 'after all that there is nothing left to do',
        ...tagsLost,
        shows: '"written": 2',
      },
    ],
  },
  notAsked: [],
  // Its IAM looks at actions only: for these services it takes every request to be about the resource `*`, so that a
  // policy about certain names would allow nothing.
  async addKey(origin, policy) {
    // So many calls are let in unsigned from now on: those that make the user.
    const reply = await fetch(`${origin}/moto-api/reset-auth`, { method: 'POST', body: '3' });
    if (!reply.ok) throw new Error(`moto did not open its door (${reply.status})`);
    const anywhere = JSON.parse(JSON.stringify(policy, (key, value) => (key === 'Resource' ? '*' : value)));
    return addUser(anywhere, (query) => askIam(origin, 'any', query));
  },
};
