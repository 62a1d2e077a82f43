import type { TargetService } from '../domain/service.ts';
import { awsNameProblems } from './aws/names.ts';
import { gcpName, gcpNameProblems } from './gcp/names.ts';

const problemsOf = { ...awsNameProblems, ...gcpNameProblems };

/** The service's rules that a target name breaks, in sentences. */
export function nameProblems(service: TargetService, name: string): string[] {
  return problemsOf[service](name).map(({ sentence }) => sentence);
}

/** A name as the service can have it: what a naming rule gives may hold characters that GCP does not allow. */
export function fitName(service: TargetService, wanted: string, source: { vault: string; name: string }): string {
  const isGcp = service === 'secretmanager' || service === 'certificatemanager';
  return isGcp ? gcpName(service, wanted, `${source.vault}/${source.name}`) : wanted;
}
