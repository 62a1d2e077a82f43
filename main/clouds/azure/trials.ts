import { Failure } from '../../domain/failure.ts';
import type { SourceKind, Vault } from '../../domain/item.ts';
import type { Source, TestStep } from '../ports.ts';
import { connectionTrials, runTrials, unlessDenied } from '../steps.ts';
import type { AzureSession } from './session.ts';

/** How many vaults are tried before saying that none can be listed. */
const vaultsTried = 5;

const secretsOnly = 'Secrets can be synced, certificates cannot.';

/**
 * Tries, step by step, what a sync reads from Azure. Reads no value: it asks for items that do not exist. What is missing
 * for certificates alone is a warning, because secrets sync without it.
 */
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
  const list = (vault: Vault, kind: SourceKind) => source.listPage(vault.name, kind, undefined, signal);
  const madeUp = () => `permission-check-${deps.randomId()}`;

  return runTrials(
    [
      ...connectionTrials([place.authority, place.resourceManager], network, options),
      {
        id: 'sign-in',
        title: 'Sign in to Microsoft Entra ID',
        async run() {
          const { who, expiresOn } = await signIn.token(place.vaultScope);
          return {
            sentence: `${who} signed in. This sign-in is good until ${minute(expiresOn)}, then it renews itself.`,
          };
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
              await list(vault, 'secret');
              readable = vault;
              break;
            } catch (error) {
              refusals.push(denial(error));
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
          const { name: vault } = readable;
          const passed = { sentence: `Secrets of the vault ${vault} may be read. No value was read to find out.` };
          try {
            await source.read({ kind: 'secret', vault, name: madeUp() }, signal);
          } catch (error) {
            // Key Vault looks at the permission first: "no such secret" is told only to those who may read.
            if (error instanceof Failure && error.detail.code === 'source-missing') return passed;
            throw error;
          }
          return passed;
        },
      },
      {
        id: 'list-certificates',
        title: 'List certificates',
        async run() {
          if (!readable) return noVault;
          const vault = readable;
          const sentence = `The certificates of the vault ${vault.name} can be listed.`;
          return unlessDenied(list(vault, 'certificate'), sentence, secretsOnly);
        },
      },
      {
        id: 'read-certificates',
        title: 'Read certificates',
        async run() {
          if (!readable) return noVault;
          const { name } = readable;
          // Their private keys are secrets, which may be read as the step before last found out.
          const sentence = `Certificates of the vault ${name} may be read, with their private keys. None was read to find out.`;
          return unlessDenied(source.describeCertificate(name, madeUp(), signal), sentence, secretsOnly);
        },
      },
    ],
    signal,
  );
}

/** The error, if it is that somebody may not do this; any other is thrown on. */
function denial(error: unknown): Failure {
  if (error instanceof Failure && error.kind === 'denied') return error;
  throw error;
}

function minute(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const readerFix =
  'Give the application or person the role Reader on the subscription or on the vaults. Vault names can also be typed in.';
