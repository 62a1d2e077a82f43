import { AwsFailure } from '../failure.ts';
import { operation } from '../operation.ts';
import { authorize } from '../policy.ts';
import { toCondition } from './filters.ts';
import * as inputs from './inputs.ts';
import type { Parameter } from './parameter.ts';
import { allow, type Operations, parameterNotFound, type Scene, versionNotFound } from './scene.ts';
import { addTags } from './tags.ts';
import { metadataEntry } from './views.ts';

/** The operations on what is around a value. What each does and says follows its page in the API reference. */
export const metadataOperations: Operations = {
  DescribeParameters: operation(inputs.describeParameters, (input, scene: Scene) => {
    const { ParameterFilters = [], Filters, MaxResults = 50, NextToken } = input;
    const { caller, store, scanLimit } = scene;
    // About no single parameter: a policy has to say "*" or this very ARN.
    authorize(caller, 'ssm:DescribeParameters', `${store.arnPrefix}*`, `${store.arnPrefix}*`);
    if (Filters !== undefined) {
      throw new AwsFailure('ValidationException', 'The stand-in has ParameterFilters, not the older Filters.');
    }
    const matches = toCondition(ParameterFilters);
    const after = NextToken === undefined ? undefined : readToken(NextToken);
    const rest = store.all().filter(({ name }) => after === undefined || name > after);
    const shown: Parameter[] = [];
    let seen = 0;
    // "If the service reaches an internal limit while processing the results, it stops the operation and returns the
    // matching values up to that point and a NextToken": a page may be short, and empty.
    for (const parameter of rest.slice(0, scanLimit)) {
      if (shown.length === MaxResults) break;
      seen += 1;
      if (matches(parameter)) shown.push(parameter);
    }
    const last = rest[seen - 1];
    const more = last !== undefined && seen < rest.length;
    return { Parameters: shown.map(metadataEntry), ...(more ? { NextToken: writeToken(last.name) } : {}) };
  }),

  AddTagsToResource: operation(inputs.addTagsToResource, ({ Tags, ...resource }, scene: Scene) => {
    const parameter = findTagged('AddTagsToResource', resource, scene);
    for (const [key, value] of addTags(parameter.tags, Tags)) parameter.tags.set(key, value);
    return {};
  }),

  RemoveTagsFromResource: operation(inputs.removeTagsFromResource, ({ TagKeys, ...resource }, scene: Scene) => {
    const parameter = findTagged('RemoveTagsFromResource', resource, scene);
    for (const key of TagKeys) parameter.tags.delete(key);
    return {};
  }),

  ListTagsForResource: operation(inputs.listTagsForResource, (resource, scene: Scene) => {
    const { tags } = findTagged('ListTagsForResource', resource, scene);
    return { TagList: [...tags].map(([Key, Value]) => ({ Key, Value })) };
  }),

  LabelParameterVersion: operation(inputs.labelParameterVersion, ({ Name, ParameterVersion, Labels }, scene: Scene) => {
    const parameter = allow('LabelParameterVersion', Name, scene);
    if (parameter === undefined) throw parameterNotFound();
    const wanted = ParameterVersion ?? parameter.latest.version;
    const version = parameter.find(String(wanted));
    if (version === undefined) throw versionNotFound(wanted, parameter.name);
    const valid = (label: string) => /^[a-zA-Z_.-][a-zA-Z0-9_.-]*$/.test(label) && !/^(aws|ssm)/i.test(label);
    parameter.label(version, Labels.filter(valid));
    return { InvalidLabels: Labels.filter((label) => !valid(label)), ParameterVersion: version.version };
  }),
};

function findTagged(
  action: string,
  { ResourceType, ResourceId }: { readonly ResourceType: string; readonly ResourceId: string },
  scene: Scene,
): Parameter {
  const parameter = ResourceType === 'Parameter' ? allow(action, ResourceId, scene) : undefined;
  if (parameter === undefined) {
    throw new AwsFailure(
      'InvalidResourceId',
      "The resource ID isn't valid. Verify that you entered the correct ID and try again.",
    );
  }
  return parameter;
}

function writeToken(name: string): string {
  return Buffer.from(name).toString('base64');
}

/** @throws AwsFailure InvalidNextToken */
function readToken(token: string): string {
  const name = Buffer.from(token, 'base64').toString();
  if (writeToken(name) !== token) throw new AwsFailure('InvalidNextToken', 'The specified token is not valid.');
  return name;
}
