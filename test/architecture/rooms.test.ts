import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../runtime/process.mjs';
import type { SourceFile } from './imports.ts';
import { breaches } from './rooms.ts';

describe('the sources', () => {
  const files = ['main', 'preload', 'renderer'].flatMap(sources);

  it('are found', () => {
    expect(files.map((file) => file.path)).toEqual(
      expect.arrayContaining(['main/index.ts', 'main/engine/index.ts', 'preload/index.ts', 'renderer/main.tsx']),
    );
  });

  it('keep to the rooms of the design', () => {
    expect(breaches(files)).toEqual([]);
  });
});

function sources(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(root.length).replaceAll('\\', '/'), source: readFileSync(path, 'utf8') }));
}

describe('a breach', () => {
  it.each([
    ['domain reads a file', 'main/domain/item.ts', "import { readFile } from 'node:fs';"],
    ['domain reads a file by the old name', 'main/domain/item.ts', "import 'fs';"],
    ['domain looks at the clock', 'main/domain/plan.ts', 'export const at = Date.now();'],
    ['domain makes a date of now', 'main/domain/plan.ts', 'export const at = new Date();'],
    ['domain throws dice', 'main/domain/plan.ts', 'export const x = Math.random();'],
    ['domain calls the web', 'main/domain/plan.ts', "export const x = fetch('https://example.com');"],
    ['domain uses a package', 'main/domain/item.ts', "import { z } from 'zod';"],
    ['domain knows the engine', 'main/domain/item.ts', "import type { Run } from '../engine/index.ts';"],
    ['a cloud knows another', 'main/clouds/aws/target.ts', "import { x } from '../azure/source.ts';"],
    ['a cloud knows the engine', 'main/clouds/aws/target.ts', "import { x } from '../../engine/retry.ts';"],
    ['a cloud knows the store', 'main/clouds/azure/source.ts', "import type { X } from '../../store/ports.ts';"],
    ['a cloud knows the registry', 'main/clouds/azure/source.ts', "import { x } from '../registry.ts';"],
    ['a cloud uses Electron', 'main/clouds/azure/source.ts', "import { net } from 'electron';"],
    ["a cloud uses another's SDK", 'main/clouds/azure/source.ts', "import { x } from '@aws-sdk/client-sts';"],
    ['a port uses an SDK', 'main/clouds/ports.ts', "import type { X } from '@azure/core-auth';"],
    ['the registry loads a cloud at once', 'main/clouds/registry.ts', "import { x } from './aws/target.ts';"],
    ['the engine uses an SDK', 'main/engine/apply.ts', "const { x } = await import('@aws-sdk/client-ssm');"],
    ["the engine uses an SDK's type", 'main/engine/apply.ts', "import type { X } from '@aws-sdk/client-ssm';"],
    ["the engine uses an SDK's type in place", 'main/engine/apply.ts', "let x: import('@aws-sdk/client-ssm').X;"],
    ['the engine names a cloud', 'main/engine/apply.ts', "import { x } from '../clouds/aws/target.ts';"],
    ['the engine names the registry', 'main/engine/apply.ts', "import { x } from '../clouds/registry.ts';"],
    ['the engine reaches into the store', 'main/engine/apply.ts', "export * from '../store/database.ts';"],
    ['the engine uses Electron', 'main/engine/run.ts', "export { powerMonitor } from 'electron/main';"],
    ['the scheduler passes the entry by', 'main/scheduler/index.ts', "import { x } from '../engine/apply.ts';"],
    ['the scheduler knows a cloud', 'main/scheduler/index.ts', "import { x } from '../clouds/ports.ts';"],
    ['the scheduler knows a door', 'main/scheduler/index.ts', "import { x } from '../doors/ipc/index.ts';"],
    ['the store knows the engine', 'main/store/database.ts', "import type { X } from '../engine/index.ts';"],
    ['the store knows the desktop', 'main/store/database.ts', "import { x } from '../desktop/tray.ts';"],
    ['operations use an SDK', 'main/operations/sync.ts', "import { x } from '@azure/msal-node';"],
    ['operations know a door', 'main/operations/sync.ts', "import { x } from '../doors/ipc/index.ts';"],
    ['operations know the desktop', 'main/operations/sync.ts', "import { x } from '../desktop/window.ts';"],
    ['a door passes operations by', 'main/doors/ipc/index.ts', "import { x } from '../../engine/index.ts';"],
    ['a door reaches the store', 'main/doors/ipc/index.ts', "import type { X } from '../../store/ports.ts';"],
    ['an unlisted door', 'main/doors/rest/index.ts', 'export {};'],
    ['the desktop passes operations by', 'main/desktop/tray.ts', "import { x } from '../engine/index.ts';"],
    ['the desktop uses an SDK', 'main/desktop/tray.ts', "import { x } from '@azure/msal-node';"],
    ['the contract uses Node', 'preload/contract/views.ts', "import { join } from 'node:path';"],
    ['the contract uses Electron', 'preload/contract/views.ts', "import { ipcRenderer } from 'electron';"],
    ['the contract knows main', 'preload/contract/views.ts', "import type { X } from '../../main/domain/item.ts';"],
    ['the contract knows the renderer', 'preload/contract/views.ts', "import '../../renderer/main.tsx';"],
    ['the preload script uses Node', 'preload/index.ts', "import { readFileSync } from 'node:fs';"],
    ['the renderer uses Electron', 'renderer/app/App.tsx', "import { ipcRenderer } from 'electron';"],
    ['the renderer uses Node', 'renderer/bridge/call.ts', "import { readFile } from 'node:fs/promises';"],
    ['the renderer knows main', 'renderer/app/Sidebar.tsx', "import { product } from '../../main/product.ts';"],
    [
      "a component runs the contract's code",
      'renderer/components/Tag.tsx',
      "import { x } from '../../preload/contract/views.ts';",
    ],
    ['a component uses the bridge', 'renderer/components/Tag.tsx', "import { useX } from '../bridge/hooks.ts';"],
    ['a component knows a screen', 'renderer/components/Tag.tsx', "import { X } from '../screens/a/A.tsx';"],
    ['a screen reads the exposed API', 'renderer/screens/a/A.tsx', 'window.certifyclouds.onEvent(() => {});'],
    ['a screen takes it apart', 'renderer/screens/a/A.tsx', 'const { certifyclouds } = window;'],
    ['a screen looks it up', 'renderer/screens/a/A.tsx', "Reflect.get(window, 'certifyclouds');"],
    ['React in main', 'main/desktop/window.ts', "import 'react';"],
    ['an unlisted package', 'renderer/app/App.tsx', "import _ from 'lodash';"],
    ['the windowless root uses Electron', 'main/compose.ts', "import { app } from 'electron';"],
    ['the windowless root opens a window', 'main/compose.ts', "import { x } from './desktop/window.ts';"],
    ['a room of nobody', 'main/helpers/x.ts', 'export {};'],
    ['a file beside the rooms', 'main/helpers.ts', 'export {};'],
    ['an import of a room of nobody', 'main/index.ts', "import x from '../test/x.ts';"],
    ['a require', 'main/engine/apply.ts', "const x = require('keytar');"],
    ['a require that is assigned', 'main/engine/apply.ts', "import x = require('keytar');"],
    ['a require that is made', 'main/store/database.ts', "import { createRequire } from 'node:module';"],
    ['a computed import', 'main/store/database.ts', 'const name = String(1); await import(name);'],
    ['a computed require', 'main/store/database.ts', "require('key' + 'tar');"],
    ['a template of an import', 'main/engine/apply.ts', 'await import(`keytar`);'],
    ['code from text', 'main/store/database.ts', "new Function('return 1')();"],
  ])('is seen: %s', (_what, path, source) => {
    expect(breaches([{ path, source }])).toEqual([expect.stringContaining(path)]);
  });

  it('is seen: rooms in a circle', () => {
    const files = [
      { path: 'main/engine/apply.ts', source: "import { x } from '../domain/plan.ts';" },
      { path: 'main/domain/plan.ts', source: "import type { X } from '../engine/apply.ts';" },
    ];
    expect(breaches(files)).toContainEqual(expect.stringContaining('main/engine → main/domain → main/engine'));
  });

  it('stops the check when a file cannot be read', () => {
    expect(() => breaches([{ path: 'main/index.ts', source: 'import {' }])).toThrow('main/index.ts');
  });
});

