import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findElectron } from './electron.mjs';
import { packageApp } from './package.mjs';
import { capture } from './process.mjs';

describe('the packaged app', () => {
  let output: string;
  let packed: Awaited<ReturnType<typeof packageApp>>;
  let electron: Awaited<ReturnType<typeof findElectron>>;

  beforeAll(async () => {
    output = await mkdtemp(join(tmpdir(), 'package-'));
    electron = await findElectron();
    // Starts it with --version and fails unless it tells its own.
    packed = await packageApp(electron, output);
  });
  afterAll(() => rm(output, { recursive: true, force: true }));

  it('runs this app only, whatever its environment and arguments say', async () => {
    const {
      version: _version,
      resetAdHocDarwinSignature: _reset,
      ...wire
    } = await getCurrentFuseWire(packed.executable);
    const [off, on] = ['0', '1'].map((state) => state.charCodeAt(0));
    expect(wire).toMatchObject({
      [FuseV1Options.RunAsNode]: off,
      [FuseV1Options.EnableCookieEncryption]: on,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: off,
      [FuseV1Options.EnableNodeCliInspectArguments]: off,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: on,
      [FuseV1Options.OnlyLoadAppFromAsar]: on,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: off,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: off,
    });
  });

  it('holds the build, the icons and two native modules of this system, and nothing else', async () => {
    const files = listPackage(join(packed.resources, 'app.asar'), { isPack: false }).map((path) =>
      path.replaceAll('\\', '/'),
    );
    const folders = new Set(
      files.flatMap((path) => /^\/(node_modules\/(@[^/]+\/)?[^/@]+|[^/]+)$/.exec(path)?.[1] ?? []),
    );
    expect([...folders].filter((name) => !name.startsWith('node_modules/@libsql/')).sort()).toEqual([
      'dist',
      'main',
      'node_modules',
      'node_modules/@neon-rs/load',
      'node_modules/detect-libc',
      'node_modules/keytar',
      'node_modules/libsql',
      'package.json',
    ]);
    expect(
      files.filter((path) => /^\/main\//.test(path) && !/^\/main\/desktop(\/icons(\/\w+(@2x)?\.png)?)?$/.test(path)),
    ).toEqual([]);
    expect(files.filter((path) => path.endsWith('.png'))).toHaveLength(5);
    const binaries = files.filter((path) => path.endsWith('.node'));
    expect(binaries).toHaveLength(2);
    for (const path of binaries) expect(path).toContain(`${process.platform}-${process.arch}`);
    expect(files.filter((path) => /\.(map|ts)$/.test(path))).toEqual([]);
    expect(await readdir(packed.resources)).not.toContain('default_app.asar');
  });

  it('can load both from where it is packed', async () => {
    const modules = join(packed.resources, 'app.asar', 'node_modules');
    const script = `
      const [Database, keytar] = ['libsql', 'keytar'].map((name) => require(require('path').join(process.argv[1], name)));
      console.log(new Database(':memory:').prepare('select 40 + 2 as sum').get().sum, typeof keytar.getPassword);`;
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    expect(await capture(electron.executable, ['-e', script, modules], env)).toEqual({
      code: 0,
      output: '42 function\n',
    });
  });
});
