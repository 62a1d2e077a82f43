// @ts-check
// Packed into the fallback runtime as resources/default_app.asar: does what the official default app does with the
// folder of an app that Electron is started with. A module that awaits the app's own: Electron holds back `ready` until
// its first module has run, and an app has things to do before that.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const given = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (given === undefined) {
  process.stderr.write('Usage: electron <folder of an app>\n');
  process.exit(2);
}
const folder = resolve(given);
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
app.setName(manifest.productName ?? manifest.name);
// Made for the default app alone, and so not in Electron's own types.
const internal = /** @type {{ setVersion(version: string): void, setAppPath(path: string): void }} */ (
  /** @type {unknown} */ (app)
);
internal.setVersion(manifest.version);
internal.setAppPath(folder);
try {
  await import(pathToFileURL(join(folder, manifest.main ?? 'index.js')).href);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
}
