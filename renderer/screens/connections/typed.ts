import type { ConnectionView } from '../../../preload/contract/views.ts';
import type { Provider } from '../../app/place.tsx';

type Settings = ConnectionView['settings'];
type SettingsOf<P extends Provider> = Extract<Settings, { provider: P }>;

/**
 * The form as typed: of each provider its settings and credential. Fields are named as in the contract, so that an answer
 * from main finds the field it is about.
 */
export interface Typed {
  name: string;
  azure: {
    tenantId: string;
    clientId: string;
    signIn: SettingsOf<'azure'>['signIn'];
    clientSecret: string;
    pem: string;
    cloud: SettingsOf<'azure'>['cloud'];
    authority: string;
    resourceManager: string;
    caBundle: string;
  };
  aws: {
    signIn: SettingsOf<'aws'>['signIn'];
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken: string;
    profile: string;
    sso: { startUrl: string; region: string; accountId: string; roleName: string };
    /** Whether to go on as `assumeRole`, which is kept as typed either way. */
    asRole: boolean;
    assumeRole: { roleArn: string; externalId: string; sessionName: string };
    region: string;
    endpoint: string;
    caBundle: string;
  };
  gcp: {
    projectId: string;
    location: string;
    signIn: SettingsOf<'gcp'>['signIn'];
    serviceAccountKey: string;
    impersonate: string;
    endpoint: string;
    caBundle: string;
  };
}

/** What is wrong, by the path of the field in `Typed`: `aws.sso.startUrl`. */
export type TypedErrors = Partial<Record<string, string>>;

/** The connection being changed; undefined for a new one. */
export type Editing = ConnectionView | undefined;

const blank: Typed = {
  name: '',
  azure: {
    tenantId: '',
    clientId: '',
    signIn: 'secret',
    clientSecret: '',
    pem: '',
    cloud: 'public',
    authority: '',
    resourceManager: '',
    caBundle: '',
  },
  aws: {
    signIn: 'keys',
    accessKeyId: '',
    secretAccessKey: '',
    sessionToken: '',
    profile: '',
    sso: { startUrl: '', region: '', accountId: '', roleName: '' },
    asRole: false,
    assumeRole: { roleArn: '', externalId: '', sessionName: '' },
    region: '',
    endpoint: '',
    caBundle: '',
  },
  gcp: {
    projectId: '',
    location: 'global',
    signIn: 'key',
    serviceAccountKey: '',
    impersonate: '',
    endpoint: '',
    caBundle: '',
  },
};

/** What the form begins with. Credentials never come back from main, so those fields begin empty. */
export function typedFrom(editing: Editing): Typed {
  if (!editing) return blank;
  const { name, settings } = editing;
  switch (settings.provider) {
    case 'azure': {
      const { provider: _, ...given } = settings;
      return { ...blank, name, azure: { ...blank.azure, ...present(given) } };
    }
    case 'aws': {
      const { provider: _, sso, assumeRole, ...given } = settings;
      const role = {
        asRole: assumeRole !== undefined,
        assumeRole: { ...blank.aws.assumeRole, ...present(assumeRole ?? {}) },
      };
      return { ...blank, name, aws: { ...blank.aws, ...present(given), ...role, sso: { ...blank.aws.sso, ...sso } } };
    }
    case 'gcp': {
      const { provider: _, ...given } = settings;
      return { ...blank, name, gcp: { ...blank.gcp, ...present(given) } };
    }
  }
}

/** Without what is undefined, which would take the place of a blank field. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Whether the form has a field of this path. */
export function isField(path: string): boolean {
  let at: unknown = blank;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Record<string, unknown>)[key];
  }
  return typeof at !== 'object';
}
