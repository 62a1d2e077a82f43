import { describeCrashes, writing } from '../support/crash.ts';

/** No key makes a repetition harmless, and the name is a tag: a second certificate of the same name would be a double. */
describeCrashes(
  'killed while it writes to ACM',
  writing('acm', {
    create: ['acm:ImportCertificate'],
    update: ['acm:ImportCertificate', 'acm:AddTagsToCertificate'],
    tags: ['acm:AddTagsToCertificate'],
  }),
);
