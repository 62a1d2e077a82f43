import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { protocol, type Session } from 'electron';

const appScheme = 'app';
export const appOrigin = `${appScheme}://bundle`;

/**
 * Nothing but our own files, no inline script, no connection anywhere: the window talks to main and to nobody else.
 * Mantine sets element styles at run time, so styles may be inline.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Must run before Electron is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: appScheme, privileges: { standard: true, secure: true } }]);
}

/** Serves the built renderer, and no file outside it, under `app://bundle/`. */
export function serveRenderer(session: Session, directory: string): void {
  session.protocol.handle(appScheme, async ({ url }) => {
    const { host, pathname } = new URL(url);
    const file = normalize(join(directory, decodeURIComponent(pathname)));
    const mediaType = mediaTypes[extname(file)];
    if (host !== 'bundle' || !file.startsWith(directory + sep) || mediaType === undefined) return notFound();
    try {
      const body = new Uint8Array(await readFile(file));
      return new Response(body, {
        headers: {
          'content-type': mediaType,
          'content-security-policy': contentSecurityPolicy,
          'x-content-type-options': 'nosniff',
          'cross-origin-opener-policy': 'same-origin',
        },
      });
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return notFound();
      throw thrown;
    }
  });
}

function notFound(): Response {
  return new Response('not found', { status: 404 });
}
