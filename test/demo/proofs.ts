import type { RecordView } from '../../preload/contract/views.ts';
import type { CheckRowView, CheckView } from '../../preload/contract/watch.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';
import type { DesktopApp } from '../support/desktop.ts';
import { arrived } from './records.ts';
import { go, patience, stopwatch, typeRule, until } from './steps.ts';

/** What one proof came to: a line to print, and whether it is as it should be. */
interface Proof {
  readonly line: string;
  readonly good: boolean;
}

const vault = 'kv-production';

/** A rule made in the window gives what its pattern matches records of their own, which are synced at once. */
export async function ruleProof(app: DesktopApp, clouds: Clouds, sample: Sample): Promise<Proof> {
  const { page } = app;
  await go(page, 'Rules');
  const dialog = await typeRule(page, { name: 'Production addresses', vault, names: '*-url' });
  const save = dialog.getByRole('button', { name: /^Save and create \d+ records$/ });
  const promised = Number(/\d+/.exec(await save.innerText())?.[0]);
  await save.click();
  await dialog.waitFor({ state: 'hidden' });
  const ofRule = async () => (await app.ask('records.list', {})).filter(({ rule }) => rule === 'Production addresses');
  const made = await until(page, ofRule, (records) => records.length > 0 && records.every(isEnded));
  const right = made.filter((record) => record.status === 'synced' && arrived(clouds, sample, record));
  return {
    line: `the rule *-url for ${vault}, made in the window, gave ${made.length} of ${promised} secrets a record in Parameter Store; ${right.length} hold what Azure does`,
    good: made.length === promised && right.length === made.length && made.length > 0,
  };
}

/** A secret that gets another value in Azure is found by Scan now, and every record that follows it is synced. */
export async function changeProof(app: DesktopApp, clouds: Clouds, sample: Sample): Promise<Proof> {
  const { page } = app;
  const name = 'redis-url';
  clouds.azure.vault(vault).set(name, `rediss://:${crypto.randomUUID()}@cache.contoso.example:6380/0`);
  const following = async () =>
    (await app.ask('records.list', {})).filter((record) => record.sourceVault === vault && record.sourceName === name);
  clouds.desk.clearArrivals();
  await go(page, 'Discovery');
  await page.getByRole('button', { name: 'Scan now', exact: true }).click();
  const seconds = stopwatch();
  const isHere = (record: RecordView) => isEnded(record) && arrived(clouds, sample, record);
  const records = await until(page, following, (found) => found.every(isHere));
  const took = seconds();
  const reads = clouds.desk.arrivals({ cloud: 'keyvault', name: 'GetSecret' }).length;
  const right = records.filter((record) => record.status === 'synced' && isHere(record));
  return {
    line: `${vault}/${name} was changed in Azure; Scan now brought it to ${right.length} of ${records.length} targets in ${took} s, with ${reads} values read`,
    good: records.length > 1 && right.length === records.length && reads === records.length,
  };
}

/** A target that somebody else changed is found by Check now, and replaced once a person says so. */
export async function driftProof(app: DesktopApp, clouds: Clouds, sample: Sample): Promise<Proof> {
  const { page } = app;
  const targetName = `certifyclouds/${vault}/api-key`;
  clouds.aws.putOutside(sample.region, targetName, 'edited by hand');
  const { check, rows } = await checkNow(app, false);
  const found = rows.filter(({ verdict }) => verdict === 'changed');
  const [row] = found;

  await go(page, 'Sync');
  await page.getByRole('button', { name: /^Decide… 1 record waits/ }).click();
  const list = page.getByRole('dialog', { name: 'Waiting for your decision' });
  await list.getByRole('button', { name: 'Overwrite target', exact: true }).click();
  const sure = page.getByRole('dialog', { name: 'Overwrite target: 1 record?' });
  await sure.getByRole('button', { name: 'Overwrite target', exact: true }).click();
  await list.getByText('Nothing waits for you').waitFor({ timeout: patience });
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'hidden' });
  const edited = async () => (await app.ask('records.list', {})).filter((record) => record.targetName === targetName);
  const isRight = (record: RecordView) => record.status === 'synced' && arrived(clouds, sample, record);
  const isBack = (await until(page, edited, (records) => records.every(isRight))).every(isRight);
  return {
    line: `${targetName} was edited in AWS; Check now found ${found.length} of ${check.total} changed (${row?.source ?? 'none'}, by ${row?.method ?? 'nothing'}); after Overwrite target it ${isBack ? 'holds' : 'does NOT hold'} what Azure does`,
    good: found.length === 1 && check.attention === 1 && row?.target === targetName && isBack,
  };
}

/** Every copy is compared with its source by value. */
export async function valuesProof(app: DesktopApp): Promise<Proof> {
  const { check, rows } = await checkNow(app, true);
  const counts = Object.entries(check.counts).map(([verdict, count]) => `${count} ${verdict}`);
  const byValue = rows.filter(({ method }) => method === 'value').length;
  return {
    line: `check with values: ${check.total} copies, ${byValue} compared by value (of a certificate that itself, not its key): ${counts.join(', ')}; ${check.attention} want a look`,
    good: !check.cancelled && check.total > 0 && rows.length === check.total && check.attention === 0,
  };
}

/** The audit trail of all this, counted through. */
export async function auditProof({ page }: DesktopApp): Promise<Proof> {
  await go(page, 'Audit trail');
  await page.getByRole('button', { name: 'Verify chain', exact: true }).click();
  const verdict = page.getByText(/^The audit trail (is whole|was changed)/);
  await verdict.waitFor({ timeout: patience });
  const said = await verdict.innerText();
  const rows = /all ([\d,]+) rows fit/.exec(said)?.[1];
  return {
    line: rows === undefined ? `audit trail: ${said}` : `audit trail: ${rows} rows, whole`,
    good: rows !== undefined,
  };
}

/** Presses Check now and waits for its end. @returns the check, and what it found of each record */
export async function checkNow(
  app: DesktopApp,
  values: boolean,
): Promise<{ readonly check: CheckView; readonly rows: readonly CheckRowView[] }> {
  const { page } = app;
  const latest = async () => (await app.ask('checks.list', { limit: 1 }))[0];
  const before = (await latest())?.id;
  await go(page, 'Checks');
  await page.getByRole('switch', { name: 'Compare values too (DR test)' }).setChecked(values);
  await page.getByRole('button', { name: 'Check now', exact: true }).click();
  const check = await until(
    page,
    latest,
    (found) => found !== undefined && found.id !== before && found.endedAt !== null,
  );
  if (!check) throw new Error('no check was made');
  return { check, rows: await app.ask('checks.rows', { id: check.id, after: 0, limit: 1000 }) };
}

function isEnded({ status }: RecordView): boolean {
  return status !== 'syncing' && status !== 'pending';
}
