import type { CertificateBundle } from './certificate.ts';

/** What is read from a source or written to a target. Lives only between the read and the write. */
export type Payload =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array }
  | { readonly kind: 'certificate'; readonly bundle: CertificateBundle };

/** How the source's value becomes the target's. */
export type Shape =
  /** A secret's text as it is; a certificate, to a service that keeps certificates. */
  | { readonly kind: 'whole' }
  /** A certificate as one text: private key, leaf, chain. */
  | { readonly kind: 'pem' }
  /** A certificate as a PKCS#12 file without a password. */
  | { readonly kind: 'pfx' }
  /** The secret's text is Base64: the bytes it stands for. */
  | { readonly kind: 'base64' }
  /** The secret is a JSON object: the value of one of its keys. */
  | { readonly kind: 'json-key'; readonly key: string }
  /** A JSON object that holds the secret's text under one key, and those of more secrets of its vault under theirs. */
  | {
      readonly kind: 'json-object';
      readonly key: string;
      readonly more?: readonly { readonly name: string; readonly key: string }[] | undefined;
    };
export type ShapeKind = Shape['kind'];
