import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp } from './app.ts';
import { type Connections, connectAll } from './connect.ts';

/** The whole app without its window, connected to stand-in clouds of its own that hold the sample. */
export interface AppBed {
  readonly clouds: Clouds;
  readonly sample: Sample;
  readonly app: Awaited<ReturnType<typeof startApp>>;
  readonly connections: Connections;
  end(): Promise<void>;
}

export async function openAppBed(options: Parameters<typeof startApp>[0] = {}): Promise<AppBed> {
  const clouds = await startClouds();
  const sample = await seedSample(clouds);
  const app = await startApp(options);
  return {
    clouds,
    sample,
    app,
    connections: await connectAll(app, clouds, sample),
    async end() {
      await app.end();
      await clouds.close();
    },
  };
}
