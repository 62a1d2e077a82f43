import { type AwsCloud, createAws, maxBodyBytes } from './aws/index.ts';
import { type Azure, createAzure } from './azure/index.ts';
import { controlCalls } from './control.ts';
import { createGcp, type Gcp } from './gcp/index.ts';
import { createAuthority } from './kernel/certificates.ts';
import { createDesk, type DeskControl, type DeskOptions } from './kernel/desk.ts';
import { type DoorAddress, openDoor } from './kernel/door.ts';
import { listen } from './kernel/server.ts';

interface CloudsOptions extends DeskOptions {
  /** The first of consecutive ports: sign-in, Resource Manager, AWS, GCP, control, the vaults. Default: free ones. */
  readonly firstPort?: number;
}

/** The running stand-ins, as their own process holds them. */
export interface Clouds {
  /** The certificate of the authority made for this run: what a client has to trust. */
  readonly caPem: string;
  readonly azure: Azure;
  /** `url` is the endpoint of every service and region. */
  readonly aws: AwsCloud & { readonly url: string };
  readonly gcp: Gcp;
  /** Where another process finds the same controls; see `callThroughDoor`. */
  readonly control: DoorAddress;
  readonly desk: DeskControl;
  close(): Promise<void>;
}

/** Starts the stand-in clouds: a tenant with a subscription and an AWS account, without vaults, projects or users. */
export async function startClouds(options: CloudsOptions = {}): Promise<Clouds> {
  let port = options.firstPort ?? 0;
  const nextPort = () => (port === 0 ? 0 : port++);
  const desk = createDesk(options);
  const authority = await createAuthority();
  const tls = await authority.issueForLoopback();
  const azure = await createAzure({ desk, tls, nextPort });
  const account = createAws(desk);
  const awsListener = await listen(account.handle, tls, { port: nextPort(), now: desk.now, maxBodyBytes });
  const aws = { ...account, url: awsListener.url };
  const gcp = await createGcp({ desk, tls, port: nextPort() });
  const door = await openDoor(controlCalls({ azure, aws, gcp, desk }), tls, nextPort());
  return {
    caPem: authority.certPem,
    azure,
    aws,
    gcp,
    control: { url: door.url, token: door.token },
    desk,
    async close() {
      await Promise.all([azure.close(), awsListener.close(), gcp.close(), door.close()]);
    },
  };
}
