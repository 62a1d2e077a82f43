import type { Parameter } from './parameter.ts';

type Version = Parameter['latest'];

/** What all answers tell of a version, without a value. Times travel as seconds since the epoch, with fractions. */
function common({ name }: Parameter, { type, version, modifiedAt }: Version): Record<string, unknown> {
  return { Name: name, Type: type, Version: version, LastModifiedDate: modifiedAt / 1000, DataType: 'text' };
}

export function valueEntry(parameter: Parameter, version: Version, decrypted: boolean, selector?: string): object {
  return {
    ...common(parameter, version),
    Value: shown(version, decrypted),
    ARN: parameter.arn,
    ...(selector === undefined ? {} : { Selector: `:${selector}` }),
  };
}

export function metadataEntry(parameter: Parameter): object {
  return { ...common(parameter, parameter.latest), ...details(parameter.latest), ARN: parameter.arn, Policies: [] };
}

export function historyEntry(parameter: Parameter, version: Version, decrypted: boolean): object {
  return {
    ...common(parameter, version),
    ...details(version),
    Value: shown(version, decrypted),
    Labels: version.labels,
    Policies: [],
  };
}

function details({ keyId, modifiedBy, description, tier }: Version): Record<string, unknown> {
  return {
    ...(keyId === undefined ? {} : { KeyId: keyId }),
    LastModifiedUser: modifiedBy,
    ...(description === undefined ? {} : { Description: description }),
    Tier: tier,
  };
}

function shown({ value, ciphertext }: Version, decrypted: boolean): string {
  return decrypted ? value : (ciphertext ?? value);
}
