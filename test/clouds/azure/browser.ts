import { request } from 'node:http';
import { send } from '../kernel/request.ts';

/** What the person in front of the browser does: chooses an account, or cancels. */
export type PersonsChoice = { readonly account: string } | 'cancel';

/** The page at which the browser ended up. */
interface LastPage {
  readonly status: number;
  readonly text: string;
}

/**
 * Plays a person with a browser who opens a sign-in page: chooses an account and follows where the page leads, at last
 * to the app that waits on a loopback port. Without a choice the page is only opened. A page that leads nowhere, such as
 * an error of Entra's, is the last.
 */
export async function browse(url: string, caPem: string, choice?: PersonsChoice): Promise<LastPage> {
  const first = await send(url, { caPem });
  if (choice === undefined || first.status !== 200) return await follow(first);
  const links = [...first.text.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => new URL(unescapeHtml(href), url));
  const link = links.find(({ searchParams }) =>
    choice === 'cancel' ? searchParams.has('cancel') : searchParams.get('account') === choice.account,
  );
  return await follow(link === undefined ? first : await send(link.href, { caPem }));
}

async function follow(page: LastPage & { readonly headers: Readonly<Record<string, string>> }): Promise<LastPage> {
  const { location } = page.headers;
  if (page.status === 302 && location !== undefined) return await deliver('GET', location);
  const [, action] = /<form method="POST" action="([^"]+)"/.exec(page.text) ?? [];
  if (action === undefined) return page;
  const fields = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const body = new URLSearchParams(fields.map(([, name = '', value = '']) => [name, unescapeHtml(value)]));
  return await deliver('POST', unescapeHtml(action), body.toString());
}

/** To the app, which listens without TLS, as a loopback address may. */
function deliver(method: string, url: string, body?: string): Promise<LastPage> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function unescapeHtml(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))).replaceAll('&amp;', '&');
}
