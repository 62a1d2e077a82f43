import { AwsFailure } from '../failure.ts';
import { operation } from '../operation.ts';
import { authorize } from '../policy.ts';
import * as inputs from './inputs.ts';
import { checkName } from './names.ts';
import type { Parameter } from './parameter.ts';
import {
  allow,
  defaultKey,
  type Operations,
  parameterNotFound,
  requireKey,
  type Scene,
  versionNotFound,
} from './scene.ts';
import { addTags } from './tags.ts';
import { chooseTier } from './tiers.ts';
import { historyEntry, valueEntry } from './views.ts';

/** The operations that carry a parameter's value. What each does and says follows its page in the API reference. */
export const valueOperations: Operations = {
  PutParameter: operation(inputs.putParameter, (input, scene: Scene) => {
    // "The service removes any spaces specified for the beginning or end of a parameter name."
    const name = input.Name.replace(/^ +| +$/g, '');
    const { Overwrite: overwrite = false, Tags = [], Value: value } = input;
    const { caller, store, quota } = scene;
    if (overwrite && Tags.length > 0) {
      throw invalid(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove " +
          'overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or ' +
          'RemoveTagsFromResource.',
      );
    }
    const arn = store.arnOf(name);
    authorize(caller, 'ssm:PutParameter', arn, arn);
    if (Tags.length > 0) authorize(caller, 'ssm:AddTagsToResource', arn, arn);
    checkName(name, arn);
    refuseLeftOut(input);
    if (/\{\{.*\}\}/s.test(value)) {
      throw invalid('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
    }

    const existing = store.get(name);
    const type = input.Type ?? existing?.latest.type;
    if (type === undefined) throw invalid('A parameter type is required when you create a parameter.');
    if (existing !== undefined && !overwrite) {
      throw new AwsFailure(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    // As the API reference has it; Terraform's acceptance suite suggests that AWS lets a type change after all.
    if (existing !== undefined && existing.latest.type !== type) {
      throw new AwsFailure(
        'HierarchyTypeMismatchException',
        "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a " +
          'parameter from a String type to a SecureString type. You must create a new, unique parameter.',
      );
    }
    if (type !== 'SecureString' && input.KeyId !== undefined) {
      throw invalid('KeyId is required for SecureString type parameter only.');
    }
    const tier = chooseTier(input.Tier, value, existing, store, quota);
    const keyId = type === 'SecureString' ? (input.KeyId ?? existing?.latest.keyId ?? defaultKey) : undefined;
    if (keyId !== undefined) requireKey(tier === 'Standard' ? 'Encrypt' : 'GenerateDataKey', keyId, scene);

    const parameter = existing ?? store.draft(name);
    const tagged = addTags(parameter.tags, Tags);
    const version = parameter.write({
      value,
      type,
      tier,
      keyId,
      // What a write leaves out stays as it was. moto's suite checks that of description and key; AWS documents it of
      // policies alone.
      description: input.Description ?? existing?.latest.description,
      modifiedAt: scene.now,
      modifiedBy: caller.arn,
    });
    for (const [key, tag] of tagged) parameter.tags.set(key, tag);
    store.keep(parameter);
    return { Version: version, Tier: tier };
  }),

  GetParameter: operation(inputs.getParameter, ({ Name, WithDecryption = false }, scene: Scene) => {
    const { name, selector } = splitSelector(Name);
    const parameter = allow('GetParameter', name, scene);
    if (parameter === undefined) throw parameterNotFound();
    const version = selector === undefined ? parameter.latest : parameter.find(selector);
    if (version === undefined) throw versionNotFound(selector ?? '', parameter.name);
    if (WithDecryption && version.keyId !== undefined) requireKey('Decrypt', version.keyId, scene);
    return { Parameter: valueEntry(parameter, version, WithDecryption, selector) };
  }),

  GetParameterHistory: operation(inputs.getParameterHistory, (input, scene: Scene) => {
    const { Name, WithDecryption = false, MaxResults = 50, NextToken } = input;
    const parameter = mustFind('GetParameterHistory', Name, scene);
    const after = NextToken === undefined ? 0 : Number(NextToken);
    if (!Number.isInteger(after)) throw new AwsFailure('InvalidNextToken', 'The specified token is not valid.');
    if (WithDecryption) {
      for (const { keyId } of parameter.versions) if (keyId !== undefined) requireKey('Decrypt', keyId, scene);
    }
    const rest = parameter.versions.filter(({ version }) => version > after);
    const page = rest.slice(0, MaxResults);
    const last = page.at(-1);
    return {
      Parameters: page.map((version) => historyEntry(parameter, version, WithDecryption)),
      ...(last === undefined || page.length === rest.length ? {} : { NextToken: String(last.version) }),
    };
  }),

  DeleteParameter: operation(inputs.deleteParameter, ({ Name }, scene: Scene) => {
    scene.store.remove(mustFind('DeleteParameter', Name, scene));
    return {};
  }),
};

function mustFind(action: string, name: string, scene: Scene): Parameter {
  const parameter = allow(action, name, scene);
  if (parameter === undefined) throw parameterNotFound();
  return parameter;
}

/** `name:3` means a version, `name:label` a labelled one; in an ARN only what follows the name counts. */
function splitSelector(name: string): { name: string; selector?: string } {
  const [, bare = name, selector] = /^((?:arn:.*?:parameter)?[^:]*):([^:]+)$/.exec(name) ?? [];
  return selector === undefined ? { name } : { name: bare, selector };
}

/** What the stand-in would have to ignore it refuses. */
function refuseLeftOut({
  AllowedPattern,
  Policies,
  DataType = 'text',
}: {
  readonly AllowedPattern?: string | undefined;
  readonly Policies?: string | undefined;
  readonly DataType?: string | undefined;
}): void {
  if (AllowedPattern !== undefined || Policies !== undefined) {
    throw invalid('The stand-in has no allowed patterns and no parameter policies.');
  }
  if (DataType !== 'text') {
    throw invalid(`The following data type is not supported: ${DataType} (Data type names are all lowercase.)`);
  }
}

function invalid(message: string): AwsFailure {
  return new AwsFailure('ValidationException', message);
}
