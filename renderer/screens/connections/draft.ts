import { type Input, operations } from '../../../preload/contract/operations.ts';
import type { ConnectionView } from '../../../preload/contract/views.ts';
import type { Provider } from '../../app/place.tsx';
import type { SignedIn } from '../../bridge/signIn.ts';
import { readKeyFile } from './keyFile.ts';
import { text } from './text.ts';
import { type Editing, isField, type Typed, type TypedErrors } from './typed.ts';

/** Whether a person signs in, in the browser or with a code. */
function isPerson({ azure }: Typed): boolean {
  return azure.signIn === 'browser' || azure.signIn === 'device-code';
}

/** Whether the credential is kept elsewhere on this computer, and looked up there at each use. */
export function isOutside({ signIn }: Pick<ConnectionView['settings'], 'signIn'>): boolean {
  return signIn === 'cli' || signIn === 'profile' || signIn === 'sso' || signIn === 'adc';
}

/**
 * Whether leaving the credential empty keeps a stored one. Main sends it nowhere else, and as nobody else, than it was typed
 * for: all settings but where to begin must be the same.
 */
export function keepsStored(provider: Provider, typed: Typed, editing: Editing): boolean {
  if (!editing || editing.credentialHint === '') return false;
  return identity(editing.settings) === identity(settingsTyped(provider, typed));
}

/** Whether what a person signed in with is still what is typed. */
export function isGoodFor(signedIn: SignedIn | undefined, typed: Typed): signedIn is SignedIn {
  return signedIn !== undefined && identity(signedIn.settings) === identity(settingsTyped('azure', typed));
}

function identity(settings: object): string {
  const { region: _region, location: _location, ...rest } = { region: '', location: '', ...settings };
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
}

type ConnectionDraft = Input<'connections.save'>['draft'];
const { draft: draftSchema } = operations['connections.save'].input.shape;
const { settings: azureSettings } = operations['connections.signIn'].input.shape;

/** What to sign a person in with, or what is wrong with each field. */
export function signInSettings(
  typed: Typed,
): { readonly settings: Input<'connections.signIn'>['settings'] } | { readonly errors: TypedErrors } {
  const checked = azureSettings.safeParse(settingsTyped('azure', typed));
  if (checked.success) return { settings: checked.data };
  const errors: TypedErrors = {};
  for (const { path, message } of checked.error.issues)
    errors[fieldOf('azure', typed, ['settings', ...path])] ??= message;
  return { errors };
}

/**
 * The form as main takes it, or what is wrong with each field.
 * @param signedIn what a sign-in in this form ended with
 */
export function draftOf(
  provider: Provider,
  typed: Typed,
  editing: Editing,
  signedIn?: SignedIn,
): { readonly draft: ConnectionDraft } | { readonly errors: TypedErrors } {
  const errors: TypedErrors = {};
  const settings = settingsTyped(provider, typed);
  const { aws, gcp } = typed;
  if (provider === 'aws' && aws.signIn === 'profile' && aws.profile.trim() === '')
    errors['aws.profile'] = text.problems.profile;

  const needsOne = !isOutside(typed[provider]);
  const credential = needsOne ? credentialTyped(provider, typed, signedIn) : undefined;
  if (needsOne && !credential && !keepsStored(provider, typed, editing)) {
    const again = (editing !== undefined && editing.credentialHint !== '') || signedIn !== undefined;
    for (const field of credentialFields(provider, typed)) errors[field] = missing(field, again);
  }
  for (const [field, value] of Object.entries(credential ?? {}))
    if (value === '') errors[`${provider}.${field}`] = missing(`${provider}.${field}`, false);
  if (provider === 'gcp' && gcp.signIn === 'key' && gcp.serviceAccountKey.trim() !== '') {
    const file = readKeyFile(gcp.serviceAccountKey);
    if ('problem' in file) errors['gcp.serviceAccountKey'] = file.problem;
    else if (gcp.projectId.trim() !== '' && file.projectId !== gcp.projectId.trim())
      errors['gcp.projectId'] = `${text.problems.otherProject} ${file.projectId}.`;
  }

  const checked = draftSchema.safeParse({ provider, settings, ...(credential ? { credential } : {}) });
  for (const { path, message } of checked.error?.issues ?? []) errors[fieldOf(provider, typed, path)] ??= message;
  if (Object.keys(errors).length > 0 || !checked.success) return { errors };
  return { draft: checked.data };
}

/** All that keeps the form from being saved, by field. */
export function problemsOf(provider: Provider, typed: Typed, editing: Editing, signedIn?: SignedIn): TypedErrors {
  const checked = draftOf(provider, typed, editing, signedIn);
  return {
    ...(typed.name.trim() === '' ? { name: text.problems.name } : {}),
    ...('errors' in checked ? checked.errors : {}),
  };
}

