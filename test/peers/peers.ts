import { z } from 'zod';
import { azureKeyVaultEmulator } from './azure-keyvault-emulator.ts';
import { drongo } from './drongo.ts';
import { gcpSecretManagerEmulator } from './gcp-secret-manager-emulator.ts';
import { lowkeyVault } from './lowkey-vault.ts';
import { ministack } from './ministack.ts';
import { moto } from './moto.ts';
import type { Peer, ReadyPeer } from './peer.ts';

/** Every peer that is known, whether its registry has it or not. */
export const peers: readonly Peer[] = [
  moto,
  ministack,
  drongo,
  gcpSecretManagerEmulator,
  lowkeyVault,
  azureKeyVaultEmulator,
];

const ready = z.array(z.strictObject({ name: z.string(), origin: z.string().nullable(), programs: z.string() }));

/** The peers that the runner made ready, as it hands them to the suites. */
export function readyPeers(): (Omit<ReadyPeer, 'name'> & { readonly peer: Peer })[] {
  const found = ready.parse(JSON.parse(process.env['PEERS'] ?? '[]'));
  return found.flatMap(({ name, ...at }) =>
    peers.filter((peer) => peer.name === name).map((peer) => ({ peer, ...at })),
  );
}
