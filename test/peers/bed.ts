import type { Target } from '../../main/clouds/ports.ts';
import { serviceFacts } from '../../main/domain/service.ts';
import { product } from '../../main/product.ts';
import type { Awaitable, TargetBed, TargetRights } from '../conformance/target-bed.ts';
import { deskFaults, type Operations } from '../conformance/target-cloud-bed.ts';
import type { CloudBed } from '../support/cloud-bed.ts';
import type { Front } from './front.ts';

/** The calls that the product makes to one service, in the service's words. */
export interface Calls {
  readonly operations: Operations;
  readonly valueReads: readonly string[];
}

/** What the owner of a service can do at a peer. */
export type Owner = Pick<TargetBed, 'held' | 'count' | 'putOutside' | 'tagOutside' | 'removeOutside'> & {
  close(): Awaitable<void>;
};

/** A bed whose faults are played by the front, and whose owner asks the peer itself. */
export function bedBehind(
  { service, tags }: Pick<TargetBed, 'service' | 'tags'>,
  { operations, valueReads }: Calls,
  bed: CloudBed,
  front: Front,
  owner: Owner,
  open: (rights: TargetRights) => Promise<Target>,
): TargetBed {
  const { desk, arrived } = front;
  return {
    ...owner,
    ...deskFaults({ ...bed, desk, arrived }, serviceFacts[service].provider, operations),
    service,
    tags,
    open,
    valueReads,
    async close() {
      await owner.close();
      await front.close();
      await bed.close();
    },
  };
}

/** Tags without those that an adapter sets for itself. */
export function withoutMarks(tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = []) {
  const marks = ['name', 'encoding'].map((mark) => `${product.tagNamespace}${mark}`);
  const kept = tags.filter(({ Key = '' }) => !marks.includes(Key));
  return Object.fromEntries(kept.map(({ Key = '', Value = '' }) => [Key, Value]));
}
