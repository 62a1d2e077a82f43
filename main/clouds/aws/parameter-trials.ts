import {
  AddTagsToResourceCommand,
  DescribeParametersCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { TestStep } from '../ports.ts';
import { allowed, unlessDenied } from '../steps.ts';
import { awsNameProblems } from './names.ts';
import type { AwsSession } from './session.ts';
import { testService } from './trials.ts';

/** Tries, step by step, what a sync to Parameter Store needs under a name prefix. */
export function testParameterStore(
  session: AwsSession<SSMClient>,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<TestStep> {
  const { client, region, deps } = session;
  // A prefix is one for all services of the connection: what others write as a/b has a / in front here.
  const rooted = prefix.includes('/') && !prefix.startsWith('/') ? `/${prefix}` : prefix;
  const name = `${rooted}permission-check-${deps.randomId()}`;
  const under = rooted === '' ? 'any name' : `names that begin with ${rooted}`;
  const resource = { ResourceType: 'Parameter', ResourceId: name } as const;

  let mayLook = true;

  const onMissing = (action: string, work: Parameters<typeof session.call>[2]) =>
    allowed(session.call({ action, name }, signal, work));

  return testService(
    session,
    {
      name,
      nameProblems: awsNameProblems.parameterstore,
      nameSentence: rooted === '' ? 'No prefix: any name may be written.' : `AWS takes names like ${rooted}api-key.`,
      rights: [
        {
          id: 'list',
          title: 'List parameters',
          async run() {
            const tried = await unlessDenied(
              session.call({ action: 'ssm:DescribeParameters' }, signal, (options) =>
                client.send(new DescribeParametersCommand({ MaxResults: 1 }), options),
              ),
              `The parameters in ${region} can be listed, without their values.`,
              'Syncs work, but what others change in a target cannot be seen, and is overwritten.',
            );
            mayLook = !('outcome' in tried);
            return tried;
          },
        },
        {
          id: 'inspect',
          title: 'See which parameters are ours',
          run: () =>
            unlessDenied(
              onMissing('ssm:ListTagsForResource', (options) =>
                client.send(new ListTagsForResourceCommand(resource), options),
              ),
              `The tags of ${under} can be read.`,
              'Syncs work; which record a parameter belongs to is then told by its description.',
            ),
        },
        {
          id: 'write',
          title: 'Write parameters',
          async run() {
            // Without a type nothing can be made, only overwritten.
            await onMissing('ssm:PutParameter', (options) =>
              client.send(new PutParameterCommand({ Name: name, Value: 'permission check', Overwrite: true }), options),
            );
            await onMissing('ssm:AddTagsToResource', (options) =>
              client.send(
                new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'permission-check', Value: '' }] }),
                options,
              ),
            );
            // By which an update finds out whether the parameter is there, where it may not look.
            if (!mayLook) {
              await onMissing('ssm:RemoveTagsFromResource', (options) =>
                client.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['permission-check'] }), options),
              );
            }
            return { sentence: `Parameters and their tags may be written to ${under} in ${region}.` };
          },
        },
      ],
    },
    signal,
  );
}
