/** Where and as whom to sign in. Holds nothing secret: the credential is kept apart, encrypted. */
export interface AzureSettings {
  readonly provider: 'azure';
  readonly tenantId: string;
  readonly clientId: string;
  readonly signIn: 'secret' | 'certificate';
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
  /** The region offered first; each record names its own. */
  readonly region: string;
  /** One address for all services, instead of AWS's own. */
  readonly endpoint?: string | undefined;
  readonly caBundle?: string | undefined;
}

export type ConnectionSettings = AzureSettings | AwsSettings;

export interface Connection {
  readonly id: string;
  readonly name: string;
  readonly settings: ConnectionSettings;
  readonly credentialHint: string;
  readonly credentialSavedAt: number | null;
  readonly createdAt: number;
}

/** What proves who we are. In memory only while a client that needs it is open; at rest only as a Fernet token. */
type AzureCredential =
  | { readonly signIn: 'secret'; readonly clientSecret: string }
  /** PEM: a certificate and its private key. */
  | { readonly signIn: 'certificate'; readonly pem: string };
interface AwsCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
export type Credential = AzureCredential | AwsCredential;