/** What main says about single fields, as the form shows it; what is about none of them is left to the failure's own words. */
export function errorsFrom(
  provider: Provider,
  typed: Typed,
  fields: readonly { readonly path: string; readonly sentence: string }[] = [],
): TypedErrors {
  const errors: TypedErrors = {};
  for (const { path, sentence } of fields) {
    const [first, ...rest] = path.split('.');
    const field = first === 'draft' ? fieldOf(provider, typed, rest) : path;
    if (field === 'name' || credentialFields(provider, typed).includes(field) || isField(field))
      errors[field] ??= sentence;
  }
  return errors;
}

/** Where in the form a part of the draft is typed: `settings.sso.startUrl` of AWS → `aws.sso.startUrl`. */
function fieldOf(provider: Provider, typed: Typed, path: readonly PropertyKey[]): string {
  const [part, ...rest] = path;
  if (part === 'credential' && rest.length === 0) return credentialFields(provider, typed)[0] ?? '';
  return [provider, ...rest.map(String)].join('.');
}

/** The fields that a credential of the chosen way to sign in is typed into, the first one first. */
function credentialFields(provider: Provider, typed: Typed): readonly string[] {
  if (isOutside(typed[provider])) return [];
  if (provider === 'aws') return ['aws.accessKeyId', 'aws.secretAccessKey'];
  if (provider === 'gcp') return ['gcp.serviceAccountKey'];
  if (isPerson(typed)) return ['azure.signInId'];
  return [typed.azure.signIn === 'secret' ? 'azure.clientSecret' : 'azure.pem'];
}

function missing(field: string, again: boolean): string {
  if (field === 'azure.signInId') return again ? text.problems.signInAgain : text.problems.signIn;
  const words: Partial<Record<string, string>> = text.problems.credential;
  return again ? text.problems.typeAgain : (words[field] ?? '');
}

/** The credential as typed; undefined if none is. */
function credentialTyped(provider: Provider, typed: Typed, signedIn: SignedIn | undefined): object | undefined {
  const { azure, aws, gcp } = typed;
  if (provider === 'azure' && isPerson(typed))
    return isGoodFor(signedIn, typed) ? { signIn: 'user', signInId: signedIn.signInId } : undefined;
  if (provider === 'aws') {
    const optional = filled({ sessionToken: aws.sessionToken });
    const keys = { ...trimmed({ accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey }), ...optional };
    return Object.values(keys).some((value) => value !== '') ? keys : undefined;
  }
  const typedIn =
    provider === 'gcp'
      ? filled({ serviceAccountKey: gcp.serviceAccountKey })
      : filled(azure.signIn === 'secret' ? { clientSecret: azure.clientSecret } : { pem: azure.pem });
  if (Object.keys(typedIn).length === 0) return undefined;
  return provider === 'gcp' ? typedIn : { signIn: azure.signIn, ...typedIn };
}

/** The settings as typed, trimmed, without what does not belong to the choices made; not checked. */
function settingsTyped(provider: Provider, { azure, aws, gcp }: Typed): object {
  switch (provider) {
    case 'azure': {
      const { tenantId, clientId, signIn, cloud, authority, resourceManager, caBundle } = azure;
      return {
        provider,
        ...trimmed(signIn === 'cli' ? { tenantId } : { tenantId, clientId }),
        signIn,
        cloud,
        ...(cloud === 'custom' ? trimmed({ authority, resourceManager }) : {}),
        ...filled({ caBundle }),
      };
    }
    case 'aws': {
      const { signIn, profile, sso, asRole, assumeRole, region, endpoint, caBundle } = aws;
      const { roleArn, ...optional } = assumeRole;
      return {
        provider,
        signIn,
        ...(signIn === 'profile' ? trimmed({ profile }) : {}),
        ...(signIn === 'sso' ? { sso: trimmed(sso) } : {}),
        ...(asRole ? { assumeRole: { ...trimmed({ roleArn }), ...filled(optional) } } : {}),
        ...trimmed({ region }),
        ...filled({ endpoint, caBundle }),
      };
    }
    case 'gcp': {
      const { projectId, signIn, impersonate, location, endpoint, caBundle } = gcp;
      return {
        provider,
        ...trimmed({ projectId }),
        signIn,
        ...filled({ impersonate }),
        ...trimmed({ location }),
        ...filled({ endpoint, caBundle }),
      };
    }
  }
}

function trimmed(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.trim()]));
}

/** What is not empty, trimmed. */
function filled(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(trimmed(fields)).filter(([, value]) => value !== ''));
}
