import { loadSsoSessionData, parseKnownFiles } from '@smithy/core/config';
import { invalid } from '../../domain/failure.ts';

type Sections = Awaited<ReturnType<typeof parseKnownFiles>>;

/** What this computer's AWS files (~/.aws/config and ~/.aws/credentials, or where the environment says) hold now. */
interface AwsFiles {
  readonly profiles: Sections;
  readonly ssoSessions: Sections;
}

/** How to sign in with a profile again once it ran out, for a person to type; undefined where there is nothing to type. */
type LoginCommand = string | undefined;

/** Reads the files anew: the SDK would keep what it read first for as long as the app runs, for its own reading later too. */
async function readAwsFiles(): Promise<AwsFiles> {
  const profiles = await parseKnownFiles({ ignoreCache: true });
  return { profiles, ssoSessions: await loadSsoSessionData() };
}

/**
 * Makes sure that a profile can be signed in with here, before the SDK tries it.
 * @throws Failure `invalid` if there is no such profile, or it or one that it builds on takes its keys from somewhere else than
 *   the files: another machine's metadata, the environment, or a token file
 */
export async function checkProfile(name: string): Promise<LoginCommand> {
  const { profiles } = await readAwsFiles();
  const visited = new Set<string>();
  let login: LoginCommand;
  for (let current: string | undefined = name; current !== undefined && !visited.has(current); ) {
    visited.add(current);
    const profile: Sections[string] | undefined = Object.hasOwn(profiles, current) ? profiles[current] : undefined;
    if (!profile) throw missing(name, current);
    if (profile['mfa_serial'] !== undefined) {
      throw invalid(
        'aws-profile-mfa',
        `The AWS profile ${shown(current)} asks for a one-time code, which nobody can type while the app syncs by itself.`,
        'Use a profile that needs none, for example one of SSO, or a role that trusts an access key.',
      );
    }
    if (profile['credential_source'] !== undefined || profile['web_identity_token_file'] !== undefined) {
      throw invalid(
        'aws-profile-source',
        `The AWS profile ${shown(current)} takes its keys from a machine in the cloud, from the environment or from a token file. This app does not look there.`,
        'Use a profile with an access key, SSO, a credential process, or a role on top of one of these.',
      );
    }
    if (profile['sso_session'] !== undefined || profile['sso_start_url'] !== undefined)
      login = `aws sso login --profile ${typed(current)}`;
    else if (profile['login_session'] !== undefined) login = `aws login --profile ${typed(current)}`;
    const next: string | undefined = profile['role_arn'] === undefined ? undefined : profile['source_profile'];
    current = next;
  }
  return login;
}

/** Where `aws sso login` keeps the token of a start address: under an SSO session's name, or under the address itself. */
export async function findSso(startUrl: string): Promise<{
  /** What the SDK has to be told to find the token. */
  readonly token: { readonly ssoStartUrl: string; readonly ssoSession?: string; readonly profile?: string };
  readonly login: string;
}> {
  const { profiles, ssoSessions } = await readAwsFiles();
  const same = (url: string | undefined) => url !== undefined && bare(url) === bare(startUrl);
  const named = Object.entries(profiles);
  // The SDK reads, and renews, a session's token by way of a profile that belongs to it.
  for (const [profile, { sso_session: session }] of named) {
    if (session === undefined || !Object.hasOwn(ssoSessions, session)) continue;
    if (!same(ssoSessions[session]?.['sso_start_url'])) continue;
    return {
      token: { ssoStartUrl: startUrl, ssoSession: session, profile },
      login: `aws sso login --sso-session ${typed(session)}`,
    };
  }
  const direct = named.find(([, profile]) => same(profile['sso_start_url']));
  if (!direct) return { token: { ssoStartUrl: startUrl }, login: 'aws configure sso' };
  // The token's file is named after the address exactly as the profile spells it.
  const [profile, { sso_start_url: spelled = startUrl }] = direct;
  return { token: { ssoStartUrl: spelled }, login: `aws sso login --profile ${typed(profile)}` };
}

function bare(url: string): string {
  return url.replace(/[/#]+$/, '').toLowerCase();
}

function missing(name: string, current: string) {
  const base = current === name ? '' : `, which the profile ${shown(name)} builds on,`;
  return invalid(
    'aws-profile-missing',
    `There is no AWS profile ${shown(current)}${base} in ~/.aws/config or ~/.aws/credentials of this computer.`,
    'Check its name with "aws configure list-profiles", or make it with "aws configure".',
  );
}

/** A name as part of a command that a person may paste into a shell. */
export function typed(name: string): string {
  return /^[\w@.:/+-]{1,128}$/.test(name) ? name : '<its name>';
}

/** Profile names are free text in a file: shown without what could pass for something else. */
export function shown(name: string): string {
  return `"${name.replace(/[^\p{L}\p{N}\p{P} ]/gu, '?').slice(0, 64)}"`;
}
