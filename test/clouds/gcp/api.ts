import type { DeskControl } from '../kernel/desk.ts';
import { retryAfterHeader } from '../kernel/reply.ts';
import type { CloudReply, CloudRequest, Desk, Refusal } from '../kernel/types.ts';
import { type Code, errorInfo, GcpFailure } from './failure.ts';
import { readJson, writeJson } from './payload.ts';
import { type ApiName, apis, type Project, type Projects } from './projects.ts';
import type { Bindings } from './roles.ts';
import { type AccessTokens, type Caller, cloudPlatform, type TokenProblem } from './tokens.ts';

/** What a request counts as against the quotas. */
export type QuotaKind = 'access' | 'read' | 'write';

/** The parts of a resource name, as the method's pattern names them. */
type Params = Readonly<
  Partial<Record<'resource' | 'project' | 'location' | 'secret' | 'version' | 'id' | 'email', string>>
>;

/** One request to a method, after everything that all methods share has been looked at. */
export interface Call {
  readonly project: Project;
  readonly params: Params;
  readonly query: URLSearchParams;
  /** The body as JSON. @throws GcpFailure */
  body(): unknown;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly caller: Caller;
  /** Whether the caller has this permission on the project. */
  may(permission: string): boolean;
}

/** One method of an API, as its proto declares it. */
export interface Method {
  /** Without its package, and with its service: `SecretManagerService.AddSecretVersion`. */
  readonly rpc: string;
  readonly http: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Of the path behind `/v1/`; the group `resource` is what permission is asked for, `project` the project. */
  readonly path: RegExp;
  /** Absent for a method that anybody may call. */
  readonly permission?: string;
  readonly quota: QuotaKind;
  /** For a method that creates: how the new resource will be called, below `resource`. */
  readonly creates?: { readonly collection: string; readonly idParameter: string };
  /** @throws GcpFailure */
  run(call: Call): object;
}

/** An API behind the common origin. */
export interface Api {
  readonly name: ApiName;
  /** The proto package of its methods. */
  readonly package: string;
  readonly methods: readonly Method[];
  /** Whose project it goes by whether the API is on and how much may be asked. */
  readonly consumer: 'resource' | 'caller';
  /** How this API words a missing permission. @param resource as the caller named it */
  denied(permission: string, resource: string): string;
}

export interface ApiWorld {
  readonly desk: Desk;
  readonly projects: Projects;
  readonly bindings: Bindings;
  readonly tokens: AccessTokens;
  /** A desk that only counts: what a project may ask per minute goes by the kind of request, not by method. */
  readonly meter: DeskControl;
}

/** Answers a request to one of these APIs; undefined if none has such a method. */
export async function answerApi(
  request: CloudRequest,
  apisThere: readonly Api[],
  world: ApiWorld,
): Promise<CloudReply | undefined> {
  const path = readPath(request.url.pathname);
  for (const api of apisThere) {
    for (const method of api.methods) {
      const groups = method.http === request.method ? method.path.exec(path)?.groups : undefined;
      if (groups !== undefined) return serve(request, api, method, groups, world);
    }
  }
  return undefined;
}

async function serve(
  request: CloudRequest,
  api: Api,
  method: Method,
  params: Params,
  world: ApiWorld,
): Promise<CloudReply> {
  const { desk, meter } = world;
  const query = request.url.searchParams;
  const numericEnums = (query.get('$alt') ?? query.get('alt') ?? '').includes('enum-encoding=int');
  const caller = await world.tokens.verify(request.headers['authorization'], api.name);
  if ('reason' in caller) return failReply(unauthenticated(caller, api, method));

  const project = api.consumer === 'caller' ? caller.account.project : world.projects.find(params.project ?? '');
  const attempt = async () => {
    try {
      const body = perform(request, api, method, params, project, caller, world);
      return reply(200, writeJson(body, numericEnums));
    } catch (error) {
      if (error instanceof GcpFailure) return failReply(error);
      throw error;
    }
  };
  return desk.serve(
    { cloud: 'gcp', name: method.rpc, resource: canonicalName(method, params, query, project) },
    async () => {
      if (project === undefined) return attempt();
      // The meter's own log is nobody's business and would only grow.
      meter.clearArrivals();
      const counted = { cloud: 'gcp', name: method.quota, resource: meterResource(api.name, project.id) } as const;
      return meter.serve(counted, attempt, () => failReply(rateLimited(api, project, method.quota)));
    },
    (refusal) => wordRefusal(refusal, api, project, method.quota),
  );
}

/** @throws GcpFailure */
function perform(
  request: CloudRequest,
  api: Api,
  method: Method,
  params: Params,
  project: Project | undefined,
  caller: Caller,
  { bindings, desk }: ApiWorld,
): object {
  if (!caller.scopes.includes(cloudPlatform)) throw insufficientScopes(api, method);
  if (project === undefined) throw noProject(api, params.project ?? '');
  if (!project.enabledApis.has(api.name)) throw apiDisabled(api.name, project);
  const may = (permission: string) => bindings.allows(caller.account.email, permission, [project.id]);
  const { permission } = method;
  if (permission !== undefined && !may(permission)) {
    const resource = params.resource ?? '';
    throw new GcpFailure('PERMISSION_DENIED', api.denied(permission, resource), [
      errorInfo('IAM_PERMISSION_DENIED', { permission, resource }, 'iam.googleapis.com'),
    ]);
  }
  return method.run({
    project,
    params,
    query: request.url.searchParams,
    body: () => readJson(request.body),
    now: desk.now(),
    caller,
    may,
  });
}

