import { type AuthError, InteractionRequiredAuthError } from '@azure/msal-node';
import { z } from 'zod';
import { type AzureSettings, isPersonal } from '../../domain/connection.ts';
import { Failure } from '../../domain/failure.ts';
import { traceOf } from '../failures.ts';
import { general } from './classify.ts';

const signInBody = z.object({
  error: z.string().optional().catch(undefined),
  error_codes: z.array(z.number()).optional().catch(undefined),
});

/** A refused sign-in as a Failure. */
export function classifySignIn(
  status: number,
  body: unknown,
  header: (name: string) => string | undefined,
  settings: AzureSettings,
  now: number,
): Failure {
  const parsed = signInBody.safeParse(body);
  const number = parsed.success ? parsed.data.error_codes?.[0] : undefined;
  // Too much, too broken, or not Entra ID at all: its refusals always carry a code of their own.
  if (status === 429 || status >= 500 || number === undefined) {
    return new Failure(general({ status, code: undefined, header }, 'Entra ID', now));
  }
  return entraFailure(number, settings) ?? wordFailure(parsed.data?.error) ?? signInFailed(undefined, number);
}

/** What MSAL itself gave up for: what the browser was told, or what its cache lacks. */
export function classifyPrompt(error: AuthError, settings: AzureSettings): Failure {
  if (error instanceof InteractionRequiredAuthError) return signInAgain('The stored sign-in is no longer good.');
  const number = Number(/^AADSTS(\d{4,8})\b/.exec(error.errorMessage)?.[1]);
  const told = Number.isNaN(number) ? undefined : entraFailure(number, settings);
  if (told) return told;
  if (error.errorCode === 'device_code_expired') return signInAgain('The code was not typed in time.');
  return wordFailure(error.errorCode) ?? signInFailed(error, Number.isNaN(number) ? undefined : number);
}

/** By the words of RFC 6749, 5.2 and RFC 8628, 3.5, where the number tells nothing more. */
function wordFailure(word: string | undefined): Failure | undefined {
  switch (word) {
    case 'access_denied':
    case 'authorization_declined':
      return signInAgain('The sign-in was declined.');
    case 'expired_token':
      return signInAgain('The code was not typed in time.');
    case 'invalid_grant':
    case 'interaction_required':
    case 'login_required':
    case 'consent_required':
      return signInAgain('Entra ID wants to see the person again before it goes on.');
    default:
      return undefined;
  }
}

const again = 'Sign in again in this connection.';

/** Only the person can go on. */
export function signInAgain(sentence: string): Failure {
  return new Failure({ kind: 'auth', code: 'sign-in-again', sentence, fix: again });
}

/** What one of Entra's codes means, where we know more of it than its number. */
export function entraFailure(number: number, settings: AzureSettings): Failure | undefined {
  const told = (isPersonal(settings) ? personCases[number] : undefined) ?? signInCases(settings)[number];
  return told && new Failure({ kind: 'auth', code: `entra-${number}`, sentence: told[0], fix: told[1] });
}

/** A sentence and a fix for each code: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
type Cases = Readonly<Record<number, readonly [string, string]>>;

const strongerFix = `${again} Entra ID then asks for what it needs.`;
const personCases: Cases = {
  700082: ['The sign-in was not used for too long and has expired.', again],
  70008: ['The sign-in has expired.', again],
  70043: ['The sign-in has expired, as a Conditional Access policy wants it.', again],
  50173: ['The sign-in was revoked, for example because of a new password.', again],
  50132: ['The sign-in was revoked, for example because of a new password.', again],
  50133: ['The sign-in was revoked, for example because of a new password.', again],
  50057: [
    'The account of this person is disabled.',
    `Have it enabled, or sign in as somebody else in this connection.`,
  ],
  50074: ['Entra ID wants a second factor of this person.', strongerFix],
  50076: ['Entra ID wants a second factor of this person.', strongerFix],
  50078: ['Entra ID wants a second factor of this person again.', strongerFix],
  50079: ['This person has to set up a second factor first.', strongerFix],
  50158: ['Entra ID wants this person to prove more than a password.', strongerFix],
  50020: [
    'This account does not belong to the tenant of this connection.',
    'Sign in as a member or guest of the tenant, or correct the tenant ID.',
  ],
  50105: [
    'This person is not assigned to the application that signs in.',
    'Assign the person in Microsoft Entra ID > Enterprise applications > Users and groups.',
  ],
  65001: [
    'Nobody has agreed yet that this application reads vaults for this person.',
    'Add the permissions user_impersonation of Azure Key Vault and Azure Service Management to the app registration, and sign in again.',
  ],
  65004: ['The sign-in was declined.', again],
  90094: ['Only an administrator may agree to what this application asks for.', 'Have an administrator grant consent.'],
  50011: [
    'The application does not expect a sign-in from this computer.',
    'Add the platform "Mobile and desktop applications" with http://localhost to the app registration (Authentication).',
  ],
  7000218: [
    'The application does not let people sign in without a secret of its own.',
    'Switch on "Allow public client flows" in the app registration (Authentication).',
  ],
  70020: ['The code was not typed in time.', again],
};

function signInCases({ tenantId: tenant, clientId: client = '' }: AzureSettings): Cases {
  const newSecret =
    'Make a new client secret in the app registration (Certificates & secrets) and enter its value here.';
  const upload =
    'Upload the certificate to the app registration (Certificates & secrets), or enter the one that is there.';
  return {
    7000215: ['The client secret is wrong.', `${newSecret} The value is needed, not the secret ID.`],
    7000222: ['The client secret has expired.', newSecret],
    7000218: [
      'Entra ID got no client secret or certificate.',
      'Enter the secret or certificate of this connection again.',
    ],
    700016: [
      `There is no application ${client} in the tenant ${tenant}.`,
      'Check client ID and tenant ID against the app registration; perhaps they were mixed up.',
    ],
    90002: [
      `There is no tenant ${tenant} in this cloud.`,
      'Check the tenant ID, and the cloud chosen for this connection.',
    ],
    900023: [`The tenant ID ${tenant} is not one.`, 'Copy the tenant ID from Microsoft Entra ID > Overview.'],
    700027: ['Entra ID does not know the sign-in certificate, or it has expired.', upload],
    700024: ['Entra ID refused the sign-in because of its time.', "Set this computer's clock right, then try again."],
    700021: ['The sign-in certificate belongs to another application.', upload],
    700030: ['The sign-in certificate is not trusted for this application.', upload],
    7000112: [`The application ${client} is disabled.`, 'Enable it in Microsoft Entra ID > Enterprise applications.'],
    500011: [
      `The tenant ${tenant} does not know the service that was asked for.`,
      'Check the tenant ID and the cloud of this connection.',
    ],
    53003: [
      'A Conditional Access policy blocks this sign-in.',
      'Let the policy allow this application from this network (Microsoft Entra ID > Conditional Access).',
    ],
    70011: [
      'Entra ID does not know the service that was asked for.',
      'Check the cloud and addresses of this connection.',
    ],
  };
}

/** A sign-in that failed without a reason we know. */
function signInFailed(error: unknown, number?: number): Failure {
  return new Failure(
    {
      kind: 'auth',
      code: number === undefined ? 'entra-refused' : `entra-${number}`,
      sentence: `Entra ID refused the sign-in${number === undefined ? '' : ` (AADSTS${number})`}.`,
      fix: "Check tenant ID, client ID and secret or certificate; the tenant's sign-in log tells the reason.",
    },
    error === undefined ? undefined : traceOf(error),
  );
}
