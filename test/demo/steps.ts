import type { Locator, Page } from 'playwright';

/** Steps through the window that several of the demo's parts take. */

type Screen =
  | 'Sync'
  | 'Discovery'
  | 'Rules'
  | 'Checks'
  | 'Audit trail'
  | 'Connections'
  | 'Sync settings'
  | 'Exclusions'
  | 'Network';

/** Opens a screen by its name in the navigation, and waits until it is there. */
export async function go(page: Page, screen: Screen): Promise<void> {
  const navigation = page.getByRole('navigation', { name: 'Main' });
  // What waits for a person is part of the first one's name.
  const name = screen === 'Sync' ? /^Sync(?! settings)/ : new RegExp(`^${screen}$`);
  const button = navigation.getByRole('button', { name });
  await button.hover();
  // What was said of the button that the mouse was on goes first.
  await page.getByRole('tooltip').first().waitFor({ state: 'hidden' });
  await button.click();
  await page.getByRole('heading', { level: 1, name: screen, exact: true }).waitFor();
}

/** How long is waited for what many calls to the clouds go into, in milliseconds. */
export const patience = 60_000;

/** Asks again and again until it is as it should be, or time is up. @returns the last answer, so that what is wrong can be told */
export async function until<T>(page: Page, ask: () => Promise<T>, isDone: (answer: T) => boolean): Promise<T> {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (isDone(answer) || Date.now() > end) return answer;
    await page.waitForTimeout(100);
  }
}

/** Fills the form of a new rule that mirrors secrets to Parameter Store, until it says what it would do. @returns the form */
export async function typeRule(
  page: Page,
  rule: { readonly name: string; readonly vault: string; readonly names: string },
): Promise<Locator> {
  await page.getByRole('button', { name: 'Add rule', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Add rule' });
  const field = (label: string) => dialog.getByLabel(label, { exact: true });
  await field('Name').fill(rule.name);
  await field('Vault').fill(rule.vault);
  await field('Names').fill(rule.names);
  await field('Target connection').selectOption({ label: 'Contoso AWS (AWS)' });
  await field('Service').selectOption({ label: 'AWS Parameter Store' });
  await dialog.getByRole('button', { name: /^Save and create \d+ records?$/ }).waitFor();
  // The list of vaults opens under the field that was typed into.
  await field('Name').focus();
  return dialog;
}

/** @returns the seconds since it was made, as a text */
export function stopwatch(): () => string {
  const started = Date.now();
  return () => ((Date.now() - started) / 1000).toFixed(1);
}
