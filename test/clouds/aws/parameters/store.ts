import { Parameter, type Tier } from './parameter.ts';

/** The parameters of one region. */
export class ParameterStore {
  readonly region: string;
  readonly arnPrefix: string;
  /** By ARN: a name and the same name behind a slash have the same. */
  private readonly parameters = new Map<string, Parameter>();
  /** Kept while no parameter comes or goes, so that a page costs what is looked at for it. */
  private sorted: readonly Parameter[] | undefined;

  constructor(region: string, accountId: string) {
    this.region = region;
    this.arnPrefix = `arn:aws:ssm:${region}:${accountId}:`;
  }

  /** The ARN of the parameter that a name or an ARN means, whether it is there or not. */
  arnOf(name: string): string {
    return name.startsWith('arn:') ? name : `${this.arnPrefix}parameter/${name.replace(/^\//, '')}`;
  }

  get(name: string): Parameter | undefined {
    return this.parameters.get(this.arnOf(name));
  }

  /** A parameter that isn't kept yet. */
  draft(name: string): Parameter {
    return new Parameter(name, this.arnOf(name));
  }

  keep(parameter: Parameter): void {
    if (!this.parameters.has(parameter.arn)) this.sorted = undefined;
    this.parameters.set(parameter.arn, parameter);
  }

  /** For good: there is no recovery window. */
  remove(parameter: Parameter): void {
    this.parameters.delete(parameter.arn);
    this.sorted = undefined;
  }

  /** In order of their names. */
  all(): readonly Parameter[] {
    this.sorted ??= [...this.parameters.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.sorted;
  }

  /** Whether there are as many parameters of this tier as there may be. */
  isFull(tier: Tier, quota: number): boolean {
    return this.parameters.size >= quota && this.all().filter(({ latest }) => latest.tier === tier).length >= quota;
  }
}
