import { awsCredential, azureCredential, type Input } from '../../../preload/contract/operations.ts';
import { awsSettings, azureSettings, type ConnectionView } from '../../../preload/contract/views.ts';
import type { Provider } from '../../app/place.tsx';
import { text } from './text.ts';

/** The form as typed. Fields are named as in the contract, so that an answer from main finds the field it is about. */
export interface Typed {
  name: string;
  tenantId: string;
  clientId: string;
  signIn: 'secret' | 'certificate';
  clientSecret: string;
  pem: string;
  cloud: 'public' | 'usgov' | 'china' | 'custom';
  authority: string;
  resourceManager: string;
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
  endpoint: string;
  caBundle: string;
}
type TypedField = keyof Typed;
export type TypedErrors = Partial<Record<TypedField, string>>;

export const advancedFields: readonly TypedField[] = ['cloud', 'authority', 'resourceManager', 'endpoint', 'caBundle'];

type ConnectionDraft = Input<'connections.save'>['draft'];

const blank: Typed = {
  name: '',
  tenantId: '',
  clientId: '',
  signIn: 'secret',
  clientSecret: '',
  pem: '',
  cloud: 'public',
  authority: '',
  resourceManager: '',
  accessKeyId: '',
  secretAccessKey: '',
  region: '',
  endpoint: '',
  caBundle: '',
};

/** What the form begins with. Credentials never come back from main, so those fields begin empty. */
export function typedFrom(editing: ConnectionView | undefined): Typed {
  if (!editing) return blank;
  const { settings } = editing;
  const common = { ...blank, name: editing.name, caBundle: settings.caBundle ?? '' };
  if (settings.provider === 'aws') return { ...common, region: settings.region, endpoint: settings.endpoint ?? '' };
  const { tenantId, clientId, signIn, cloud, authority = '', resourceManager = '' } = settings;
  return { ...common, tenantId, clientId, signIn, cloud, authority, resourceManager };
}

/** Whether leaving the secret fields empty keeps a stored credential that still fits what is typed. */
export function keepsStored(typed: Typed, editing: ConnectionView | undefined): boolean {
  if (!editing || editing.credentialHint === '') return false;
  return editing.settings.provider === 'aws' || editing.settings.signIn === typed.signIn;
}

/**
 * The form as main takes it, or what is wrong with each field.
 * @param editing the connection being changed; undefined for a new one
 */
export function draftOf(
  provider: Provider,
  typed: Typed,
  editing: ConnectionView | undefined,
): { readonly draft: ConnectionDraft } | { readonly errors: TypedErrors } {
  const keeps = keepsStored(typed, editing);
  const errors: TypedErrors = typed.name.trim() === '' ? { name: text.problems.name } : {};
  const optional = (fields: readonly TypedField[]) =>
    Object.fromEntries(fields.flatMap((field) => (typed[field].trim() === '' ? [] : [[field, typed[field].trim()]])));

  if (provider === 'azure') {
    const custom = typed.cloud === 'custom';
    const settings = azureSettings.safeParse({
      provider,
      tenantId: typed.tenantId.trim(),
      clientId: typed.clientId.trim(),
      signIn: typed.signIn,
      cloud: typed.cloud,
      ...optional(custom ? ['authority', 'resourceManager', 'caBundle'] : ['caBundle']),
    });
    collect(errors, settings.error?.issues);
    for (const field of ['authority', 'resourceManager'] as const) {
      if (custom && typed[field].trim() === '') errors[field] = text.problems.endpointMissing;
    }
    const secretField = typed.signIn === 'secret' ? 'clientSecret' : 'pem';
    const secret = typed[secretField].trim();
    if (secret === '' && !keeps) errors[secretField] = text.problems[secretField];
    const credential =
      secret === '' ? undefined : azureCredential.safeParse({ signIn: typed.signIn, [secretField]: secret });
    collect(errors, credential?.error?.issues);
    if (Object.keys(errors).length > 0 || !settings.success) return { errors };
    return {
      draft: { provider, settings: settings.data, ...(credential?.data ? { credential: credential.data } : {}) },
    };
  }

  const settings = awsSettings.safeParse({
    provider,
    region: typed.region.trim(),
    ...optional(['endpoint', 'caBundle']),
  });
  collect(errors, settings.error?.issues);
  const accessKeyId = typed.accessKeyId.trim();
  const secretAccessKey = typed.secretAccessKey.trim();
  const kept = keeps && accessKeyId === '' && secretAccessKey === '';
  const credential = kept ? undefined : awsCredential.safeParse({ accessKeyId, secretAccessKey });
  collect(errors, credential?.error?.issues);
  for (const field of ['accessKeyId', 'secretAccessKey'] as const) {
    if (!kept && typed[field].trim() === '') errors[field] = text.problems[field];
  }
  if (Object.keys(errors).length > 0 || !settings.success) return { errors };
  return { draft: { provider, settings: settings.data, ...(credential?.data ? { credential: credential.data } : {}) } };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Keeps the first thing said about each field. */
function collect(errors: TypedErrors, issues: readonly Issue[] = []): void {
  for (const { path, message } of issues) {
    const field = fieldOf(path.map(String));
    if (field) errors[field] ??= message;
  }
}

/** The field of a path such as `draft.settings.tenantId`; undefined if it is about none of them. */
function fieldOf(path: readonly string[]): TypedField | undefined {
  const last = path.at(-1) ?? '';
  return last in blank ? (last as TypedField) : undefined;
}

/** What main says about single fields, as the form shows it. */
export function errorsFrom(fields: readonly { readonly path: string; readonly sentence: string }[] = []): TypedErrors {
  const errors: TypedErrors = {};
  collect(
    errors,
    fields.map(({ path, sentence }) => ({ path: path.split('.'), message: sentence })),
  );
  return errors;
}
