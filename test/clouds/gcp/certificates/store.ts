import { randomBytes, randomUUID } from 'node:crypto';
import type { GcpFailure } from '../failure.ts';
import type { Projects } from '../projects.ts';
import type { Material } from './material.ts';

export type Scope = 'DEFAULT' | 'EDGE_CACHE' | 'ALL_REGIONS';

export interface Certificate {
  /** `projects/ID/locations/LOCATION/certificates/ID` */
  readonly name: string;
  readonly scope: Scope;
  readonly createdAt: number;
  updatedAt: number;
  description: string;
  labels: Readonly<Record<string, string>>;
  material: Material;
  /** A map entry or a proxy serves it. */
  used: boolean;
}

/** A long-running operation: https://google.aip.dev/151 */
export interface Operation {
  readonly name: string;
  readonly createdAt: number;
  readonly target: string;
  readonly verb: 'create' | 'update' | 'delete';
  /** How often it will still say that it isn't done. */
  pollsLeft: number;
  endedAt: number | undefined;
  /** What became of it. */
  readonly outcome: { readonly response: object } | { readonly error: GcpFailure };
}

/** How the service treats what was asked for. */
interface Habits {
  /** How often an operation says that it isn't done. The change itself has taken effect when the operation begins. */
  pollsBeforeDone: number;
  /** Where a bad certificate is refused: at once, or by the operation. Both are seen with Google's operations. */
  refusal: 'request' | 'operation';
}

/** The certificates and operations of all projects and locations. */
export class CertificateStore {
  readonly habits: Habits = { pollsBeforeDone: 0, refusal: 'request' };
  private readonly certificates = new Map<string, Certificate>();
  private readonly operations = new Map<string, Operation>();

  get(name: string): Certificate | undefined {
    return this.certificates.get(name);
  }

  add(
    name: string,
    given: Pick<Certificate, 'material'> & Partial<Pick<Certificate, 'scope' | 'labels' | 'description'>>,
    now: number,
  ): Certificate {
    const fresh = { scope: 'DEFAULT', labels: {}, description: '', used: false } as const;
    const certificate: Certificate = { ...fresh, ...given, name, createdAt: now, updatedAt: now };
    this.certificates.set(name, certificate);
    return certificate;
  }

  remove(name: string): void {
    this.certificates.delete(name);
  }

  /** @param parent `projects/ID/locations/LOCATION`; the location `-` stands for all of them */
  list(parent: string): Certificate[] {
    return sortedBelow(this.certificates.values(), parent);
  }

  begin(
    parent: string,
    target: string,
    verb: Operation['verb'],
    outcome: Operation['outcome'],
    now: number,
  ): Operation {
    const operation: Operation = {
      name: `${parent}/operations/operation-${now}-${randomUUID().slice(0, 13)}-${randomBytes(4).toString('hex')}`,
      createdAt: now,
      target,
      verb,
      pollsLeft: this.habits.pollsBeforeDone,
      endedAt: undefined,
      outcome,
    };
    this.operations.set(operation.name, operation);
    return operation;
  }

  /** Asks an operation how it is getting on, which brings it forward. */
  poll(name: string, now: number): Operation | undefined {
    const operation = this.operations.get(name);
    if (operation === undefined || operation.endedAt !== undefined) return operation;
    if (operation.pollsLeft === 0) operation.endedAt = now;
    else operation.pollsLeft -= 1;
    return operation;
  }

  listOperations(parent: string): Operation[] {
    return sortedBelow(this.operations.values(), parent);
  }
}

/** The name with the project's id. @throws if it is no certificate's name, or its project isn't there */
export function readName(name: string, projects: Projects): string {
  const parts = /^projects\/([^/]+)(\/locations\/[^/]+\/certificates\/[^/]+)$/.exec(name);
  if (parts === null) throw new Error(`${name} is not the name of a certificate`);
  return `projects/${projects.need(parts[1] ?? '').id}${parts[2]}`;
}

function sortedBelow<Item extends { readonly name: string }>(items: Iterable<Item>, parent: string): Item[] {
  const below = parent.endsWith('/locations/-') ? parent.slice(0, -1) : `${parent}/`;
  return [...items].filter(({ name }) => name.startsWith(below)).sort((a, b) => (a.name < b.name ? -1 : 1));
}
