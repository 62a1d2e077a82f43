/** Where and as whom to sign in. Holds nothing secret: the credential is kept apart, encrypted. */
export interface AzureSettings {
  readonly provider: 'azure';
  readonly tenantId: string;
  /** The application that signs in; not with the Azure CLI's login, which has its own. */
  readonly clientId?: string | undefined;
  /** The first two as an application; the others as a person. */
  readonly signIn: 'secret' | 'certificate' | 'browser' | 'device-code' | 'cli';
  readonly cloud: 'public' | 'usgov' | 'china' | 'custom';
  /** Only with cloud `custom`: the sign-in authority, e.g. `https://login.example.com`. */
  readonly authority?: string | undefined;
  /** Only with cloud `custom`: Azure Resource Manager, e.g. `https://management.example.com`. */
  readonly resourceManager?: string | undefined;
  /** PEM certificates of a private authority to trust besides the system's. */
  readonly caBundle?: string | undefined;
}

export interface AwsSettings {
  readonly provider: 'aws';
  /** `keys`: an access key; `profile`: one of this computer's AWS profiles; `sso`: what `aws sso login` left on this computer. */
  readonly signIn: 'keys' | 'profile' | 'sso';
  readonly profile?: string | undefined;
  readonly sso?:
    | { readonly startUrl: string; readonly region: string; readonly accountId: string; readonly roleName: string }
    | undefined;
  /** A role to go on as, once signed in. */
  readonly assumeRole?:
    | {
        readonly roleArn: string;
        readonly externalId?: string | undefined;
        readonly sessionName?: string | undefined;
      }
    | undefined;
  /** The region offered first; each record names its own. */
  readonly region: string;
  /** One address for all services, instead of AWS's own. */
  readonly endpoint?: string | undefined;
  readonly caBundle?: string | undefined;
}

export interface GcpSettings {
  readonly provider: 'gcp';
  readonly projectId: string;
  /** `key`: a service account's JSON key; `adc`: this computer's application default credentials. */
  readonly signIn: 'key' | 'adc';
  /** The e-mail of a service account to go on as, once signed in. */
  readonly impersonate?: string | undefined;
  /** The location offered first: a region or `global`; each record names its own. */
  readonly location: string;
  /** One address for all services and for signing in, instead of Google's own. */
  readonly endpoint?: string | undefined;
  readonly caBundle?: string | undefined;
}

/** Whether a person signs in through this app, in the browser or with a code. */
export function isPersonal({ signIn }: Pick<ConnectionSettings, 'signIn'>): boolean {
  return signIn === 'browser' || signIn === 'device-code';
}

export type ConnectionSettings = AzureSettings | AwsSettings | GcpSettings;
export type Provider = ConnectionSettings['provider'];

export interface Connection {
  readonly id: string;
  readonly name: string;
  readonly settings: ConnectionSettings;
  readonly credentialHint: string;
  readonly credentialSavedAt: number | null;
  /** When the credential ends by itself, where it says so; null where it does not, or never ends. */
  readonly credentialExpiresAt: number | null;
  /** The AWS account or GCP project it leads to; null if it could not be asked when the connection was saved. */
  readonly account: string | null;
  readonly createdAt: number;
}

/** What proves who we are. In memory only while a client that needs it is open; at rest only as a Fernet token. */
type AzureCredential =
  | { readonly signIn: 'secret'; readonly clientSecret: string }
  /** PEM: a certificate and its private key. */
  | { readonly signIn: 'certificate'; readonly pem: string }
  /** A person who signed in: MSAL's token cache, which holds the refresh token, and whose account in it. */
  | { readonly signIn: 'user'; readonly cache: string; readonly homeAccountId: string; readonly username: string };
/** Temporary keys have a session token. */
interface AwsCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}
interface GcpCredential {
  /** The JSON key file of a service account, as Google gave it. */
  readonly serviceAccountKey: string;
}
/** The credential is somewhere else on this computer, and looked up there at each use. */
interface OutsideCredential {
  readonly signIn: 'outside';
}
export type Credential = AzureCredential | AwsCredential | GcpCredential | OutsideCredential;
