import { addUser, askIam } from './aws.ts';
import type { Peer } from './peer.ts';

const root = 'AKIAPEERROOT00000000';

const tokenIgnored = {
  does: 'CreateSecret gives the first version an id of its own, whatever ClientRequestToken says.',
  right: 'stand-in',
  because: 'API reference, CreateSecret: "This value becomes the VersionId of the new version."',
} as const;
const oldVersionsGone = {
  does: 'A version is gone as soon as it has no label: two are kept.',
  right: 'stand-in',
  because:
    'API reference, ListSecretVersionIds: IncludeDeprecated lists versions without labels; the newest 100 are kept.',
} as const;
const noLimit = {
  does: 'PutParameter takes a value of any length in any tier.',
  shows: 'the call succeeded',
  right: 'stand-in',
  because: 'Systems Manager User Guide, "Managing parameter tiers": 4 KB in the standard tier, 8 KB in the advanced.',
} as const;

export const ministack: Peer = {
  name: 'ministack',
  version: '1.5.33',
  artifact: { kind: 'pypi', requirement: 'ministack==1.5.33' },
  start: {
    program: 'ministack',
    args: [],
    env: {
      GATEWAY_PORT: '{port}',
      BIND_HOST: '127.0.0.1',
      AUTH: 'true',
      AWS_ACCESS_KEY_ID: root,
      IOT_MTLS_ENABLED: 'false',
      LOG_LEVEL: 'ERROR',
    },
    scheme: 'http',
    ready: '/_ministack/health',
  },
  suites: {
    secretsmanager: [
      {
        case: 'creates, and says so only once it is the current version',
        ...tokenIgnored,
        shows: '"confirmed": false',
      },
      { case: 'a repeated write makes no second version', ...tokenIgnored, shows: 'There is already a secret' },
      {
        case: 'a write whose reply was lost can be repeated, and leaves one version',
        ...tokenIgnored,
        shows: 'There is already a secret',
      },
      {
        case: 'under the smallest rights that write, the write path works and nothing is read',
        ...tokenIgnored,
        shows: 'expected false to be true',
      },
      {
        case: 'what was deleted for good is absent, and can be created again',
        ...tokenIgnored,
        shows: 'expected false to be true',
      },
      {
        case: 'a create that was cut off leaves nothing, or a shell of its own that the same create fills',
        ...tokenIgnored,
        shows: 'expected false to be true',
      },
      {
        case: 'after a lost reply the target itself tells whether the write arrived',
        ...tokenIgnored,
        shows: 'expected false to be true',
      },
      {
        case: 'keeps its identity through every renewal, and is found by it and by name',
        ...oldVersionsGone,
        shows: 'expected 2 to be 4',
      },
      {
        case: 'ends old versions as the options say, and never the current one',
        ...oldVersionsGone,
        shows: 'expected 2 to be 4',
      },
      { case: 'a foreign change after the look is not overwritten', ...oldVersionsGone, shows: 'expected 2 to be 3' },
      { case: 'a foreign change in the middle of the write is told', ...oldVersionsGone, shows: 'expected 2 to be 3' },
      {
        case: 'a repeated update does not claim to be current after somebody else wrote',
        does: 'PutSecretValue with a known token and the same value makes that version current again.',
        shows: '"confirmed": true',
        right: 'stand-in',
        because:
          'API reference, PutSecretValue: "the request is ignored". Whether AWS moves AWSCURRENT back is not stated; moto leaves it too.',
      },
      {
        case: 'the same key with another value is refused',
        does: 'PutSecretValue with a known token and another value replaces the value of that version.',
        shows: 'the call succeeded',
        right: 'stand-in',
        because:
          'API reference, PutSecretValue: "the operation fails because you can\'t modify an existing secret version".',
      },
      {
        case: 'what is scheduled for deletion is closed, and stays as it is',
        does: 'CreateSecret on it answers ResourceExistsException.',
        shows: '"code": "target-exists"',
        right: 'stand-in',
        because:
          'AWS answers InvalidRequestException: "You can\'t create this secret because a secret with this name is already scheduled for deletion".',
      },
      {
        case: 'makes the target as the options say, and passes over those of other services',
        does: 'CreateSecret passes over AddReplicaRegions.',
        shows: '"replicaRegions": [',
        right: 'stand-in',
        because: 'API reference, CreateSecret: AddReplicaRegions.',
      },
      {
        case: 'an empty value and one byte too many are refused, and no value is left behind',
        does: 'CreateSecret takes an empty SecretString, and one of any length.',
        shows: 'the call succeeded',
        right: 'stand-in',
        because: 'API reference, CreateSecret: SecretString has a length of 1 to 65536.',
      },
    ],
    parameterstore: [
      { case: 'keeps 25 KB byte for byte', ...noLimit },
      { case: 'keeps 25 KB of bytes byte for byte', ...noLimit },
      { case: 'an empty value and one byte too many are refused, and no value is left behind', ...noLimit },
      {
        case: 'under the smallest rights that write, the write path works and nothing is read',
        does: 'PutParameter with Overwrite and without Type makes a parameter that was not there.',
        shows: 'the call succeeded',
        right: 'stand-in',
        because: 'API reference, PutParameter: Type is required when a parameter is created; moto refuses too.',
      },
    ],
    'app-parameterstore': [],
  },
  notAsked: [
    'acm: it parses no certificate, and makes up names and dates',
    'app-secretsmanager: a create is Synced only once AWS names the version that was asked for, which it never does',
  ],
  // It takes its root's word by the id of the key alone.
  addKey: (origin, policy) => addUser(policy, (query) => askIam(origin, root, query)),
};
