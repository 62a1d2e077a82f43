import type { Peer } from './peer.ts';

const anyToken = {
  does: 'It looks at no token: whoever asks may do everything.',
  right: 'stand-in',
  because: 'Secret Manager, "Access control with IAM": each method needs its permission.',
} as const;

const noAnnotations = {
  right: 'stand-in',
  because: 'API reference, Secret: annotations are "for client tools to store their own state information".',
} as const;

export const drongo: Peer = {
  name: 'drongo',
  version: '0.8.0',
  artifact: { kind: 'pypi', requirement: 'drongo==0.8.0' },
  start: {
    program: 'drongo',
    args: ['server', '--host', '127.0.0.1', '--port', '{port}'],
    scheme: 'http',
    ready: '/drongo/health',
  },
  suites: {
    secretmanager: [
      {
        case: 'under the smallest rights that write, the write path works and nothing is read',
        ...anyToken,
        shows: '"kind": "absent"',
      },
      {
        case: 'ends old versions as the options say, and never the current one',
        does: 'It stores no annotations, so that what a record noted of its own versions is gone, and they are kept.',
        shows: 'expected 2 to be 1',
        ...noAnnotations,
      },
      {
        case: 'a removal is taken back, and the target is as it was',
        does: 'It stores no annotations, so that which versions the removal disabled is gone, and they stay disabled.',
        shows: 'was changed by somebody else',
        ...noAnnotations,
      },
      {
        case: 'a removal ends with what others wrote since: it is theirs to keep',
        does: 'It stores no annotations, so that a removed secret looks like one that somebody disabled.',
        shows: "expected 'present' not to be 'present'",
        ...noAnnotations,
      },
      {
        case: 'removes recoverably, and a second time without complaint',
        ...anyToken,
        shows: 'the call succeeded',
      },
      {
        case: 'its test changes nothing and says what will work',
        ...anyToken,
        shows: 'to not deeply equal',
      },
    ],
    'app-secretmanager': [],
  },
  notAsked: ['secretmanager, regional secrets: it has global ones only'],
};
