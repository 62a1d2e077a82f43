import type { Provider } from '../domain/connection.ts';
import { serviceFacts, type TargetService, targetServices } from '../domain/service.ts';
import { awsPolicies } from './aws/policy.ts';
import { keyVaultRoles } from './azure/roles.ts';
import { gcpPolicies } from './gcp/policy.ts';

/** What a policy to copy is filled in with. */
interface PolicyAsk {
  readonly provider: Provider;
  /** The services it shall allow; the provider's first if none is named. */
  readonly services?: readonly TargetService[] | undefined;
  /** Of the target names, e.g. `certifyclouds/`. */
  readonly prefix: string;
  readonly region?: string | undefined;
  readonly projectId?: string | undefined;
  /** The Azure application that shall get the roles. */
  readonly clientId?: string | undefined;
  /** The e-mail address of the Google service account that shall get the role. */
  readonly serviceAccount?: string | undefined;
}

interface PolicyText {
  readonly title: string;
  readonly explanation: string;
  /** A policy document, or commands. */
  readonly text: string;
}

/** The least-privilege policies or role commands of a provider, to copy: what is not known is left as `<placeholder>`. */
export function policies(ask: PolicyAsk): PolicyText[] {
  const { provider, services = [], clientId } = ask;
  if (provider === 'azure')
    return keyVaultRoles(clientId ?? '<client id>').map(({ command, ...rest }) => ({ ...rest, text: command }));
  const own = targetServices.filter((service) => serviceFacts[service].provider === provider);
  const chosen = own.filter((service) => services.includes(service));
  return (chosen.length > 0 ? chosen : own.slice(0, 1)).flatMap((service) =>
    textsOf(service, ask).map((text) =>
      chosen.length > 1 ? { ...text, title: `${serviceFacts[service].title}: ${text.title}` } : text,
    ),
  );
}

function textsOf(service: TargetService, { prefix, region, projectId, serviceAccount }: PolicyAsk): PolicyText[] {
  switch (service) {
    case 'secretsmanager':
    case 'parameterstore':
    case 'acm':
      return awsPolicies(service, prefix, region).map(({ title, explanation, document }) => ({
        title,
        explanation,
        text: document,
      }));
    case 'secretmanager':
    case 'certificatemanager':
      return gcpPolicies(service, projectId, serviceAccount);
  }
}
