import type { Output } from '../../preload/contract/operations.ts';
import { targetNameFor, templateProblem } from '../domain/naming.ts';
import { placesOf } from '../domain/record.ts';
import { inStretches } from '../engine/planning.ts';
import type { Handlers, OperationDeps } from './deps.ts';

type Preview = Output<'naming.preview'>;

/** What a naming rule being typed would give. */
export function namingHandlers({ store, clouds }: Pick<OperationDeps, 'store' | 'clouds'>): Handlers<'naming.preview'> {
  return {
    'naming.preview': async ({ template, items, ...place }) => {
      const problem = templateProblem(template);
      if (problem) return { templateProblem: problem.sentence, names: [] };
      const named: (Preview['names'][number] & { readonly problems: string[] })[] = [];
      const wanted = new Map<string, number>();
      for await (const some of inStretches(items))
        for (const item of some) {
          const targetName = clouds.fitName(place.targetService, targetNameFor(template, item), item);
          named.push({ ...item, targetName, problems: clouds.nameProblems(place.targetService, targetName) });
          wanted.set(targetName, (wanted.get(targetName) ?? 0) + 1);
        }
      const taken = store.records.places();
      const targetAccount = store.connections.get(place.targetConnectionId)?.account ?? null;
      for await (const some of inStretches(named))
        for (const { targetName, problems } of some) {
          const places = placesOf({ ...place, targetAccount, targetName });
          const owner = taken.get(places.find((one) => taken.has(one)) ?? '');
          if (owner)
            problems.push(`The record for ${owner.sourceVault}/${owner.sourceName} writes this target already.`);
          if ((wanted.get(targetName) ?? 0) > 1)
            problems.push('Another of the chosen secrets would get the same target name.');
        }
      return { templateProblem: null, names: named };
    },
  };
}
