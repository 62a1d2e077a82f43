import { randomInt } from 'node:crypto';

/** The APIs of the stand-in, with the names they have in the console. */
export const apis = {
  'secretmanager.googleapis.com': 'Secret Manager API',
  'certificatemanager.googleapis.com': 'Certificate Manager API',
  'iamcredentials.googleapis.com': 'IAM Service Account Credentials API',
} as const;

export type ApiName = keyof typeof apis;

export const apiNames = Object.keys(apis) as readonly ApiName[];

export interface Project {
  readonly id: string;
  /** Google answers with the number in most names, whatever it was asked by. */
  readonly number: string;
  readonly enabledApis: Set<ApiName>;
}

/** The projects of the stand-in. All APIs of a new one are enabled. */
export class Projects {
  private readonly byId = new Map<string, Project>();

  add(id: string): Project {
    if (!/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(id)) throw new Error(`${id} can't be a project id`);
    if (this.byId.has(id)) throw new Error(`there is a project ${id} already`);
    const number = String(randomInt(100_000_000_000, 999_999_999_999));
    const project = { id, number, enabledApis: new Set(apiNames) };
    this.byId.set(id, project);
    return project;
  }

  /** @param idOrNumber as it stands in a resource name */
  find(idOrNumber: string): Project | undefined {
    return this.byId.get(idOrNumber) ?? [...this.byId.values()].find(({ number }) => number === idOrNumber);
  }

  /** @throws if it isn't there */
  need(idOrNumber: string): Project {
    const project = this.find(idOrNumber);
    if (project === undefined) throw new Error(`the stand-in GCP has no project ${idOrNumber}`);
    return project;
  }
}
