import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path/posix';
import { bridgeKey } from '../../preload/contract/bridge.ts';
import { type Import, type Parsed, parse, type SourceFile } from './imports.ts';

/** What the files of a room may import; a room's own files may always import each other. */
interface Room {
  readonly files: RegExp;
  /** Files of other rooms. */
  readonly may?: readonly RegExp[];
  /** Files of other rooms, for their types alone. */
  readonly mayTypes?: readonly RegExp[];
  /** Files of other rooms, when they are needed and not before. */
  readonly mayLazily?: readonly RegExp[];
  /** Packages by name, or every package of a scope: '@mantine/'. */
  readonly packages?: readonly string[];
  /** Node's own modules: all, or those named. */
  readonly node?: true | readonly string[];
  /** Reads no clock, no chance and nothing outside, with or without an import. */
  readonly pure?: true;
}

const domain = /^main\/domain\//;
const product = /^main\/product\.ts$/;
const contract = /^preload\/contract\//;
/** What every cloud builds on, and what opens them by name: the second knows the clouds, the first doesn't. */
const cloudShared = /^main\/clouds\/(?!(registry|session|trial|names|policies)\.ts$)[^/]+\.ts$/;
const cloudOpening = /^main\/clouds\/(registry|session|trial)\.ts$/;
/** What every cloud knows of names and policies without its SDK. */
const cloudTexts = /^main\/clouds\/(names|policies)\.ts$/;
const certificates = /^main\/certificates\//;
const azure = /^main\/clouds\/azure\//;
const aws = /^main\/clouds\/aws\//;
const gcp = /^main\/clouds\/gcp\//;
const engine = /^main\/engine\//;
const scheduler = /^main\/scheduler\//;
const store = /^main\/store\//;
const operations = /^main\/operations\//;
const reports = /^main\/reports\//;
const ipc = /^main\/doors\/ipc\//;
const desktop = /^main\/desktop\//;
const bridge = /^renderer\/bridge\//;
const components = /^renderer\/components\//;

const look = ['react', '@mantine/', '@tabler/icons-react'];

