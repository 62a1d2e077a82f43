import type { Project, Projects } from '../projects.ts';
import { type Replication, Secret } from './secret.ts';

/** The secrets of all projects: global ones, and those of each region, which are others even by the same id. */
export class SecretStore {
  private readonly secrets = new Map<string, Secret>();

  add(
    project: Project,
    location: string | undefined,
    id: string,
    replication: Replication | undefined,
    now: number,
  ): Secret {
    const secret = new Secret({ projectNumber: project.number, location, id }, replication, now);
    this.secrets.set(secret.name, secret);
    return secret;
  }

  /** For good, at once, with all versions. */
  remove(secret: Secret): void {
    this.secrets.delete(secret.name);
  }

  /** The secret, unless it has expired. */
  get(project: Project, location: string | undefined, id: string, now: number): Secret | undefined {
    return this.alive(this.secrets.get(nameOf(project, location, id)), now);
  }

  /** The secrets of a place, newest first. */
  list(project: Project, location: string | undefined, now: number): Secret[] {
    return [...this.secrets.values()]
      .filter((secret) => secret.projectNumber === project.number && secret.location === location)
      .filter((secret) => this.alive(secret, now) !== undefined)
      .reverse();
  }

  private alive(secret: Secret | undefined, now: number): Secret | undefined {
    if (secret?.expireAt === undefined || secret.expireAt > now) return secret;
    this.remove(secret);
    return undefined;
  }
}

export function nameOf({ number }: Project, location: string | undefined, id: string): string {
  return `projects/${number}${location === undefined ? '' : `/locations/${location}`}/secrets/${id}`;
}

/** The place and id of a secret from its resource name. @throws if it is none, or its project isn't there */
export function readName(
  name: string,
  projects: Projects,
): { project: Project; location: string | undefined; id: string } {
  const parts = /^projects\/([^/]+)(?:\/locations\/([^/]+))?\/secrets\/([^/]+)$/.exec(name);
  if (parts === null) throw new Error(`${name} is not the name of a secret`);
  return { project: projects.need(parts[1] ?? ''), location: parts[2], id: parts[3] ?? '' };
}
