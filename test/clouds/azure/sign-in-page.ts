import type { CloudReply } from '../kernel/types.ts';
import type { User } from './directory.ts';
import { EntraRefusal, noApp, noTenant, traced } from './entra-reply.ts';
import { delegatedScope } from './scopes.ts';
import { type BrowserRequest, type BrowserSignIn, type DeviceSignIn, matchesRedirect } from './sign-ins.ts';
import { clientInfo, type EntraWorld } from './token-endpoint.ts';

/**
 * What a person sees in the browser: a page to choose an account on (there are no passwords here), which asks again
 * every second whether whoever owns the stand-in has answered, and in the end the answer for the app.
 */
export function authorize(world: EntraWorld, tenantName: string, query: URLSearchParams): CloudReply {
  const { directory, signIns, resources, desk } = world;
  const tenant = directory.findTenant(tenantName);
  if (tenant === undefined) return errorPage(noTenant(tenantName, 'invalid_request'), desk.now());
  const clientId = query.get('client_id') ?? '';
  const app = tenant.apps.get(clientId.toLowerCase());
  if (app === undefined) return errorPage(noApp(clientId, tenant), desk.now());
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!app.redirects.some(({ uri }) => matchesRedirect(uri, redirectUri))) {
    const text =
      `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for ` +
      `the application '${app.clientId}'. Make sure the redirect URI sent in the request matches one added to your ` +
      'application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how ' +
      'to troubleshoot this.';
    return errorPage(new EntraRefusal(400, 'invalid_request', 50011, text), desk.now());
  }
  const request = readRequest(query, redirectUri);
  try {
    if (query.get('response_type') !== 'code') {
      const text = `response_type '${query.get('response_type') ?? ''}' is not enabled for the application.`;
      throw new EntraRefusal(400, 'unsupported_response_type', 700054, text);
    }
    const scope = delegatedScope(query.get('scope'), resources, tenant);
    return accountPage(signIns.startBrowser({ tenant, app, scope }, request));
  } catch (error) {
    if (error instanceof EntraRefusal) return refuseApp(request, error, desk.now());
    throw error;
  }
}

/** The page of a sign-in after `account` or `cancel` was chosen, or when it asks again. */
export function continueSignIn({ signIns, desk }: EntraWorld, query: URLSearchParams): CloudReply {
  const signIn = signIns.find(query.get('id') ?? '');
  if (signIn === undefined) return page('This sign-in is over', '<p>Start again in the app.</p>');
  if (signIn.answer === undefined) {
    const user = signIn.tenant.users.get((query.get('account') ?? '').toLowerCase());
    if (user?.enabled === false) {
      return errorPage(new EntraRefusal(400, 'invalid_grant', 50057, 'The user account is disabled.'), desk.now());
    }
    if (query.has('cancel')) signIn.answer = 'denied';
    else if (user === undefined) return accountPage(signIn);
    else signIn.answer = user;
  }
  if (signIn.kind === 'device') {
    const outcome = signIn.answer === 'denied' ? 'You declined' : `You have signed in as ${signIn.answer.userName}`;
    return page(outcome, `<p>to ${escapeHtml(signIn.app.name)} on your device. You may now close this window.</p>`);
  }
  if (signIn.answer !== 'denied')
    return answerApp(signIn.request, codeAnswer(signIns.issueCode(signIn, signIn.answer), signIn, signIn.answer));
  const text = 'User declined to consent to access the app.';
  return refuseApp(signIn.request, new EntraRefusal(400, 'access_denied', 65004, text), desk.now(), 'cancel');
}

/** Where a person types the code that a device shows. */
export function devicePage({ signIns }: EntraWorld, query: URLSearchParams): CloudReply {
  const code = query.get('otc')?.trim().toUpperCase();
  const signIn = code === undefined ? undefined : signIns.find(code);
  if (signIn?.kind === 'device') return accountPage(signIn);
  const complaint = code === undefined ? '' : '<p>That code did not work. Check the code and try again.</p>';
  return page('Enter code', `${complaint}<form><input name="otc" autofocus><button>Next</button></form>`);
}

function readRequest(query: URLSearchParams, redirectUri: string): BrowserRequest {
  const optional = (name: string) => query.get(name) ?? undefined;
  const [state, nonce, challenge] = [optional('state'), optional('nonce'), optional('code_challenge')];
  const method = query.get('code_challenge_method') === 'S256' ? 'S256' : 'plain';
  return {
    redirectUri,
    responseMode: query.get('response_mode') === 'form_post' ? 'form_post' : 'query',
    clientInfo: query.get('client_info') === '1',
    ...(state === undefined ? {} : { state }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(challenge === undefined ? {} : { challenge: { value: challenge, method } }),
  };
}

function codeAnswer(code: string, { request, tenant }: BrowserSignIn, user: User): Record<string, string> {
  return { code, ...(request.clientInfo ? { client_info: clientInfo(user, tenant) } : {}) };
}

function refuseApp(request: BrowserRequest, refusal: EntraRefusal, now: number, subcode?: string): CloudReply {
  const { description } = traced(refusal.code, refusal.message, now);
  const more = subcode === undefined ? {} : { error_subcode: subcode };
  return answerApp(request, { error: refusal.error, ...more, error_description: description });
}

/** Sends the browser back to the app, with the answer in the address or in the body. */
function answerApp({ redirectUri, responseMode, state }: BrowserRequest, given: Record<string, string>): CloudReply {
  const fields = { ...given, ...(state === undefined ? {} : { state }) };
  if (responseMode === 'query') {
    const location = new URL(redirectUri);
    for (const [name, value] of Object.entries(fields)) location.searchParams.set(name, value);
    return { status: 302, headers: { location: location.href, 'cache-control': 'no-store' } };
  }
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
  );
  const form = `<form method="POST" action="${escapeHtml(redirectUri)}">${inputs.join('')}<button>Continue</button></form>`;
  return page('Working...', `${form}<script>document.forms[0].submit()</script>`);
}

function accountPage({ id, tenant, app }: BrowserSignIn | DeviceSignIn): CloudReply {
  const base = `/${tenant.id}/login?id=${id}`;
  const accounts = [...tenant.users.values()].map(
    ({ userName }) =>
      `<li><a href="${base}&amp;account=${encodeURIComponent(userName)}">${escapeHtml(userName)}</a></li>`,
  );
  const body = `<p>to continue to ${escapeHtml(app.name)}</p><ul>${accounts.join('')}</ul><a href="${base}&amp;cancel=1">Cancel</a>`;
  return page('Pick an account', `<meta http-equiv="refresh" content="1;url=${base}">${body}`);
}

/** Where nothing can be sent to the app, the person reads it. */
function errorPage({ code, message }: EntraRefusal, now: number): CloudReply {
  return page(
    'Sorry, but we’re having trouble signing you in.',
    `<p>${escapeHtml(traced(code, message, now).description)}</p>`,
  );
}

function page(title: string, body: string): CloudReply {
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
  const heading = escapeHtml(title);
  return {
    status: 200,
    headers,
    body: `<!doctype html><html lang="en"><title>${heading}</title><body><h1>${heading}</h1>${body}</body></html>`,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