describe('what the design allows', () => {
  it.each([
    [
      'the composition root takes from everywhere',
      'main/index.ts',
      "import { app } from 'electron'; import './store/database.ts'; import './doors/ipc/index.ts';",
    ],
    [
      'domain dates a given time',
      'main/domain/plan.ts',
      'export const day = (at: number) => new Date(at).getUTCDay();',
    ],
    [
      'a property may have any name',
      'main/domain/plan.ts',
      'export const x = (a: { process: number }) => ({ fetch: a.process });',
    ],
    [
      'a cloud uses its own SDK',
      'main/clouds/aws/target.ts',
      "import { x } from '@aws-sdk/client-sts'; import '../ports.ts'; import '../../domain/item.ts';",
    ],
    [
      'the registry loads a cloud on demand',
      'main/clouds/registry.ts',
      "export const aws = () => import('./aws/target.ts');",
    ],
    [
      'the engine uses the ports',
      'main/engine/apply.ts',
      "import type { T } from '../clouds/ports.ts'; import type { S } from '../store/ports.ts';",
    ],
    [
      'the store uses its libraries',
      'main/store/database.ts',
      "import Database from 'libsql'; import { join } from 'node:path';",
    ],
    ['a room imports itself', 'main/engine/apply.ts', "import { x } from './retry.ts';"],
    ['the desktop brings its pictures', 'main/desktop/tray.ts', "import icon from './icons/tray.png?asset';"],
    [
      "a form checks by the contract's schemas",
      'renderer/screens/a/A.tsx',
      "import { awsSettings } from '../../../preload/contract/views.ts';",
    ],
    ['a style sheet of a package', 'renderer/main.tsx', "import '@mantine/core/styles.css';"],
  ])('%s', (_what, path, source) => {
    expect(breaches([{ path, source }])).toEqual([]);
  });
});
