import type { AwsSettings, ConnectionSettings, GcpSettings } from '../domain/connection.ts';
import { authoritiesIn } from './confirm.ts';

/**
 * Whether a stored credential would be sent to another place, or as somebody else, than it was typed for. Otherwise
 * anybody at the window could have a stored credential delivered to an address of their own.
 */
export function goesElsewhere(before: ConnectionSettings, after: ConnectionSettings): boolean {
  return identityOf(before) !== identityOf(after);
}

/** Everything that decides as whom and where, as one comparable text. */
export function identityOf(settings: ConnectionSettings): string {
  // All but what only says where to begin.
  const { region: _region, location: _location, ...rest } = { region: '', location: '', ...settings };
  return JSON.stringify(
    Object.entries(rest)
      .filter(([, value]) => value !== undefined && value !== '')
      .sort(),
  );
}

/** Whose login, and where it goes, for a dialog. */
export function loginWords(settings: ConnectionSettings): string {
  const login = {
    azure: () => `the Azure CLI, in the tenant ${settings.provider === 'azure' ? settings.tenantId : ''}`,
    aws: () => (settings.provider === 'aws' ? awsLoginWords(settings) : ''),
    gcp: () => (settings.provider === 'gcp' ? gcpLoginWords(settings) : ''),
  }[settings.provider]();
  const addresses = addressesOf(settings);
  const where = addresses.length === 0 ? 'the cloud’s own addresses' : addresses.join(' and ');
  const authority = settings.caBundle === undefined ? '' : ` It trusts ${authoritiesIn(settings.caBundle)} besides.`;
  return `The login is that of ${login}. It is sent to ${where}.${authority} Everything that login may read or write, this app may then.`;
}

function awsLoginWords({ signIn, profile, sso, assumeRole }: AwsSettings): string {
  const login =
    signIn === 'sso'
      ? `AWS SSO at ${sso?.startUrl} (${sso?.accountId}, ${sso?.roleName})`
      : `the AWS profile ${profile}`;
  return assumeRole ? `${login}, going on as ${assumeRole.roleArn}` : login;
}

function gcpLoginWords({ projectId, impersonate }: GcpSettings): string {
  const login = `Google’s application default credentials, for ${projectId}`;
  return impersonate === undefined ? login : `${login}, going on as ${impersonate}`;
}

/** The addresses that are not the cloud's own. */
function addressesOf(settings: ConnectionSettings): string[] {
  const all =
    settings.provider === 'azure'
      ? settings.cloud === 'custom'
        ? [settings.authority, settings.resourceManager]
        : []
      : [settings.endpoint];
  return all.filter((address) => address !== undefined);
}

/** Whether the credential is somewhere else on this computer. */
export function isOutside({ signIn }: ConnectionSettings): boolean {
  return signIn === 'cli' || signIn === 'profile' || signIn === 'sso' || signIn === 'adc';
}
