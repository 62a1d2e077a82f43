import { describeTarget } from './target.ts';
import { openAcmBed } from './target-acm-bed.ts';

describeTarget('AWS Certificate Manager', openAcmBed);
