import { describeCrashes, writing } from '../support/crash.ts';

/** No key makes a repetition harmless: a write whose end was never entered has to be found in the target. */
describeCrashes(
  'killed while it writes to Parameter Store',
  writing('parameterstore', {
    create: ['ssm:PutParameter'],
    update: ['ssm:PutParameter', 'ssm:AddTagsToResource'],
    tags: ['ssm:AddTagsToResource'],
  }),
);
