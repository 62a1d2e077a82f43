import { describe } from 'vitest';
import { targetServices } from '../../main/domain/service.ts';
import { describeSource } from '../conformance/source.ts';
import { describeTarget } from '../conformance/target.ts';
import { describeApp } from './app.ts';
import { openAwsBed } from './aws-bed.ts';
import { expectDeviations } from './deviations.ts';
import { openGcpBed } from './gcp-bed.ts';
import { openKeyVaultBed } from './key-vault-bed.ts';
import type { Peer, PeerSuite } from './peer.ts';
import { readyPeers } from './peers.ts';

type DescribeSuite = (peer: Peer, at: { readonly origin: string; readonly programs: string }) => void;

const conformance: readonly (readonly [PeerSuite, DescribeSuite])[] = [
  ['secretsmanager', (peer, { origin }) => describeTarget(peer.name, () => openAwsBed(peer, 'secretsmanager', origin))],
  ['parameterstore', (peer, { origin }) => describeTarget(peer.name, () => openAwsBed(peer, 'parameterstore', origin))],
  ['acm', (peer, { origin }) => describeTarget(peer.name, () => openAwsBed(peer, 'acm', origin))],
  ['secretmanager', (peer, { origin }) => describeTarget(peer.name, () => openGcpBed(origin))],
  ['keyvault', (peer, { programs }) => describeSource(peer.name, () => openKeyVaultBed(peer, programs))],
];
const app = targetServices.map((service): readonly [PeerSuite, DescribeSuite] => [
  `app-${service}`,
  (peer, { origin }) => describeApp(peer, service, origin),
]);

for (const { peer, origin, programs } of readyPeers()) {
  if (Object.keys(peer.suites).length === 0) continue;
  describe(peer.name, () => {
    for (const [name, describeSuite] of [...conformance, ...app]) {
      const deviations = peer.suites[name];
      if (deviations === undefined) continue;
      describe(name, () => {
        expectDeviations(deviations);
        describeSuite(peer, { origin: origin ?? '', programs });
      });
    }
  });
}
