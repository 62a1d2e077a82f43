import { describeTarget } from './target.ts';
import { openCertificateManagerBed } from './target-certificatemanager-bed.ts';

describeTarget('GCP Certificate Manager', openCertificateManagerBed);