/** The table "Who may import whom" of the design, room by room. A file in none of them is a breach too. */
const rooms: Readonly<Record<string, Room>> = {
  'main/index.ts': {
    files: /^main\/index\.ts$/,
    may: [/^main\//, contract],
    packages: ['electron'],
    node: true,
  },
  // The part of the composition root that needs no window, so that it runs under plain Node too.
  'main/compose.ts': {
    files: /^main\/compose\.ts$/,
    may: [
      domain,
      product,
      certificates,
      cloudShared,
      cloudOpening,
      cloudTexts,
      engine,
      scheduler,
      store,
      operations,
      contract,
    ],
    node: true,
  },
  'main/product.ts': { files: product, pure: true },
  'main/domain': { files: domain, may: [product], pure: true },
  // Takes certificate bundles apart and puts them together: no cloud's business, and every cloud's.
  'main/certificates': {
    files: certificates,
    may: [domain, product],
    packages: ['node-forge'],
    node: ['crypto'],
  },
  'main/clouds': { files: cloudShared, may: [domain, product], packages: ['zod'], node: true },
  'main/clouds/registry.ts': {
    files: cloudOpening,
    may: [domain, product, cloudShared],
    mayTypes: [azure, aws, gcp],
    mayLazily: [azure, aws, gcp],
  },
  'main/clouds/names.ts': {
    files: cloudTexts,
    may: [domain, /^main\/clouds\/(aws|gcp)\/(names|policy)\.ts$/, /^main\/clouds\/azure\/roles\.ts$/],
  },
  'main/clouds/azure': {
    files: azure,
    may: [domain, product, certificates, cloudShared],
    packages: ['@azure/', 'zod'],
    node: true,
  },
  'main/clouds/aws': {
    files: aws,
    may: [domain, product, certificates, cloudShared],
    packages: ['@aws-sdk/', '@smithy/', 'zod'],
    node: true,
  },
  'main/clouds/gcp': {
    files: gcp,
    may: [domain, product, certificates, cloudShared],
    packages: ['@google-cloud/', 'google-auth-library', 'google-gax', 'zod'],
    node: true,
  },
  'main/engine': {
    files: engine,
    may: [domain, product, certificates, /^main\/clouds\/ports\.ts$/, /^main\/store\/ports\.ts$/],
    packages: ['p-map'],
    node: ['crypto', 'events', 'timers/promises'],
  },
  'main/scheduler': {
    files: scheduler,
    may: [domain, product, /^main\/engine\/index\.ts$/],
    packages: ['node-cron', 'croner', 'cronstrue'],
  },
  'main/store': {
    files: store,
    may: [domain, product],
    packages: ['libsql', 'keytar', 'electron-store', 'zod'],
    node: true,
  },
  // Files for people and auditors: what is given to it, and nothing it could look up.
  'main/reports': {
    files: reports,
    may: [domain, product, /^main\/store\/failures\.ts$/],
    mayTypes: [/^main\/store\/ports\.ts$/],
    packages: ['csv-stringify', 'pdfkit'],
    node: ['crypto', 'events', 'fs/promises', 'timers/promises'],
  },
  'main/operations': {
    files: operations,
    may: [domain, product, engine, scheduler, store, reports, contract],
    mayTypes: [/^main\/clouds\/(call|ports)\.ts$/],
    node: ['crypto', 'timers/promises'],
  },
  'main/doors/ipc': {
    files: ipc,
    may: [product, contract, operations],
    packages: ['electron'],
    node: ['events'],
  },
  'main/desktop': { files: desktop, may: [product, operations], packages: ['electron'], node: true },
  'preload/contract': { files: contract, packages: ['zod'] },
  'preload/index.ts': { files: /^preload\/index\.ts$/, may: [contract], packages: ['electron'] },
  'renderer/bridge': { files: bridge, may: [contract], packages: ['react', '@tanstack/react-query'] },
  'renderer/components': {
    files: components,
    mayTypes: [contract, bridge],
    packages: [...look, '@tanstack/react-table', '@tanstack/react-virtual'],
  },
  renderer: {
    files: /^renderer\/(main\.tsx$|app\/|screens\/)/,
    // Forms check what is typed by the very schemas that main parses it with.
    may: [bridge, components, contract],
    packages: [...look, '@tanstack/', 'react-dom', 'zod'],
  },
};

/**
 * Walks the imports of the product's sources.
 * @returns a sentence for every breach of the rules above, and for every circle of rooms; none means all is well
 * @throws {Error} when a file can't be parsed
 */
export function breaches(files: readonly SourceFile[]): string[] {
  const found: string[] = [];
  const edges = new Map<string, Set<string>>();
  for (const file of files) {
    const name = roomOf(file.path);
    const room = name === undefined ? undefined : rooms[name];
    if (name === undefined || room === undefined) {
      found.push(`${file.path} is in no room`);
      continue;
    }
    const parsed = parse(file);
    found.push(...ownBreaches(file.path, room, parsed));
    for (const one of parsed.imports) {
      const target = targetOf(file.path, one.specifier);
      if (!('path' in target)) {
        if (!mayUse(room, target)) found.push(`${file.path} imports ${one.specifier}, which ${name} may not`);
        continue;
      }
      const other = roomOf(target.path);
      if (other === name) continue;
      if (other === undefined) found.push(`${file.path} imports ${target.path}, which is in no room`);
      else if (!mayReach(room, target.path, one.kind))
        found.push(`${file.path} imports ${target.path} (${one.kind}), which ${name} may not`);
      if (other !== undefined) edges.set(name, (edges.get(name) ?? new Set()).add(other));
    }
  }
  return [...found, ...circles(edges)];
}

function roomOf(path: string): string | undefined {
  return Object.entries(rooms).find(([, { files }]) => files.test(path))?.[0];
}

/** What a file breaks without the help of another. */
function ownBreaches(path: string, room: Room, { opaque, ambient, mentions }: Parsed): string[] {
  const readsBridge = path.startsWith('renderer/') && !bridge.test(path) && mentions.has(bridgeKey);
  return [
    ...(readsBridge ? [`${path} reads the exposed API, which only renderer/bridge may`] : []),
    ...opaque.map((what) => `${path} loads by ${what} what can't be told from its text`),
    ...(room.pure ? [...ambient].map((what) => `${path} uses ${what}, which isn't pure`) : []),
  ];
}

type Target = { readonly path: string } | { readonly node: string } | { readonly package: string };

/** What an import names: a file by its path, a module of Node's, or a package by its name without what follows. */
function targetOf(from: string, specifier: string): Target {
  const [bare = ''] = specifier.split('?');
  if (bare.startsWith('.') || bare.startsWith('/'))
    return { path: bare.startsWith('/') ? bare : join(dirname(from), bare) };
  if (isBuiltin(bare)) return { node: bare.replace(/^node:/, '') };
  const parts = bare.split('/');
  return { package: parts.slice(0, bare.startsWith('@') ? 2 : 1).join('/') };
}

function mayUse(room: Room, target: Exclude<Target, { path: string }>): boolean {
  if ('node' in target) return room.node === true || (room.node?.includes(target.node) ?? false);
  return (room.packages ?? []).some((name) =>
    name.endsWith('/') ? target.package.startsWith(name) : target.package === name,
  );
}

function mayReach(room: Room, path: string, kind: Import['kind']): boolean {
  const allowed = [
    ...(room.may ?? []),
    ...(kind === 'type' ? (room.mayTypes ?? []) : []),
    ...(kind === 'dynamic' ? (room.mayLazily ?? []) : []),
  ];
  return allowed.some((pattern) => pattern.test(path));
}

/** @returns a sentence for each way round through rooms that import each other */
function circles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (room: string, trail: readonly string[]) => {
    const start = trail.indexOf(room);
    if (start >= 0) found.push(`rooms import each other in a circle: ${[...trail.slice(start), room].join(' → ')}`);
    if (start >= 0 || done.has(room)) return;
    for (const next of edges.get(room) ?? []) visit(next, [...trail, room]);
    done.add(room);
  };
  for (const room of edges.keys()) visit(room, []);
  return found;
}
