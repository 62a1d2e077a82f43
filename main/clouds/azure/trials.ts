import { Failure } from '../../domain/failure.ts';
import type { Vault } from '../../domain/item.ts';
import type { Source, TestStep } from '../ports.ts';
import { connectionTrials, runTrials } from '../steps.ts';
import type { AzureSession } from './session.ts';

/** How many vaults are tried before saying that none can be listed. */
const vaultsTried = 5;

/** Tries, step by step, what a sync reads from Azure. Reads no value: it asks for a secret that does not exist. */
export function testKeyVault(session: AzureSession, source: Source, signal: AbortSignal): AsyncIterable<TestStep> {
  const { place, network, signIn, deps } = session;
  const options = { signal, timeoutMs: deps.callTimeoutMs };
  let vaults: Vault[] = [];
  let readable: Vault | undefined;
  const noVault = {
    outcome: 'warning',
    sentence: 'Not tried, because no vault is visible.',
    fix: 'Type the name of a vault when adding a sync; it is tried then.',
  } as const;

  return runTrials(
    [
      ...connectionTrials([place.authority, place.resourceManager], network, options),
      {
        id: 'sign-in',
        title: 'Sign in to Microsoft Entra ID',
        async run() {
          await signIn.token(place.vaultScope);
          return { sentence: 'The application signed in.' };
        },
      },
      {
        id: 'list',
        title: 'List vaults',
        async run() {
          const found = await source.listVaults(signal);
          vaults = found.vaults;
          const refused = found.refused.map(({ subscription }) => subscription).join(', ');
          const missing = refused && ` Not allowed in: ${refused}.`;
          if (vaults.length > 0) {
            const sentence = `${vaults.length} ${vaults.length === 1 ? 'vault' : 'vaults'} found.${missing}`;
            return refused ? { outcome: 'warning', sentence, fix: readerFix } : { sentence };
          }
          return { outcome: 'warning', sentence: `No vault is visible.${missing}`, fix: readerFix };
        },
      },
      {
        id: 'inspect',
        title: 'List secrets',
        async run() {
          if (vaults.length === 0) return noVault;
          const refusals: Failure[] = [];
          for (const vault of vaults.slice(0, vaultsTried)) {
            try {
              await source.listPage(vault.name, undefined, signal);
              readable = vault;
              break;
            } catch (error) {
              if (!(error instanceof Failure) || error.kind !== 'denied') throw error;
              refusals.push(error);
            }
          }
          const [first] = refusals;
          if (!readable) throw first;
          const sentence = `The secrets of the vault ${readable.name} can be listed.`;
          return first
            ? { outcome: 'warning', sentence: `${sentence} ${first.detail.sentence}`, fix: first.detail.fix }
            : { sentence };
        },
      },
      {
        id: 'read',
        title: 'Read secrets',
        async run() {
          if (!readable) return noVault;
          const passed = {
            sentence: `Secrets of the vault ${readable.name} may be read. No value was read to find out.`,
          };
          try {
            await source.read(readable.name, `permission-check-${deps.randomId()}`, signal);
          } catch (error) {
            // Key Vault looks at the permission first: "no such secret" is told only to those who may read.
            if (error instanceof Failure && error.detail.code === 'source-missing') return passed;
            throw error;
          }
          return passed;
        },
      },
    ],
    signal,
  );
}

const readerFix =
  'Give the application the role Reader on the subscription or on the vaults. Vault names can also be typed in.';
