import { z } from 'zod';
import { blobLength, sized } from '../constraints.ts';

/** The requests of Certificate Manager with the constraints of its service model, version 2015-12-08. */

const arn = z
  .string()
  .min(20)
  .max(2048)
  .regex(/^arn:[\w+=/,.@-]+:acm:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(\/[\w+=,.@-]+)*$/);
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const tags = z
  .array(
    z.object({ Key: z.string().min(1).max(128).regex(tagText), Value: z.string().max(256).regex(tagText).optional() }),
  )
  .min(1)
  .max(50);
const keyTypes = [
  'RSA_1024',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
] as const;
const statuses = [
  'PENDING_VALIDATION',
  'ISSUED',
  'INACTIVE',
  'EXPIRED',
  'VALIDATION_TIMED_OUT',
  'REVOKED',
  'FAILED',
] as const;

export const importCertificate = z.object({
  CertificateArn: arn.optional(),
  Certificate: sized(blobLength, 32_768),
  // The model has 8,192, the user guide 5,120: see readMaterial.
  PrivateKey: sized(blobLength, 8192),
  CertificateChain: sized(blobLength, 2_097_152).optional(),
  Tags: tags.optional(),
});
export const oneCertificate = z.object({ CertificateArn: arn });
export const taggedCertificate = z.object({ CertificateArn: arn, Tags: tags });
export const listCertificates = z.object({
  CertificateStatuses: z.array(z.enum(statuses)).optional(),
  Includes: z
    .object({
      keyTypes: z.array(z.enum(keyTypes)).optional(),
      keyUsage: z.array(z.string()).optional(),
      extendedKeyUsage: z.array(z.string()).optional(),
    })
    .optional(),
  MaxItems: z.int().min(1).max(1000).optional(),
  NextToken: z.string().min(1).max(10_000).optional(),
  SortBy: z.enum(['CREATED_AT']).optional(),
  SortOrder: z.enum(['ASCENDING', 'DESCENDING']).optional(),
});
