/** The brand, in one place. */
export const product = {
  name: 'CertifyClouds Sync',
  appId: 'com.certifyclouds.sync',
  /** Prefix that new records get by default, and that the documented AWS policy is limited to. */
  defaultPrefix: 'certifyclouds/',
  /** Tag keys that mark a target as ours; see domain/ownership. */
  tagNamespace: 'certifyclouds:',
  /** The service name under which SECRET_KEY is kept in the OS keychain. */
  keychainService: 'CertifyClouds Sync',
} as const;
