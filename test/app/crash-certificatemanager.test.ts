import { describeCrashes, writing } from '../support/crash.ts';

/** Each change is an operation that goes on by itself: before its end is told, the certificate may be there or not. */
describeCrashes(
  'killed while it writes to Certificate Manager',
  writing('certificatemanager', {
    create: ['CertificateManager.CreateCertificate', 'Operations.GetOperation'],
    update: ['CertificateManager.UpdateCertificate', 'Operations.GetOperation'],
    tags: ['CertificateManager.UpdateCertificate', 'Operations.GetOperation'],
  }),
);
