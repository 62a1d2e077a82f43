import type { Peer } from './peer.ts';

export const gcpSecretManagerEmulator: Peer = {
  name: 'gcp-secret-manager-emulator',
  version: '1.3.0',
  artifact: {
    kind: 'go',
    module: 'github.com/blackwell-systems/gcp-secret-manager-emulator',
    version: 'v1.3.0',
    command: 'cmd/server-dual',
  },
  start: {
    program: 'server-dual',
    args: ['--http-port', '{port}', '--grpc-port', '{otherPort}'],
    scheme: 'http',
    ready: '/v1/projects/any/secrets',
  },
  suites: {},
  notAsked: [
    'secretmanager: its REST gateway answers every error with status 500 and no code, so that what is absent, exists already or is refused looks like a broken server; its gRPC side is not what the app speaks',
  ],
};