/** The path behind `/v1/`, decoded part by part, so that an encoded slash never makes a further part. */
function readPath(pathname: string): string {
  if (!pathname.startsWith('/v1/')) return '';
  try {
    return pathname
      .slice('/v1/'.length)
      .split('/')
      .map((part) => decodeURIComponent(part).replaceAll('/', '%2F'))
      .join('/');
  } catch {
    return '';
  }
}

/** The name by which the desk is to know what a request is about: with the project's id, even if asked by number. */
function canonicalName(
  { creates }: Method,
  params: Params,
  query: URLSearchParams,
  project: Project | undefined,
): string {
  const name = params.resource ?? '';
  const resource = project === undefined ? name : name.replace(`projects/${project.number}`, `projects/${project.id}`);
  return creates === undefined ? resource : `${resource}/${creates.collection}/${query.get(creates.idParameter) ?? ''}`;
}

/** What the meter knows a project's requests to an API by. */
export function meterResource(api: ApiName, projectId: string): string {
  return `${api}/${projectId}`;
}

function unauthenticated(problem: TokenProblem, api: Api, method: Method): GcpFailure {
  const expected =
    'Expected OAuth 2 access token, login cookie or other valid authentication credential. See ' +
    'https://developers.google.com/identity/sign-in/web/devconsole-project.';
  const text =
    problem.reason === 'CREDENTIALS_MISSING'
      ? `Request is missing required authentication credential. ${expected}`
      : `Request had invalid authentication credentials. ${expected}`;
  const email: Record<string, string> = 'email' in problem ? { email: problem.email } : {};
  return new GcpFailure('UNAUTHENTICATED', text, [
    errorInfo(problem.reason, { ...calledMethod(api, method), ...email }),
  ]);
}

function insufficientScopes(api: Api, method: Method): GcpFailure {
  return new GcpFailure('PERMISSION_DENIED', 'Request had insufficient authentication scopes.', [
    errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT', calledMethod(api, method)),
  ]);
}

function calledMethod(api: Api, method: Method): { service: string; method: string } {
  return { service: api.name, method: `${api.package}.${method.rpc}` };
}

function noProject(api: Api, id: string): GcpFailure {
  return new GcpFailure('PERMISSION_DENIED', `Permission denied on resource project ${id}.`, [
    errorInfo('CONSUMER_INVALID', { service: api.name, consumer: `projects/${id}` }),
  ]);
}

/** An API that nobody switched on in this project. */
function apiDisabled(name: ApiName, { number }: Project): GcpFailure {
  const url = `https://console.developers.google.com/apis/api/${name}/overview?project=${number}`;
  const text =
    `${apis[name]} has not been used in project ${number} before or it is disabled. Enable it by visiting ${url} ` +
    'then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.';
  return new GcpFailure('PERMISSION_DENIED', text, [
    errorInfo('SERVICE_DISABLED', { service: name, consumer: `projects/${number}`, activationUrl: url }),
    {
      '@type': 'type.googleapis.com/google.rpc.Help',
      links: [{ description: 'Google developers console API activation', url }],
    },
  ]);
}

function rateLimited(api: Api, project: Project | undefined, kind: QuotaKind): GcpFailure {
  const number = project?.number ?? '0';
  const metric = `${api.name}/${kind}_requests`;
  const limit = `${kind[0]?.toUpperCase()}${kind.slice(1)}RequestsPerMinutePerProject`;
  const text =
    `Quota exceeded for quota metric '${kind} requests' and limit '${kind} requests per minute' of service ` +
    `'${api.name}' for consumer 'project_number:${number}'.`;
  return new GcpFailure('RESOURCE_EXHAUSTED', text, [
    errorInfo('RATE_LIMIT_EXCEEDED', {
      service: api.name,
      consumer: `projects/${number}`,
      quota_metric: metric,
      quota_limit: limit,
      quota_location: 'global',
      quota_unit: '1/min/{project}',
    }),
  ]);
}

/** What Google's front end says when it fails itself, by HTTP status. */
const outages: Readonly<Record<number, readonly [Code, string]>> = {
  401: ['UNAUTHENTICATED', 'Request had invalid authentication credentials.'],
  403: ['PERMISSION_DENIED', 'The caller does not have permission'],
  404: ['NOT_FOUND', 'Requested entity was not found.'],
  409: ['ABORTED', 'The operation was aborted.'],
  500: ['INTERNAL', 'Internal error encountered.'],
  503: ['UNAVAILABLE', 'The service is currently unavailable.'],
  504: ['DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'],
};

function wordRefusal(refusal: Refusal, api: Api, project: Project | undefined, kind: QuotaKind): CloudReply {
  if (refusal.kind === 'throttle' || refusal.status === 429) {
    const throttled = failReply(rateLimited(api, project, kind));
    const retryAfter = refusal.kind === 'throttle' ? refusal.retryAfter : undefined;
    return { ...throttled, headers: { ...throttled.headers, ...retryAfterHeader(retryAfter) } };
  }
  const outage = outages[refusal.status];
  if (outage !== undefined) return failReply(new GcpFailure(...outage));
  // What comes from before the front end, such as 502, is a page.
  return {
    status: refusal.status,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: `<!DOCTYPE html>\n<html lang=en>\n<title>Error ${refusal.status} (Server Error)!!1</title>\n`,
  };
}

/** The reply for a refusal. */
function failReply(failure: GcpFailure): CloudReply {
  return reply(failure.httpStatus, JSON.stringify(failure.toBody(), null, 2));
}

function reply(status: number, body: string): CloudReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8', vary: 'Origin, X-Origin, Referer' },
    body,
  };
}
