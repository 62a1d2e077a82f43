/** What the other rooms may use of certificates: taken apart, put together, checked against targets' rules. Pure. */
export { type CertificateContent, readBundle } from './bundle.ts';
export { factsOf } from './facts.ts';
export { bundleProblems, type CertificateProblem, reimportProblem, targetProblems } from './rules.ts';
export { toPem } from './text.ts';
export { toPfx } from './write-pfx.ts';
